"""What people say of films, what is held back of it, and how well rankings find that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

LIKED = 80
"""Tenths of a rating on a scale to ten from which a film is liked: four stars of five."""

FEWEST_LIKES = 5
MOST_FILMS = 20_000
"""Films that the item-item models take, those with most likes: 1.6 GB for their weights."""

HELD = 0.2
MOST_VALIDATED = 500


MOST_LIKES = 5_000
"""Likes of one user that count, and as many other films, drawn: more of one would outweigh everybody."""


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


@dataclass(frozen=True)
class Opinions:
    """Who likes what, and who has seen what.

    Attributes:
        likes: users by films, float32, 1 for a like.
        seen: the same shape, 1 for every film that is rated, liked or not: what people watch says much of what
            others will like, even where they did not like it themselves.
    """

    likes: csr_array
    seen: csr_array

    def of(self, users: NDArray[np.integer] | slice) -> Opinions:
        """Those of some users."""
        return Opinions(self.likes[users], self.seen[users])

    def on(self, films: NDArray[np.integer]) -> Opinions:
        """Those on some films, which become the columns."""
        return Opinions(csr_array(self.likes[:, films]), csr_array(self.seen[:, films]))

    def without(self, films: NDArray[np.bool_]) -> Opinions:
        """The same without some films, whose columns stay empty."""
        return Opinions(without(self.likes, films), without(self.seen, films))

    def graded(self, low: float) -> csr_array:
        """1 for a like and `low` for what is seen and not liked; 0 leaves that out."""
        return csr_array(self.seen * low + self.likes * (1 - low)) if low else self.likes


def opinions_of(ratings: Rated, films: FilmRows) -> tuple[Opinions, NDArray[np.int64]]:
    """`opinions` of ratings, and the row of the film of each column; a film counts once, whatever its records."""
    rows = rows_of(ratings.movie_ids, films)
    known = rows >= 0
    users, rows, tenths = ratings.users[known], rows[known], ratings.tenths[known]
    once = np.unique((users.astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64), return_index=True)[1]
    return opinions(users[once], rows[once], tenths[once])


def opinions(
    users: NDArray[np.integer], films: NDArray[np.integer], tenths: NDArray[np.integer]
) -> tuple[Opinions, NDArray[np.int64]]:
    """What users with `FEWEST_LIKES` or more say of the films that most like, and which film each column is.

    Args:
        users, films, tenths: shape (n,), a rating each; a film once for a user.

    Returns:
        The opinions; the films, ascending, shape (columns,).
    """
    likes = tenths >= LIKED
    found, numbers = np.unique(films[likes], return_counts=True)
    most = found[np.argsort(-numbers, kind="stable")[:MOST_FILMS]]
    kept = np.isin(films, most)
    users, films, likes = users[kept], films[kept], likes[kept]
    random = np.random.default_rng(0)
    liking, liked = _capped(users[likes], films[likes], random)
    people, counts = np.unique(liking, return_counts=True)
    people = people[counts >= FEWEST_LIKES]
    kept = np.isin(liking, people)
    liking, liked = liking[kept], liked[kept]
    columns = np.unique(liked)
    kept = ~likes & np.isin(users, people) & np.isin(films, columns)
    others = _capped(users[kept], films[kept], random)
    shape = (len(people), len(columns))

    def matrix(users: NDArray[np.integer], films: NDArray[np.integer]) -> csr_array:
        places = np.searchsorted(people, users), np.searchsorted(columns, films)
        return csr_array((np.ones(len(users), np.float32), places), shape=shape)

    of_likes = matrix(liking, liked)
    return Opinions(of_likes, csr_array(of_likes + matrix(*others))), columns.astype(np.int64)


def _capped(
    users: NDArray[np.integer], films: NDArray[np.integer], random: np.random.Generator
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """`MOST_LIKES` pairs of each user at the most, drawn; in order of user."""
    order = np.lexsort((random.random(len(users)), users))
    ascending = users[order]
    kept = np.arange(len(users)) - np.searchsorted(ascending, ascending) < MOST_LIKES
    return ascending[kept], films[order[kept]]


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


def without(likes: csr_array, films: NDArray[np.bool_]) -> csr_array:
    """Likes of other films than these."""
    kept = csr_array(likes @ diagonal(~films))
    kept.eliminate_zeros()
    return kept


def diagonal(mask: NDArray[np.bool_]) -> csr_array:
    """A matrix that keeps the columns of a mask, shape (films,), when it is multiplied from the right."""
    places = np.arange(len(mask))
    return csr_array((mask.astype(np.float32), (places, places)), shape=(len(mask), len(mask)))
