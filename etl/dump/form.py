"""The form of a text file of films: its separator, its header, and how it escapes quotes.

Everything is recognised from the first `SNIFFED_BYTES`, so it does not depend on the size of the blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.dump.header import Header, known, read_header
from etl.dump.records import decode, split_line
from etl.errors import DumpError

SNIFFED_BYTES = 1 << 18
SEPARATORS = {b",": "commas", b";": "semicolons", b"\t": "tabs", b"|": "bars"}
_SEP_LINE = re.compile(rb'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_BEFORE, _AFTER = rb"[^,;\t|\r\n\\\"]", rb"[^,;\t|\r\n\"]"
_ESCAPED_QUOTE = re.compile(rb"(?<!\\)(?:\\\\)*\\\"" + _AFTER)
_DOUBLED_QUOTE = re.compile(_BEFORE + rb'""' + _AFTER)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPED = {b'"': b'""', b"\\": b"\\", b"\n": b"\n", b"0": b""}


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


def read_form(path: Path, text: bytes) -> Form:
    """The form of a file.

    Args:
        path: for messages.
        text: the beginning of the file in UTF-8, `SNIFFED_BYTES` or all of it.

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
    widths = [len(split_line(row.rstrip(b"\r"), separator)) for row in text[end + 1 :].split(b"\n")[:20]]
    if widths.count(len(names) + 1) * 2 > len([width for width in widths if width > 1]):
        names.insert(0, "")  # R's write.table gives no name to its column of row names
    backslashes = len(_ESCAPED_QUOTE.findall(text)) > len(_DOUBLED_QUOTE.findall(text))
    return Form(separator, read_header(path, names), line, min(end + 1, len(text)), backslashes)


def undo_backslashes(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text with quotes doubled instead of escaped; the number of lines stays."""
    carried = b""
    for chunk in chunks:
        text = carried + chunk
        carried = b""
        if (len(text) - len(text.rstrip(b"\\"))) % 2:
            text, carried = text[:-1], b"\\"
        if text:
            yield _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[0]), text)
    if carried:
        yield carried


def _separator(line: bytes) -> bytes:
    """The separator with which the line has the most columns that we know, then the most columns."""

    def fits(separator: bytes) -> tuple[int, int]:
        names = [decode(name) for name in split_line(line, separator)]
        return known(names), len(names)

    return max(SEPARATORS, key=fits)
