"""The catalogue: movies, their texts and terms, and the log of ingests."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_unicode_520_ci",
    "mysql_row_format": "DYNAMIC",
    # CREATE TABLE commits on MySQL: after a crash half of them may be there already.
    "if_not_exists": True,
}
MOVIE_INDEXES = (
    "sort_title",
    "year",
    "runtime",
    "vote_count",
    "popularity",
    "rating",
    "original_language",
)
TEXT_COLUMNS = (
    "overview",
    "tagline",
    "keywords",
    "production_companies",
    "production_countries",
    "spoken_languages",
)
COUNTS = ("films", "inserted", "updated", "unchanged", "vanished", "pruned", "duplicates")


def upgrade() -> None:
    """Create every table and index that is not there yet."""
    _movies()
    _movie_texts()
    _terms()
    _records()
    for column in MOVIE_INDEXES:
        _index(f"ix_movies_{column}", "movies", [column])
    _index("ix_terms_kind_folded", "terms", ["kind", "folded"], unique=True)


def _exact(length: int) -> TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="utf8mb4_bin"), "mysql", "mariadb")


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _index(name: str, table: str, columns: list[str], unique: bool = False) -> None:
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, unique=unique)


def _movies() -> None:
    op.create_table(
        "movies",
        _key("id"),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("sort_title", _exact(120), nullable=False),
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.Column("release_date", sa.Date),
        sa.Column("runtime", sa.Integer),
        sa.Column("vote_average", sa.Double, nullable=False),
        sa.Column("vote_count", sa.Integer, nullable=False),
        sa.Column("popularity", sa.Double, nullable=False),
        sa.Column("rating", sa.Double, nullable=False),
        sa.Column("adult", sa.Boolean, nullable=False),
        sa.Column("original_language", _exact(32), nullable=False),
        sa.Column("genres", _exact(1000), nullable=False),
        sa.Column("duplicate_of", sa.Integer),
        sa.Column("content_hash", sa.BigInteger),
        **OPTIONS,
    )


def _movie_texts() -> None:
    op.create_table(
        "movie_texts",
        _key("id"),
        sa.Column("original_title", sa.String(500), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("budget", sa.BigInteger),
        sa.Column("revenue", sa.BigInteger),
        sa.Column("imdb_id", _exact(32)),
        sa.Column("poster_path", _exact(250)),
        sa.Column("backdrop_path", _exact(250)),
        sa.Column("homepage", sa.String(1000)),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXT_COLUMNS),
        **OPTIONS,
    )


def _terms() -> None:
    op.create_table(
        "terms",
        _key("id"),
        sa.Column("kind", _exact(20), nullable=False),
        sa.Column("name", _exact(200), nullable=False),
        sa.Column("folded", _exact(600), nullable=False),
        sa.Column("films", sa.Integer, nullable=False),
        sa.Column("films_with_adult", sa.Integer, nullable=False),
        **OPTIONS,
    )
    op.create_table("movie_terms", _key("term_id"), _key("movie_id"), sqlite_with_rowid=False, **OPTIONS)


def _records() -> None:
    op.create_table(
        "catalogue",
        _key("id"),
        sa.Column("version", _exact(32), nullable=False),
        sa.Column("films", sa.Integer, nullable=False),
        sa.Column("films_with_adult", sa.Integer, nullable=False),
        sa.Column("mean_vote", sa.Double, nullable=False),
        sa.Column("prior_votes", sa.Double, nullable=False),
        **OPTIONS,
    )
    op.create_table(
        "ingests",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("checksum", _exact(128), nullable=False),
        sa.Column("finished_at", sa.DateTime, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.Column("mean_vote", sa.Double, nullable=False),
        sa.Column("prior_votes", sa.Double, nullable=False),
        **OPTIONS,
    )
