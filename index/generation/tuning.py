"""How search parameters are chosen: by recall against exact search, and by time and memory.

Recall is tie-aware: did the approximate search find films as good as the exact ones?
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.engines.base import SearchParameters
from index.engines.exact import exact_rows
from index.engines.faiss_tools import one_thread
from index.engines.vectors import Vectors
from index.spaces.space import VectorSpace

TIE_TOLERANCE = 1e-6
"""Scores this close are a tie: about the rounding of a sum of 250 products in single precision."""

SMALLEST_INDEX = 2_000
"""Below so many films an exact scan takes less than a millisecond, and there is too little to train on."""

TARGET_RECALL = 0.97
"""For known films and for films drawn at random. At a million films 0.98 for the latter takes twice the time, for
other ones among half a million of which little is known; known films are at 0.99 either way."""

SEARCH_LOSS = 0.5
"""Part of what the search may miss that it may miss of compact vectors: their codes lose eight or nine in a
hundred of the nearest films, and the recall of both together is to be 0.9."""

KNOWN_VOTES = 10
K = 10
ROUNDS = 5
"""How often each choice is timed, in turns with the others."""

TIMED = 40
"""Queries of each round."""


def target_of_codes(target: float) -> float:
    """The recall that the search of compact vectors is chosen for, where others would be for `target`.

    >>> target_of_codes(0.97)
    0.985
    """
    return 1 - (1 - target) * SEARCH_LOSS


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


@dataclass(frozen=True)
class Sample:
    """Films to measure with, and the exact answer to each.

    Attributes:
        vectors: what is measured against; an engine may search a coarser form of them.
        rows: of the films asked about, shape (m,).
        truth: scores of the exact K best, shape (m, K).
        known: shape (m,), bool: drawn from films with `KNOWN_VOTES` or more, the others from all films.
    """

    vectors: Vectors
    rows: NDArray[np.int64]
    truth: NDArray[np.float64]
    known: NDArray[np.bool_]

    @classmethod
    def draw(
        cls, vectors: Vectors, votes: NDArray[np.int32], size: int = 400, ids: NDArray[np.int64] | None = None
    ) -> Sample:
        """Draw `size` known films and as many of all films, and search each exactly.

        A film is drawn or not by its id, so that a catalogue in which little has changed is measured by the same
        films. By others, the recall of the same index differs by some thousandths: enough for a build that keeps
        the index to choose other search parameters, at which its lists of neighbours would differ, too.

        Args:
            vectors: of n rows.
            votes: of the film of each row, shape (n,).
            size: how many of either kind.
            ids: of the film of each row, shape (n,); None where the row serves as one.
        """
        voted, every = np.flatnonzero(votes >= KNOWN_VOTES), np.arange(len(vectors))
        pools, drawn = [voted if len(voted) else every, every], _scattered(every if ids is None else ids)
        rows = np.concatenate([pool[np.argsort(drawn[pool], kind="stable")[:size]] for pool in pools])
        known = np.arange(len(rows)) < min(size, len(pools[0]))
        # Scores are computed again in double precision, as those of spaces are, so that equals compare as equal.
        _, best = exact_rows(vectors, vectors.single(rows), min(K, len(vectors)))
        sample = cls(vectors, rows, np.empty((len(rows), 0)), known)
        return replace(sample, truth=sample.scores(list(best)))

    def scores(self, found: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
        """Exact scores of the films found for each film, best first, shape (m, K); -inf where fewer were found."""
        scores = np.full((len(found), min(K, len(self.vectors))), -np.inf)
        for position, (row, rows) in enumerate(zip(self.rows, found, strict=True)):
            query = self.vectors.double(np.array([row]))[0]
            scores[position, : len(rows)] = np.sort(self.vectors.scores(query, rows))[::-1]
        return scores

    def recall(self, found: Sequence[NDArray[np.int64]]) -> dict[str, float]:
        """Recall@10 for "known" and for "random" films, from the rows found for each film."""
        scores = self.scores(found)
        return {
            "known": round(recall_at_k(scores[self.known], self.truth[self.known]), 4),
            "random": round(recall_at_k(scores[~self.known], self.truth[~self.known]), 4),
        }


def _scattered(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A number for each id, without order: that of a counter by SplitMix64 (Steele, Lea and Flood 2014)."""
    mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def searched_recall(space: VectorSpace, sample: Sample) -> dict[str, float]:
    """Recall@10 of searching a space as its engine is set."""
    with one_thread():
        return sample.recall([space.search(query, K).rows for query in space.vectors.single(sample.rows)])


