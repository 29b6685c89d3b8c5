"""The readings of a file: decided from a sample of its rows, described in words, applied to every block.

A file of films that is open, with its readings decided: what `ingest` and `inspect` work on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ftfy import fix_encoding
from numpy.typing import NDArray

from etl.dump.extract import Dump, RawBlock
from etl.dump.header import READ_COLUMNS, Header, HeaderReader, normal, read_header
from etl.dump.tables import JsonDump, ParquetDump, open_dump
from etl.errors import Reason
from etl.reading import addresses, dates, numbers, separators
from etl.transform.batch import KEPT, REASONS, CleanBatch, clean_batch
from etl.transform.film import RAW_COLUMNS, RAW_NAMES, Rules
from etl.transform.lists import NOTHING, parse_list
from etl.transform.values import parse_date

LISTS = tuple(RAW_NAMES.values())
SAMPLE_ROWS = 5_000
"""Rows from which the readings are decided; for a v11 dump that takes 0.1 s."""

_NOTHING = pa.array(sorted({form for word in NOTHING for form in (word, f" {word}", f"{word} ")}))
_UNKNOWN = pa.array(["Unknown", "unknown"])
_TITLES = ("id", "title", "original_title")
_WORDS = ("title", "original_title", "overview", "tagline", *LISTS)
# Characters with which UTF-8 read as Windows-1252 begins: the lead bytes of two, three and four bytes.
_MOJIBAKE = "[\u00c2-\u00f4][^\\x00-\\x7f]"
ENCODED_TWICE = "text: characters of another encoding restored"
_ARTICLES = (
    "The|A|An|Le|La|Les|L'|Un|Une|Der|Die|Das|Ein|Eine|El|Los|Las|Una|Il|Lo|Gli|I|O|Os|As|Um|Uma|De|Het|Den|Det"
)
ARTICLE_BEHIND = f"^.+; ?(?:{_ARTICLES})$"
"""Titles such as "Crowd;The"; a pattern for RE2 and Python."""

_ARTICLE = "article behind a semicolon turned round"


@dataclass(frozen=True)
class Choices:
    """What the user sets by hand; None leaves the decision to the sample.

    Attributes:
        lists: a key of `separators.SEPARATORS`, for all list columns.
        dates: a key of `dates.FORMS`.
        numbers: a key of `numbers.FORMS`, for all columns of numbers.
        ratings: one of `numbers.SCALES`, the best rating, for all columns of ratings.
    """

    lists: str | None = None
    dates: str | None = None
    numbers: str | None = None
    ratings: int | None = None


@dataclass
class Readings:
    """How each column of one file is read.

    Attributes:
        described: the reading of each column that the file has, in words.
        counts: values that were read in another way than they are written, by what happened.
        dated: whether the file has dates or years at all.
    """

    described: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    dated: bool = True
    _rewriters: dict[str, Callable[[str], str]] = field(default_factory=dict)
    _date_form: str = "iso"
    _newest: int = 0
    _rewrites_dates: bool = False
    _mojibake: bool = False
    _unread: set[str] = field(default_factory=set)
    _counting: Lock = field(default_factory=Lock)

    def apply(self, rows: pa.Table) -> pa.Table:
        """The rows in the spelling of the v11 dump: the columns of `RAW_COLUMNS`."""
        columns = {name: rows.column(name).combine_chunks() for name in READ_COLUMNS}
        for name in self._unread:
            columns[name] = pa.repeat("", rows.num_rows)
        for name in RAW_COLUMNS:
            if name not in _TITLES:
                columns[name] = self._without_nothing(name, columns[name])
        columns["original_title"] = self._original(columns)
        if self._mojibake:
            for name in _WORDS:
                columns[name] = self._fix(columns[name], _MOJIBAKE, fix_encoding, ENCODED_TWICE)
        for name in _TITLES[1:]:
            columns[name] = self._fix(columns[name], ARTICLE_BEHIND, _turn_round, f"{name}: {_ARTICLE}")
        for name, rewrite in self._rewriters.items():
            columns[name] = _each(columns[name], rewrite)
        if self._rewrites_dates:
            columns["release_date"] = self._dates(columns)
        return pa.table({name: columns[name] for name in RAW_COLUMNS})

    def _without_nothing(self, name: str, column: pa.Array) -> pa.Array:
        nothing = pc.is_in(column, _NOTHING)
        if name in ("original_language", "imdb_id"):
            nothing = pc.or_(nothing, pc.is_in(column, _UNKNOWN))
        if not (number := pc.sum(nothing).as_py()):
            return column
        self._count(f"{name}: nothing, written as a word", number)
        return pc.if_else(nothing, "", column)

    def _original(self, columns: dict[str, pa.Array]) -> pa.Array:
        """The original titles; a film called "Nan" has that for both titles, and keeps it."""
        nothing = pc.and_(
            pc.is_in(columns["original_title"], _NOTHING),
            pc.not_equal(columns["original_title"], columns["title"]),
        )
        if not (number := pc.sum(nothing).as_py()):
            return columns["original_title"]
        self._count("original_title: nothing, written as a word", number)
        return pc.if_else(nothing, "", columns["original_title"])

    def _fix(self, column: pa.Array, suspect: str, rewrite: Callable[[str], str], note: str) -> pa.Array:
        """The values that match a pattern rewritten, and counted where that changes them."""
        suspects = pc.match_substring_regex(column, suspect)
        texts = column.filter(suspects).to_pylist()
        if not texts:
            return column
        fixed = [rewrite(text) for text in texts]
        if changed := sum(old != new for old, new in zip(texts, fixed, strict=True)):
            self._count(note, changed)
        return pc.replace_with_mask(column, suspects, pa.array(fixed, pa.string()))

    def _dates(self, columns: dict[str, pa.Array]) -> pa.Array:
        rewrite = dates.rewriter(self._date_form, _today(), self._newest)
        found = []
        names = ("release_date", "status", "year", "imdb_id")
        for texts in zip(*(columns[name].to_pylist() for name in names), strict=True):
            iso, note = rewrite(*texts)
            found.append(iso)
            if note:
                self._count(note, 1)
        return pa.array(found, pa.string())

    def _count(self, what: str, number: int) -> None:
        with self._counting:  # blocks are rewritten by several threads
            self.counts[what] += number


def decide(rows: pa.Table | None, header: Header, choices: Choices | None = None) -> Readings:
    """The readings of a file.

    Args:
        rows: its first rows: the columns of `READ_COLUMNS`, as strings without nulls; None if it has none.
        header: the columns that the file has.
        choices: what is set by hand.
    """
    given = choices or Choices()
    readings = Readings()
    if rows is None:
        return readings
    named = zip(READ_COLUMNS, header.places, strict=True)
    places = {name: place for name, place in named if place is not None}
    values = {name: _sample(rows.column(name), header.names[place]) for name, place in places.items()}
    present, renamed = header.present, header.renamed
    if normal(renamed.get("director", "")) == "crew" and not _with_jobs(values["director"]):
        readings._unread.add("director")
        values["director"] = []
    genres = given.lists or separators.choose("genres", values.get("genres", ()))
    for name in LISTS:
        if name not in present:
            continue
        key = given.lists or (genres if name == "genres" else separators.choose(name, values[name], genres))
        readings.described[name] = _list_in_words(values[name], key)
        if name in readings._unread:
            readings.described[name] = "not read: it does not say who of the crew directed"
        elif key != "comma-space":
            readings._rewriters[name] = separators.rewriter(name, key)
    for name in numbers.COLUMNS:
        if name not in present:
            continue
        if name in renamed and numbers.are_none(name, values[name]):
            readings._unread.add(name)
            readings.described[name] = "not read: it holds no numbers"
            continue
        form = given.numbers or numbers.choose(name, values[name])
        scale = 10
        if name in numbers.RATINGS:
            heading = header.names[places[name]]
            scale = given.ratings or numbers.scale_of(name, form, _filled(rows.column(name), heading))
        readings.described[name] = numbers.FORMS[form] + ("" if scale == 10 else f", ratings from 0 to {scale}")
        if form != "plain" or scale != 10:
            readings._rewriters[name] = numbers.rewriter(name, "point" if form == "plain" else form, scale)
    for name, (rewrite, words) in addresses.REWRITERS.items():
        if addresses.are_written(rewrite, values.get(name, ())):
            readings.described[name] = words
            readings._rewriters[name] = rewrite
    if "release_date" in present:
        readings._date_form = given.dates or dates.choose(values["release_date"])
        readings._newest = dates.newest(values["release_date"], readings._date_form, _today())
        readings.described["release_date"] = dates.FORMS[readings._date_form]
    has_years = bool(values.get("year"))
    days = values.get("release_date", [])
    readings._rewrites_dates = (
        readings._date_form != "iso" or has_years or any(parse_date(text).value is None for text in days)
    )
    readings._mojibake = _is_mojibake([text for name in _WORDS for text in values.get(name, ())])
    if readings._mojibake:
        readings.described["text"] = "UTF-8 that was read as Windows-1252 and saved: undone"
    readings.dated = bool(days) or has_years
    return readings


def _today() -> date:
    return datetime.now(UTC).date()


def _with_jobs(values: list[str]) -> bool:
    """Whether a crew says who directed: most of its values are lists of objects, or none has a name at all."""
    return sum(text.lstrip().startswith("[{") for text in values) * 2 >= len(values)


def _is_mojibake(texts: list[str]) -> bool:
    """Whether a file proves that it was encoded twice: a fifth of the texts with other letters than ASCII's."""
    foreign = [text for text in texts if not text.isascii()]
    broken = [text for text in foreign if re.search(_MOJIBAKE, text) and fix_encoding(text) != text]
    return len(broken) >= 3 and len(broken) * 5 >= len(foreign)


