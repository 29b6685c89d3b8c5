"""A csv file of films, such as TMDB_movie_dataset_v11.csv, read in blocks of raw rows.

Regular text is parsed by Arrow, a block at a time; where quotes are wrong, the slow reader of
`etl.dump.records` reads up to `_SLOW_BYTES`. Both give the same rows, which a test verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl.dump.header import READ_COLUMNS, HeaderReader, read_header
from etl.dump.records import (
    LOOKAHEAD_BYTES,
    Region,
    decode,
    find_region,
    is_utf8,
    parse_region,
    read_record,
)
from etl.dump.source import BLOCK_BYTES, SNIFFED_BYTES, Source, read_form, undo_backslashes
from etl.errors import DumpError, Reason

_SLOW_BYTES = 1 << 20  # how much the slow reader reads before the fast one is tried again
_LINE_BYTES = 1 << 28  # a longer line means that the file is not CSV; Arrow would accept up to 2**31


@dataclass(frozen=True)
class Fault:
    """A row that is not a record of the right width.

    Attributes:
        line: the line of the file on which it begins, from 1.
        reason: as counted in the report.
        detail: the fault in words.
        raw: the text of the row.
    """

    line: int
    reason: Reason
    detail: str
    raw: str


@dataclass(frozen=True)
class RawBlock:
    """Rows of the dump, unchanged.

    Attributes:
        rows: the columns of `READ_COLUMNS` in that order, as strings without nulls.
        lines: int64, for each row the line of the file on which it begins, from 1.
        faults: the rows of this block that could not be read.
        recoded: rows with bytes that are not UTF-8 and were read as Windows-1252.
        requoted: rows with quotes that should have been doubled.
    """

    rows: pa.Table
    lines: NDArray[np.int64]
    faults: list[Fault] = field(default_factory=list)
    recoded: int = 0
    requoted: int = 0


class Dump:
    """An open dump; a context manager.

    Args:
        path: csv, csv.gz, csv.zst or csv.xz.
        block_bytes: how much text is read at a time.
        lookahead: how many bytes a record of several lines may have.
        fast: whether Arrow may be used; the tests compare both ways.
        opened: the file and its blocks, where it is open already.
        header: finds its columns.

    Attributes:
        source: the file; its `checksum` is known once all blocks have been read.
        form: the form of the text, and its header.
        header: the columns of the file.

    Raises:
        DumpError: the file cannot be read or is not a dump.
    """

    def __init__(
        self,
        path: Path,
        block_bytes: int = BLOCK_BYTES,
        lookahead: int = LOOKAHEAD_BYTES,
        fast: bool = True,
        opened: tuple[Source, Iterator[bytes]] | None = None,
        header: HeaderReader = read_header,
    ) -> None:
        self._block_bytes = block_bytes
        self._lookahead = lookahead
        self._fast = fast
        self._final = False
        self._text = b""
        self._line = 1
        self.source, self._chunks = opened or _open(path, block_bytes)
        try:
            self._read_header(header)
        except BaseException:
            self.source.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.source.close()

    def in_words(self) -> str:
        """The form for a person."""
        return self.form.in_words()

    def blocks(self) -> Iterator[RawBlock]:
        """The rows, in the order of the file."""
        stuck = False
        while True:
            if stuck or len(self._text) < self._block_bytes:
                self._refill()
            if self._final and not self._text:
                return
            before = len(self._text)
            odd = not self._fast
            if self._fast:
                region = find_region(self._text, self._lookahead, self.form.separator)
                odd = region.odd
                if len(region.starts):
                    block, end = self._read_region(region)
                    odd = odd or end < region.end
                    yield block
                else:
                    end = region.end
                self._advance(end, region.newlines if end == region.end else None)
            if self._text and (odd or self._final or len(self._text) > self._lookahead):
                yield self._read_slowly()
            stuck = len(self._text) == before

    def _refill(self) -> None:
        chunk = next(self._chunks, b"")
        if len(self._text) + len(chunk) > max(_LINE_BYTES, self._lookahead + 2 * self._block_bytes):
            raise DumpError(
                f"{self.source.path} is no CSV: line {self._line:,} does not end in {_LINE_BYTES:,} bytes"
            )
        self._append(chunk)

    def _append(self, chunk: bytes) -> None:
        self._text += chunk
        if not chunk and not self._final:
            self._final = True
            if self._text and not self._text.endswith(b"\n"):
                self._text += b"\n"

    def _advance(self, end: int, newlines: int | None = None) -> None:
        self._line += self._text.count(b"\n", 0, end) if newlines is None else newlines
        self._text = self._text[end:]

    def _read_header(self, header: HeaderReader) -> None:
        """Recognise the form of the file, and go to its first record."""
        while not self._final and len(self._text) < SNIFFED_BYTES:
            self._append(next(self._chunks, b""))
        if not self._text.strip(b"\r\n"):
            raise DumpError(f"{self.source.path} is empty")
        self.form = read_form(self.source.path, self._text[:SNIFFED_BYTES], header)
        self.header = self.form.header
        self._width, self._places = self.header.width, self.header.places
        self._advance(self.form.offset)
        if self.form.backslashes:
            self._chunks = undo_backslashes(chain([self._text], self._chunks), self.form.separator)
            self._text, self._final = b"", False

    def _read_region(self, region: Region) -> tuple[RawBlock, int]:
        """The rows of a region up to its end, or to a record of several lines that is ragged."""
        text = self._text
        parsed = parse_region(text, region, self._width, self._places, self.form.separator)
        faults: list[Fault] = []
        bad: list[int] = []
        end, count = region.end, len(region.starts)
        for place, width in parsed.ragged:
            start, stop = int(region.starts[place]), int(region.stops[place])
            if b"\n" in text[start:stop]:  # a quote may have swallowed rows; the slow reader can tell
                end, count = start, place
                break
            line = self._line + int(region.lines[place])
            raw = decode(text[start:stop].removesuffix(b"\r"))
            faults.append(Fault(line, Reason.FIELDS, f"{width} fields instead of {self._width}", raw))
            bad.append(place)
        good = np.delete(np.arange(count), bad)
        recoded = 0
        if parsed.recoded:
            ends = zip(region.starts[good], region.stops[good], strict=True)
            recoded = sum(not is_utf8(text[start:stop]) for start, stop in ends)
        rows = parsed.rows.slice(0, len(good))
        return RawBlock(rows, self._line + region.lines[good], faults, recoded), end

    def _read_slowly(self) -> RawBlock:
        """Some records, one by one; none if more text has to be read first."""
        text, at, line = self._text, 0, self._line
        columns: list[list[str]] = [[] for _ in READ_COLUMNS]
        lines: list[int] = []
        faults: list[Fault] = []
        recoded = requoted = 0
        while at < min(len(text), _SLOW_BYTES):
            record = read_record(text, at, self._width, self._final, self._lookahead, self.form.separator)
            if record is None:
                break
            raw = text[at : record.end]
            if record.fault:
                shown = decode(raw.removesuffix(b"\n").removesuffix(b"\r"))
                faults.append(Fault(line, record.fault, record.detail, shown))
            elif record.fields:
                for column, place in zip(columns, self._places, strict=True):
                    column.append("" if place is None else decode(record.fields[place]))
                lines.append(line)
                recoded += not is_utf8(raw)
                requoted += record.fixed
            line += raw.count(b"\n")
            at = record.end
        self._advance(at)
        rows = pa.table([pa.array(column, pa.string()) for column in columns], names=list(READ_COLUMNS))
        return RawBlock(rows, np.array(lines, np.int64), faults, recoded, requoted)


def _open(path: Path, block_bytes: int) -> tuple[Source, Iterator[bytes]]:
    source = Source(path)
    return source, source.blocks(block_bytes)
