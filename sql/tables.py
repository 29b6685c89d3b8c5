"""The tables as SQLAlchemy Core sees them. `sql/migrations` creates them; a test compares the two.

`movies` has what films are filtered and sorted by, in rows of about 100 bytes, so that browsing a million
films stays in memory; `movie_texts` has what is only read by id. `movie_terms` says which films carry which
genre, keyword, country, company, director or actor. `catalogue` is one row: what is true of all films together.
`edits` says which films were written or deleted by hand; `users` and `sessions` say by whom that may be done.

The columns of a clean film as Arrow types: what `etl` hands to `sql` and `sql` hands back.

List columns travel in stored form: `|Drama|Comedy|`, or the empty string for none. Names never hold a `|`
(`etl.transform` replaces it), so a filter can search for `|Drama|` and a reader can split without escaping.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

import contract
from contract import COLUMNS, NAME_MAX, NAMES, SORT_TITLE_MAX, TITLE_MAX, Film, sort_title
from contract import Column as FilmColumn

LIST_SEPARATOR = "|"
LIST_COLUMNS = tuple(name for name, column in COLUMNS.items() if column.type == NAMES)

MAX_LENGTHS = {name: column.longest for name, column in COLUMNS.items() if column.longest}
"""The most characters of each text; of a list, in stored form."""


def stored_type(column: FilmColumn) -> pa.DataType:
    """The Arrow type of a column in stored form."""
    return pa.type_for_alias("string" if column.type == NAMES else column.type)


MOVIE_SCHEMA = pa.schema(
    [
        pa.field(name, stored_type(column), nullable=column.nullable)
        for name, column in COLUMNS.items()
        if not column.computed
    ]
)
"""The columns of `contract.Film`, lists in stored form."""


def join_names(names: Iterable[str]) -> str:
    """The stored form of a list of clean names.

    >>> join_names(["Drama", "Comedy"]), join_names([])
    ('|Drama|Comedy|', '')
    """
    joined = LIST_SEPARATOR.join(names)
    return f"{LIST_SEPARATOR}{joined}{LIST_SEPARATOR}" if joined else ""


def split_names(stored: str) -> list[str]:
    """The names of a stored list.

    >>> split_names("|Drama|Comedy|"), split_names("")
    (['Drama', 'Comedy'], [])
    """
    return stored.strip(LIST_SEPARATOR).split(LIST_SEPARATOR) if stored else []


def stored(film: Film) -> dict[str, Any]:
    """The columns of `MOVIE_SCHEMA` of a film, lists in stored form."""
    return {name: join_names(value) if name in LIST_COLUMNS else value for name, value in vars(film).items()}


FOLDED_NAME_MAX = 3 * NAME_MAX  # casefolding makes at most three characters of one
SOURCE_MAX = 500
USER_NAME_MAX = 64
RATING_SOURCE_MAX = 64
# MySQL 8 and MariaDB both have utf8mb4_unicode_520_ci. Texts that must not be equal by accident (keys, codes, sort
# titles) are compared by bytes, as SQLite compares all texts.
MYSQL_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_unicode_520_ci",
    "mysql_row_format": "DYNAMIC",
}
metadata = MetaData()

BROWSED = (
    *("id", "title", "year", "release_date", "runtime", "vote_average", "vote_count", "popularity", "rating"),
    *("adult", "original_language", "genres", "duplicate_of"),
)
"""The columns of a film in `movies`; all others are in `movie_texts`."""
FOLDED = ("title", "original_title", "status", "homepage")
"""Texts that MySQL compares without regard to case; it compares the others by bytes."""
TEXT_FROM = 1_001
"""Texts of this many characters or more are of type TEXT."""
_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "int16": SmallInteger,
    "int32": Integer,
    "int64": BigInteger,
    "float64": Double,
    "bool": Boolean,
    "date32": Date,
}


def exact(length: int) -> TypeEngine[str]:
    """Text that compares byte by byte on both databases (MySQL's padding of trailing blanks aside)."""
    return String(length).with_variant(String(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def _column(column: contract.Column) -> Column[Any]:
    """A film's column; a longer text is a TEXT: in MySQL a row, without its TEXTs, may have 65,535 bytes."""
    if column.name == "id":
        return Column("id", Integer, primary_key=True, autoincrement=False)
    if column.type not in ("string", NAMES):
        return Column(column.name, _TYPES[column.type], nullable=column.nullable)
    text: TypeEngine[str] = Text()
    if column.longest < TEXT_FROM:
        text = String(column.longest) if column.name in FOLDED else exact(column.longest)
    return Column(column.name, text, nullable=column.nullable)


movies = Table(
    "movies",
    metadata,
    *(_column(COLUMNS[name]) for name in BROWSED),
    Column("sort_title", exact(SORT_TITLE_MAX), nullable=False),
    Column("content_hash", BigInteger),  # of the dump's row; null for a film written by hand
    # Both databases keep the primary key at the end of every index entry: each of these is (value, id).
    Index("ix_movies_sort_title", "sort_title"),
    Index("ix_movies_year", "year"),
    Index("ix_movies_runtime", "runtime"),
    Index("ix_movies_vote_count", "vote_count"),
    Index("ix_movies_popularity", "popularity"),
    Index("ix_movies_rating", "rating"),
    Index("ix_movies_original_language", "original_language"),
    **MYSQL_OPTIONS,
)

movie_texts = Table(
    "movie_texts",
    metadata,
    *(_column(column) for name, column in COLUMNS.items() if name == "id" or name not in BROWSED),
    Index("ix_movie_texts_imdb_id", "imdb_id"),  # by which a written film's duplicates are found
    **MYSQL_OPTIONS,
)

terms = Table(
    "terms",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", exact(20), nullable=False),  # a value of `Kind`
    Column("name", exact(NAME_MAX), nullable=False),  # as the first film writes it
    Column("folded", exact(FOLDED_NAME_MAX), nullable=False),
    Column("films", Integer, nullable=False),  # one of each duplicate group, adult films left out
    Column("films_with_adult", Integer, nullable=False),
    Index("ix_terms_kind_folded", "kind", "folded", unique=True),
    **MYSQL_OPTIONS,
)

movie_terms = Table(
    "movie_terms",
    metadata,
    Column("term_id", Integer, primary_key=True, autoincrement=False),
    Column("movie_id", Integer, primary_key=True, autoincrement=False),
    **MYSQL_OPTIONS,
    sqlite_with_rowid=False,
)

movie_titles = Table(
    "movie_titles",  # alternative titles; `etl imdb` writes them
    metadata,
    Column("movie_id", Integer, primary_key=True, autoincrement=False),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    Column("title", exact(TITLE_MAX), nullable=False),
    **MYSQL_OPTIONS,
    sqlite_with_rowid=False,
)

TITLES_SCHEMA = pa.schema([("movie_id", pa.int32()), ("position", pa.int16()), ("title", pa.string())])
"""Alternative titles: the film, the place among its titles from 0, the title."""

catalogue = Table(
    "catalogue",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("version", exact(32), nullable=False),  # a new random one whenever films change
    Column("films", Integer, nullable=False),  # one of each duplicate group, adult films left out
    Column("films_with_adult", Integer, nullable=False),
    Column("mean_vote", Double, nullable=False),  # C of the Bayesian rating
    Column("prior_votes", Double, nullable=False),  # m of the Bayesian rating
    **MYSQL_OPTIONS,
)

ingests = Table(
    "ingests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(SOURCE_MAX), nullable=False),
    Column("checksum", exact(128), nullable=False),
    Column("finished_at", DateTime, nullable=False),  # UTC
    *(
        Column(name, Integer, nullable=False)
        for name in ("films", "inserted", "updated", "unchanged", "vanished", "pruned", "duplicates")
    ),
    Column("mean_vote", Double, nullable=False),
    Column("prior_votes", Double, nullable=False),
    Column("edited", Integer, nullable=False, server_default="0"),
    **MYSQL_OPTIONS,
)

edits = Table(
    "edits",
    metadata,
    Column("movie_id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),  # of the transaction: 1, 2, 3...
    Column("kind", exact(16), nullable=False),  # a value of `sql.edits.Kind`
    Column("edited_at", DateTime, nullable=False),  # UTC
    Index("ix_edits_sequence", "sequence"),
    **MYSQL_OPTIONS,
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", exact(USER_NAME_MAX), nullable=False),
    Column("password_hash", exact(255), nullable=False),  # Argon2's own format, salt and cost included
    Column("role", exact(16), nullable=False),  # a value of `sql.accounts.Role`
    Column("created_at", DateTime, nullable=False),  # UTC
    Index("ix_users_name", "name", unique=True),
    **MYSQL_OPTIONS,
    sqlite_autoincrement=True,  # else SQLite gives the id of a deleted user to the next one
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", exact(64), primary_key=True),  # only the client has the token itself
    Column("user_id", Integer, nullable=False),
    Column("expires_at", DateTime, nullable=False),  # UTC
    Index("ix_sessions_expires_at", "expires_at"),
    **MYSQL_OPTIONS,
)

marks = Table(
    "marks",
    metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", exact(16), primary_key=True),  # a value of `sql.marks.MarkKind`
    Column("movie_id", Integer, primary_key=True, autoincrement=False),
    Column("rating", Double),  # of the kind `ratings` only
    Column("marked_at", DateTime, nullable=False),  # UTC
    **MYSQL_OPTIONS,
)

rating_sets = Table(
    "rating_sets",
    metadata,
    Column("source", exact(RATING_SOURCE_MAX), primary_key=True),
    Column("version", exact(32), nullable=False),  # a hash of the ratings
    Column("users", Integer, nullable=False),
    Column("ratings", Integer, nullable=False),
    Column("loaded_at", DateTime, nullable=False),  # UTC
    **MYSQL_OPTIONS,
)

ratings = Table(
    "ratings",  # of files; some thousand of one user in a row, which nothing but a build reads
    metadata,
    Column("source", exact(RATING_SOURCE_MAX), primary_key=True),
    Column("user_id", Integer, primary_key=True, autoincrement=False),  # a number of this set alone
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("movie_ids", LargeBinary, nullable=False),  # int32, little-endian, ascending
    Column("tenths", LargeBinary, nullable=False),  # uint8: 1 to 100, the rating times ten on a scale to ten
    **MYSQL_OPTIONS,
)

JOINED = movies.join(movie_texts, movie_texts.c.id == movies.c.id)


def column_of(name: str) -> Column[Any]:
    """The column of a film with this name, from `movies` or `movie_texts`."""
    return (movies if name in movies.c else movie_texts).c[name]


_NOT_SIMPLE = r"[^\x20-\x7e]|  |^ | $"


def sort_titles(titles: pa.StringArray) -> pa.StringArray:
    """`sort_title` of each. Plain ASCII, most of the catalogue, never becomes a Python string."""
    slow = pc.match_substring_regex(titles, _NOT_SIMPLE)
    quick = pc.ascii_rtrim(pc.utf8_slice_codeunits(pc.ascii_lower(titles), 0, SORT_TITLE_MAX), " ")
    folded = pa.array([sort_title(t) for t in titles.filter(slow).to_pylist()], pa.string())
    return pc.replace_with_mask(quick, slow, folded)


class Kind(StrEnum):
    """What a term is; names of different kinds never meet."""

    GENRE = "genre"
    KEYWORD = "keyword"
    COUNTRY = "country"
    COMPANY = "company"
    DIRECTOR = "director"
    ACTOR = "actor"


TERM_COLUMNS = {
    Kind.GENRE: "genres",
    Kind.KEYWORD: "keywords",
    Kind.COUNTRY: "production_countries",
    Kind.COMPANY: "production_companies",
    Kind.DIRECTOR: "directors",
    Kind.ACTOR: "actors",
}
