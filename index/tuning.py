"""How an index is chosen and measured: sizes from the row count, search parameters from measured recall."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.exact import exact_rows
from index.protocol import SearchParameters, VectorIndex
from index.recall import recall_at_k
from index.threads import one_thread
from index.vectors import Vectors

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

    def measure(self, index: VectorIndex) -> dict[str, float]:
        """Recall@10 for known and for random films, and a query's mean milliseconds of one thread's work.

        By the clock, what else the machine does would choose the parameters.
        """
        with one_thread():
            queries = index.vectors.single(self.rows)
            started = time.thread_time()
            answers = [index.search(query, K).rows for query in queries]
            elapsed_ms = (time.thread_time() - started) / len(queries) * 1e3
        found = self.scores(answers)
        return {
            "known": round(recall_at_k(found[self.known], self.truth[self.known]), 4),
            "random": round(recall_at_k(found[~self.known], self.truth[~self.known]), 4),
            "ms": round(elapsed_ms, 4),
        }


def tune(index: VectorIndex, sample: Sample, target: float = TARGET_RECALL) -> list[dict[str, float]]:
    """Set the index's search parameters to the cheapest that reach the target on both kinds of film.

    Goes through the index's `choices` until one list of them has reached the target, and through one more list,
    because a little more of one parameter often saves much of another. When nothing reaches the target, the best
    that was measured is kept.

    Returns:
        Every point measured: the parameters, known, random, ms.
    """
    curve: list[dict[str, float]] = []
    reached: list[dict[str, float]] = []
    parameters: dict[int, SearchParameters] = {}
    for choices in index.choices():
        enough = bool(reached)
        for point, choice in zip(_measured(index, sample, choices, target), choices, strict=False):
            parameters[len(curve)] = choice
            curve.append(dict(choice) | point)
        reached = [point for point in curve if _worst(point) >= target]
        if enough:
            break
    if curve:
        best = min(reached, key=lambda point: point["ms"]) if reached else max(curve, key=_worst)
        index.parameters = parameters[curve.index(best)]
    return curve


def _measured(
    index: VectorIndex, sample: Sample, choices: Sequence[SearchParameters], target: float
) -> Iterator[dict[str, float]]:
    """From shallow to deep, until the target is reached or depth helps no more: what is missing lies elsewhere."""
    before = -1.0
    for choice in choices:
        index.parameters = choice
        point = sample.measure(index)
        yield point
        if _worst(point) >= target or _worst(point) <= before:
            return
        before = _worst(point)


def _worst(point: dict[str, float]) -> float:
    return min(point["known"], point["random"])
