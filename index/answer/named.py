"""Which film a title and a year mean, as another catalogue writes them: for the rows of a person's history.

Nobody is there to see a wrong guess among five thousand rows, so a row is only matched where no other film may be
meant; everything else is left to the person. `tests/benchmarks/history.py` measures both kinds of error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from index.errors import EmptyQueryError
from index.spaces.view import View
from index.titles.fold import canonical, fold, squash
from index.titles.store import Kind

OFFERED = 5
"""Films that are offered for a row that is not sure."""

BESIDE = 1
"""Years by which catalogues differ: the first showing, at a festival, and the release."""

FAR = 3
"""Years up to which a film of the same title may be meant, if there is no other."""

OUTSHINES = 30
"""A film is meant, and not another of the same title and year, if it has so many times its votes."""

OVERWHELMS = 200
"""The same of a film of the year beside, before which one of the right year is doubtful."""

SURE = 0.9
"""Confidence of the search from which a title that is written otherwise counts as the film's."""

_BRACKETS = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]+)[)\]]\s*")
_EDITION = re.compile(
    r"\b(?:cut|edition|version|uncut|unrated|extended|remastered|restored|redux|theatrical)\b", re.I
)

_RANKS = {
    Kind.TITLE: 0,
    Kind.ORIGINAL: 0,
    Kind.BARE_TITLE: 1,
    Kind.BARE_ORIGINAL: 1,
    Kind.PLAIN_TITLE: 1,
    Kind.PLAIN_ORIGINAL: 1,
    Kind.OTHER: 1,
    Kind.MAIN_TITLE: 2,
    Kind.MAIN_ORIGINAL: 2,
    Kind.SUB_TITLE: 3,
    Kind.SUB_ORIGINAL: 3,
}
"""How far from the title a form is that reads the same; initials are none."""


class Status(StrEnum):
    """What is known of a row."""

    MATCHED = "matched"
    UNSURE = "unsure"  # one film resembles it
    AMBIGUOUS = "ambiguous"  # several films have the title
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class Found:
    """The film that a row means.

    Attributes:
        status: how sure it is.
        rows: of the films that may be meant, the likeliest first, one of each duplicate group; of a row that is
            matched one, of one that is not found those that come nearest.
    """

    status: Status
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Film:
    row: int
    rank: int
    apart: int
    votes: int


def find_named(view: View, title: str, year: int | None) -> Found:
    """The film of a title and a year; 0.1 ms where a film has the title, some ms where none has.

    Args:
        view: the films.
        title: as another catalogue writes it.
        year: of release there; None if it is not known.
    """
    title = unescape(title)
    films = _same(view, title, year) or _bracketed(view, title, year)
    near = [film for film in films if film.apart <= BESIDE]
    if near:
        return _chosen(near)
    if year is not None and (far := [film for film in films if film.apart <= FAR]):
        return Found(Status.UNSURE if len(far) == 1 else Status.AMBIGUOUS, _rows(far))
    return _resembling(view, title, year, films)


def _bracketed(view: View, title: str, year: int | None) -> list[_Film]:
    """The films of a title before brackets, in which an edition stands, or another title of the same film."""
    parts = _BRACKETS.fullmatch(title)
    if parts is None:
        return []
    films = _same(view, parts[1], year)
    if _EDITION.search(parts[2]):
        return films
    also = {film.row for film in _same(view, parts[2], year)}
    return [film for film in films if film.row in also]


def _chosen(films: list[_Film]) -> Found:
    """Of films that have the title and were made at that time."""
    best, *others = films
    same = [film for film in others if (film.rank, film.apart) == (best.rank, best.apart)]
    if any(film.votes * OUTSHINES > best.votes for film in same):
        return Found(Status.AMBIGUOUS, _rows(films))
    if any(film.votes > max(best.votes, 1) * OVERWHELMS for film in others):
        return Found(Status.AMBIGUOUS, _rows(films))
    return Found(
        Status.MATCHED if best.rank <= 1 else Status.UNSURE, _rows(films[: 1 if best.rank <= 1 else OFFERED])
    )


def _same(view: View, title: str, year: int | None) -> list[_Film]:
    """The films one of whose titles reads the same, the likeliest first."""
    words = fold(title)
    if not words:
        return []
    found: dict[int, _Film] = {}
    for reading, more in ((words, 0), (canonical(words), 1)):
        if more and reading == words:
            continue
        for row, kind, votes, released in view.titles.same(squash(reading)):
            if kind in _RANKS:
                apart = 0 if year is None else abs(released - year) if released else BESIDE
                film = _Film(view.films.best_of(row), max(_RANKS[kind], more), apart, votes)
                known = found.get(film.row)
                if known is None or (film.rank, film.apart) < (known.rank, known.apart):
                    found[film.row] = film
    return sorted(found.values(), key=lambda film: (film.apart > BESIDE, film.rank, film.apart, -film.votes))


def _resembling(view: View, title: str, year: int | None, films: list[_Film]) -> Found:
    """The film whose title comes nearest, where none reads the same and is of that time."""
    try:
        answer = view.titles.search(title, year=year, limit=OFFERED)
    except EmptyQueryError:
        return Found(Status.NOT_FOUND)
    rows = _distinct([view.films.best_of(match.row) for match in answer.matches])
    if not answer.resolved or not rows:
        return Found(Status.NOT_FOUND, rows)
    released = int(view.filters.column("year")[rows[0]])
    beside = year is not None and abs(released - year) <= BESIDE
    if beside and answer.confidence >= SURE and not answer.ambiguous and not films:
        return Found(Status.MATCHED, rows[:1])
    return Found(Status.AMBIGUOUS if answer.ambiguous else Status.UNSURE, rows)


def _rows(films: list[_Film]) -> tuple[int, ...]:
    return tuple(film.row for film in films[:OFFERED])


def _distinct(rows: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(rows))
