"""What a person's films have in common, and how the person's ratings compare with everybody's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from contract import Filters
from index.answer.shelves import Shelf, Shelves
from index.spaces.view import View

MOST_NAMES = 20
"""Of each kind, those of the most films."""

IN_A_PERIOD = 5
CROWD_VOTES = 20
"""Votes from which a film's mean vote is what everybody thinks."""

FEWEST = 3
"""Films from which a genre counts as the person's own."""

OWN_GENRES = 3
KINDS = ("genres", "decades", "languages", "countries", "directors", "actors")


@dataclass(frozen=True)
class Share:
    """One name among a person's films.

    Attributes:
        name: a genre, a decade, a language, a country or a person.
        films: of the person's that have it.
        rating: the mean of the person's ratings of them; None if none was rated.
        crowd: the mean of everybody's of the same films.
    """

    name: str
    films: int
    rating: float | None
    crowd: float | None


@dataclass(frozen=True)
class Period:
    """A year of watching.

    Attributes:
        year: the year.
        films: watched in it.
        rating: the mean of the ratings of those; None if none was rated.
        names: kind -> names of the most films -> how many.
    """

    year: int
    films: int
    rating: float | None
    names: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Compared:
    """The person's ratings and everybody's, of films that enough have voted for.

    Attributes:
        films: how many.
        rating, crowd: the means.
        correlation: Pearson's; None where one of both is always the same, or of less than three films.
        apart: film and how much higher the person rates it, the highest first.
    """

    films: int
    rating: float | None
    crowd: float | None
    correlation: float | None
    apart: tuple[tuple[int, float], ...]


def shares(view: View, films: Sequence[int], ratings: Mapping[int, float]) -> dict[str, list[Share]]:
    """Kind -> its names among some films, those of the most films first.

    Args:
        view: the films.
        films: rows of those that the person has seen.
        ratings: row -> the person's rating.
    """
    votes, means = view.filters.column("votes"), view.films.column("vote_average")
    found: dict[str, list[Share]] = {}
    for kind in KINDS:
        having: dict[str, list[int]] = defaultdict(list)
        for row in films:
            for name in _names(view, kind, row):
                having[name].append(row)
        first = sorted(having.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_NAMES]
        found[kind] = [
            Share(
                name,
                len(rows),
                _mean([ratings[row] for row in rows if row in ratings]),
                _mean([float(means[row]) for row in rows if votes[row] >= CROWD_VOTES]),
            )
            for name, rows in first
        ]
    return found


def periods(view: View, watched: Mapping[int, Sequence[int]], ratings: Mapping[int, float]) -> list[Period]:
    """The years of watching, in order.

    Args:
        view: the films.
        watched: year -> rows of the films watched in it.
        ratings: row -> the person's rating.
    """
    found = []
    for year, rows in sorted(watched.items()):
        names: dict[str, dict[str, int]] = {}
        for kind in KINDS:
            counts: dict[str, int] = defaultdict(int)
            for row in rows:
                for name in _names(view, kind, row):
                    counts[name] += 1
            names[kind] = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:IN_A_PERIOD])
        found.append(Period(year, len(rows), _mean([ratings[row] for row in rows if row in ratings]), names))
    return found


def compared(view: View, ratings: Mapping[int, float]) -> Compared:
    """The person's ratings, by row, beside everybody's."""
    votes, means = view.filters.column("votes"), view.films.column("vote_average")
    rows = [row for row in ratings if votes[row] >= CROWD_VOTES]
    own, crowd = np.array([ratings[row] for row in rows]), np.array([float(means[row]) for row in rows])
    vary = len(rows) > 2 and own.std() > 0 and crowd.std() > 0
    apart = sorted(zip(rows, np.round(own - crowd, 3).tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
    return Compared(
        len(rows),
        _mean(own.tolist()),
        _mean(crowd.tolist()),
        round(float(np.corrcoef(own, crowd)[0, 1]), 3) if vary else None,
        tuple(apart),
    )


def blind_spots(view: View, shelves: Shelves, own: Sequence[Share], seen: Sequence[int], k: int) -> list[int]:
    """Rows of acclaimed films of the person's genres that the person has not seen.

    Args:
        view: the films.
        shelves: of the same.
        own: the genres of what the person has seen, those of the most films first.
        seen: rows of those films.
        k: how many.
    """
    genres = tuple(share.name for share in own if share.films >= FEWEST)[:OWN_GENRES]
    if not genres:
        return []
    records = [record for row in seen for record in view.films.group_of(row)]
    allowed = view.filters.select(Filters(genres=genres)).without(np.array(records, dtype=np.int64))
    return shelves.top(Shelf.ACCLAIMED, allowed, k)


def _names(view: View, kind: str, row: int) -> list[str]:
    if kind == "decades":
        year = int(view.filters.column("year")[row])
        return [f"{year // 10 * 10}s"] if year else []
    terms = view.filters.terms
    name = "original_language" if kind == "languages" else kind
    return terms[name].of_film(row) if name in terms else []


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 3) if values else None