def _turn_round(title: str) -> str:
    """The title with its article in front.

    >>> _turn_round("Crowd;The"), _turn_round("Avventura; L'")
    ('The Crowd', "L'Avventura")
    """
    name, _, article = title.rpartition(";")
    article = article.strip()
    return f"{article}{'' if article.endswith(chr(39)) else ' '}{name.strip()}"


def _sample(column: pa.ChunkedArray, heading: str) -> list[str]:
    """The distinct values of a column that are not nothing, nor its name in a repeated header."""
    return _filled(pc.unique(column.slice(0, SAMPLE_ROWS)), heading)


def _filled(column: pa.Array | pa.ChunkedArray, heading: str) -> list[str]:
    """The values of a sample that are not nothing, nor the column's name in a repeated header."""
    texts = column.slice(0, SAMPLE_ROWS).to_pylist()
    return [text for text in texts if text.strip() and text not in NOTHING and text != heading]


def _list_in_words(values: list[str], key: str) -> str:
    listed = [text for text in values if text.startswith(("[", "{", "(")) and parse_list(text) is not None]
    if not values or len(listed) * 2 <= len(values):
        return f"names separated by {separators.SEPARATORS[key]!r}"
    if any(text.startswith("[{") for text in listed):
        kind = "Python" if sum("'name'" in text for text in listed) * 2 > len(listed) else "JSON"
        return f"{kind} lists of objects"
    if sum(text.startswith("{") for text in listed) * 2 > len(listed):
        return "Postgres arrays"
    if all(text.strip("[]() ").replace(",", "").replace(" ", "").isdigit() for text in listed if text != "[]"):
        return "lists of TMDB's ids"
    return f"{'Python' if any(chr(39) in text for text in listed) else 'JSON'} lists"


