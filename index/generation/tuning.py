"""How an index is chosen: what it costs in time and memory to find what exact search finds.

Tie-aware recall: did the approximate search find films as good as the exact ones?
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.engines.base import SearchParameters, VectorIndex
from index.engines.exact import exact_rows
from index.engines.vectors import Vectors, one_thread

TIE_TOLERANCE = 1e-6
"""Scores this close are a tie: about the rounding of a sum of 250 products in single precision."""


def recall_at_k(found: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Mean share of the true k best that were found, ties counted as found.

    A found film counts when it scores at least as high as the k-th best, so that of many films with one score any
    will do (the rule of ann-benchmarks).

    Args:
        found: exact scores of the films found, shape (queries, k); -inf where fewer were found.
        truth: scores of the exact k best, best first, same shape; -inf where fewer exist.

    >>> recall_at_k(np.array([[3.0, 1.0]]), np.array([[3.0, 2.0]]))
    0.5
    """
    exist = np.isfinite(truth)
    worst = np.where(exist, truth, np.inf).min(axis=1, keepdims=True)
    hits = (np.isfinite(found) & (found >= worst - TIE_TOLERANCE)).sum(axis=1)
    wanted = exist.sum(axis=1)
    return float(np.mean(np.minimum(hits, wanted)[wanted > 0] / wanted[wanted > 0]))


SMALLEST_INDEX = 2_000
"""Below so many films an exact scan takes less than a millisecond, and there is too little to train on."""

TARGET_RECALL = 0.97
"""Of known films and of films drawn at random. At a million films 0.98 for the latter takes twice the time, for
other ones among half a million of which little is known; known films are at 0.99 either way."""

KNOWN_VOTES = 10
K = 10


@dataclass(frozen=True)
class Sample:
    """Films to measure with, and the exact answer to each.

    Attributes:
        vectors: the yardstick; an engine may search a coarser form of them.
        rows: of the films asked about, shape (m,).
        truth: scores of the exact K best, shape (m, K).
        known: shape (m,), bool: drawn from films with `KNOWN_VOTES` or more, the others from all films.
    """

    vectors: Vectors
    rows: NDArray[np.int64]
    truth: NDArray[np.float64]
    known: NDArray[np.bool_]

    @classmethod
    def draw(cls, vectors: Vectors, votes: NDArray[np.int32], size: int = 400, seed: int = 7) -> Sample:
        """Draw `size` known films and as many of all films, and search each exactly."""
        random = np.random.default_rng(seed)
        voted = np.flatnonzero(votes >= KNOWN_VOTES)
        pools = [voted if len(voted) else np.arange(len(vectors)), np.arange(len(vectors))]
        rows = np.concatenate([random.choice(pool, min(size, len(pool)), replace=False) for pool in pools])
        known = np.arange(len(rows)) < min(size, len(pools[0]))
        queries = vectors.single(rows)
        # Scores are made again in double precision, as every engine's are, so that equals compare as equal.
        _, best = exact_rows(vectors, queries, min(K, len(vectors)))
        sample = cls(vectors, rows, np.empty((len(rows), 0)), known)
        return replace(sample, truth=sample.scores(list(best)))

    def scores(self, found: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """What the films found for each film score by the yardstick, shape (m, K); -inf where fewer were found."""
        scores = np.full((len(found), min(K, len(self.vectors))), -np.inf)
        for position, (row, rows) in enumerate(zip(self.rows, found, strict=True)):
            query = self.vectors.double(np.array([row]))[0]
            scores[position, : len(rows)] = np.sort(self.vectors.scores(query, rows))[::-1]
        return scores

    def measure(self, index: VectorIndex, *, kin: bool = False) -> dict[str, float]:
        """Recall@10 for known and for random films, and what an answer takes.

        Args:
            index: what is measured.
            kin: say which film each query is, so that the index may answer with kin that it knows.

        Returns:
            known, random; ms: median milliseconds of one thread's own processor time for one query, so that a busy
            machine chooses what an idle one does; bytes_per_film: what index and vectors take in memory.
        """
        answers, ms = [], []
        with one_thread():
            for row, query in zip(self.rows.tolist(), index.vectors.single(self.rows), strict=True):
                started = time.thread_time()
                known = index.kin(row, K) if kin else None
                answers.append((known or index.search(query, K)).rows)
                ms.append((time.thread_time() - started) * 1e3)
        found = self.scores(answers)
        return {
            "known": round(recall_at_k(found[self.known], self.truth[self.known]), 4),
            "random": round(recall_at_k(found[~self.known], self.truth[~self.known]), 4),
            "ms": round(float(np.median(ms)), 4),
            "bytes_per_film": round(index.size_bytes / len(index), 1),
        }


def tune(index: VectorIndex, sample: Sample, target: float = TARGET_RECALL) -> list[dict[str, float]]:
    """Set the index's search parameters to the best that `best_of` knows.

    Goes through the index's `choices`, in each list as long as the target is reached, until one list has reached
    it, and through one more, because a little more of one parameter often saves much of another.

    Args:
        index: what is measured.
        sample: films to measure with.
        target: recall wanted for both kinds of film.

    Returns:
        Every point measured: shape and parameters, known, random, ms, bytes_per_film.
    """
    curve: list[dict[str, float]] = []
    parameters: dict[int, SearchParameters] = {}
    reached = False
    for choices in index.choices():
        enough = reached
        for choice in choices:
            index.parameters = parameters[len(curve)] = choice
            curve.append(index.describe() | sample.measure(index))
            if _worst(curve[-1]) < target:
                break
            reached = True
        if enough:
            break
    if best := best_of(curve, target):
        index.parameters = parameters[curve.index(best)]
    return curve


def best_of(curve: Sequence[dict[str, float]], target: float) -> dict[str, float] | None:
    """The point with the least product of time and memory among those that reach the target.

    Where none does, the one with the best recall; None where there is no point.
    """
    reached = [point for point in curve if _worst(point) >= target]
    return min(reached, key=_cost) if reached else max(curve, key=_worst, default=None)


def reaches(curve: Sequence[dict[str, float]], target: float) -> bool:
    """Whether any point does."""
    return any(_worst(point) >= target for point in curve)


def _worst(point: dict[str, float]) -> float:
    return min(point["known"], point["random"])


def _cost(point: dict[str, float]) -> float:
    return point["ms"] * point["bytes_per_film"]
