"""Films by id, one or many.

Films in Arrow batches: all in order of id for the build, and those edited since for servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, RowMapping, and_, func, or_, select

from contract import COLUMNS, Movie, MovieSummary
from sql.engine import translating
from sql.load.bulk import VALUES_AT_ONCE, film_columns, one_batch, read_page, read_table
from sql.tables import (
    LIST_COLUMNS,
    LIST_SEPARATOR,
    TITLES_SCHEMA,
    catalogue,
    edits,
    movie_titles,
    movies,
    split_names,
    stored_type,
)

_INDEXED = [column for column in COLUMNS.values() if column.indexed]
_STORED_SCHEMA = pa.schema([pa.field(column.name, stored_type(column)) for column in _INDEXED])
STREAM_SCHEMA = pa.schema(
    [pa.field(f.name, pa.list_(pa.string())) if f.name in LIST_COLUMNS else f for f in _STORED_SCHEMA]
)
"""The columns that the build reads, lists as lists."""


def stream(engine: Engine, batch_size: int = 20_000) -> Iterator[pa.RecordBatch]:
    """All films in order of id, as batches of `STREAM_SCHEMA`, `batch_size` films each but the last.

    Each batch is a query of its own that begins after the last id of the one before, so no cursor and no
    transaction stays open, however long the reader takes.
    """
    after = 0
    while True:
        with translating(engine), engine.connect() as connection:
            films = read_page(connection, _STORED_SCHEMA, after, batch_size)
        if len(films):
            after = films["id"][-1].as_py()
            yield _streamed(films)
        if len(films) < batch_size:
            return


def alternative_titles(engine: Engine, batch_size: int = 100_000) -> Iterator[pa.RecordBatch]:
    """The alternative titles of all films in order of film and position: batches of `movie_id` and `title`."""
    key = movie_titles.c.movie_id, movie_titles.c.position
    after: tuple[int, int] | None = None
    while True:
        query = select(*movie_titles.c).order_by(*key).limit(batch_size)
        if after is not None:
            film, position = after
            query = query.where(or_(key[0] > film, and_(key[0] == film, key[1] > position)))
        with translating(engine), engine.connect() as connection:
            rows = one_batch(read_table(connection, query, TITLES_SCHEMA))
        if len(rows):
            after = rows["movie_id"][-1].as_py(), rows["position"][-1].as_py()
            yield rows.select(["movie_id", "title"])
        if len(rows) < batch_size:
            return


def edited(connection: Connection, sequence: int) -> pa.Table:
    """The films that were edited after a transaction and still exist, a table of `STREAM_SCHEMA`."""
    query = film_columns(tuple(_STORED_SCHEMA.names)).join(edits, edits.c.movie_id == movies.c.id)
    with translating(connection.engine):
        films = read_table(connection, query.where(edits.c.sequence > sequence), _STORED_SCHEMA)
    batches = [_streamed(batch) for batch in films.combine_chunks().to_batches()]
    return pa.Table.from_batches(batches, STREAM_SCHEMA)


def _streamed(films: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        _split(column) if name in LIST_COLUMNS else column
        for name, column in zip(films.schema.names, films.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=STREAM_SCHEMA)


def _split(stored: pa.StringArray) -> pa.ListArray:
    """`|a|b|` as [a, b], and the empty string as []."""
    names = pc.split_pattern(pc.utf8_trim(stored, LIST_SEPARATOR), LIST_SEPARATOR)
    # Splitting an empty string gives one empty name: keep the offsets of a list, without its values.
    lengths = pc.if_else(pc.equal(stored, ""), 0, pc.list_value_length(names)).to_numpy()
    values = names.flatten()
    offsets = pa.array([0, *lengths.cumsum().tolist()], pa.int32())
    return pa.ListArray.from_arrays(offsets, values.filter(pc.not_equal(values, "")))


EMPTY_VERSION = "empty"


@dataclass(frozen=True)
class PosterKeys:
    """What a film's poster is found by."""

    imdb_id: str | None
    poster_path: str | None


_MOVIE = film_columns(tuple(Movie.__dataclass_fields__))
_SUMMARY = film_columns(tuple(MovieSummary.__dataclass_fields__))


_NAMED = film_columns(("id", "title", "year", "imdb_id"))
_POSTER_KEYS = film_columns(("id", *PosterKeys.__dataclass_fields__))


def movie(engine: Engine, movie_id: int) -> Movie | None:
    """A film, or None if there is none with that id."""
    with engine.connect() as connection:
        return read_movie(connection, movie_id)


def read_movie(connection: Connection, movie_id: int) -> Movie | None:
    """The same inside a transaction."""
    row = connection.execute(_MOVIE.where(movies.c.id == movie_id)).mappings().first()
    if row is None:
        return None
    return Movie(**_with_lists(row))


def summaries(engine: Engine, ids: Sequence[int]) -> dict[int, MovieSummary]:
    """The films with these ids; those that do not exist are left out."""
    found: dict[int, MovieSummary] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), VALUES_AT_ONCE):
            portion = [int(i) for i in ids[start : start + VALUES_AT_ONCE]]
            for row in connection.execute(_SUMMARY.where(movies.c.id.in_(portion))).mappings():
                found[row["id"]] = MovieSummary(**_with_lists(row))
    return found


def facts(engine: Engine, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """How other catalogues name the films with these ids: `title`, `year` (0: unknown) and `imdb_id` of each."""
    found: dict[int, dict[str, Any]] = {}
    with engine.connect() as connection:
        for start in range(0, len(ids), VALUES_AT_ONCE):
            portion = [int(i) for i in ids[start : start + VALUES_AT_ONCE]]
            for row in connection.execute(_NAMED.where(movies.c.id.in_(portion))).mappings():
                found[row["id"]] = {"title": row["title"], "year": row["year"], "imdb_id": row["imdb_id"]}
    return found


def poster_keys(engine: Engine, ids: Sequence[int]) -> dict[int, PosterKeys]:
    """What posters are found by, of the films with these ids that exist."""
    with engine.connect() as connection:
        rows = connection.execute(_POSTER_KEYS.where(movies.c.id.in_(ids)))
        return {movie_id: PosterKeys(imdb_id, poster_path) for movie_id, imdb_id, poster_path in rows}


def count(engine: Engine) -> int:
    """How many films there are, duplicates included."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(movies)) or 0


def loaded_version(engine: Engine) -> str:
    """A string that changes whenever a load changes films."""
    with engine.connect() as connection:
        return connection.scalar(select(catalogue.c.version)) or EMPTY_VERSION


def catalogue_version(engine: Engine) -> str:
    """A string that changes whenever films change, by a load or by an edit."""
    last = select(func.max(edits.c.sequence)).scalar_subquery()
    with engine.connect() as connection:
        row = connection.execute(select(catalogue.c.version, last)).one_or_none()
    return EMPTY_VERSION if row is None else f"{row[0]}.{row[1] or 0}"


def _with_lists(row: RowMapping) -> dict[str, Any]:
    """The columns of a row, lists as tuples of names."""
    return {name: tuple(split_names(value)) if name in LIST_COLUMNS else value for name, value in row.items()}
