"""What a load works out for each film before the database sees it: checks, content hashes, sort titles."""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sql.errors import LoadError, SchemaError
from sql.schema import MAX_LENGTHS, MOVIE_SCHEMA
from sql.text import sort_titles

SPOOL_SCHEMA = pa.schema(
    [*MOVIE_SCHEMA, pa.field("sort_title", pa.string()), pa.field("content_hash", pa.int64())]
)
# Neither occurs in clean text, so no two different rows join to the same string.
_FIELD_END = "\x1f"
_NULL = "\x00"


def check(batch: pa.RecordBatch) -> None:
    """Refuse what the tables cannot hold.

    Raises:
        SchemaError: the columns are not those of `MOVIE_SCHEMA`.
        LoadError: a null where none may be, a NaN, or a text longer than `MAX_LENGTHS` allows.
    """
    if not batch.schema.equals(MOVIE_SCHEMA):
        raise SchemaError(
            f"A batch must have the columns of sql.schema.MOVIE_SCHEMA, in order; got {batch.schema}"
        )
    for field, column in zip(MOVIE_SCHEMA, batch.columns, strict=True):
        if not field.nullable and column.null_count:
            where = batch["id"].filter(pc.is_null(column))[0]
            raise LoadError(f"Film {where} has no {field.name}; give a value, or reject the row")
        if pa.types.is_floating(field.type) and not pc.all(pc.is_finite(column), min_count=0).as_py():
            where = batch["id"].filter(pc.invert(pc.is_finite(column)))[0]
            raise LoadError(f"Film {where} has a {field.name} that is no finite number")
    for name, most in MAX_LENGTHS.items():
        column = batch[name]
        if (pc.max(pc.binary_length(column)).as_py() or 0) <= most:
            continue  # no more bytes than characters are allowed: nothing to count
        longer = pc.greater(pc.utf8_length(column), most)
        if pc.any(longer).as_py():
            where = batch["id"].filter(longer)[0]
            raise LoadError(f"Film {where} has a {name} of more than {most} characters; cut it")


def derive(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The films in order of id, with `sort_title` and `content_hash` (of all other columns) appended.

    An empty string where a null may be becomes one: LOAD DATA could not tell the two apart.
    """
    batch = batch.take(pc.sort_indices(batch["id"]))
    given = [
        pc.if_else(pc.equal(column, ""), None, column)
        if field.nullable and pa.types.is_string(field.type)
        else column
        for field, column in zip(MOVIE_SCHEMA, batch.columns, strict=True)
    ]
    columns = [*given, sort_titles(batch["title"]), pa.array(hashes(given))]
    return pa.RecordBatch.from_arrays(columns, schema=SPOOL_SCHEMA)


def hashes(columns: list[pa.Array]) -> NDArray[np.int64]:
    """A 64-bit BLAKE2b of each row of `columns`, the same on every machine and in every process."""
    as_text = [c if pa.types.is_string(c.type) else c.cast(pa.string()) for c in columns]
    rows = pc.binary_join_element_wise(*as_text, _FIELD_END, null_handling="replace", null_replacement=_NULL).cast(
        pa.large_binary()
    )
    data = memoryview(rows.buffers()[2] or b"")
    ends = np.frombuffer(rows.buffers()[1], np.int64)[rows.offset : rows.offset + len(rows) + 1].tolist()
    digests = [blake2b(data[a:b], digest_size=8).digest() for a, b in pairwise(ends)]
    return np.frombuffer(b"".join(digests), np.int64)
