"""Likes, what is held back of them, and how well rankings find it; also among films that nobody has rated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.ratings.models import (
    Factors,
    FactorShape,
    ItemItem,
    Model,
    standardised,
)

LIKED = 80
"""Tenths of a rating on a scale to ten from which a film is liked: four stars of five."""

FEWEST_LIKES = 5
MOST_FILMS = 20_000
"""Films that the item-item models take, those with most likes: 1.6 GB for their weights."""

HELD = 0.2
MOST_VALIDATED = 500


MOST_LIKES = 5_000
"""Likes of one user that count, drawn at random: more of one would outweigh everybody."""


class Rated(NamedTuple):
    """Ratings by many people.

    Attributes:
        users: shape (n,), any numbers.
        movie_ids: shape (n,), TMDB's; each film once for a user.
        tenths: shape (n,), 1 to 100: the rating times ten on a scale to ten.
    """

    users: NDArray[np.int32]
    movie_ids: NDArray[np.int32]
    tenths: NDArray[np.uint8]


class FilmRows(Protocol):
    """Which row a film has."""

    def row_of(self, movie_id: int) -> int | None:
        """The row of a film, or None."""

    def best_of(self, row: int) -> int:
        """The row of the best record of the same film."""


def rows_of(movie_ids: NDArray[np.integer], films: FilmRows) -> NDArray[np.int64]:
    """The rows of films, those of one group as the best of them; -1 for films that are not there."""
    found, places = np.unique(movie_ids, return_inverse=True)
    rows = [films.row_of(movie_id) for movie_id in found.tolist()]
    best = np.array([-1 if row is None else films.best_of(row) for row in rows], np.int64)
    return best[places]


def likes_of(ratings: Rated, films: FilmRows) -> tuple[csr_array, NDArray[np.int64]]:
    """`liked` of ratings, and the row of the film of each column; a film counts once, whatever its records."""
    rows = rows_of(ratings.movie_ids, films)
    known = rows >= 0
    users, rows, tenths = ratings.users[known], rows[known], ratings.tenths[known]
    once = np.unique((users.astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64), return_index=True)[1]
    return liked(users[once], rows[once], tenths[once])


def liked(
    users: NDArray[np.integer], films: NDArray[np.integer], tenths: NDArray[np.integer]
) -> tuple[csr_array, NDArray[np.int64]]:
    """Likes of users with `FEWEST_LIKES` or more, and which film each column is.

    Args:
        users, films, tenths: shape (n,), a rating each; a film once for a user.

    Returns:
        Users by films, float32, 1 for a like; the films, ascending, shape (columns,).
    """
    kept = tenths >= LIKED
    users, films = users[kept], films[kept]
    found, numbers = np.unique(films, return_counts=True)
    most = found[np.argsort(-numbers, kind="stable")[:MOST_FILMS]]
    kept = np.isin(films, most)
    users, films = users[kept], films[kept]
    drawn = np.lexsort((np.random.default_rng(0).random(len(users)), users))
    ascending = users[drawn]
    kept = np.arange(len(users)) - np.searchsorted(ascending, ascending) < MOST_LIKES
    users, films = ascending[kept], films[drawn[kept]]
    _, of_user, counts = np.unique(users, return_inverse=True, return_counts=True)
    kept = counts[of_user] >= FEWEST_LIKES
    _, rows = np.unique(users[kept], return_inverse=True)
    columns, places = np.unique(films[kept], return_inverse=True)
    shape = (int(rows.max()) + 1 if len(rows) else 0, len(columns))
    return csr_array((np.ones(len(rows), np.float32), (rows, places)), shape=shape), columns.astype(np.int64)


def divided(likes: csr_array, random: np.random.Generator, share: float = HELD) -> tuple[csr_array, csr_array]:
    """The likes of each user that are given, and those to be found: a share of them, one at least."""
    counts = np.diff(likes.indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((random.random(len(rows)), rows))
    place = np.empty(len(rows), np.int64)
    place[order] = np.arange(len(rows)) - likes.indptr[rows[order]]
    held = place < np.maximum(np.rint(counts * share), 1)[rows]

    def part(mask: NDArray[np.bool_]) -> csr_array:
        return csr_array((likes.data[mask], (rows[mask], likes.indices[mask])), shape=likes.shape)

    return part(~held), part(held)


def ranked(
    scores: NDArray[np.float32], given: csr_array, k: int, among: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """The k best films of each user that were not given, best first, shape (users, k)."""
    scores = scores.copy()
    scores[np.repeat(np.arange(given.shape[0]), np.diff(given.indptr)), given.indices] = -np.inf
    if among is not None:
        scores[:, ~among] = -np.inf
    k = min(k, scores.shape[1])
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def ndcg(best: NDArray[np.int64], held: csr_array) -> NDArray[np.float64]:
    """Normalised discounted cumulative gain of each user, shape (users,); NaN for one with nothing to find."""
    hits = _hits(best, held)
    discounts = 1 / np.log2(np.arange(2, best.shape[1] + 2))
    ideal = np.concatenate([[np.nan], np.cumsum(discounts)])
    gains: NDArray[np.float64] = hits @ discounts
    return np.asarray(gains / ideal[np.minimum(np.diff(held.indptr), best.shape[1])])


def recall(best: NDArray[np.int64], held: csr_array) -> NDArray[np.float64]:
    """Part of what was to be found, of k at most, among the k best; NaN for a user with nothing to find."""
    most = np.minimum(np.diff(held.indptr), best.shape[1]).astype(np.float64)
    most[most == 0] = np.nan
    return np.asarray(_hits(best, held).sum(axis=1) / most)


def _hits(best: NDArray[np.int64], held: csr_array) -> NDArray[np.float64]:
    sought = np.zeros(held.shape, np.bool_)
    sought[np.repeat(np.arange(held.shape[0]), np.diff(held.indptr)), held.indices] = True
    return np.take_along_axis(sought, best, axis=1).astype(np.float64)


@dataclass(frozen=True)
class Content:
    """Films by what they are: a user's score of a film is its mean product with those that the user likes.

    Attributes:
        vectors: shape (films, dim).
    """

    vectors: NDArray[np.float32]

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        counts = np.maximum(np.diff(likes.indptr), 1).astype(np.float32)
        return np.asarray((likes @ self.vectors) / counts[:, None] @ self.vectors.T, np.float32)


def diagonal(mask: NDArray[np.bool_]) -> csr_array:
    """A matrix that keeps the columns of a mask, shape (films,), when it is multiplied from the right."""
    places = np.arange(len(mask))
    return csr_array((mask.astype(np.float32), (places, places)), shape=(len(mask), len(mask)))


def cold_start(
    train: csr_array, test: csr_array, content: NDArray[np.float32], random: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Recall@20 of each test user among films that nobody has rated: a fifth of all, held out of the training.

    A model's scores of the rated films are mapped to others by ridge regression on content (`ridge`); the penalty
    is chosen on other films held out in the same way. Beside it stands likeness in content alone.
    """
    films = train.shape[1]
    held_out = random.permutation(films)[: max(films // 5, 1)]
    cold = np.zeros(films, np.bool_)
    cold[held_out] = True
    found = {"content": Content(content).scores(csr_array(test @ diagonal(~cold)))}
    chosen, share = _chosen_map(train, content, cold)
    warm = csr_array(train @ diagonal(~cold))
    given = csr_array(test @ diagonal(~cold))
    for name, model in _cold_models(warm):
        found[name] = mapped(model.scores(given), content, _counts(warm), ~cold, chosen)
    found["ensemble"] = standardised(found["iALS"]) + standardised(found["EDLAE"])
    likeness, by_ratings = (standardised(found[name][:, cold]) for name in ("content", "iALS"))
    found["hybrid"] = np.zeros_like(found["iALS"])
    found["hybrid"][:, cold] = (1 - share) * by_ratings + share * likeness
    sought = csr_array(test @ diagonal(cold))
    sought.eliminate_zeros()
    return {name: recall(ranked(scores, given, 20, cold), sought) for name, scores in found.items()}


def _cold_models(warm: csr_array) -> Iterator[tuple[str, Model]]:
    yield "EDLAE", ItemItem.edlae(warm, 250.0, 0.33)
    yield "iALS", Factors.fit(warm, FactorShape(64, 0.2, 0.008))


def _counts(likes: csr_array) -> NDArray[np.float32]:
    return np.asarray(likes.sum(axis=0), np.float32)


def _chosen_map(train: csr_array, content: NDArray[np.float32], cold: NDArray[np.bool_]) -> tuple[float, float]:
    """The penalty of the map, and the share of likeness beside it.

    Those with which training users find most among warm films, as if these were cold.
    """
    warm = np.flatnonzero(~cold)
    tried = np.zeros_like(cold)
    tried[warm[:: max(len(warm) * 5 // len(cold), 2)]] = True
    users, known = min(MOST_VALIDATED, train.shape[0] // 3), ~cold & ~tried
    of_others = csr_array(train[users:] @ diagonal(known))
    given, sought = (csr_array(train[:users] @ diagonal(mask)) for mask in (known, tried))
    sought.eliminate_zeros()
    scores = Factors.fit(of_others, FactorShape(64, 0.2, 0.008, rounds=6)).scores(given)
    found = {}
    for penalty in (0.01, 0.1, 1.0, 10.0):
        every = mapped(scores, content, _counts(of_others), known, penalty)
        found[penalty] = float(np.nanmean(recall(ranked(every, given, 20, tried), sought)))
    chosen = max(found, key=lambda penalty: found[penalty])
    by_ratings = standardised(mapped(scores, content, _counts(of_others), known, chosen)[:, tried])
    likeness = standardised(Content(content).scores(given)[:, tried])
    beside = {}
    for share in (0.0, 0.1, 0.2, 0.3, 0.4):
        every = np.zeros_like(scores)
        every[:, tried] = (1 - share) * by_ratings + share * likeness
        beside[share] = float(np.nanmean(recall(ranked(every, given, 20, tried), sought)))
    return chosen, max(beside, key=lambda share: beside[share])


def mapped(
    scores: NDArray[np.float32],
    content: NDArray[np.float32],
    counts: NDArray[np.float32],
    warm: NDArray[np.bool_],
    penalty: float,
) -> NDArray[np.float32]:
    """Scores of all films by ridge regression of the warm films' scores on their content.

    Args:
        scores: shape (users, films).
        content: shape (films, dim).
        counts: how many like each film, shape (films,): a film weighs the more, the more do.
        warm: the films that the scores are right for.
        penalty: of the map, as a share of the weight of all films.
    """
    weights = np.where(warm, np.log1p(counts), 0).astype(np.float32)
    weighed = content * weights[:, None]
    system = weighed.T @ content
    system[np.diag_indices_from(system)] += penalty * weights.mean() * 10
    return np.asarray((scores @ weighed) @ np.linalg.solve(system, content.T), np.float32)
