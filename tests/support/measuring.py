"""What the benchmark of the search engines asks, and what it keeps of an engine: recall and time by setting."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.engines.exact import exact_rows
from index.engines.vectors import Vectors
from index.generation.tuning import KNOWN_VOTES, K, recall_at_k

SEED = 2_026
WARM_UP = 20


@dataclass(frozen=True)
class Queries:
    """Films asked about, the first half known ones, their vectors, and the scores of the exact best."""

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    truth: NDArray[np.float64]

    @classmethod
    def draw(cls, vectors: Vectors, votes: NDArray[np.int32], count: int) -> Queries:
        """`count` films of either kind."""
        random = np.random.default_rng(SEED)
        known = np.flatnonzero(votes >= KNOWN_VOTES)
        pools = (known if len(known) else np.arange(len(vectors)), np.arange(len(vectors)))
        rows = np.concatenate([random.choice(pool, count) for pool in pools])
        queries = vectors.single(rows)
        return cls(rows, queries, scores_of(vectors, queries, exact_rows(vectors, queries, K)[1]))

    @classmethod
    def open(cls, path: Path) -> Queries:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**arrays)

    def save(self, path: Path) -> None:
        """Write one `.npz`."""
        np.savez(path, rows=self.rows, vectors=self.vectors, truth=self.truth)


@dataclass(frozen=True)
class Point:
    """One engine at one setting; milliseconds of single queries on one thread."""

    setting: str
    recall_known: float
    recall_random: float
    queries_per_second: float
    known_p50_ms: float
    known_p99_ms: float
    random_p50_ms: float
    random_p99_ms: float
    known_mean_ms: float
    random_mean_ms: float

    @property
    def worst(self) -> float:
        """The lower of both recalls."""
        return min(self.recall_known, self.recall_random)


def scores_of(vectors: Vectors, queries: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exact scores of the rows found, shape (queries, K); -inf where a row is -1."""
    scored = (
        np.where(found >= 0, vectors.scores(query.astype(np.float64), found), -np.inf)
        for query, found in zip(queries, rows, strict=True)
    )
    return np.stack(list(scored))


def timed(search: Callable[[int], NDArray[np.int64]], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows found, -1 where there are fewer than K, and the milliseconds of each query."""
    rows, ms = np.full((count, K), -1, np.int64), np.zeros(count)
    for position in range(min(WARM_UP, count)):
        search(position)
    for position in range(count):
        started = time.perf_counter()
        found = search(position)
        ms[position] = (time.perf_counter() - started) * 1e3
        rows[position, : len(found)] = found[:K]
    return rows, ms


def measure(
    setting: str,
    search: Callable[[NDArray[np.float32]], NDArray[np.int64]],
    vectors: Vectors,
    queries: Queries,
    asked: NDArray[np.float32] | None = None,
) -> Point:
    """Recall and speed at one setting; `asked` are the same films as the engine encodes them, if otherwise."""
    asked = queries.vectors if asked is None else asked
    rows, ms = timed(lambda position: search(asked[position]), len(asked))
    found, half = scores_of(vectors, queries.vectors, rows), len(rows) // 2
    return Point(
        setting,
        round(recall_at_k(found[:half], queries.truth[:half]), 4),
        round(recall_at_k(found[half:], queries.truth[half:]), 4),
        round(1e3 / ms.mean(), 1),
        *(round(float(np.percentile(part, at)), 3) for part in (ms[:half], ms[half:]) for at in (50, 99)),
        *(round(float(part.mean()), 3) for part in (ms[:half], ms[half:])),
    )


def result_of(
    name: str, build_s: float, memory_mb: float, curve: Sequence[Point], target: float
) -> dict[str, Any]:
    """What is kept of one engine; `best` is its quickest point that reaches the target, or the nearest to it."""
    reached = [point for point in curve if point.worst >= target]
    best = (
        max(reached, key=lambda point: point.queries_per_second)
        if reached
        else max(curve, key=lambda point: point.worst)
    )
    return {
        "name": name,
        "build_s": round(build_s, 1),
        "memory_mb": round(memory_mb, 1),
        "best": asdict(best),
        "reached": bool(reached),
        "curve": [asdict(point) for point in curve],
    }
