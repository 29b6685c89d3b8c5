"""What answers are made from: films in rows, whether of a generation alone or with the edits since it was built.

A generation keeps these promises by its own parts, `index.overlay` by a generation and a few films beside it. Rows
are positions that hold within one view only; `movie_id` is what lasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encode.content import ContentEncoder
from index.engines.base import Neighbours
from index.films.filters import Filters, Selection
from index.generation.manifest import Manifest
from index.titles import TitleIndex


class Films(Protocol):
    """Ids and summaries of n films."""

    def __len__(self) -> int: ...

    def row_of(self, movie_id: int) -> int | None:
        """The row of a film, or None."""

    def best_of(self, row: int) -> int:
        """The row of the best record of the same film."""

    def group_of(self, row: int) -> list[int]:
        """All rows that are records of the same film as a row, itself included."""

    def summaries(self, rows: NDArray[np.int64] | list[int]) -> list[dict[str, Any]]:
        """The summary columns of some films, in the order asked for."""

    def titles(self, rows: NDArray[np.int64]) -> list[str]:
        """The titles of some films, in the order asked for."""

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column of the summaries, shape (n,)."""

    def ties(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Keys for `np.lexsort` that put rows which are equal otherwise in order: most votes, then lowest id."""


class Terms(Protocol):
    """The names of one kind that n films carry."""

    def __bool__(self) -> bool: ...

    @property
    def names(self) -> Sequence[str]:
        """The terms in the catalogue's spelling, position = term."""

    def films_with(self, name: str) -> NDArray[np.integer]:
        """Rows of the films that carry a name, whatever its case; none for an unknown name."""

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many films of a mask, shape (n,), carry each term, shape (terms,)."""

    def pairs(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Every film of a mask, shape (n,), with each of its terms: rows and terms, shape (pairs,) each."""

    def spelling(self, name: str) -> str | None:
        """A name as the catalogue spells it, or None for an unknown one."""

    def of_film(self, row: int) -> list[str]:
        """The names of one film."""


class FilterColumns(Protocol):
    """What films are filtered by."""

    @property
    def terms(self) -> Mapping[str, Terms]:
        """Names by kind."""

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column, shape (n,)."""

    def select(self, filters: Filters, /) -> Selection:
        """The films that pass; the same object again while it is kept."""


class Scored(Protocol):
    """Vectors of n films, shape (n, dim)."""

    def single(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of them, shape (len(rows), dim), float32."""

    def double(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same in double precision."""

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The exact score of each row."""


class Searched(Protocol):
    """What finds the rows with the largest inner product; see `index.engines.base.VectorIndex`."""

    @property
    def knows_kin(self) -> bool:
        """Whether `kin` answers, as a rule."""

    def kin(self, row: int, k: int, selection: Selection) -> Neighbours | None:
        """What `search` for the vector of a row would give, as it was found before; None: it must be searched."""

    def search(
        self,
        query: NDArray[np.floating],
        k: int,
        selection: Selection,
        *,
        exact: bool = False,
    ) -> Neighbours:
        """The best k of the rows that may come back."""


class Words(Protocol):
    """The most telling words of n films."""

    def of_film(self, row: int) -> list[str]:
        """The words of one film, the most telling first."""


class Space(Protocol):
    """A vector space that is searched."""

    @property
    def encoder(self) -> ContentEncoder:
        """How films and texts become vectors."""

    @property
    def vectors(self) -> Scored:
        """Of all films."""

    @property
    def index(self) -> Searched:
        """The engine."""

    @property
    def words(self) -> Words | None:
        """For explanations; None in a profile without texts."""


class View(Protocol):
    """Everything that a question is answered from."""

    @property
    def manifest(self) -> Manifest:
        """Of the generation."""

    @property
    def films(self) -> Films:
        """Ids, duplicates and summaries."""

    @property
    def filters(self) -> FilterColumns:
        """Columns to filter by."""

    @property
    def titles(self) -> TitleIndex:
        """Films by title."""

    @property
    def content(self) -> Space:
        """Films by kinship."""


def first(films: Films, rows: NDArray[np.int64], scores: NDArray[Any], limit: int) -> NDArray[np.int64]:
    """Where among some rows those with the highest scores are, the best first; ties by votes, then id."""
    places = np.arange(len(rows))
    if len(rows) > limit:
        # From the top: to find the place of the last few takes NumPy 25 times as long on columns that votes order.
        bound = -np.partition(-scores, limit - 1)[limit - 1]
        places = np.flatnonzero(scores >= bound)  # ties at the end stay in
    found: NDArray[np.int64] = places[np.lexsort((*films.ties(rows[places]), -scores[places]))][:limit]
    return found
