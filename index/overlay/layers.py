"""Rows of several parts laid end to end: which part a row is of, and which rows are alive."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


class Layers:
    """The rows of a generation and of the segments after it.

    Attributes:
        starts: the first row of each part.
        alive: shape (n,): False where a film was edited or deleted since.
    """

    def __init__(self, alive: Sequence[NDArray[np.bool_]]) -> None:
        self.starts: list[int] = [0, *np.cumsum([len(part) for part in alive[:-1]]).tolist()]
        self.alive = np.concatenate(alive)

    def __len__(self) -> int:
        return len(self.alive)

    def place(self, row: int) -> tuple[int, int]:
        """The part of a row, and its row in there."""
        part = bisect_right(self.starts, row) - 1
        return part, row - self.starts[part]

    def split(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Rows by the part that they are of: the part, their positions in `rows`, and their rows in there."""
        of_part = np.searchsorted(self.starts, rows, side="right") - 1
        for part in np.unique(of_part).tolist():
            positions = np.flatnonzero(of_part == part)
            yield part, positions, rows[positions] - self.starts[part]
