"""The vectors of a generation's films and of those edited since: the former by its engine, the latter exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.content import ContentEncoder
from index.overlay.films import LayeredFilms
from index.overlay.layers import Layers
from index.protocol import Neighbours, VectorIndex
from index.selection import Selection
from index.vectors import Vectors
from index.view import first
from index.words import FilmWords


class LayeredVectors:
    """Keeps the promises of `index.view.Scored`."""

    def __init__(self, parts: Sequence[Vectors], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def single(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Scored`."""
        vectors = np.empty((len(rows), self._parts[0].dim), np.float32)
        for part, positions, local in self._layers.split(rows):
            vectors[positions] = self._parts[part].single(local)
        return vectors

    def double(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Scored`."""
        return self.single(rows).astype(np.float64)

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Scored`."""
        scores = np.empty(len(rows))
        for part, positions, local in self._layers.split(rows):
            scores[positions] = self._parts[part].scores(query, local)
        return scores


class LayeredIndex:
    """Keeps the promises of `index.view.Searched`."""

    def __init__(self, parts: Sequence[VectorIndex], films: LayeredFilms, layers: Layers) -> None:
        self._parts, self._films, self._layers = parts, films, layers

    @property
    def knows_kin(self) -> bool:
        """See `Searched`: the films beside the generation are few."""
        return self._parts[0].knows_kin

    def search(
        self,
        query: NDArray[np.floating],
        k: int,
        selection: Selection,
        *,
        exact: bool = False,
    ) -> Neighbours:
        """See `Searched`: the best of what every part finds."""
        selections = selection.parts(self._layers.starts)
        return self._best(
            [part.search(query, k, some, exact=exact) for part, some in zip(self._parts, selections, strict=True)],
            k,
        )

    def kin(self, row: int, k: int, selection: Selection) -> Neighbours | None:
        """See `Searched`: those in the generation are known, and the films beside it are few."""
        (of_base, *of_segments), (base, *segments) = selection.parts(self._layers.starts), self._parts
        part, local = self._layers.place(row)
        known = None if part else base.kin(local, k, of_base)
        if known is None:
            return None
        query = base.vectors.double(np.array([local]))[0]
        searched = zip(segments, of_segments, strict=True)
        return self._best([known, *(each.search(query, k, some) for each, some in searched)], k)

    def _best(self, found: Sequence[Neighbours], k: int) -> Neighbours:
        starts = self._layers.starts
        rows = np.concatenate([part.rows + start for part, start in zip(found, starts, strict=True)])
        scores = np.concatenate([part.scores for part in found])
        best = first(self._films, rows, scores, k)
        return Neighbours(rows[best], scores[best], all(part.exact for part in found))


class LayeredWords:
    """Keeps the promises of `index.view.Words`."""

    def __init__(self, parts: Sequence[FilmWords], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def of_film(self, row: int) -> list[str]:
        """See `Words`."""
        part, local = self._layers.place(row)
        return self._parts[part].of_film(local)


@dataclass(frozen=True)
class LayeredSpace:
    """Keeps the promises of `index.view.Space`."""

    encoder: ContentEncoder
    vectors: LayeredVectors
    index: LayeredIndex
    words: LayeredWords | None
