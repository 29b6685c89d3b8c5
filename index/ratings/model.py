"""What a generation keeps of people's ratings: vectors of films, weights between films, and a map from content.

A taste is some films with how much each is liked, from -1 to 1. Two models score a film by it. The vector u of
the taste is folded in as that of a user in training (Hu et al. 2008): `u = A^-1 sum_j t_j y_j`, where A is the
weighted Gram matrix of all films, plus that of the taste's films, plus a penalty; a film's score is its product
with u. The weights between films (EDLAE) are summed over the taste's films. Both are divided by their standard
deviation over all rated films, and mixed. A film that nobody has rated has no vector; what its content says of it
takes the place, by a ridge regression from content to vectors.

Every score is a sum over the films of the taste, so each film's part of it is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.arrays import mapped
from index.errors import DamagedGenerationError
from index.films.filters import Allowed
from index.spaces.space import VectorSpace

RATINGS = "ratings"
"""The name of the space of films' vectors by who likes them."""

SURE = 3
"""Raters of a film at which half of what ratings say of it is trusted."""

MANY = 10
"""Films liked from which ratings are asked for a taste, and below which for a mood."""


class Described(Protocol):
    """Vectors of what films are."""

    def double(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Those of some films, shape (len(rows), dim), float64."""


ARRAYS = ("spectrum", "content_map", "constant", "covariance", "content_gram", "raters", "targets", "weights")


@dataclass(frozen=True)
class RatingParts:
    """The arrays of a model of n films, vectors of d components and content of c.

    Attributes:
        spectrum: shape (d,): the diagonal of the vectors' Gram matrix, which has nothing beside it.
        content_map: shape (c, d): from content to vectors.
        constant: shape (d,): added to what `content_map` gives.
        covariance: of the rated films' content, shape (c, c).
        content_gram: the weighted Gram matrix of that content plus a penalty, shape (c, c): see `Taste.folded`.
        raters: shape (n,): how many people like each film.
        targets: shape (n, m): the films that each film's weights go to, by their place among the n; no film twice.
        weights: shape (n, m): what a like of the film gives to each target, float16.
    """

    spectrum: NDArray[np.float32]
    content_map: NDArray[np.float32]
    constant: NDArray[np.float32]
    covariance: NDArray[np.float32]
    content_gram: NDArray[np.float32]
    raters: NDArray[np.int32]
    targets: NDArray[np.integer]
    weights: NDArray[np.float16]

    @property
    def size_bytes(self) -> int:
        """Bytes of memory."""
        return sum(int(getattr(self, name).nbytes) for name in ARRAYS)

    def save(self, folder: Path) -> None:
        """Write one `.npy` each."""
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def open(cls, folder: Path, count: int) -> RatingParts:
        """Memory-map what `save` wrote, for n films.

        Raises:
            DamagedGenerationError: it is of other films.
            OSError, ValueError: it cannot be read.
        """
        parts = cls(**{name: mapped(folder / f"{name}.npy") for name in ARRAYS})
        if len(parts.targets) != count or parts.targets.shape != parts.weights.shape:
            raise DamagedGenerationError(f"{folder} holds weights of {len(parts.targets)} films, not {count}")
        return parts


@dataclass(frozen=True, eq=False)
class RatingModel:
    """The models of one view of films.

    Attributes:
        vectors: of the n rated films, shape (n, d), float32; as the space has them.
        content: the same films' vectors of content when the model was fitted, shape (n, c), float32.
        rows: shape (n,): the row of each in the view, -1 for one that was deleted.
        parts: see there.
        parameters: `unobserved`, `penalty` and `exponent` of the factorisation; `item_item`, the share of the
            weights between films; `cold`, the factor on a score that content alone gives; `few` and `many`, the
            share of content in the hybrid by the number of films that are liked; `usual`, the mean `trust` of
            those who rate.
    """

    vectors: NDArray[np.float32]
    content: NDArray[np.float32]
    rows: NDArray[np.int64]
    parts: RatingParts
    parameters: Mapping[str, float]

    @classmethod
    def open(
        cls, space: VectorSpace, content: VectorSpace, folder: Path, parameters: Mapping[str, float]
    ) -> RatingModel:
        """The model of a generation.

        Args:
            space: the films' vectors.
            content: what all films of the generation are.
            folder: with the parts.
            parameters: of the manifest.
        """
        assert space.rows is not None, "most films are rated by nobody"
        vectors, rows = space.vectors.single(slice(None)), space.rows.films[:].astype(np.int64)
        parts = RatingParts.open(folder, len(vectors))
        return cls(vectors, content.single(rows), rows, parts, parameters)

    def moved(self, rows: NDArray[np.int64]) -> RatingModel:
        """The same of a view in which the films have other rows."""
        return replace(self, rows=rows)

    @property
    def size_bytes(self) -> int:
        """Bytes of memory, without the space."""
        return self.vectors.nbytes + self.content.nbytes + self.parts.size_bytes

    @cached_property
    def content_inverse(self) -> NDArray[np.float64]:
        """Of `content_gram`, shape (c, c)."""
        return np.linalg.inv(self.parts.content_gram.astype(np.float64))

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        order = np.argsort(self.rows, kind="stable")
        return self.rows[order], order

    def places(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of some rows of the view among the n films; -1 for a film that is not rated."""
        ascending, order = self._sorted
        at = np.minimum(np.searchsorted(ascending, rows), len(ascending) - 1)
        return np.where(ascending[at] == rows, order[at], -1)

    def unrated(self, allowed: Allowed) -> Allowed:
        """The allowed films that have no vector."""
        mask = allowed.mask.copy()
        mask[self.rows[self.rows >= 0]] = False
        return Allowed(mask, allowed.filters)

    def vectors_of(self, rows: NDArray[np.int64], content: Described) -> NDArray[np.float64]:
        """The vectors of some films of the view, those of unrated ones by their content; shape (m, d)."""
        places = self.places(rows)
        found = self.vectors[np.maximum(places, 0)].astype(np.float64)
        if (places < 0).any():
            found[places < 0] = content.double(rows[places < 0]) @ self.parts.content_map + self.parts.constant
        return found

    def taste(self, rows: NDArray[np.int64], values: NDArray[np.float64], content: Described) -> Taste:
        """Fold a taste in.

        Args:
            rows: of its films in the view, shape (m,), m at least 1.
            values: how much each is liked, -1 to 1, shape (m,).
            content: the space of content of the view.
        """
        liked = self.vectors_of(rows, content)
        unobserved, penalty = self.parameters["unobserved"], self.parameters["penalty"]
        scaled = penalty * (len(rows) + unobserved * len(self.vectors)) ** self.parameters["exponent"]
        kernel = _solved(liked, unobserved * self.parts.spectrum.astype(np.float64) + scaled)
        return Taste(self, values, self.places(rows), kernel)


def _solved(liked: NDArray[np.float64], diagonal: NDArray[np.float64]) -> NDArray[np.float64]:
    """(D + Y'Y)^-1 Y' of vectors Y, shape (m, d), and a diagonal D; shape (d, m).

    It is D^-1 Y' (1 + Y D^-1 Y')^-1, too: the smaller of both systems is solved.
    """
    count, dim = liked.shape
    if count > dim:
        return np.asarray(np.linalg.solve(liked.T @ liked + np.diag(diagonal), liked.T), np.float64)
    scaled = liked / diagonal
    return np.asarray(np.linalg.solve(np.eye(count) + scaled @ liked.T, scaled).T, np.float64)


@dataclass(frozen=True, eq=False)
class Taste:
    """A taste, folded in: what it makes of films.

    Attributes:
        model: of the view.
        values: how much each of the m films of the taste is liked, -1 to 1.
        places: of these among the model's films, -1 for unrated ones.
        kernel: shape (d, m): a film's vector times this is the part of each film in its score, before `values`.
    """

    model: RatingModel
    values: NDArray[np.float64]
    places: NDArray[np.int64]
    kernel: NDArray[np.float64]

    @cached_property
    def vector(self) -> NDArray[np.float64]:
        """Of the taste, shape (d,)."""
        return np.asarray(self.kernel @ self.values)

    @cached_property
    def _linked(self) -> NDArray[np.float64]:
        """The sum of weights from the films of the taste to each rated film, shape (n,)."""
        parts, rated = self.model.parts, self.places >= 0
        targets, weights = parts.targets[self.places[rated]], parts.weights[self.places[rated]]
        given = weights.astype(np.float64) * self.values[rated][:, None]
        return np.asarray(np.bincount(targets.ravel(), given.ravel(), len(self.model.vectors)), np.float64)

    @cached_property
    def _products(self) -> NDArray[np.float32]:
        return self.model.vectors @ self.vector.astype(np.float32)

    @cached_property
    def _factors(self) -> tuple[float, float]:
        """What products and weights are multiplied by: their shares over their standard deviations."""
        share = self.model.parameters["item_item"]
        return (1 - share) * _inverse(float(self._products.std())), share * _inverse(float(self._linked.std()))

    @property
    def rated(self) -> NDArray[np.floating]:
        """The scores of all rated films in single precision, shape (n,)."""
        of_products, of_links = self._factors
        return of_products * self._products + of_links * self._linked

    @cached_property
    def content_share(self) -> float:
        """The share of content in the hybrid: that for so many likes, and more for films that few people rated."""
        share = self.model.parameters["many" if self.many else "few"]
        raters = np.where(self.places >= 0, self.model.parts.raters[self.places], 0)
        trusted = np.average(trust(raters), weights=np.abs(self.values)) / self.model.parameters["usual"]
        return 1 - (1 - share) * min(float(trusted), 1.0)

    def folded(self, content: NDArray[np.float64]) -> NDArray[np.float64]:
        """A regression of the taste on content, with all rated films as what is not liked; shape (c,).

        Of many likes it tells what sets them apart from other films, where their mean tells what is usual.

        Args:
            content: of the films of the taste, shape (m, c).
        """
        inverse = self.model.content_inverse
        if len(content) > len(inverse):
            system = self.model.parts.content_gram + content.T @ content
            return np.asarray(np.linalg.solve(system, content.T @ self.values), np.float64)
        scaled = content @ inverse
        parts = np.linalg.solve(np.eye(len(content)) + scaled @ content.T, self.values)
        return np.asarray(parts @ scaled, np.float64)

    @property
    def many(self) -> bool:
        """Whether so many films are liked that they make a taste and not a mood."""
        return int((self.values > 0).sum()) >= MANY

    def content_query(self) -> NDArray[np.float64]:
        """A vector whose products with content order unrated films as their scores do, shape (c,)."""
        return self._cold * self._mapped

    @cached_property
    def _mapped(self) -> NDArray[np.float64]:
        """What a film's content is multiplied by in place of its vector by this one's, shape (c,)."""
        return np.asarray(self.model.parts.content_map @ self.vector)

    @property
    def _constant(self) -> float:
        return float(self.model.parts.constant @ self.vector)

    @cached_property
    def _cold(self) -> float:
        return self.model.parameters["cold"] * _inverse(float(self._products.std()))

    def scores(self, rows: NDArray[np.int64], content: Described) -> NDArray[np.float64]:
        """The exact scores of some films of the view, shape (len(rows),)."""
        places = self.model.places(rows)
        of_products, of_links = self._factors
        products = self.model.vectors[np.maximum(places, 0)] @ self.vector
        if (places < 0).any():
            products[places < 0] = content.double(rows[places < 0]) @ self._mapped + self._constant
        linked = np.where(places >= 0, self._linked[places], 0.0)
        return np.where(places >= 0, of_products * products + of_links * linked, self._cold * products)

    def shares(self, rows: NDArray[np.int64], content: Described) -> NDArray[np.float64]:
        """The part of each film of the taste in these scores, shape (len(rows), m)."""
        places = self.model.places(rows)
        of_products, of_links = self._factors
        shares: NDArray[np.float64] = self.model.vectors_of(rows, content) @ self.kernel * self.values
        shares *= np.where(places >= 0, of_products, self._cold)[:, None]
        parts, row = self.model.parts, np.zeros(len(self.model.vectors))
        for column, place in enumerate(self.places.tolist()):
            if place >= 0:
                row[parts.targets[place]] = parts.weights[place]
                shares[:, column] += of_links * self.values[column] * np.where(places >= 0, row[places], 0.0)
                row[parts.targets[place]] = 0
        return shares


def trust(raters: NDArray[np.number]) -> NDArray[np.float64]:
    """How far ratings of films are trusted that so many people like, 0 to 1."""
    return np.asarray(raters / (raters + SURE), np.float64)


def _inverse(number: float) -> float:
    return 1 / number if number > 0 else 0.0
