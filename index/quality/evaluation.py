"""How good recommendations are: agreement with ratings, expected films, variety, popularity, hubs.

Every measure takes lists of rows only, so that any profile or model can be compared with any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.stats import rankdata

from index.engines.exact import exact_rows
from index.engines.vectors import StoredVectors, Vectors

LEAST_RATERS = 20
"""Films with fewer raters say too little."""

NEIGHBOURS = 50
DAMPING = 10
"""Common raters at which half of a film pair's lift counts."""

Lists = Mapping[int, Sequence[int]]
"""Row of a film -> rows recommended for it, best first."""


@dataclass(frozen=True)
class CoRating:
    """The films that are rated by the same people, for each film with enough raters.

    Attributes:
        rows: shape (n,), the films.
        neighbours: shape (n, NEIGHBOURS), rows of the films most co-rated with each, best first.
    """

    rows: NDArray[np.int64]
    neighbours: NDArray[np.int64]

    @classmethod
    def of(cls, users: NDArray[np.int64], rows: NDArray[np.int64]) -> CoRating:
        """From the user and the film's row of each rating, both of shape (ratings,).

        The similarity of films i and j is their lift, damped: `log(n c_ij / (c_i c_j)) * c_ij / (c_ij + DAMPING)`
        with c the numbers of raters and n that of users. Unlike a plain count it does not favour films that
        everybody has seen.
        """
        counts = np.bincount(rows)
        kept = np.flatnonzero(counts >= LEAST_RATERS)
        inside = np.isin(rows, kept)
        _, user = np.unique(users[inside], return_inverse=True)
        film = np.searchsorted(kept, rows[inside])
        rated = csr_matrix((np.ones(len(film)), (film, user)))
        rated.data[:] = 1
        both = (rated @ rated.T).toarray()
        raters = both.diagonal()
        lift = np.log(np.maximum(both, 1e-9) * rated.shape[1] / np.outer(raters, raters))
        similarity = np.where(both > 0, lift * both / (both + DAMPING), -np.inf)
        np.fill_diagonal(similarity, -np.inf)
        best = np.argsort(-similarity, axis=1, kind="stable")[:, :NEIGHBOURS]
        return cls(kept, kept[best])

    def part(self, mask: NDArray[np.bool_]) -> CoRating:
        """Some of the films, with the same neighbours."""
        return CoRating(self.rows[mask], self.neighbours[mask])

    def ndcg(self, lists: Lists, k: int = 10) -> float:
        """Mean normalised discounted cumulative gain at k; a co-rating neighbour gains 1, another film 0."""
        discounts = 1 / np.log2(np.arange(2, k + 2))
        gains = [
            np.isin(_padded(lists[int(r)], k), n) @ discounts
            for r, n in zip(self.rows, self.neighbours, strict=True)
        ]
        return float(np.mean(gains) / discounts.sum())

    def recall(self, lists: Lists) -> float:
        """Mean share of a film's co-rating neighbours among as many recommendations."""
        found = [
            np.isin(_padded(lists[int(r)], NEIGHBOURS), n).sum()
            for r, n in zip(self.rows, self.neighbours, strict=True)
        ]
        return float(np.mean(found) / self.neighbours.shape[1])


def for_learning(movie_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which half of the films weights may be learned from, shape (n,), bool; the other half is reported on.

    By the top bit of a multiplicative hash of the id (Knuth 6.4), so that it depends on nothing else.
    """
    hashed = movie_ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    learning: NDArray[np.bool_] = (hashed >> np.uint64(63)) == 0
    return learning


def auc(alike: NDArray[np.float64], unlike: NDArray[np.float64]) -> float:
    """How often a pair that is alike scores above one that is not; a tie counts half."""
    ranks = rankdata(np.concatenate([alike, unlike]))[: len(alike)]
    return float((ranks.sum() - len(alike) * (len(alike) + 1) / 2) / (len(alike) * len(unlike)))


def expected_found(lists: Lists, golden: Mapping[int, Sequence[int]], k: int = 10) -> tuple[float, float]:
    """The share of lists with any expected film, and the mean share of the possible places that such films take.

    Args:
        lists: recommendations for each golden film.
        golden: row of a film -> rows of the films expected beside it; they may be fewer than k.
        k: places of a list that count.
    """
    hits = [len(set(lists[row][:k]) & set(expected)) for row, expected in golden.items()]
    possible = [min(k, len(expected)) for expected in golden.values()]
    return float(np.mean(np.array(hits) > 0)), float(np.mean(np.array(hits) / np.array(possible)))


def variety(lists: Lists, terms: Callable[[int], set[str]], k: int = 10) -> float:
    """Mean dissimilarity within a list: 1 - Jaccard of two films' genres and keywords, over all pairs."""
    means = []
    for found in lists.values():
        named = [terms(row) for row in found[:k]]
        pairs = [1 - len(a & b) / max(len(a | b), 1) for i, a in enumerate(named) for b in named[i + 1 :]]
        if pairs:
            means.append(np.mean(pairs))
    return float(np.mean(means)) if means else 0.0


def coverage(lists: Lists, k: int = 10) -> float:
    """Different films recommended, as a share of all places in all lists."""
    shown = [row for found in lists.values() for row in found[:k]]
    return len(set(shown)) / max(len(shown), 1)


def popularity_lift(lists: Lists, votes: NDArray[np.int32], k: int = 10) -> float:
    """How much better known the recommended films are than the films asked about, in log10(1 + votes)."""
    fame = np.log10(1.0 + votes)
    lifts = [fame[list(found[:k])].mean() - fame[row] for row, found in lists.items() if found]
    return float(np.mean(lifts)) if lifts else 0.0


def hubness(vectors: Vectors, size: int = 10_000, k: int = 10, seed: int = 11) -> float:
    """Skewness of the k-occurrences: how often each of some random films is among the k nearest of the others.

    Above zero some films are neighbours of far too many (Radovanovic et al. 2010, "Hubs in space").
    """
    drawn = np.random.default_rng(seed).permutation(len(vectors))[:size]
    part = StoredVectors.from_array(vectors.single(np.sort(drawn)))
    _, found = exact_rows(part, part.single(slice(None)), min(k + 1, len(part)))
    own = found == np.arange(len(part))[:, None]
    occurrences = np.bincount(found[~own & (found >= 0)], minlength=len(part)).astype(np.float64)
    deviation = occurrences - occurrences.mean()
    return float((deviation**3).mean() / max((deviation**2).mean(), 1e-12) ** 1.5)


def _padded(rows: Sequence[int], k: int) -> NDArray[np.int64]:
    padded = np.full(k, -1, np.int64)
    padded[: len(rows[:k])] = rows[:k]
    return padded
