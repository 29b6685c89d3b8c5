"""Models of who likes what: item-item regressions in closed form, matrix factorisation, and simpler ones.

All take a matrix of likes, users by films, 1 where a user likes a film, and score films for users whom they have
never seen, by what those like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack, solve_triangular
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import ThreadpoolController

THREADS = 2
DUAL = 0.5
"""Users, as a part of the films, below which item-item models are solved by users."""

_LIBRARIES = ThreadpoolController()  # found once: to look for them takes longer than a small fit

BATCH = 1 << 23
"""Floats of one batch of equal systems: 32 MB."""


FEW_FILMS = 8_000
"""Films up to which two fits beside one another fit memory, and are quicker so than with two threads each."""

Given = TypeVar("Given")
Made = TypeVar("Made")


def side_by_side(make: Callable[[Given], Made], values: Iterable[Given], films: int) -> list[Made]:
    """What is made of some values, in order: of few films in two threads, each with one thread of BLAS."""
    if films > FEW_FILMS:
        return [make(value) for value in values]
    with _LIBRARIES.limit(limits=1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(make, values))


class Model(Protocol):
    """A fitted model."""

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """A score of every film for each row of likes, shape (users, films), float32; higher is better."""
        ...


@dataclass(frozen=True)
class Popularity:
    """The same for all: how many like a film.

    Attributes:
        counts: shape (films,).
    """

    counts: NDArray[np.float32]

    @classmethod
    def fit(cls, likes: csr_array) -> Popularity:
        """Count."""
        return cls(np.asarray(likes.sum(axis=0), np.float32))

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        return np.tile(self.counts, (likes.shape[0], 1))


@dataclass(frozen=True)
class ItemItem:
    """A score is the sum of the weights from each liked film.

    Attributes:
        weights: shape (films, films), float32; row i is what a like of film i gives to each film.
    """

    weights: NDArray[np.float32]

    @classmethod
    def ease(cls, likes: csr_array, penalty: float) -> Model:
        """EASE: ridge regression of each film on all others (Steck 2019)."""
        return cls.edlae(likes, penalty, 0.0)

    @classmethod
    def edlae(
        cls,
        likes: csr_array,
        penalty: float,
        dropout: float,
        seen: csr_array | None = None,
        seen_weight: float = 0.0,
        content: NDArray[np.float32] | None = None,
        content_weight: float = 0.0,
    ) -> Model:
        """EDLAE of full rank (Steck, "Autoencoders that don't overfit towards the Identity", 2020).

        With `seen` it is also asked to reproduce what users have seen, with content the films' features, from one
        another, as in CEASE (Jeunen et al., "Closed-Form Models for Collaborative Filtering with
        Side-Information", 2020).

        Args:
            likes: users by films.
            penalty: of every weight.
            dropout: share of likes that is left out in training, 0 to 1, in expectation.
            seen: 1 for every film that a user rated, the shape of `likes`.
            seen_weight: how much one user's row of `seen` counts beside that of `likes`.
            content: features of the films, shape (films, features).
            content_weight: how much one feature counts beside one user.
        """
        films, rows = likes.shape[1], likes.shape[0]
        seen = seen if seen_weight else None
        sides = None if content is None or not content_weight else content * np.float32(content_weight**0.5)
        rows += (0 if seen is None else rows) + (0 if sides is None else sides.shape[1])
        counts = np.asarray(likes.sum(axis=0), np.float32)
        penalties = (penalty + dropout / (1 - dropout) * counts).astype(np.float32)
        if rows < films * DUAL:
            parts = [np.asarray(likes.todense(), np.float32)]
            parts += (
                [] if seen is None else [np.asarray(seen.todense(), np.float32) * np.float32(seen_weight**0.5)]
            )
            parts += [] if sides is None else [sides.T]
            return DualItemItem.solved(np.concatenate(parts), penalties)
        gram = np.asarray((likes.T @ likes).todense(), np.float32)
        if seen is not None:
            gram += np.float32(seen_weight) * np.asarray((seen.T @ seen).todense(), np.float32)
        if sides is not None:
            gram += sides @ sides.T
        gram[np.diag_indices_from(gram)] += penalties
        inverse = _inverse(gram)
        weights = inverse / -np.diagonal(inverse)
        np.fill_diagonal(weights, 0)
        return cls(np.asarray(weights, np.float32))

    @classmethod
    def neighbours(cls, likes: csr_array, nearest: int = 100, shrinkage: float = 20.0) -> ItemItem:
        """Item-kNN: cosines of films by who likes them, shrunk, of the nearest alone."""
        gram = np.asarray((likes.T @ likes).todense(), np.float32)
        lengths = np.sqrt(np.diagonal(gram))
        weights = gram / (np.outer(lengths, lengths) + np.float32(shrinkage))
        np.fill_diagonal(weights, 0)
        if nearest < len(weights):
            bound = np.partition(weights, -nearest, axis=0)[-nearest]
            weights[weights < bound] = 0
        return cls(np.asarray(weights, np.float32))

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        return np.asarray(likes @ self.weights, np.float32)


@dataclass(frozen=True)
class DualItemItem:
    """The same regressions where there are fewer users than films: no matrix of films by films is made.

    With L the diagonal of penalties and X the likes, (L + X'X)^-1 = 1/L - U'U, where U is R^-1 X/L and RR' is
    1 + X/L X' (Woodbury).

    Attributes:
        scales: 1/L, shape (films,).
        parts: U, shape (rows, films).
        diagonal: of the inverse, shape (films,).
    """

    scales: NDArray[np.float32]
    parts: NDArray[np.float32]
    diagonal: NDArray[np.float32]

    @classmethod
    def solved(cls, rows: NDArray[np.float32], penalties: NDArray[np.float32]) -> DualItemItem:
        """Solve.

        Args:
            rows: of likes, and of what else is to be reproduced, shape (m, films).
            penalties: shape (films,).
        """
        scaled = rows / penalties
        system = scaled @ rows.T
        system[np.diag_indices_from(system)] += 1
        parts = solve_triangular(np.linalg.cholesky(system), scaled, lower=True, check_finite=False)
        scales = 1 / penalties
        diagonal = np.maximum(scales - (parts**2).sum(axis=0), 1e-3 * scales)
        return cls(np.asarray(scales, np.float32), parts, np.asarray(diagonal, np.float32))

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        given = np.asarray(likes.todense(), np.float32)
        products = given * self.scales - (likes @ self.parts.T) @ self.parts
        return np.asarray(given - products / self.diagonal, np.float32)


def _inverse(matrix: NDArray[Any]) -> NDArray[Any]:
    """The inverse of a positive definite matrix, in its place."""
    factor, failed = lapack.spotrf(matrix, lower=1, clean=0, overwrite_a=1)
    inverse, also_failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed or also_failed:
        raise np.linalg.LinAlgError("the matrix is not positive definite: give a larger penalty")
    lower = np.tril(inverse)
    result: NDArray[Any] = lower + np.tril(inverse, -1).T
    return result


@dataclass(frozen=True)
class PureSvd:
    """Projection on the leading singular vectors (Cremonesi et al. 2010).

    Attributes:
        vectors: shape (films, dim).
    """

    vectors: NDArray[np.float32]

    @classmethod
    def fit(cls, likes: csr_array, dim: int) -> PureSvd:
        """Decompose."""
        dim = min(dim, *(n - 1 for n in likes.shape))
        return cls(randomized_svd(likes, dim, random_state=0)[2].T.astype(np.float32))

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        return np.asarray((likes @ self.vectors) @ self.vectors.T, np.float32)


@dataclass(frozen=True)
class FactorShape:
    """What a factorisation is fitted with.

    Attributes:
        dim: length of a vector.
        unobserved: weight of every pair beside that of a like (alpha_0 in the paper).
        penalty: of the vectors' squares.
        exponent: how the penalty grows with how often a user or film occurs (nu).
        rounds: how often both sides are solved.
    """

    dim: int = 128
    unobserved: float = 0.1
    penalty: float = 0.003
    exponent: float = 1.0
    rounds: int = 10


@dataclass(frozen=True)
class Factors:
    """Implicit alternating least squares (Hu et al. 2008), penalties scaled as by Rendle et al. (2021).

    Film vectors are turned so that their Gram matrix is diagonal. A user's vector is then a kernel ridge
    regression on the liked films, of as many unknowns as there are likes: see `folded`.

    Attributes:
        vectors: shape (films, dim), float32.
        spectrum: shape (dim,): the diagonal of their Gram matrix.
        shape: what it was fitted with.
    """

    vectors: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    shape: FactorShape

    @classmethod
    def fit(cls, likes: csr_array, shape: FactorShape, seed: int = 0) -> Factors:
        """Alternate between users and films, both solved exactly; likes may be graded, see `Opinions.graded`."""
        random = np.random.default_rng(seed)
        films = random.normal(0, 0.1 / np.sqrt(shape.dim), (likes.shape[1], shape.dim)).astype(np.float32)
        by_film = csr_array(likes.T)
        # Two threads solve small systems: those of BLAS would only wait for one another.
        with _LIBRARIES.limit(limits=1, user_api="blas"):
            for _ in range(shape.rounds):
                fitted = cls.turned(films, shape)
                users = fitted.folded(likes, fitted._penalties(likes))
                of_users = cls.turned(users, shape)
                films = of_users.folded(by_film, of_users._penalties(by_film))
            return cls.turned(films, shape)

    @classmethod
    def turned(cls, vectors: NDArray[np.float32], shape: FactorShape) -> Factors:
        """Vectors, turned; their products with one another stay."""
        gram = vectors.T.astype(np.float64) @ vectors
        spectrum, turn = np.linalg.eigh(gram)
        return cls((vectors @ turn.astype(np.float32)), np.maximum(spectrum, 0).astype(np.float32), shape)

    def _penalties(self, likes: csr_array) -> NDArray[np.float32]:
        return self.penalties(np.diff(likes.indptr))

    def penalties(self, counts: NDArray[np.integer]) -> NDArray[np.float32]:
        """The penalty of users with so many likes, shape (users,)."""
        shape, films = self.shape, len(self.vectors)
        scaled = shape.penalty * (counts + shape.unobserved * films) ** shape.exponent
        return np.asarray(scaled, np.float32)

    def folded(self, likes: csr_array, penalties: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vectors of users by their likes, shape (users, dim).

        With D the spectrum times `unobserved` plus the user's penalty, and Y the liked films' vectors,
        (D + Y'Y)^-1 Y't = D^-1 Y' (1 + Y D^-1 Y')^-1 t: the smaller of both systems is solved.
        """
        users = np.zeros((likes.shape[0], self.shape.dim), np.float32)

        def solve(rows: NDArray[np.int64]) -> None:
            users[rows] = self._solved(likes, rows, penalties[rows])

        with _LIBRARIES.limit(limits=1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(solve, _batches(np.diff(likes.indptr), self.shape.dim)))
        return users

    def _solved(
        self, likes: csr_array, rows: NDArray[np.int64], penalties: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The vectors of users with about equally many likes; shorter lists are filled up with zero vectors."""
        starts, counts = likes.indptr[rows].astype(np.int64), np.diff(likes.indptr)[rows]
        width = int(counts.max())
        places = np.minimum(starts[:, None] + np.arange(width), len(likes.indices) - 1)
        filled = np.arange(width) < counts[:, None]
        liked = self.vectors[likes.indices[places]] * filled[:, :, None].astype(np.float32)
        targets = np.where(filled, likes.data[places], 0).astype(np.float32)
        diagonal = self.shape.unobserved * self.spectrum + penalties[:, None]
        if width <= self.shape.dim:
            scaled = liked / diagonal[:, None, :]
            kernel = scaled @ liked.transpose(0, 2, 1) + np.eye(width, dtype=np.float32)
            parts = np.linalg.solve(kernel, targets[:, :, None])
            found: NDArray[np.float32] = (scaled.transpose(0, 2, 1) @ parts)[:, :, 0]
            return found
        system = liked.transpose(0, 2, 1) @ liked
        system[:, *np.diag_indices(self.shape.dim)] += diagonal
        right = liked.transpose(0, 2, 1) @ targets[:, :, None]
        solved: NDArray[np.float32] = np.linalg.solve(system, right)[:, :, 0]
        return solved

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        return np.asarray(self.folded(likes, self._penalties(likes)) @ self.vectors.T, np.float32)


def _batches(counts: NDArray[np.integer], dim: int) -> Iterator[NDArray[np.int64]]:
    """Rows with about equally many likes, so many that a batch has `BATCH` floats; none without likes."""
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] > 0].astype(np.int64)
    at = 0
    while at < len(order):
        end, width = at + 1, int(counts[order[at]])
        widest = max(width + 8, int(width * 1.2))
        while end < len(order) and (n := int(counts[order[end]])) <= widest:
            if (end + 1 - at) * max(n * dim, min(n, dim) ** 2) > BATCH:
                break
            end += 1
        yield order[at:end]
        at = end


CONTENT_SHAPE = FactorShape(unobserved=0.3, penalty=0.03)
"""With which a taste is regressed on content, where that has the place of film vectors."""


def folded_content(content: NDArray[np.float32], rated: NDArray[np.bool_] | None = None) -> Factors:
    """The same regression as of a factorisation, on what films are.

    Args:
        content: shape (films, dim).
        rated: the films that count as not liked where they are not liked; None for all.
    """
    some = content if rated is None else content[rated]
    spectrum, turn = np.linalg.eigh(some.T.astype(np.float64) @ some)
    shape = replace(CONTENT_SHAPE, dim=content.shape[1])
    return Factors(content @ turn.astype(np.float32), np.maximum(spectrum, 0).astype(np.float32), shape)


@dataclass(frozen=True)
class Ensemble:
    """The sum of two models' scores, each brought to the same spread for every user.

    Attributes:
        models: two.
        weight: of the second, 0 to 1.
    """

    models: tuple[Model, Model]
    weight: float = 0.5

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        first, second = (standardised(model.scores(likes)) for model in self.models)
        return (1 - self.weight) * first + self.weight * second


def standardised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores with mean 0 and deviation 1 in each row; 0 where all are equal."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0), np.float32)
