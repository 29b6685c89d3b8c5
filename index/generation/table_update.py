"""The table of nearest neighbours of a space that differs little from an earlier one.

The lists of unchanged films stay, without the films that have changed or are gone. Changed films are searched, and
enter the lists of others where their scores say so. A list that loses a film may become shorter: which film would
follow is not known. Where too few are left, the film is searched again.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.engines.base import Rows, untold
from index.generation.table_builder import (
    BATCH,
    NO_SCORE,
    THREADS,
    best_of_them,
    candidates_of,
    entered,
    products,
    searched,
    settled,
)
from index.spaces.neighbours import MISSING, NeighbourTable
from index.spaces.space import VectorSpace

REACH = 200
"""Rows searched for each changed film: those of which it may have become a neighbour."""

FEWEST = 15
"""Known neighbours, the film itself included, below which it is searched again; answers show ten."""

CLOSED = np.iinfo(np.int32).max
"""The score above which others enter the list of a row that is searched anyway, or of which nothing is known."""


def updated_table(
    space: VectorSpace,
    before: NeighbourTable,
    same: NDArray[np.int64],
    unchanged: NDArray[np.int64],
    progress: Rows = untold,
) -> NeighbourTable:
    """The table of a space from that of an earlier one.

    Args:
        space: of n rows, without a row map.
        before: the table of the earlier space.
        same: shape (n,), the row in the earlier space of the same film; -1 for a new one.
        unchanged: the same where the film's vector is the same, -1 for others.
        progress: told how many rows have been searched.
    """
    lists = _Lists.carried(before, same, unchanged)
    changed = np.flatnonzero(unchanged < 0)
    entering = [
        lists.open_to(*lists.left_by, products(space.vectors, lists.left_by[1], lists.left_by[0][:, None]))
    ]
    entering += _search_changed(space, changed, lists, progress)
    source, found, score = (np.concatenate(parts) for parts in zip(*entering, strict=True))
    _, once = np.unique((found.astype(np.int64) << 32) | source, return_index=True)
    rows, scores = entered(lists.rows, lists.scores, source[once], found[once], score[once])
    short = np.flatnonzero((rows[:, 0] != MISSING) & (rows[:, FEWEST - 1] == MISSING))
    again, of_again = searched(space, short)
    rows[short], scores[short] = again[short], of_again[short]
    return settled(rows, scores, exact=False)


_Pairs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Rows, the rows whose lists they enter, and the products of both."""


@dataclass(frozen=True)
class _Lists:
    """The lists of the unchanged rows of n; of the others all is missing.

    Attributes:
        rows, scores: shape (n, `WIDTH`), as of `index.generation.table_builder.with_mutual`.
        least: shape (n,), the score that no row has which is not in the list, changed rows aside.
        left_by: changed rows, and the unchanged ones in whose lists they were.
    """

    rows: NDArray[np.int32]
    scores: NDArray[np.int32]
    least: NDArray[np.int32]
    left_by: tuple[NDArray[np.int32], NDArray[np.int64]]

    @classmethod
    def carried(cls, before: NeighbourTable, same: NDArray[np.int64], unchanged: NDArray[np.int64]) -> _Lists:
        """The lists of an earlier table in the rows of now."""
        kept = np.flatnonzero(unchanged >= 0)
        old, of_old = before.entries[unchanged[kept], 0], before.entries[unchanged[kept], 1]
        known = old != MISSING
        near = np.where(known, _now(unchanged, len(before.entries))[old], MISSING)
        at, place = np.nonzero(known & (near == MISSING))
        left = _now(same, len(before.entries))[old[at, place]]
        last = np.take_along_axis(of_old, np.maximum(known.sum(axis=1) - 1, 0)[:, None], axis=1)[:, 0]
        rows = np.full((len(same), old.shape[1]), MISSING, np.int32)
        scores = np.full(rows.shape, NO_SCORE, np.int32)
        least = np.full(len(same), CLOSED, np.int32)
        least[kept] = np.where(known[:, 0], last, CLOSED)
        units = np.where(near == MISSING, NO_SCORE, of_old)
        broken = np.unique(at)
        order = np.argsort(near[broken] == MISSING, axis=1, kind="stable")
        near[broken] = np.take_along_axis(near[broken], order, axis=1)
        units[broken] = np.take_along_axis(units[broken], order, axis=1)
        rows[kept], scores[kept] = near, units
        return cls(rows, scores, least, (left[left >= 0], kept[at[left >= 0]]))

    def open_to(self, source: NDArray[np.int32], found: NDArray[np.int64], score: NDArray[np.int32]) -> _Pairs:
        """Of some pairs and their products those in which a row enters the list of another one."""
        score = score.ravel()
        entering = score > self.least[found]
        return source[entering], found[entering].astype(np.int32), score[entering]


def _now(earlier: NDArray[np.int64], count: int) -> NDArray[np.int32]:
    """The row of now of each of `count` earlier rows, -1 for none, from the earlier row of each row of now."""
    now = np.full(count, MISSING, np.int32)
    there = np.flatnonzero(earlier >= 0)
    now[earlier[there]] = there
    return now


def _search_changed(space: VectorSpace, changed: NDArray[np.int64], lists: _Lists, progress: Rows) -> list[_Pairs]:
    """Fill the lists of changed rows, and find the lists that these enter."""

    def score(batch: tuple[NDArray[np.int64], NDArray[np.int32]]) -> _Pairs:
        some, found = batch
        units = products(space.vectors, some, found)
        near, of_near = best_of_them(found, units)
        lists.rows[some, : near.shape[1]], lists.scores[some, : near.shape[1]] = near, of_near
        there = found != MISSING
        source = np.broadcast_to(some[:, None], found.shape)[there].astype(np.int32)
        return lists.open_to(source, found[there].astype(np.int64), units[there])

    batches, done = [], 0
    for start in range(0, len(changed), BATCH):
        some = changed[start : start + BATCH]
        batches.append((some, candidates_of(space, some, REACH)))
        progress(done := done + len(some))
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(score, batches))
