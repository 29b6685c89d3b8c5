"""Films in Arrow batches: all in order of id for the build, and those edited since for servers."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine

from sql.bulk import read_table
from sql.engine import is_mysql, translating
from sql.schema import LIST_COLUMNS, LIST_SEPARATOR

_STORED_SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32()),
        pa.field("title", pa.string()),
        pa.field("original_title", pa.string()),
        pa.field("year", pa.int16()),
        pa.field("release_date", pa.date32()),
        pa.field("runtime", pa.int32()),
        pa.field("rating", pa.float64()),
        pa.field("vote_average", pa.float64()),
        pa.field("vote_count", pa.int32()),
        pa.field("popularity", pa.float64()),
        pa.field("budget", pa.int64()),
        pa.field("revenue", pa.int64()),
        pa.field("adult", pa.bool_()),
        pa.field("original_language", pa.string()),
        pa.field("overview", pa.string()),
        pa.field("tagline", pa.string()),
        pa.field("poster_path", pa.string()),
        pa.field("imdb_id", pa.string()),
        pa.field("duplicate_of", pa.int32()),
        *(pa.field(name, pa.string()) for name in LIST_COLUMNS),
    ]
)
STREAM_SCHEMA = pa.schema(
    [pa.field(f.name, pa.list_(pa.string())) if f.name in LIST_COLUMNS else f for f in _STORED_SCHEMA]
)


_SELECT = (
    f"SELECT {', '.join('movies.id' if name == 'id' else name for name in _STORED_SCHEMA.names)} "
    "FROM movies JOIN movie_texts ON movie_texts.id = movies.id"
)


def stream(engine: Engine, batch_size: int = 20_000) -> Iterator[pa.RecordBatch]:
    """All films in order of id, as batches of `STREAM_SCHEMA`, `batch_size` films each but the last.

    Each batch is a query of its own that begins after the last id of the one before, so no cursor and no
    transaction stays open, however long the reader takes.
    """
    mark = "%s" if is_mysql(engine) else "?"
    statement = f"{_SELECT} WHERE movies.id > {mark} ORDER BY movies.id LIMIT {mark}"
    after = 0
    while True:
        with translating(engine), engine.connect() as connection:
            films = read_table(connection, statement, (after, batch_size), _STORED_SCHEMA)
        if films.num_rows:
            batch = films.combine_chunks().to_batches()[0]
            after = batch["id"][-1].as_py()
            yield _with_lists(batch)
        if films.num_rows < batch_size:
            return


def edited(connection: Connection, sequence: int) -> pa.Table:
    """The films that were edited after a transaction and are there still, a table of `STREAM_SCHEMA`."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"{_SELECT} JOIN edits ON edits.movie_id = movies.id WHERE edits.sequence > {mark}"
    with translating(connection.engine):
        films = read_table(connection, statement, (sequence,), _STORED_SCHEMA)
    batches = [_with_lists(batch) for batch in films.combine_chunks().to_batches()]
    return pa.Table.from_batches(batches, STREAM_SCHEMA)


def _with_lists(films: pa.RecordBatch) -> pa.RecordBatch:
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
