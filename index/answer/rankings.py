"""What films are ranked by: content alone, or what people like and content in one list on one scale.

A blended score is `SCALE` times the mean of two numbers, each of deviation 1 over the films that are rated: what
ratings say (`index.ratings.model`) and the product with the content query. Rated films are few, and all are
compared. What ratings say of an unrated film is a product with its content, too, so the index of content finds the
best of those with one query. The share of content is chosen when the model is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.engines.vectors import SCORE_DIGITS
from index.films.filters import Allowed
from index.ratings.model import Taste
from index.spaces.neighbours import Neighbours
from index.spaces.view import Films, Space

WELL_KNOWN = 50_000
"""Films that are all compared with a text. An index is tuned for the vectors of films, and finds a tenth less of
what is sought in words; what people describe is among the best known."""

SCALE = 0.1
"""About the deviation of a score by content alone, so that blended scores are about as large."""

MARGIN = 50
"""Rated films beside the k best that are ranked in double precision, and by their content as it is after edits."""


class Recommended(NamedTuple):
    """One film of the answer.

    Attributes:
        row: which film.
        score: higher is better.
        blocks: block -> its part of the score. Empty if not asked for.
        films: row of a film that is liked or disliked -> its part, where ratings speak. All parts add up to the
            score.
    """

    row: int
    score: float
    blocks: Mapping[str, float]
    films: Mapping[int, float] | None = None


class Ranking(Protocol):
    """What a question asks for, as an order of films."""

    @property
    def full(self) -> float | None:
        """The score of a film that is like the question in every block, which no film exceeds; None if unknown."""

    def ranked(self, rows: NDArray[np.int64], k: int) -> Neighbours:
        """The best k of some films; ties by votes, then id."""

    def search(self, k: int, allowed: Allowed, *, exact: bool) -> Neighbours:
        """The best k of the allowed films."""

    def explained(self, films: Sequence[Recommended]) -> tuple[Recommended, ...]:
        """Films with the parts of their scores."""


@dataclass(frozen=True)
class ByContent:
    """The product with a query.

    Attributes:
        space: that is searched.
        query: shape (dim,).
        described: free text is part of it.
    """

    space: Space
    query: NDArray[np.float64]
    described: bool

    @property
    def full(self) -> float:
        """See `Ranking`."""
        return self.space.layout.highest(self.query)

    def ranked(self, rows: NDArray[np.int64], k: int) -> Neighbours:
        """See `Ranking`."""
        return self.space.ranked(self.query, rows, k)

    def search(self, k: int, allowed: Allowed, *, exact: bool) -> Neighbours:
        """See `Ranking`."""
        found = self.space.search(self.query, k, allowed, exact=exact)
        if self.described and not found.exact:
            known = self.space.search(self.query, len(found.rows), allowed.derived(_well_known), exact=True)
            found = _merged(found, known)
        return found

    def explained(self, films: Sequence[Recommended]) -> tuple[Recommended, ...]:
        """See `Ranking`."""
        layout = self.space.layout
        shares = layout.shares(self.space.double(_rows(films)) * self.query)
        return tuple(
            film._replace(blocks=dict(zip(layout.names, parts, strict=True)))
            for film, parts in zip(films, shares.tolist(), strict=True)
        )


@dataclass(frozen=True)
class Blended:
    """What ratings say of a taste, and the product with a query.

    Attributes:
        films: of the view.
        space: of content.
        taste: the films that are liked and disliked.
        taste_rows: their rows.
        query: of content, shape (dim,).
        content_share: 0 to 1.
    """

    films: Films
    space: Space
    taste: Taste
    taste_rows: tuple[int, ...]
    query: NDArray[np.float64] = field(repr=False)
    content_share: float

    @property
    def full(self) -> None:
        """See `Ranking`: ratings set no bound."""

    @cached_property
    def _of_content(self) -> NDArray[np.float64]:
        """The query in the scale of scores."""
        deviation = float(self.query @ self.taste.model.parts.covariance @ self.query) ** 0.5
        return self.query * (SCALE * self.content_share / deviation if deviation > 0 else 0.0)

    @property
    def _of_ratings(self) -> float:
        return SCALE * (1 - self.content_share)

    def ranked(self, rows: NDArray[np.int64], k: int) -> Neighbours:
        """See `Ranking`."""
        parts = self._of_ratings * self.taste.scores(rows, self.space)
        if self.content_share:
            parts += self.space.double(rows) @ self._of_content
        scores: NDArray[np.float64] = np.round(parts, SCORE_DIGITS)
        best = np.lexsort((*self.films.ties(rows), -scores))[:k]
        return Neighbours(rows[best], scores[best], exact=True)

    def search(self, k: int, allowed: Allowed, *, exact: bool) -> Neighbours:
        """See `Ranking`: all rated films are compared, and the index finds the best of the others."""
        model, wanted = self.taste.model, k + MARGIN
        query = self._of_ratings * self.taste.content_query() + self._of_content
        unrated = self.space.search(query, k, allowed.derived(model.unrated), exact=exact)
        rated = np.flatnonzero(model.rows >= 0)
        rated = rated[allowed.mask[model.rows[rated]]]
        if not exact and len(rated) > wanted:
            scores = self._of_ratings * self.taste.rated
            if self.content_share:
                scores += model.content @ self._of_content.astype(np.float32)
            rated = rated[np.argpartition(scores[rated], -wanted)[-wanted:]]
        best = self.ranked(np.concatenate([model.rows[rated], unrated.rows]), k)
        return Neighbours(best.rows, best.scores, unrated.exact)

    def explained(self, films: Sequence[Recommended]) -> tuple[Recommended, ...]:
        """See `Ranking`."""
        rows, layout = _rows(films), self.space.layout
        of_blocks = layout.shares(self.space.double(rows) * self._of_content).tolist()
        of_films = (self._of_ratings * self.taste.shares(rows, self.space)).tolist()
        return tuple(
            film._replace(
                blocks=dict(zip(layout.names, blocks, strict=True)) if self.content_share else {},
                films=dict(zip(self.taste_rows, parts, strict=True)),
            )
            for film, blocks, parts in zip(films, of_blocks, of_films, strict=True)
        )


def _rows(films: Sequence[Recommended]) -> NDArray[np.int64]:
    return np.array([film.row for film in films], np.int64)


def _well_known(allowed: Allowed) -> Allowed:
    """Those among the films with the most votes, which come first in a generation."""
    mask = allowed.mask.copy()
    mask[WELL_KNOWN:] = False
    return Allowed(mask)


def _merged(found: Neighbours, known: Neighbours) -> Neighbours:
    """The best of both, as many as `found` has; ties by row."""
    rows, first = np.unique(np.concatenate([found.rows, known.rows]), return_index=True)
    scores = np.concatenate([found.scores, known.scores])[first]
    best = np.lexsort((rows, -scores))[: len(found.rows)]
    return Neighbours(rows[best], scores[best], exact=False)
