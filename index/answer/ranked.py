"""Pages of films in orders that are computed: by a shelf's rule, by day, by runtime, at random.

A page is found by its key, the value and the id of the film before it. So it costs the same wherever it is: one
pass over the films that match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.answer.shelves import Shelf, Shelves
from index.films.filters import Allowed
from index.spaces.view import Films, FilterColumns


class Ranked(StrEnum):
    """What else lists of films are sorted by.

    `popular`, `trending`, `acclaimed` and `hidden-gems` are the shelves' rules. `released` is the day of release,
    and the votes within a day.
    """

    popular = "popular"
    trending = "trending"
    acclaimed = "acclaimed"
    hidden_gems = "hidden-gems"
    released = "released"
    runtime = "runtime"
    random = "random"


VOTES_BITS = 24
"""Of a value of the order by day: the votes, which order films of one day."""
MOST_VOTES = 2**VOTES_BITS - 1
RANDOM_BITS = 53
"""Of a random value: what a number of JSON holds exactly."""
SHELVES = {
    Ranked.popular: Shelf.POPULAR,
    Ranked.trending: Shelf.TRENDING,
    Ranked.acclaimed: Shelf.ACCLAIMED,
    Ranked.hidden_gems: Shelf.HIDDEN_GEMS,
}


@dataclass(frozen=True)
class Place:
    """A film in an order: the value that it is ordered by, and its id, which orders equal ones."""

    value: float
    movie_id: int
    row: int


def day_value(day: int) -> int:
    """The lowest value of the order by day of films that were released on a day, counted since 1 January 1970."""
    return day << VOTES_BITS


class Rankings:
    """The orders of one view of films."""

    def __init__(self, films: Films, filters: FilterColumns, shelves: Shelves) -> None:
        self._films, self._filters, self._shelves = films, filters, shelves

    @cached_property
    def _ids(self) -> NDArray[np.int64]:
        return self._films.column("id").astype(np.int64)

    def after(
        self, sort: Ranked, chosen: Allowed, key: tuple[float, int] | None, *, rising: bool, wanted: int, seed: int
    ) -> list[Place]:
        """The next films of an order.

        Args:
            sort: what films are sorted by.
            chosen: the films to list.
            key: value and id of the film that they come after; None for the first ones.
            rising: whether values rise.
            wanted: how many.
            seed: of the order at random: the same seed gives the same order.
        """
        rows = chosen.rows
        values = self._values(sort, seed)(rows)
        if key is not None:
            ids = self._ids[rows]
            value, movie_id = key
            beyond = values > value if rising else values < value
            tied = (values == value) & (ids > movie_id if rising else ids < movie_id)
            left = np.flatnonzero(beyond | tied)
            rows, values = rows[left], values[left]
        ranked = values if rising else -values
        if len(rows) > wanted:
            last = np.partition(ranked, wanted - 1)[wanted - 1]
            near = np.flatnonzero(ranked <= last)  # ties at the end stay in
            rows, values, ranked = rows[near], values[near], ranked[near]
        ids = self._ids[rows]
        order = np.lexsort((ids if rising else -ids, ranked))[:wanted]
        return [Place(values[at].item(), int(ids[at]), int(rows[at])) for at in order]

    def _values(self, sort: Ranked, seed: int) -> Callable[[NDArray[np.int64]], NDArray[Any]]:
        """What gives the values of some rows, shape (rows,): numbers that can be negated."""
        if sort in SHELVES:
            return lambda rows: self._shelves.score(SHELVES[sort])[rows].astype(np.float64)
        if sort is Ranked.random:
            return lambda rows: _shuffled(self._ids[rows], seed)
        if sort is Ranked.runtime:
            return lambda rows: self._filters.column("runtime")[rows].astype(np.int64)
        return self._released

    def _released(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        days = self._filters.column("released")[rows].astype(np.int64)
        votes = self._filters.column("votes")[rows].astype(np.int64)
        value: NDArray[np.int64] = (days << VOTES_BITS) + np.minimum(votes, MOST_VOTES)
        return value


def _shuffled(movie_ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A number for each id and seed, evenly distributed over `RANDOM_BITS` bits.

    The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    """
    mixed = movie_ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15 * (seed + 1) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(64 - RANDOM_BITS)).astype(np.int64)
