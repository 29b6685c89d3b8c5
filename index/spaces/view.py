"""What answers are made from: films in rows, of a generation alone or with the edits since it was built.

`index.generation.manifest` provides this from the files of a generation, `index.generation.overlay` from a
generation and the films edited since. Rows are positions that hold within one view only; `movie_id` is what
lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from contract import Filters, Sort
from index.encode.blocks import Layout
from index.encode.content import ContentEncoder
from index.films.filters import Allowed
from index.films.orders import Place
from index.generation.manifest import Manifest
from index.ratings.model import RatingModel
from index.spaces.neighbours import Neighbours
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

    def along(
        self, sort: Sort, mask: NDArray[np.bool_], wanted: int, *, after: Place | None, rising: bool
    ) -> list[Place]:
        """The next films of a mask in an order; see `index.films.orders.Orders.along`."""

    def ties(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Keys for `np.lexsort` that order rows of equal scores: most votes first, then lowest id."""


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

    def ending_with(self, word: str) -> list[str]:
        """The names of several words whose last is this one, in any case."""

    def of_film(self, row: int) -> list[str]:
        """The names of one film."""


class FilterColumns(Protocol):
    """What films are filtered by."""

    @property
    def terms(self) -> Mapping[str, Terms]:
        """Names by kind."""

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column, shape (n,)."""

    @property
    def select(self) -> Callable[[Filters], Allowed]:
        """The films that pass some filters; the same object again while it is kept."""

    def kept(self, filters: Filters) -> Allowed | None:
        """The films that pass some filters, if that need not be computed; else None."""


class Words(Protocol):
    """The most telling words of n films."""

    def of_film(self, row: int) -> list[str]:
        """The words of one film, the most telling first."""


class Space(Protocol):
    """A vector space: films that it holds have a vector of `layout.dim` components."""

    @property
    def encoder(self) -> ContentEncoder | None:
        """How films and texts become vectors; None in a space whose vectors come from elsewhere."""

    @property
    def layout(self) -> Layout:
        """The blocks of a vector."""

    @property
    def has_table(self) -> bool:
        """Whether `known` answers, as a rule."""

    def holds(self, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Which of some films have a vector, shape (len(rows),)."""

    def held(self, allowed: Allowed) -> Allowed:
        """The allowed films that have a vector."""

    def single(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of some films, shape (len(rows), dim), float32; zero for a film without one."""

    def double(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same in double precision."""

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The exact score of each film: its inner product with the query; 0 for a film without a vector."""

    def ranked(self, query: NDArray[np.float64], rows: NDArray[np.int64], k: int) -> Neighbours:
        """The best k of some films by their scores; ties by votes, then id."""

    def known(self, row: int, k: int, allowed: Allowed) -> Neighbours | None:
        """What `search` for a film's vector gives, as the build found it; None: it must be searched."""

    def search(self, query: NDArray[np.floating], k: int, allowed: Allowed, *, exact: bool = False) -> Neighbours:
        """The k films with the largest inner product; ties by votes, then id.

        Args:
            query: shape (dim,), any float dtype; not changed.
            k: at least 1; may exceed the number of films.
            allowed: the films that may be returned; k of them are if k have vectors, however few pass.
            exact: compare with every film that may be returned.

        Raises:
            BadVectorsError: the query has another shape or is not finite.
            EngineUnavailableError: the engine's server does not answer.
        """


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
    def words(self) -> Words | None:
        """The most telling words of each film, for explanations; None in a profile without texts."""

    @property
    def spaces(self) -> Mapping[str, Space]:
        """The vector spaces by name; `index.spaces.space.CONTENT` is always there."""

    @property
    def ratings(self) -> RatingModel | None:
        """What people's ratings say; None without any that something could be learned from."""


def top_rows(films: Films, rows: NDArray[np.int64], scores: NDArray[Any], limit: int) -> NDArray[np.int64]:
    """Positions in `rows` of those with the highest scores, best first; ties by votes, then id."""
    places = np.arange(len(rows))
    if len(rows) > limit:
        # Partitioned from the top: NumPy takes 25 times as long for the last places of columns ordered by votes.
        bound = -np.partition(-scores, limit - 1)[limit - 1]
        places = np.flatnonzero(scores >= bound)  # ties at the end stay in
    found: NDArray[np.int64] = places[np.lexsort((*films.ties(rows[places]), -scores[places]))][:limit]
    return found
