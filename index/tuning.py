"""How an index is chosen and measured: sizes from the row count, search parameters from measured recall."""

from __future__ import annotations

import time
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from index.exact import ExactIndex, exact_rows
from index.ivfpq import IvfPqIndex, SearchParameters
from index.recall import recall_at_k
from index.vectors import StoredVectors

SMALLEST_IVF = 2_000
"""Below so many films an exact scan takes less than a millisecond, and there is too little to train on."""

TARGET_RECALL = 0.98
KNOWN_VOTES = 10
K = 10
NPROBES = (4, 8, 16, 32, 64, 128, 256, 512)
DEPTHS = (100, 200, 400)


@dataclass(frozen=True)
class Sample:
    """Films to measure with, and the exact answer to each.

    Attributes:
        queries: shape (m, dim), float32.
        truth: scores of the exact K best, shape (m, K).
        known: shape (m,), bool: drawn from films with `KNOWN_VOTES` or more, the others from all films.
    """

    queries: NDArray[np.float32]
    truth: NDArray[np.float64]
    known: NDArray[np.bool_]

    @classmethod
    def draw(cls, vectors: StoredVectors, votes: NDArray[np.int32], size: int = 300, seed: int = 7) -> Sample:
        """Draw `size` known films and as many of all films, and search each exactly."""
        random = np.random.default_rng(seed)
        voted = np.flatnonzero(votes >= KNOWN_VOTES)
        pools = [voted if len(voted) else np.arange(len(vectors)), np.arange(len(vectors))]
        rows = np.concatenate([random.choice(pool, min(size, len(pool)), replace=False) for pool in pools])
        known = np.arange(len(rows)) < min(size, len(pools[0]))
        queries = vectors.single(rows)
        # Scores are made again in double precision, as every engine's are, so that equals compare as equal.
        _, best = exact_rows(vectors, queries, min(K, len(vectors)))
        truth = np.stack(
            [vectors.scores(query.astype(np.float64), found) for query, found in zip(queries, best, strict=True)]
        )
        return cls(queries, truth, known)

    def measure(self, index: IvfPqIndex | ExactIndex) -> dict[str, float]:
        """Recall@10 for known and for random films, and mean milliseconds of a query on one thread."""
        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            started = time.perf_counter()
            answers = [index.search(query, K).scores for query in self.queries]
            elapsed_ms = (time.perf_counter() - started) / len(self.queries) * 1e3
        finally:
            faiss.omp_set_num_threads(threads)
        found = np.full((len(answers), self.truth.shape[1]), -np.inf)
        for position, scores in enumerate(answers):
            found[position, : len(scores)] = scores[: found.shape[1]]
        return {
            "known": round(recall_at_k(found[self.known], self.truth[self.known]), 4),
            "random": round(recall_at_k(found[~self.known], self.truth[~self.known]), 4),
            "ms": round(elapsed_ms, 4),
        }


def tune(index: IvfPqIndex, sample: Sample, target: float = TARGET_RECALL) -> list[dict[str, float]]:
    """Set the index's search parameters to the cheapest that reach the target on both kinds of film.

    Visits more cells until the target is reached, then tries a deeper re-rank where fewer cells would do. When
    nothing reaches it, the best that was measured is kept.

    Returns:
        Every point measured: nprobe, depth, known, random, ms.
    """
    curve: list[dict[str, float]] = []
    for nprobe in (n for n in NPROBES if n <= index.nlist):
        for depth in DEPTHS:
            index.parameters = SearchParameters(nprobe, depth)
            curve.append({"nprobe": nprobe, "depth": depth, **sample.measure(index)})
            if len(curve) > 1 and depth > DEPTHS[0] and _worst(curve[-1]) <= _worst(curve[-2]):
                break  # a deeper re-rank finds no more here: the missing films lie in other cells
        if any(_worst(point) >= target for point in curve):
            break
    reached = [point for point in curve if _worst(point) >= target]
    best = min(reached, key=lambda point: point["ms"]) if reached else max(curve, key=_worst)
    index.parameters = SearchParameters(int(best["nprobe"]), int(best["depth"]))
    return curve


def _worst(point: dict[str, float]) -> float:
    return min(point["known"], point["random"])
