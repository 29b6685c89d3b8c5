"""The kin of every film, found while the index is built.

Most questions name one film and nothing else. Their answers are known beforehand: a table has the nearest rows of
each row with their scores, found in batches of neighbours, which share what is read. It answers in a small part of
the time of a search, whatever filter is asked for, as long as enough of these rows pass it.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.engines.base import Neighbours
from index.engines.vectors import SCORE_DIGITS, Vectors
from index.films.filters import Selection

WIDTH = 20
"""Rows kept of each row, itself included: ten to show, and others in the place of what a filter hides."""

NOBODY = -1
"""In the place of a row where fewer were found."""

_UNIT = 10**SCORE_DIGITS
"""Scores are kept as whole numbers of the last digit that they are rounded to: in four bytes, up to 2.1."""

_THREADS = 2


class Kin:
    """The nearest rows of each of n rows, and their scores.

    Attributes:
        table: shape (n, 2, `WIDTH`), int32: rows, the best first, and their scores in billionths, side by side.
    """

    def __init__(self, table: NDArray[np.int32]) -> None:
        self.table = table

    @classmethod
    def of(cls, vectors: Vectors, rows: NDArray[np.int32], batches: Iterable[NDArray[np.int64]]) -> Self:
        """With exact scores, and in their order.

        Args:
            vectors: of the rows, none longer than 1.4.
            rows: shape (n, `WIDTH`), the nearest of each; `NOBODY` where fewer were found.
            batches: all rows, those near to one another together.
        """
        table = np.empty((len(rows), 2, WIDTH), np.int32)

        def score(some: NDArray[np.int64]) -> None:
            found = rows[some].astype(np.int64)
            near = vectors.double(np.maximum(found, 0).ravel()).reshape(len(some), WIDTH, vectors.dim)
            scores = np.rint((near @ vectors.double(some)[:, :, None])[:, :, 0] * _UNIT)
            scores[found == NOBODY] = -np.inf
            order = np.lexsort((found, -scores), axis=-1)
            found, scores = np.take_along_axis(found, order, 1), np.take_along_axis(scores, order, 1)
            found[scores[:, 0] == 0] = NOBODY  # a film of which nothing is known is as near to all
            table[some, 0] = found
            table[some, 1] = np.where(found == NOBODY, 0, scores)

        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(score, batches))
        return cls(table)

    def nearest(self, row: int, k: int, selection: Selection | None) -> Neighbours | None:
        """The k nearest of a row that may come back; None where fewer of those that are known may."""
        near, scores = self.table[row]
        if near[-1] == NOBODY:
            near = near[near != NOBODY]
            scores = scores[: len(near)]
        rows = near.astype(np.int64)
        if selection is not None:
            passing = selection.mask[rows]
            rows, scores = rows[passing], scores[passing]
        return Neighbours(rows[:k], scores[:k] / _UNIT, exact=False) if len(rows) >= k else None


def with_mutual(rows: NDArray[np.int32], scores: NDArray[np.float32]) -> NDArray[np.int32]:
    """The nearest rows of each row, those found from the other side added.

    Kinship is mutual: where a's search came upon b, and b's missed a, a may still be among the nearest of b. At a
    million films that finds every seventh of those missed.

    Args:
        rows: shape (n, m), the nearest of each row, best first; `NOBODY` at the end where fewer were found.
        scores: shape (n, m), float32, their inner products.

    Returns:
        Shape (n, m), best first.
    """
    count, width = rows.shape
    scores = np.where(rows >= 0, scores, -np.inf)
    source = np.repeat(np.arange(count, dtype=np.int32), width)
    found, score = rows.ravel(), scores.ravel()
    entering = (found >= 0) & (score > scores[found, -1])
    source, found, score = source[entering], found[entering], score[entering]
    missed = ~_among(_pairs(found, source), np.sort(_pairs(np.arange(count)[:, None], rows).ravel()))
    source, found, score = source[missed], found[missed], score[missed]
    order = np.lexsort((source, -score, found))  # of each row found, the best that found it first
    source, found, score = source[order], found[order], score[order]
    place = np.arange(len(found)) - np.searchsorted(found, found)
    most = place < width
    changed, at = np.unique(found[most], return_inverse=True)
    more, of_more = np.full((len(changed), width), NOBODY, np.int32), np.full((len(changed), width), -np.inf)
    more[at, place[most]], of_more[at, place[most]] = source[most], score[most]
    both, of_both = np.hstack([rows[changed], more]), np.hstack([scores[changed], of_more])
    best = np.argsort(-of_both, axis=1, kind="stable")[:, :width]
    mutual = rows.copy()
    mutual[changed] = np.take_along_axis(both, best, axis=1)
    return mutual


def _pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Two rows as one number."""
    return (first.astype(np.uint64) << np.uint64(32)) | second.astype(np.uint32)


def _among(values: NDArray[np.uint64], ascending: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which values are among others; ascending values are looked for several times as fast."""
    order = np.argsort(values)
    places = np.minimum(np.searchsorted(ascending, values[order]), len(ascending) - 1)
    among = np.empty(len(values), np.bool_)
    among[order] = ascending[places] == values[order]
    return among
