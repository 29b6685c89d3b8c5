"""The bytes of a dump: opened, decompressed, as UTF-8, in blocks, with a checksum of the file.

The format is recognised by the first bytes; the file's name has no influence.

The form of a text file of films: its separator, its header, and how it escapes quotes.

Everything is recognised from the first `SNIFFED_BYTES`, so it does not depend on the size of the blocks.
"""

from __future__ import annotations

import codecs
import hashlib
import lzma
import re
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import zstandard

from etl.dump.header import Header, HeaderReader, known, read_header
from etl.dump.records import LOOKAHEAD_BYTES, decode, split_line
from etl.errors import DumpError

BLOCK_BYTES = 4 << 20  # 8 MB is no faster, measured on 1.29 million rows, and takes 80 MB more
_TEXTS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
_READ_BYTES = 1 << 16  # gzip expands at most a thousandfold, so that one read stays under 64 MB
_ZSTD_WINDOW = 1 << 31  # what `zstd --long=31` may ask for


class _Frame(Protocol):
    """One compressed stream within a file; a file may hold several, one after the other."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes) -> bytes: ...


_LFS = b"version https://git-lfs.github.com/spec/"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOK = "is an Excel workbook; save its sheet as csv (UTF-8) and ingest that"
_FORMATS: dict[bytes, tuple[str, Callable[[], _Frame]]] = {
    b"\x1f\x8b": ("gzip", lambda: zlib.decompressobj(wbits=31)),
    b"\x28\xb5\x2f\xfd": (
        "zstd",
        lambda: zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj(),
    ),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMADecompressor),
}
# Longest first: UTF-32's mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Source:
    """A dump as blocks of bytes; a context manager.

    Attributes:
        size_bytes: of the file on disk, compressed or not.
        position_bytes: how much of it has been read.
        checksum: sha256 of the file in hexadecimal, once the last block has been read.
        encoding: of the text, once a block has been read.

    Raises:
        DumpError: there is no such file, or it is empty, damaged or cut off.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise DumpError(f"{path} is a folder; expected a csv, csv.gz, csv.zst or csv.xz file")
        try:
            self._file = path.open("rb")
        except FileNotFoundError:
            raise DumpError(f"{path} does not exist") from None
        except OSError as error:
            raise DumpError(f"{path} cannot be opened: {error.strerror}") from error
        self.path = path
        self.size_bytes = path.stat().st_size
        self.position_bytes = 0
        self.checksum = ""
        self.encoding = "utf-8"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called again."""
        self._file.close()

    def starts_with(self, magic: bytes) -> bool:
        """Whether the file on disk begins with these bytes."""
        return self._file.peek(len(magic))[: len(magic)] == magic  # a pipe cannot be read twice

    def raw(self) -> Iterator[bytes]:
        """The bytes of the file as they are, in small pieces; for the checksum alone."""
        return self._read()

    def extrapolate(self, rows: int) -> int | None:
        """An estimate of the rows in the whole file, if the part read so far had this many."""
        return (
            round(rows * self.size_bytes / self.position_bytes)
            if self.position_bytes and self.size_bytes
            else None
        )

    def blocks(self, size_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
        """The text in blocks of at least `size_bytes`, the last one shorter; never an empty one."""
        block = bytearray()
        for piece in self._text(self._plain(self._read())):
            block += piece
            if len(block) >= size_bytes:
                yield bytes(block)
                block.clear()
        if block:
            yield bytes(block)

    def _read(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        while piece := self._file.read(_READ_BYTES):
            digest.update(piece)
            self.position_bytes += len(piece)
            yield piece
        self.checksum = digest.hexdigest()

    def _plain(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The decompressed bytes."""
        first = next(pieces, b"")
        if not first:
            raise DumpError(f"{self.path} is empty")
        if first.startswith(b"PK\x03\x04"):
            yield from self._unzip(pieces)
            return
        self._refuse(first)
        for magic, (name, make) in _FORMATS.items():
            if first.startswith(magic):
                yield from self._inflate(first, pieces, name, make)
                return
        yield first
        yield from pieces

    def _refuse(self, first: bytes) -> None:
        """Name a file that only stands for a dump, or holds it in a form that is not read."""
        if first.startswith(_LFS):
            size = next((line[5:].decode() for line in first.splitlines() if line.startswith(b"size ")), "unknown")
            raise DumpError(
                f"{self.path} is a Git LFS pointer to a file of {size} bytes, not the file itself: fetch it with "
                "`git lfs pull`, or download it from its page"
            )
        if first.startswith(_OLD_EXCEL):
            raise DumpError(f"{self.path} {_WORKBOOK}")
        if first.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
            raise DumpError(f"{self.path} is a web page, not a dump: download the file itself")

    def _unzip(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The one file of films in a zip archive."""
        for _ in pieces:  # for the checksum
            pass
        try:
            with zipfile.ZipFile(self.path) as archive:
                names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
                if any(name.startswith("xl/") for name in names):
                    raise DumpError(f"{self.path} {_WORKBOOK}")
                inside = [n for n in names if not n.startswith("__MACOSX/") and n.lower().endswith(_TEXTS)]
                tables = [name for name in inside if not name.lower().endswith(".txt")]
                inside = tables if len(tables) == 1 else inside  # beside a README.txt
                if len(inside) != 1:
                    raise DumpError(
                        f"{self.path} is a zip archive with {len(inside)} csv files; expected one. It holds: "
                        f"{', '.join(names)[:300]}"
                    )
                with archive.open(inside[0]) as file:
                    while piece := file.read(_READ_BYTES):
                        yield piece
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
            raise DumpError(f"{self.path} is damaged: zip says {str(error)!r}") from error

    def _inflate(
        self, first: bytes, pieces: Iterator[bytes], name: str, make: Callable[[], _Frame]
    ) -> Iterator[bytes]:
        frame = make()
        piece: bytes | None = first
        try:
            while piece is not None:
                while piece:
                    if frame.eof:
                        piece = piece.lstrip(b"\0")  # tape blocks and tar pad with zeros, as gzip allows
                        if not piece:
                            break
                        frame = make()
                    yield frame.decompress(piece)
                    piece = frame.unused_data if frame.eof else b""
                piece = next(pieces, None)
        except (zlib.error, zstandard.ZstdError, lzma.LZMAError) as error:
            raise DumpError(f"{self.path} is damaged: {name} says {str(error).strip()!r}") from error
        if not frame.eof:
            raise DumpError(f"{self.path} is cut off: the {name} data end too early; download it again")

    def _text(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """UTF-8 without a byte order mark, from the encoding that the mark says; lines end in "\\n"."""
        head = bytearray()
        for piece in pieces:
            head += piece
            if len(head) >= _READ_BYTES:
                break
        start = bytes(head)
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "") or _unmarked(start)
        self.encoding = encoding or "utf-8"
        if encoding:
            decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
            start = decoder.decode(start).encode()
            pieces = (decoder.decode(piece).encode() for piece in pieces)
        start = start.removeprefix(codecs.BOM_UTF8)
        if b"\r" in start and b"\n" not in start:
            start = start.replace(b"\r", b"\n")
            pieces = (piece.replace(b"\r", b"\n") for piece in pieces)
        yield start
        yield from pieces


def _unmarked(start: bytes) -> str:
    """UTF-16 without a mark: every other byte of mostly Latin text is zero."""
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = start[offset:2000:2]
        if len(half) > 20 and half.count(0) * 2 > len(half):
            return name
    return ""


SNIFFED_BYTES = 1 << 18
SEPARATORS = {b",": "commas", b";": "semicolons", b"\t": "tabs", b"|": "bars"}
_SEP_LINE = re.compile(rb'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_BEFORE, _AFTER = rb"[^,;\t|\r\n\\\"]", rb"[^,;\t|\r\n\"]"
_ESCAPED_QUOTE = re.compile(rb"(?<!\\)(?:\\\\)*\\\"" + _AFTER)
_DOUBLED_QUOTE = re.compile(_BEFORE + rb'""' + _AFTER)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b'"': b'""', b"\\": b"\\", b"\n": b"\n", b"0": b""}
_ESCAPED_SEPARATOR = re.compile(rb"\\([,;\t|])")
_QUOTE_OR_ESCAPE = re.compile(rb'\\.|"', re.DOTALL)


@dataclass(frozen=True)
class Form:
    """The form of a text file.

    Attributes:
        separator: one byte.
        header: its columns.
        header_line: the text of its header, without its line end.
        offset: where the first record begins.
        backslashes: whether quotes are escaped by backslashes instead of doubled.
    """

    separator: bytes
    header: Header
    header_line: bytes
    offset: int
    backslashes: bool

    def in_words(self) -> str:
        """The form for a person."""
        escapes = ", quotes escaped by backslashes" if self.backslashes else ""
        return f"csv separated by {SEPARATORS[self.separator]}{escapes}"


def read_form(path: Path, text: bytes, header: HeaderReader = read_header) -> Form:
    """The form of a file.

    Args:
        path: for messages.
        text: the beginning of the file in UTF-8, `SNIFFED_BYTES` or all of it.
        header: finds its columns.

    Raises:
        DumpError: it is no file of films.
    """
    start = len(text) - len(text.lstrip(b"\r\n"))
    named = None
    if match := _SEP_LINE.match(text, start):
        named, start = match[1], match.end()
    end = text.find(b"\n", start)
    if end < 0:
        end = len(text)
    line = text[start:end].rstrip(b"\r")
    separator = named if named in SEPARATORS else _separator(line)
    names = [decode(name) for name in split_line(line, separator)]
    if not names:
        raise DumpError(f"{path} is not a file of films: a quote in its first line is not closed")
    backslashes = len(_ESCAPED_QUOTE.findall(text)) > len(_DOUBLED_QUOTE.findall(text))
    rows = text[end + 1 :]
    if backslashes:
        rows = b"".join(undo_backslashes(iter([rows]), separator))
    widths = [len(split_line(row.rstrip(b"\r"), separator)) for row in rows.split(b"\n")[:20]]
    if widths.count(len(names) + 1) * 2 > len([width for width in widths if width > 1]):
        names.insert(0, "")  # R's write.table gives no name to its column of row names
    return Form(separator, header(path, names), line, min(end + 1, len(text)), backslashes)


def undo_backslashes(chunks: Iterator[bytes], separator: bytes) -> Iterator[bytes]:
    """The text with quotes doubled instead of escaped, in quoted fields; the number of lines stays."""
    fields = _escaped_fields(separator)
    carried = b""
    for chunk in chunks:
        text = carried + chunk
        end = _end_of_records(text)
        if not end and len(text) > LOOKAHEAD_BYTES:
            end = text.rfind(b"\n") + 1 or len(text)
        carried = text[end:]
        if end:
            yield fields.sub(_undone, text[:end])
    if carried:
        yield fields.sub(_undone, carried)


def _escaped_fields(separator: bytes) -> re.Pattern[bytes]:
    """Finds the quoted fields, and the others that have a backslash before some character."""
    ends = re.escape(separator) + rb"\r\n"
    begin = rb"(?<![^" + ends + rb"])"
    quoted = rb'"(?:[^"\\]|\\.|"")*+"'
    unquoted = rb'[^"' + ends + rb"\\]*+\\.(?:[^" + ends + rb"\\]|\\.)*+"
    return re.compile(begin + rb"(?:" + quoted + rb"|" + unquoted + rb")", re.DOTALL)


def _undone(field: re.Match[bytes]) -> bytes:
    text = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[0]), field[0])
    if field[0].startswith(b'"'):
        return text
    return b'"' + _ESCAPED_SEPARATOR.sub(rb"\1", text) + b'"'


def _end_of_records(text: bytes) -> int:
    """Where the last line ends that is not within quotes; 0 if there is none."""
    newlines = [match.start() for match in re.finditer(rb"\n", text)]
    quotes = [match.start() for match in _QUOTE_OR_ESCAPE.finditer(text) if match[0] == b'"']
    even = next((at for at in reversed(newlines) if bisect_left(quotes, at) % 2 == 0), -1)
    return even + 1


def _separator(line: bytes) -> bytes:
    """The separator with which the line has the most columns that we know, then the most columns."""

    def fits(separator: bytes) -> tuple[int, int]:
        names = [decode(name) for name in split_line(line, separator)]
        return known(names), len(names)

    return max(SEPARATORS, key=fits)
