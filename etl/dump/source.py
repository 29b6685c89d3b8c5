"""The bytes of a dump: opened, decompressed, as UTF-8, in blocks, with a checksum of the file.

The format is recognised by the first bytes; the file's name has no influence.
"""

from __future__ import annotations

import codecs
import hashlib
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import zstandard

from etl.errors import DumpError

BLOCK_BYTES = 4 << 20  # 8 MB is no faster, measured on 1.29 million rows, and takes 80 MB more
_READ_BYTES = 1 << 16  # gzip expands at most a thousandfold, so that one read stays under 64 MB
_ZSTD_WINDOW = 1 << 31  # what `zstd --long=31` may ask for


class _Frame(Protocol):
    """One compressed stream within a file; a file may hold several, one after the other."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes) -> bytes: ...


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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called again."""
        self._file.close()

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
            raise DumpError(f"{self.path} is a zip archive; unzip it and ingest the csv file in it")
        for magic, (name, make) in _FORMATS.items():
            if first.startswith(magic):
                yield from self._inflate(first, pieces, name, make)
                return
        yield first
        yield from pieces

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
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "")
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