def known_recall(space: VectorSpace, sample: Sample) -> dict[str, float]:
    """The same where each query is answered by the table of neighbours, if it can."""
    found = []
    with one_thread():
        for row, query in zip(sample.rows.tolist(), space.vectors.single(sample.rows), strict=True):
            found.append((space.known(row, K) or space.search(query, K)).rows)
    return sample.recall(found)


def tune(
    space: VectorSpace, sample: Sample, target: float = TARGET_RECALL, *, onwards: bool = False
) -> list[dict[str, float]]:
    """Set the engine's search parameters to the best that `best_of` knows.

    Goes through the engine's `choices`, in each list as long as the target is reached, until one list has reached
    it, and through one more, because a little more of one parameter often saves much of another.

    Args:
        space: what is measured; its rows are those of the sample.
        sample: films to measure with.
        target: recall wanted for both kinds of film.
        onwards: begin with the list that has the parameters of now, which do not reach it.

    Returns:
        Every point measured: shape and parameters, known, random, ms, bytes_per_film.
    """
    engine = space.engine
    curve: list[dict[str, float]] = []
    parameters: list[SearchParameters] = []
    bytes_per_film = round(space.size_bytes / max(len(engine), 1), 1)
    reached, lists, now = False, list(engine.choices()), engine.parameters
    first = next((place for place, choices in enumerate(lists) if onwards and now in choices), 0)
    for choices in lists[first:]:
        enough = reached
        for choice in choices:
            engine.parameters = choice
            parameters.append(choice)
            curve.append(engine.describe() | searched_recall(space, sample) | {"bytes_per_film": bytes_per_film})
            if _worst(curve[-1]) < target:
                break
            reached = True
        if enough:
            break
    for point, ms in zip(curve, _timed(space, sample, parameters), strict=True):
        point["ms"] = ms
    if best := best_of(curve, target):
        engine.parameters = parameters[curve.index(best)]
    return curve


def _timed(space: VectorSpace, sample: Sample, parameters: Sequence[SearchParameters]) -> list[float]:
    """Median milliseconds of a single query, for each choice of search parameters.

    Wall-clock time, so that an engine elsewhere is not free. The choices take turns, so that whatever else the
    machine does slows all of them, and a burst of it does not move a median.
    """
    random = np.random.default_rng(0)
    drawn = random.permutation(sample.rows)[: ROUNDS * TIMED]
    taken: list[list[float]] = [[] for _ in parameters]
    with one_thread():
        for part in np.array_split(space.vectors.single(drawn), ROUNDS):
            for choice, times in zip(parameters, taken, strict=True):
                space.engine.parameters = choice
                for query in part:
                    started = time.perf_counter()
                    space.search(query, K)
                    times.append((time.perf_counter() - started) * 1e3)
    return [round(float(np.median(times)), 4) for times in taken]


def best_of(curve: Sequence[dict[str, float]], target: float) -> dict[str, float] | None:
    """The point with the least product of time and memory among those that reach the target.

    If none does, the one with the best recall; None if there is no point.
    """
    reached = [point for point in curve if _worst(point) >= target]
    return min(reached, key=_cost) if reached else max(curve, key=_worst, default=None)


def reaches(curve: Sequence[dict[str, float]], target: float) -> bool:
    """Whether any point reaches the target."""
    return any(_worst(point) >= target for point in curve)


def _worst(point: dict[str, float]) -> float:
    return min(point["known"], point["random"])


def _cost(point: dict[str, float]) -> float:
    return point["ms"] * point["bytes_per_film"]