def _each(column: pa.Array, rewrite: Callable[[str], str]) -> pa.Array:
    encoded = column.dictionary_encode()
    rewritten = pa.array([rewrite(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return rewritten.take(encoded.indices)


class OpenedFile:
    """A file with its readings; a context manager.

    Args:
        path: see `etl.dump.tables.open_dump`.
        rules: the profile of the cleaning; what the whole file lacks (a status, a date) is not required.
        choices: readings that are set by hand.
        header: finds the columns.

    Attributes:
        dump: the open file.
        header: its columns.
        readings: how they are read.
        taken: what is taken as given, in words.

    Raises:
        DumpError: the file cannot be read or is not a file of films.
    """

    def __init__(
        self, path: Path, rules: Rules, choices: Choices | None = None, header: HeaderReader = read_header
    ) -> None:
        self._closing = ExitStack()
        with ExitStack() as opening:
            self.dump: Dump | ParquetDump | JsonDump = open_dump(path, header)
            opening.enter_context(self.dump)
            self.header = self.dump.header
            self._blocks = self.dump.blocks()
            self._first: list[RawBlock] = []
            while sum(len(block.lines) for block in self._first) < SAMPLE_ROWS:
                block = next(self._blocks, None)
                if block is None:
                    break
                self._first.append(block)
            rows = pa.concat_tables([block.rows for block in self._first]) if self._first else None
            self.readings = decide(rows, self.header, choices)
            self.taken, self._rules = _taken(rules, self.header.present, self.readings.dated)
            self._closing = opening.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def in_words(self) -> str:
        """The form of the file for a person."""
        encoding = self.dump.source.encoding
        return self.dump.in_words() + ("" if encoding == "utf-8" else f", {encoding.upper()}")

    def blocks(self) -> Iterator[RawBlock]:
        """The raw rows; once only."""
        yield from self._first
        self._first.clear()
        yield from self._blocks

    def clean(self, block: RawBlock) -> CleanBatch:
        """The clean films of a block."""
        batch = clean_batch(self.readings.apply(block.rows), self._rules)
        again = self.is_header(block.rows)
        if again.any():
            batch.verdicts[again & (batch.verdicts != KEPT)] = REASONS.index(Reason.HEADER)
        return batch

    def is_header(self, rows: pa.Table) -> NDArray[np.bool_]:
        """Which rows repeat the header, as in files that were appended to one another."""
        places = dict(zip(READ_COLUMNS, self.header.places, strict=True))
        found = np.ones(rows.num_rows, bool)
        for column in ("id", "imdb_id", "title"):
            if (place := places[column]) is not None:
                found &= pc.equal(rows[column], self.header.names[place]).to_numpy()
        return found


def _taken(rules: Rules, present: frozenset[str], dated: bool) -> tuple[list[str], Rules]:
    """The rules without what no row of the file can fulfil, and what is taken as given."""
    taken = []
    if not dated:
        taken.append("no dates: the films are loaded without a year")
        rules = replace(rules, date_required=False)
    if "vote_average" in present and "vote_count" not in present:
        taken.append("no numbers of votes: the means of votes are not kept")
    if "status" not in present:
        taken.append("no status: every film counts as released")
        rules = replace(rules, strict_status=False)
    return taken, rules
