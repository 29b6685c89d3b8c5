"""A few rows of Arrow columns as Python values, read from the columns' buffers.

Arrow's own `take` and `to_pylist` are made for many rows: of the eleven films of an answer they take five times as
long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

Reader = Callable[[Sequence[int]], list[Any]]
"""From rows to their values, None for a null."""


def reader(column: pa.ChunkedArray) -> Reader:
    """What reads a column of numbers, strings, or lists of strings, for as long as it is kept.

    Raises:
        TypeError: the column is of another type.
    """
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if pt.is_string(array.type):
        return _nullable(array, _texts(array))
    if pt.is_list(array.type) and pt.is_string(array.type.value_type):
        return _nullable(array, _lists(array))
    if pt.is_integer(array.type) or pt.is_floating(array.type):
        return _nullable(array, _numbers(array))
    raise TypeError(f"a column of {array.type} cannot be read; numbers, strings and lists of strings can")


def _nullable(array: pa.Array, read: Reader) -> Reader:
    if not array.null_count:
        return read
    known, first = memoryview(array.buffers()[0]), array.offset  # a bit a row, the lowest of a byte first

    def read_known(rows: Sequence[int]) -> list[Any]:
        places = rows if not first else [first + row for row in rows]
        return [
            value if known[place >> 3] >> (place & 7) & 1 else None
            for value, place in zip(read(rows), places, strict=True)
        ]

    return read_known


def _numbers(array: pa.Array) -> Reader:
    values = _buffer(array, 1, array.type.to_pandas_dtype())
    return lambda rows: values[rows].tolist() if len(rows) else []


def _texts(array: pa.StringArray) -> Reader:
    ends = _buffer(
        array, 1, np.int32
    ).data  # of a view, a number takes a third of the time that it does of an array
    letters = memoryview(array.buffers()[2] or b"")
    return lambda rows: [str(letters[ends[row] : ends[row + 1]], "utf-8") for row in rows]


def _lists(array: pa.ListArray) -> Reader:
    ends = _buffer(array, 1, np.int32).data
    read_texts = _texts(array.values)

    def read(rows: Sequence[int]) -> list[list[str]]:
        spans = [range(ends[row], ends[row + 1]) for row in rows]
        texts = iter(read_texts([place for span in spans for place in span]))
        return [list(islice(texts, len(span))) for span in spans]

    return read


def _buffer(array: pa.Array, place: int, dtype: Any) -> NDArray[Any]:
    """A buffer from the array's first value on; the array may be a slice of a longer one."""
    buffer = array.buffers()[place]
    return np.frombuffer(b"" if buffer is None else buffer, dtype)[array.offset :]
