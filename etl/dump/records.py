"""The records of CSV text: found and parsed a block at a time where quotes are regular, else one by one.

A quote is regular when it opens a field right after a delimiter or closes one right before the next. Between
regular quotes a line end belongs to a field exactly if the count of quotes before it is odd, which NumPy
decides for a whole block; Arrow then parses the block. The slow reader takes one record at a time and accepts the
faults that exports contain:

- a quote inside an unquoted field is an ordinary character;
- so is a quote inside a quoted field that should have been doubled, if the line then has the right number of
  fields;
- a quote that is never closed, or closed in the middle of a later field, makes only its own line a fault.

Bytes that are not UTF-8 are read as Windows-1252.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from etl.dump.header import READ_COLUMNS
from etl.errors import Reason

LOOKAHEAD_BYTES = 32 << 20  # a field of 10 MB is read; after an unclosed quote no more than this is buffered
_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


@dataclass(frozen=True)
class Region:
    """The regular records at the start of a text.

    Attributes:
        starts: int64, the offset of each record; blank lines are not records.
        stops: int64, the offset of each record's line end.
        lines: int64, on which line each record begins, the first line of the text being 0.
        end: where the region ends, right after a line end.
        newlines: line ends in the region.
        odd: whether the record after the region is irregular (otherwise it is incomplete).
    """

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    lines: NDArray[np.int64]
    end: int
    newlines: int
    odd: bool


@dataclass(frozen=True)
class Record:
    """One record, read on its own.

    Attributes:
        fields: its values without quotes; empty for a blank line and for a fault.
        end: the offset of the next record.
        fault: why it cannot be used, if so.
        detail: the fault in words.
        fixed: whether quotes that should have been doubled were accepted.
    """

    fields: list[bytes]
    end: int
    fault: Reason | None = None
    detail: str = ""
    fixed: bool = False


def find_region(text: bytes, lookahead: int = LOOKAHEAD_BYTES, separator: bytes = b",") -> Region:
    """The longest run of regular records from the start of a text, which must be the start of a record."""
    octets = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(octets == _QUOTE)
    newlines = np.flatnonzero(octets == _NEWLINE)
    stops = newlines[np.searchsorted(quotes, newlines) & 1 == 0]
    trusted = _first_irregular(octets, quotes, separator[0])
    stops = stops[: np.searchsorted(stops, trusted)]
    starts = np.concatenate(([0], stops + 1))
    several_lines = np.flatnonzero(np.diff(starts) > lookahead)
    for place in several_lines[:1]:  # rare: a record longer than the slow reader reads
        if b"\n" in text[starts[place] : stops[place]]:
            stops, trusted = stops[:place], int(starts[place])
    odd = trusted < len(text)
    end = int(stops[-1]) + 1 if len(stops) else 0
    starts = starts[: len(stops)]
    lines = np.searchsorted(newlines, starts)
    blank = (starts == stops) | ((starts + 1 == stops) & (octets[starts] == _RETURN))
    return Region(starts[~blank], stops[~blank], lines[~blank], end, int(np.searchsorted(newlines, end)), odd)


def _first_irregular(octets: NDArray[np.uint8], quotes: NDArray[np.int64], separator: int) -> int:
    """The place of the first irregular quote, or of the first lone carriage return outside of quotes."""
    size = len(octets)
    opening, closing = quotes[::2], quotes[1::2]
    before = octets[opening - 1]
    bad_opening = (before != separator) & (before != _NEWLINE) & (before != _QUOTE) & (opening > 0)
    after = octets[np.minimum(closing + 1, size - 1)]
    bad_closing = (
        (after != separator) & (after != _NEWLINE) & (after != _QUOTE) & (after != _RETURN) & (closing + 1 < size)
    )
    returns = np.flatnonzero(octets == _RETURN)
    lone = returns[(octets[np.minimum(returns + 1, size - 1)] != _NEWLINE) & (returns + 1 < size)]
    lone = lone[np.searchsorted(quotes, lone) & 1 == 0]
    found = [places[:1] for places in (opening[bad_opening], closing[bad_closing], lone)]
    return min((int(place[0]) for place in found if len(place)), default=size)


def read_record(
    text: bytes,
    start: int,
    width: int,
    final: bool,
    lookahead: int = LOOKAHEAD_BYTES,
    separator: bytes = b",",
) -> Record | None:
    """The record that begins at `start`.

    Args:
        text: bytes of the file; when `final`, they end with a line end.
        start: where the record begins.
        width: the right number of fields.
        final: whether the file ends with this text.
        lookahead: how many bytes a record of several lines may have.
        separator: the byte between two fields.

    Returns:
        None if the text ends before the record is certain to.
    """
    newline = text.find(b"\n", start)
    if newline < 0:
        return None
    line = text[start:newline].removesuffix(b"\r")
    if not line:
        return Record([], newline + 1)
    whole = _strict(text, start, newline, width, lookahead, separator)
    if whole is None and not final and len(text) - start <= lookahead:
        return None
    fields, end = whole or ([], 0)
    if len(fields) == width:
        return Record(fields, end)
    lenient = split_line(line, separator)
    if len(lenient) == width:
        return Record(lenient, newline + 1, fixed=True)
    if fields and (end == newline + 1 or not _swallowed(text[newline + 1 : end], width, separator)):
        return Record([], end, Reason.FIELDS, f"{len(fields)} fields instead of {width}")
    return Record([], newline + 1, Reason.QUOTE, "a quote is opened and not closed before the next field")


def _strict(
    text: bytes, start: int, newline: int, width: int, lookahead: int, separator: bytes
) -> tuple[list[bytes], int] | None:
    """Fields and end of a well-formed record; ([], 0) for a malformed one, None if the text ends in it."""
    fields: list[bytes] = []
    at, first_newline = start, newline
    while True:
        if text[at : at + 1] == b'"':
            close = _closing_quote(text, at + 1)
            if close < 0 or close + 1 >= len(text):
                return None
            fields.append(text[at + 1 : close].replace(b'""', b'"'))
            at = close + 1
            if at > newline:
                newline = text.find(b"\n", at)
                if newline < 0:
                    return None
        else:
            comma = text.find(separator, at, newline)
            stop = comma if comma >= 0 else newline
            fields.append(text[at:stop] if comma >= 0 else text[at:stop].removesuffix(b"\r"))
            at = stop
        after = text[at : at + 2]
        if after[:1] == separator:
            at += 1
        elif after[:1] == b"\n" or after == b"\r\n" or at == newline:
            within = newline == first_newline or newline + 1 - start <= lookahead
            return (fields, newline + 1) if within else ([], 0)
        else:
            return [], 0
        if newline != first_newline and len(fields) > 2 * width:
            return [], 0  # else lines that close and open a quote each would be read over and over


def _closing_quote(text: bytes, at: int) -> int:
    at = text.find(b'"', at)
    while at >= 0 and text[at + 1 : at + 2] == b'"':
        at = text.find(b'"', at + 2)
    return at


def split_line(line: bytes, separator: bytes = b",") -> list[bytes]:
    """The fields of one line; a quote closes only before a separator or at the end, [] if one stays open."""
    fields: list[bytes] = []
    at = 0
    while at <= len(line):
        if line[at : at + 1] == b'"':
            close = _closing_quote(line, at + 1)
            while close >= 0 and line[close + 1 : close + 2] not in (separator, b""):
                close = _closing_quote(line, close + 1)
            if close < 0:
                return []
            fields.append(line[at + 1 : close].replace(b'""', b'"'))
            at = close + 2
        else:
            comma = line.find(separator, at)
            stop = comma if comma >= 0 else len(line)
            fields.append(line[at:stop])
            at = stop + 1
    return fields


def _swallowed(rest: bytes, width: int, separator: bytes) -> bool:
    """Whether one of the further lines of a record is a record of its own, so that a quote swallowed it."""
    return any(len(split_line(line.removesuffix(b"\r"), separator)) == width for line in rest.split(b"\n"))


_CP1252 = "reelkin-cp1252"


@dataclass(frozen=True)
class Parsed:
    """A region as a table.

    Attributes:
        rows: the columns of `READ_COLUMNS` in that order, as strings without nulls.
        ragged: the index in the region and the number of fields of each record of another width.
        recoded: whether bytes that are not UTF-8 were read as Windows-1252.
    """

    rows: pa.Table
    ragged: list[tuple[int, int]]
    recoded: bool


def parse_region(
    text: bytes, region: Region, width: int, places: list[int | None], separator: bytes = b","
) -> Parsed:
    """Parse the records of a region.

    Args:
        text: the text in which the region was found.
        region: what `find_region` gave.
        width: the right number of fields.
        places: the index in a record of each of `READ_COLUMNS`; None for a missing column.
    """
    buffer = pa.py_buffer(text).slice(0, region.end)
    ragged: list[tuple[int, int]] = []

    def note(row: csv.InvalidRow) -> str:
        ragged.append((row.number - 1, row.actual_columns))
        return "skip"

    recoded = False
    try:
        rows = _read_csv(buffer, width, places, separator, None)
    except pa.ArrowInvalid:  # the checks for faults cost time, so they are made only now
        recoded = not is_utf8(text[: region.end])
        rows = _read_csv(pa.py_buffer(decode(text[: region.end]).encode()), width, places, separator, note)
    if rows.num_rows + len(ragged) != len(region.starts):
        raise AssertionError(f"{rows.num_rows} + {len(ragged)} rows in {len(region.starts)} records")
    return Parsed(rows, ragged, recoded)


def _read_csv(
    buffer: pa.Buffer, width: int, places: list[int | None], separator: bytes, ragged: object
) -> pa.Table:
    names = [str(place) for place in range(width)]
    wanted = [names[place] for place in places if place is not None]
    table = csv.read_csv(
        pa.BufferReader(buffer),
        read_options=csv.ReadOptions(
            use_threads=False,  # rows are numbered only then
            block_size=buffer.size + 1,  # one block, so that no row straddles two
            column_names=names,
        ),
        parse_options=csv.ParseOptions(
            delimiter=separator.decode(), newlines_in_values=True, invalid_row_handler=ragged
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
        ),
    )
    empty = pa.repeat("", table.num_rows)
    columns = [empty if place is None else table[names[place]] for place in places]
    return pa.table(columns, names=list(READ_COLUMNS))


def decode(data: bytes) -> str:
    """UTF-8 text; bytes that are not UTF-8 are read as Windows-1252, or Latin-1 where that has no character."""
    return data.decode("utf-8", _CP1252)


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
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
