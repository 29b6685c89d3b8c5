"""Regular CSV text to Arrow tables of strings, and bytes that are no UTF-8 to text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import csv

from etl.extract_records import Region
from etl.transform import RAW_COLUMNS

_CP1252 = "reelkin-cp1252"


@dataclass(frozen=True)
class Parsed:
    """A region as a table.

    Attributes:
        rows: the columns of `RAW_COLUMNS` in that order, as strings without nulls.
        ragged: the place in the region and the number of fields of each record of another width.
        recoded: whether bytes that are no UTF-8 were read as Windows-1252.
    """

    rows: pa.Table
    ragged: list[tuple[int, int]]
    recoded: bool


def parse_region(text: bytes, region: Region, width: int, places: list[int | None]) -> Parsed:
    """Parse the records of a region.

    Args:
        text: the text in which the region was found.
        region: what `find_region` gave.
        width: the right number of fields.
        places: where in a record each of `RAW_COLUMNS` stands; None for one that it has not.
    """
    buffer = pa.py_buffer(text).slice(0, region.end)
    ragged: list[tuple[int, int]] = []

    def note(row: csv.InvalidRow) -> str:
        ragged.append((row.number - 1, row.actual_columns))
        return "skip"

    recoded = False
    try:
        rows = _read_csv(buffer, width, places, None)
    except pa.ArrowInvalid:  # only now is it worth to look for what may be wrong
        recoded = not is_utf8(text[: region.end])
        rows = _read_csv(pa.py_buffer(decode(text[: region.end]).encode()), width, places, note)
    if rows.num_rows + len(ragged) != len(region.starts):
        raise AssertionError(f"{rows.num_rows} + {len(ragged)} rows in {len(region.starts)} records")
    return Parsed(rows, ragged, recoded)


def _read_csv(buffer: pa.Buffer, width: int, places: list[int | None], ragged: object) -> pa.Table:
    names = [str(place) for place in range(width)]
    wanted = [names[place] for place in places if place is not None]
    table = csv.read_csv(
        pa.BufferReader(buffer),
        read_options=csv.ReadOptions(
            use_threads=False,  # rows are numbered only then
            block_size=buffer.size + 1,  # one block, so that no row straddles two
            column_names=names,
        ),
        parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=ragged),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
        ),
    )
    empty = pa.repeat("", table.num_rows)
    columns = [empty if place is None else table[names[place]] for place in places]
    return pa.table(columns, names=list(RAW_COLUMNS))


def decode(data: bytes) -> str:
    """Text of UTF-8, in which bytes that are none are read as Windows-1252 (as Latin-1 where it has none)."""
    return data.decode("utf-8", _CP1252)


def is_utf8(data: bytes) -> bool:
    """Whether `decode` has nothing to repair."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(bytes([n]).decode("cp1252", "ignore") or chr(n) for n in bad), error.end


codecs.register_error(_CP1252, _as_cp1252)
