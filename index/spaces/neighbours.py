"""The nearest films of a query, and of every film, found while the index is built.

Most questions name one film and nothing else. Their answers are known beforehand: a table has the nearest rows of
each row with their scores. It answers in a small part of the time of a search (0.004 ms where a search takes 0.5
at a million films), whatever the filter, as long as enough of these rows pass it.
It is built by `index.generation.table_builder`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.arrays import mapped
from index.engines.vectors import SCORE_DIGITS
from index.errors import DamagedGenerationError
from index.films.filters import Allowed

FILE = "neighbours.npy"
WIDTH = 20
"""Rows kept for each row, itself included: ten to show, and others to replace those that a filter excludes."""

MISSING = -1
"""In place of a row where fewer were found."""

UNIT = 10**SCORE_DIGITS
"""Scores are kept as whole numbers of the last digit that they are rounded to, in four bytes."""

LARGEST_SCORE = np.iinfo(np.int32).max / UNIT
"""2.147: spaces of longer vectors have no table."""


@dataclass(frozen=True)
class Neighbours:
    """The nearest films of one query, best first.

    Attributes:
        rows: shape (m,), int64, without repeats; m is the smaller of k and the number of allowed rows.
        scores: shape (m,), float64: inner products with the query, higher is better.
        exact: the query was compared with every allowed row.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    exact: bool


class NeighbourTable:
    """The nearest rows of each of n rows, and their scores.

    Attributes:
        entries: shape (n, 2, `WIDTH`), int32: rows, the best first, and their scores in units of 1 / `UNIT`, side
            by side, so that one read of memory gets both.
        exact: the rows are the nearest for certain, found by comparing all.
    """

    def __init__(self, entries: NDArray[np.int32], *, exact: bool) -> None:
        self.entries, self.exact = entries, exact

    @classmethod
    def open(cls, folder: Path, count: int, *, exact: bool) -> Self:
        """Memory-map what `save` wrote, for a space of `count` rows.

        Raises:
            DamagedGenerationError: it is of other rows.
            OSError, ValueError: it cannot be read.
        """
        entries = mapped(folder / FILE)
        if entries.shape != (count, 2, WIDTH):
            raise DamagedGenerationError(f"{folder / FILE} holds {entries.shape} for {count} vectors")
        return cls(entries, exact=exact)

    def save(self, folder: Path) -> None:
        """Write one `.npy`."""
        np.save(folder / FILE, self.entries)

    @property
    def size_bytes(self) -> int:
        """Bytes of memory."""
        return self.entries.nbytes

    def nearest(self, row: int, k: int, allowed: Allowed | None) -> Neighbours | None:
        """The k nearest allowed rows of a row, itself included; None if fewer than k are known and allowed."""
        near, scores = self.entries[row]
        if near[-1] == MISSING:
            near = near[near != MISSING]
            scores = scores[: len(near)]
        rows = near.astype(np.int64)
        if allowed is not None:
            passing = allowed.mask[rows]
            rows, scores = rows[passing], scores[passing]
        return Neighbours(rows[:k], scores[:k] / UNIT, self.exact) if len(rows) >= k else None
