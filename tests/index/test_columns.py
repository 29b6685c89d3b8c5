"""Values read from buffers are those that Arrow itself reads, whatever the column and however it is cut."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from index.columns import reader

COLUMNS: list[tuple[pa.DataType, list[Any]]] = [
    (pa.int16(), [1, None, -32_768, 7, 0]),
    (pa.int32(), [2**31 - 1, 5, 6, 7, 8]),
    (pa.float64(), [0.5, None, -1e300, 0.0, None]),
    (pa.string(), ["", "Amélie", None, "千と千尋の神隠し", "😀"]),
    (pa.list_(pa.string()), [["Drama", "War"], [], None, ["愛", None][:1], ["Drama"]]),
]


@pytest.mark.parametrize(("kind", "values"), COLUMNS, ids=str)
@pytest.mark.parametrize("start", [0, 2, 5])
def test_values_are_those_of_arrow(kind: pa.DataType, values: list[Any], start: int) -> None:
    whole = pa.array(values, kind)
    cut = [whole[start:]]
    chunks = [whole[:start], whole[start:]]
    for column in (pa.chunked_array(cut), pa.chunked_array(chunks), pa.chunked_array([], kind)):
        rows = [row for row in (4, 0, 1, 0, 2) if row < len(column)]
        assert reader(column)(rows) == [column[row].as_py() for row in rows]


def test_other_types_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="date32"):
        reader(pa.chunked_array([pa.array([1], pa.date32())]))
