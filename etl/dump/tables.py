"""Files of films that are not csv: parquet and JSON lines, read into the same blocks of raw rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from etl.dump.extract import Dump, Fault, RawBlock
from etl.dump.header import READ_COLUMNS, Header, HeaderReader, read_header
from etl.dump.source import Source
from etl.errors import DumpError, Reason

PARQUET_MAGIC = b"PAR1"
_ROWS = 8_192


class ParquetDump:
    """An open parquet file; a context manager. Attributes and `blocks` are as those of `Dump`."""

    def __init__(self, source: Source, header: HeaderReader = read_header) -> None:
        self.source = source
        path = source.path
        try:
            self._file = parquet.ParquetFile(path)
            names = self._file.schema_arrow.names
        except pa.ArrowException as error:
            raise DumpError(f"{path} is a damaged parquet file: {str(error).splitlines()[0]}") from error
        self.header = header(path, names)
        self._names: list[str | None] = [None if place is None else names[place] for place in self.header.places]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.source.close()

    def in_words(self) -> str:
        """The form for a person."""
        return "parquet"

    def blocks(self) -> Iterator[RawBlock]:
        """The rows, in the order of the file."""
        wanted = [name for name in self._names if name is not None]
        line = 2  # numbered as in a csv file of the same rows
        for batch in self._file.iter_batches(_ROWS, columns=wanted):
            empty = pa.repeat("", len(batch))
            columns = [empty if name is None else _as_text(batch.column(name)) for name in self._names]
            lines = np.arange(line, line + len(batch), dtype=np.int64)
            line += len(batch)
            yield RawBlock(pa.table(columns, names=list(READ_COLUMNS)), lines)
        for _ in self.source.raw():  # for the checksum
            pass


class JsonDump:
    """An open file with one JSON object per line; a context manager as `Dump` is."""

    def __init__(
        self, source: Source, first: bytes, chunks: Iterator[bytes], header: HeaderReader = read_header
    ) -> None:
        self.source, self._first, self._chunks = source, first, chunks
        if first.lstrip().startswith(b"["):
            raise DumpError(
                f"{source.path} is one JSON array; write one object per line instead, as `jq -c '.[]' FILE` does"
            )
        self.header = self._read_header(source.path, header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.source.close()

    def in_words(self) -> str:
        """The form for a person."""
        return "JSON lines"

    def blocks(self) -> Iterator[RawBlock]:
        """The rows, in the order of the file."""
        line, left = 1, b""
        chunk: bytes | None = self._first
        while chunk is not None:
            text = left + chunk
            chunk = next(self._chunks, None)
            end = len(text) if chunk is None else text.rfind(b"\n") + 1
            left = text[end:]
            rows = text[:end].split(b"\n")
            if text[:end].endswith(b"\n"):
                rows.pop()
            if rows:
                yield self._block(rows, line)
                line += len(rows)

    def _block(self, rows: Sequence[bytes], first_line: int) -> RawBlock:
        found: list[dict[str, Any]] = []
        lines: list[int] = []
        faults: list[Fault] = []
        for line, text in enumerate(rows, first_line):
            if not text.strip():
                continue
            try:
                film = json.loads(text)
            except ValueError as error:
                film = error
            if isinstance(film, dict):
                found.append(film)
                lines.append(line)
            else:
                raw = text.decode("utf-8", "replace")
                faults.append(Fault(line, Reason.JSON, "not a JSON object", raw))
        names = [None if place is None else self.header.names[place] for place in self.header.places]
        columns = [pa.array(["" if n is None else _text(row.get(n)) for row in found], pa.string()) for n in names]
        return RawBlock(pa.table(columns, names=list(READ_COLUMNS)), np.array(lines, np.int64), faults)

    def _read_header(self, path: Path, read: HeaderReader) -> Header:
        """The names of all objects of the first block, since an object may leave out what it does not have."""
        names: dict[str, None] = {}
        for text in self._first.split(b"\n"):
            try:
                film = json.loads(text)
            except ValueError:
                continue
            if isinstance(film, dict):
                names |= dict.fromkeys(film)
        if not names:
            raise DumpError(f"{path} begins like JSON lines, but no line of its beginning is a JSON object")
        return read(path, list(names))


def open_dump(path: Path, header: HeaderReader = read_header) -> Dump | ParquetDump | JsonDump:
    """Open a file of films, whatever its form; a context manager.

    Args:
        path: of the file.
        header: finds its columns.

    Raises:
        DumpError: the file cannot be read or is not a file of films.
    """
    source = Source(path)
    try:
        if source.starts_with(PARQUET_MAGIC):
            return ParquetDump(source, header)
        chunks = source.blocks()
        first = next(chunks, b"")
        if first.lstrip()[:1] in (b"{", b"["):
            return JsonDump(source, first, chunks, header)
        return Dump(path, opened=(source, chain([first], chunks)), header=header)
    except BaseException:
        source.close()
        raise


def _as_text(column: pa.Array) -> pa.Array:
    """A column as the csv of the same rows would have it; lists and objects as JSON."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        column = column.cast(pa.date32(), safe=False) if pa.types.is_timestamp(kind) else column
        return column.cast(pa.string()).fill_null("")
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string()).fill_null("")
    return pa.array([_text(value) for value in column.to_pylist()], pa.string())


def _text(value: object) -> str:
    if value is None or value != value:  # NaN, the only value that differs from itself, is nothing
        return ""
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
