"""Opens a file that a stranger sent: a zip or one text, of limited size, in a known encoding."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

MOST_BYTES = 16 * 2**20
"""Of an upload."""

MOST_MEMBER = 32 * 2**20
"""Of one file within a zip, unpacked."""

MOST_UNPACKED = 64 * 2**20
"""Of all files within a zip that are read."""

MOST_MEMBERS = 2_000
MOST_RATIO = 200
"""How much smaller than its text a packed file may be; csv files are packed to a third or a 50th."""

LONGEST_CELL = 100_000
"""Characters."""

MOST_LINES = 100_000
"""Of all files of an upload."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class HistoryError(ValueError):
    """A file that holds no history; the message says what can be read."""


@dataclass(frozen=True)
class Member:
    """One text file of an upload.

    Attributes:
        name: its path within the zip, or the name that was sent with it.
        text: what is in it.
    """

    name: str
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the name, in lower case."""
        return PurePosixPath(self.name.replace("\\", "/").lower()).parts

    @property
    def base(self) -> str:
        """The name without folders, in lower case."""
        return self.parts[-1] if self.parts else ""


@dataclass(frozen=True)
class Line:
    """One row of a csv file.

    Attributes:
        number: its line, the headings are line 1.
        cells: heading in lower case -> text without blanks around it; "" where there is none.
    """

    number: int
    cells: dict[str, str]


def members(name: str, data: bytes) -> list[Member]:
    """The texts of an upload: those of a zip that end with .csv or .json, or the file itself.

    Raises:
        HistoryError: it is too large, damaged, encrypted, packed too tightly, or no text.
    """
    if len(data) > MOST_BYTES:
        raise HistoryError(f"the file has more than {MOST_BYTES:,} bytes; send its parts one by one")
    if not data.strip(b"\0 \r\n\t"):
        raise HistoryError("the file is empty")
    if data[:2] != b"PK":
        return [Member(name, _decoded(name, data))]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return list(_unpacked(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise HistoryError(f"the zip file is damaged or protected ({error}); download it again") from error


def _unpacked(archive: zipfile.ZipFile) -> Iterator[Member]:
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise HistoryError(f"the zip has {len(entries):,} files; at most {MOST_MEMBERS:,} are read")
    left = MOST_UNPACKED
    for entry in entries:
        if entry.is_dir() or not entry.filename.lower().endswith((".csv", ".json")):
            continue
        if {"deleted", "orphaned", "__macosx"} & set(PurePosixPath(entry.filename.lower()).parts):
            continue
        if entry.compress_type not in METHODS:
            raise HistoryError(f"{entry.filename} is packed in an unusual way; pack it again as a plain zip")
        if entry.file_size > max(entry.compress_size, 1_000) * MOST_RATIO:
            raise HistoryError(f"{entry.filename} is packed too tightly to be a history")
        limit = min(MOST_MEMBER, left)
        with archive.open(entry) as file:  # what the zip says of the size may be a lie
            data = file.read(limit + 1)
        if len(data) > limit:
            raise HistoryError(f"{entry.filename} is too large; {MOST_MEMBER:,} bytes of a file are read")
        left -= len(data)
        yield Member(entry.filename, _decoded(entry.filename, data))


def _decoded(name: str, data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise HistoryError(
            f"{name or 'the file'} is no text in UTF-8; send a csv, a JSON or a zip file, as you downloaded it"
        ) from error


def rows(member: Member) -> Iterator[Line]:
    """The rows of a csv file; short ones are filled, what is beyond the headings is left out.

    Raises:
        HistoryError: a cell is too long, or there are too many rows.
    """
    reader = csv.reader(io.StringIO(member.text.replace("\0", ""), newline=""))
    names: list[str] | None = None
    try:
        for number, cells in enumerate(reader, start=1):
            if number > MOST_LINES:
                raise HistoryError(f"{member.name} has more than {MOST_LINES:,} rows; send it in parts")
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise HistoryError(
                    f"{member.name}, row {number}: a cell has more than {LONGEST_CELL:,} characters"
                )
            if names is None:
                names = [cell.strip().lower() for cell in cells]
            elif any(cells):
                yield Line(
                    number, dict.fromkeys(names, "") | {n: c.strip() for n, c in zip(names, cells, strict=False)}
                )
    except csv.Error as error:
        raise HistoryError(f"{member.name} is no csv file that can be read: {error}") from error


def headings(member: Member) -> frozenset[str]:
    """The headings of a csv file in lower case; none if the first line has none."""
    first = member.text[:10_000].replace("\0", "").splitlines()[:1]
    try:
        return frozenset(cell.strip().lower() for cells in csv.reader(first) for cell in cells)
    except csv.Error:
        return frozenset()


def items(member: Member) -> list[Any]:
    """The items of a JSON file that is a list.

    Raises:
        HistoryError: it is no JSON, or no list, or has too many items.
    """
    found = parsed(member)
    if not isinstance(found, list):
        raise HistoryError(f"{member.name} holds no list")
    if len(found) > MOST_LINES:
        raise HistoryError(f"{member.name} has more than {MOST_LINES:,} items; send it in parts")
    return found


def parsed(member: Member) -> Any:
    """What a JSON file holds.

    Raises:
        HistoryError: it is no JSON.
    """
    try:
        return json.loads(member.text)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{member.name} is no JSON that can be read: {error}") from error
