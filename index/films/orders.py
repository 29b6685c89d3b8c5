"""The films of a generation in the order of each sort, and pages along them.

A page is found from the place of its first film on: the films behind it are tested against the mask of the filter,
in windows that grow, until there are enough.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from contract import Sort, sort_title
from index.arrays import mapped

Place = tuple[str | int | float, int]
"""Where a film is in an order: what it is sorted by, and its id, by which ties are broken."""

COLUMNS = {
    Sort.popularity: "popularity",
    Sort.rating: "rating",
    Sort.votes: "vote_count",
    Sort.year: "year",
}
"""What films are sorted by, besides the title: numbers of their summaries."""

WINDOW = 1_000
GROWTH = 8
"""Films that are tested first, and how many times as many after that; a million in five windows."""


class Sorted(Protocol):
    """The summaries of n films."""

    @property
    def records(self) -> NDArray[np.void]:
        """The numbers of each, shape (n,)."""

    def titles(self, rows: Iterable[int]) -> list[str]:
        """The titles of some films, in the order asked for."""


class Orders:
    """The rows of n films by value and id, ascending, for each sort.

    Args:
        movie_ids: shape (n,), int64.
        films: their summaries.
        saved: the folder in which `save` wrote them. An order that is not there is made when it is first needed,
            which takes some seconds for the titles of a million films.
    """

    def __init__(self, movie_ids: NDArray[np.int64], films: Sorted, saved: Path | None = None) -> None:
        self._ids, self._films = movie_ids, films
        paths = {} if saved is None else {sort: saved / _file(sort) for sort in Sort}
        self._orders = {sort: mapped(path) for sort, path in paths.items() if path.exists()}

    def save(self, folder: Path) -> None:
        """Make every order and write one `.npy` for each."""
        for sort in Sort:
            np.save(folder / _file(sort), self.of(sort))

    def of(self, sort: Sort) -> NDArray[np.int32]:
        """The rows in ascending order of (value, id), shape (n,)."""
        if sort not in self._orders:
            ids = self._ids
            if sort is Sort.title:
                titles = map(sort_title, self._films.titles(range(len(ids))))
                places = list(zip(titles, ids.tolist(), strict=True))
                order = np.array(sorted(range(len(ids)), key=places.__getitem__), np.int32)
            else:
                order = np.lexsort((ids, self._films.records[COLUMNS[sort]])).astype(np.int32)
            self._orders[sort] = order
        return self._orders[sort]

    def place(self, sort: Sort, row: int) -> Place:
        """Where a film is."""
        movie_id = int(self._ids[row])
        if sort is Sort.title:
            return sort_title(self._films.titles([row])[0]), movie_id
        return self._films.records[COLUMNS[sort]][row].item(), movie_id

    def along(
        self, sort: Sort, mask: NDArray[np.bool_], wanted: int, *, after: Place | None, rising: bool
    ) -> list[Place]:
        """The next films of a mask in an order.

        Args:
            sort: by what.
            mask: which films to find, shape (n,).
            wanted: how many of them, at most.
            after: the place behind which they are looked for, which need not be a film's; None for the first film.
            rising: in ascending order; otherwise downwards.
        """
        order = self.of(sort)
        if rising:
            begin = 0 if after is None else bisect_right(order, after, key=lambda row: self.place(sort, row))
            ahead = order[begin:]
        else:
            end = len(order) if after is None else bisect_left(order, after, key=lambda row: self.place(sort, row))
            ahead = order[:end][::-1]
        found: list[int] = []
        start, size = 0, WINDOW
        while start < len(ahead) and len(found) < wanted:
            rows = ahead[start : start + size]
            found += rows[mask[rows]][: wanted - len(found)].tolist()
            start, size = start + size, size * GROWTH
        return [self.place(sort, row) for row in found]


def _file(sort: Sort) -> str:
    return f"by_{sort}.npy"
