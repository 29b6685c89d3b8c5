"""A named vector space of a generation: its own vectors, its own rows, its own engine.

Everything outside speaks of films by their rows in the generation. A space may hold only some of the films, so it
has rows of its own inside, and translates. The engine proposes candidates; the space ranks them once, by the exact
product with the stored vectors in double precision, ties by row, which is votes, then id. So a pair of films has
the same score from every engine, from the table of neighbours, and from an exact scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import mapped
from index.encode.blocks import Layout
from index.encode.content import ContentEncoder
from index.engines.base import VectorIndex
from index.engines.exact import compared
from index.engines.vectors import Vectors
from index.errors import BadVectorsError, DamagedGenerationError
from index.films.filters import Allowed
from index.spaces.neighbours import Neighbours, NeighbourTable

CONTENT = "content"
"""The name of the space of what films are: `index.encode` makes its vectors."""


class RowMap:
    """Which films a space holds, where it does not hold all.

    Attributes:
        films: shape (m,), the film's row of each row of the space, ascending.
    """

    FILE = "rows.npy"

    def __init__(self, films: NDArray[np.int32]) -> None:
        self.films = films

    @classmethod
    def open(cls, folder: Path, count: int) -> RowMap:
        """Memory-map what `save` wrote, for a space of `count` rows.

        Raises:
            DamagedGenerationError: it is of other rows.
            OSError, ValueError: it cannot be read.
        """
        films = mapped(folder / cls.FILE)
        if films.shape != (count,):
            raise DamagedGenerationError(f"{folder / cls.FILE} holds {films.shape} for {count} vectors")
        return cls(films)

    def save(self, folder: Path) -> None:
        """Write one `.npy`."""
        np.save(folder / self.FILE, self.films)

    def inside(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """The rows of some films in the space; -1 for a film that it does not hold."""
        if len(self.films) == 0:
            return np.full(len(rows), -1, np.int64)
        places = np.minimum(np.searchsorted(self.films, rows), len(self.films) - 1)
        return np.where(self.films[places] == rows, places, -1)

    def allowed_inside(self, allowed: Allowed) -> Allowed:
        """The same films by their rows in the space."""
        return Allowed(allowed.mask[self.films], allowed.filters)

    def held(self, allowed: Allowed) -> Allowed:
        """The allowed films that the space holds."""
        mask = np.zeros(len(allowed.mask), np.bool_)
        mask[self.films] = allowed.mask[self.films]
        return Allowed(mask, allowed.filters)


@dataclass(frozen=True)
class VectorSpace:
    """One vector space; see `index.spaces.view.Space` for what it offers.

    Attributes:
        name: as in the manifest.
        vectors: one for each row of the space.
        engine: proposes candidates; of the same rows.
        encoder: how films and texts become vectors; None in a space whose vectors come from elsewhere.
        rows: which films it holds; None for all, so that a row is the film's.
        table: the nearest rows of each row; None where there is none.
    """

    name: str
    vectors: Vectors
    engine: VectorIndex
    encoder: ContentEncoder | None = None
    rows: RowMap | None = None
    table: NeighbourTable | None = None

    @cached_property
    def layout(self) -> Layout:
        """The blocks of a vector; one block with the space's name where there is no encoder."""
        return Layout((self.name,), (self.vectors.dim,), (1.0,)) if self.encoder is None else self.encoder.layout

    @property
    def size_bytes(self) -> int:
        """Bytes of memory: vectors, index, table and row map."""
        table, rows = 0 if self.table is None else self.table.size_bytes, 0 if self.rows is None else 4
        return self.vectors.size_bytes + self.engine.size_bytes + table + rows * len(self.vectors)

    @property
    def has_table(self) -> bool:
        """See `Space.has_table`."""
        return self.table is not None

    def holds(self, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        """See `Space.holds`."""
        return np.ones(len(rows), np.bool_) if self.rows is None else self.rows.inside(rows) >= 0

    def held(self, allowed: Allowed) -> Allowed:
        """See `Space.held`."""
        return allowed if self.rows is None else allowed.derived(self.rows.held)

    def single(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Space.single`."""
        if self.rows is None:
            return self.vectors.single(rows)
        inside = self.rows.inside(rows)
        vectors = np.zeros((len(rows), self.vectors.dim), np.float32)
        vectors[inside >= 0] = self.vectors.single(inside[inside >= 0])
        return vectors

    def double(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Space.double`."""
        return self.vectors.double(rows) if self.rows is None else self.single(rows).astype(np.float64)

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Space.scores`."""
        if self.rows is None:
            return self.vectors.scores(query, rows)
        inside, scores = self.rows.inside(rows), np.zeros(len(rows))
        scores[inside >= 0] = self.vectors.scores(query, inside[inside >= 0])
        return scores

    def ranked(self, query: NDArray[np.float64], rows: NDArray[np.int64], k: int) -> Neighbours:
        """See `Space.ranked`."""
        return _best(rows, self.scores(query, rows), k, exact=True)

    def known(self, row: int, k: int, allowed: Allowed | None = None) -> Neighbours | None:
        """See `Space.known`."""
        if self.table is None:
            return None
        if self.rows is None:
            return self.table.nearest(row, k, allowed)
        (inside,) = self.rows.inside(np.array([row])).tolist()
        found = None if inside < 0 else self.table.nearest(inside, k, self._inside(allowed))
        return None if found is None else self._outside(found)

    def search(
        self, query: NDArray[np.floating], k: int, allowed: Allowed | None = None, *, exact: bool = False
    ) -> Neighbours:
        """See `Space.search`; `allowed` may be None for all films."""
        checked, inside = checked_query(query, self.vectors.dim), self._inside(allowed)
        passing = len(self.vectors) if inside is None else inside.count
        wanted = min(k, passing)
        if wanted == 0:
            return Neighbours(np.empty(0, np.int64), np.empty(0), exact=True)
        rows = None
        if not exact and wanted <= len(self.vectors) // 8 and checked.any():
            rows = self.engine.candidates(checked, wanted, inside)
        approximate = rows is not None and len(rows) >= wanted
        if rows is None or not approximate:
            rows = compared(self.vectors, checked, wanted, inside)
        found = _best(rows, self.vectors.scores(checked, rows), wanted, exact=not approximate)
        return found if self.rows is None else self._outside(found)

    def _inside(self, allowed: Allowed | None) -> Allowed | None:
        return allowed if self.rows is None or allowed is None else allowed.derived(self.rows.allowed_inside)

    def _outside(self, found: Neighbours) -> Neighbours:
        """Neighbours by their rows in the generation."""
        rows = found.rows if self.rows is None else self.rows.films[found.rows].astype(np.int64)
        return Neighbours(rows, found.scores, found.exact)


def checked_query(query: NDArray[np.floating], dim: int) -> NDArray[np.float64]:
    """A copy of a query in double precision.

    Raises:
        BadVectorsError: its shape is not (dim,), or it holds NaN or infinity.
    """
    if query.shape != (dim,):
        raise BadVectorsError(f"a query must have the shape ({dim},), not {query.shape}")
    if not np.isfinite(query).all():
        raise BadVectorsError("a query holds NaN or infinity")
    return query.astype(np.float64, order="C")


def _best(rows: NDArray[np.int64], scores: NDArray[np.float64], k: int, *, exact: bool) -> Neighbours:
    """The best k of some rows; ties by row, lowest first: rows are in the order of votes, then id."""
    best = np.lexsort((rows, -scores))[:k]
    return Neighbours(rows[best], scores[best], exact)
