"""A chain of kin from one film to another: the widest path over what the nearest films of each are.

A path is as wide as its least step (Pollack, "The maximum capacity through a network", Operations Research 1960).
A film's nearest films are its neighbours; the score of a step is the same in both directions, so the search grows
from both ends, a step at a time, and keeps for every film the widest way to it. It ends one step after both sides
have met, or when it has looked at `MOST_FILMS` films or taken `MOST_S` seconds of processor time: a busy machine
finds the same chains.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from contract import Filters
from index.films.filters import Allowed
from index.spaces.space import CONTENT
from index.spaces.view import View

NEAREST = 16
"""Films that are looked at from each, itself included."""

MOST_STEPS = 12
MOST_FILMS = 40_000
MOST_S = 1.0


class _Way(NamedTuple):
    """The widest way to a film that is known: its width, the film, the way before, and its steps."""

    width: float
    row: int
    before: _Way | None
    steps: int


@dataclass(frozen=True)
class Path:
    """A chain of films.

    Attributes:
        rows: from the first film to the last; of a chain that does not arrive from the first film to the one of
            those reached that is nearest to the last.
        scores: of each step, one less than there are rows.
        arrives: whether the last film was reached.
    """

    rows: tuple[int, ...]
    scores: tuple[float, ...]
    arrives: bool


class _Side:
    """The films that were reached from one end."""

    def __init__(self, view: View, allowed: Allowed, row: int) -> None:
        self._space, self._allowed = view.spaces[CONTENT], allowed
        start = _Way(np.inf, row, None, 0)
        self.ways = {row: start}
        self.edge = [start]

    def grow(self, left: int, until: float) -> int:
        """Go one step further from at most `left` films; how many were looked at."""
        looked, reached = 0, {}
        for way in sorted(self.edge, reverse=True)[:left]:
            if time.thread_time() > until:
                break
            looked += 1
            found = self._space.known(way.row, NEAREST, self._allowed)
            if found is None:
                vector = self._space.double(np.array([way.row]))[0]
                found = self._space.search(vector, NEAREST, self._allowed)
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
                width, known = min(way.width, score), self.ways.get(row)
                if known is None or width > known.width:
                    self.ways[row] = reached[row] = _Way(width, row, way, way.steps + 1)
        self.edge = list(reached.values())
        return looked


def find_path(view: View, start: int, end: int) -> Path:
    """The widest chain of at most `MOST_STEPS` steps that the search finds.

    Args:
        view: the films.
        start, end: rows of the first film and of the last one, which is another.
    """
    allowed = view.filters.select(Filters(adult=True))
    sides = _Side(view, allowed, start), _Side(view, allowed, end)
    left, until = MOST_FILMS, time.thread_time() + MOST_S
    more = 2  # a step further on both sides, once they have met
    for step in range(MOST_STEPS):
        side = sides[step % 2]
        left -= side.grow(left, until)
        met = sides[0].ways.keys() & sides[1].ways.keys()
        more -= bool(met)
        if not more or left <= 0 or time.thread_time() > until or not any(each.edge for each in sides):
            break
    ways = [(sides[0].ways[row], sides[1].ways[row]) for row in sides[0].ways.keys() & sides[1].ways.keys()]
    if not ways:
        return _scored(view, _rows(_nearest(view, sides[0], end)), arrives=False)
    there, back = max(ways, key=lambda pair: (min(pair[0].width, pair[1].width), -pair[0].steps - pair[1].steps))
    return _scored(view, _without_loops([*_rows(there), *reversed(_rows(back)[:-1])]), arrives=True)


def _nearest(view: View, side: _Side, end: int) -> _Way:
    """Of the films that were reached the one that is nearest to the last."""
    space, rows = view.spaces[CONTENT], np.array(sorted(side.ways), dtype=np.int64)
    scores = space.scores(space.double(np.array([end]))[0], rows)
    return side.ways[int(rows[int(np.argmax(scores))])]


def _rows(way: _Way) -> list[int]:
    """The films of a way, from where it began."""
    rows = []
    step: _Way | None = way
    while step is not None:
        rows.append(step.row)
        step = step.before
    return rows[::-1]


def _without_loops(rows: list[int]) -> list[int]:
    kept: list[int] = []
    for row in rows:
        if row in kept:
            del kept[kept.index(row) :]
        kept.append(row)
    return kept


def _scored(view: View, rows: list[int], *, arrives: bool) -> Path:
    space = view.spaces[CONTENT]
    scores = tuple(
        float(space.scores(space.double(np.array([one]))[0], np.array([other]))[0])
        for one, other in pairwise(rows)
    )
    return Path(tuple(rows), scores, arrives)
