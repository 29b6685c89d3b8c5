"""The vector spaces of a generation with the films edited since: the former by its engines, the latter exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encode.blocks import Layout
from index.encode.content import ContentEncoder
from index.films.allowed import Allowed
from index.films.summaries import FilmWords
from index.generation.manifest import Manifest
from index.generation.overlay.layers import LayeredFilms, LayeredFilters, Layers
from index.spaces.neighbours import Neighbours
from index.spaces.space import VectorSpace
from index.spaces.view import top_rows
from index.titles import TitleIndex


class LayeredSpace:
    """Implements `index.spaces.view.Space` over a generation's space and those of the segments."""

    def __init__(self, parts: Sequence[VectorSpace], films: LayeredFilms, layers: Layers) -> None:
        self._parts, self._films, self._layers = parts, films, layers
        self._all = all(part.rows is None for part in parts)

    @property
    def encoder(self) -> ContentEncoder | None:
        """See `Space`."""
        return self._parts[0].encoder

    @property
    def layout(self) -> Layout:
        """See `Space`."""
        return self._parts[0].layout

    @property
    def has_table(self) -> bool:
        """See `Space`: the edited films are few, so they are searched beside the table."""
        return self._parts[0].has_table

    def holds(self, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
        """See `Space`."""
        found = np.ones(len(rows), np.bool_)
        if not self._all:
            for part, positions, local in self._layers.split(rows.astype(np.int64)):
                found[positions] = self._parts[part].holds(local)
        return found

    def held(self, allowed: Allowed) -> Allowed:
        """See `Space`."""
        return allowed if self._all else allowed.derived(self._held)

    def single(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """See `Space`."""
        vectors = np.empty((len(rows), self.layout.dim), np.float32)
        for part, positions, local in self._layers.split(rows):
            vectors[positions] = self._parts[part].single(local)
        return vectors

    def double(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Space`."""
        return self.single(rows).astype(np.float64)

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Space`."""
        scores = np.empty(len(rows))
        for part, positions, local in self._layers.split(rows):
            scores[positions] = self._parts[part].scores(query, local)
        return scores

    def ranked(self, query: NDArray[np.float64], rows: NDArray[np.int64], k: int) -> Neighbours:
        """See `Space`."""
        scores = self.scores(query, rows)
        best = top_rows(self._films, rows, scores, k)
        return Neighbours(rows[best], scores[best], exact=True)

    def known(self, row: int, k: int, allowed: Allowed) -> Neighbours | None:
        """See `Space`: the films of the generation by its table, those of the segments by a search."""
        part, local = self._layers.place(row)
        (of_base, *of_segments), (base, *segments) = allowed.derived(self._layers.cut), self._parts
        known = None if part else base.known(local, k, of_base)
        if known is None:
            return None
        query = base.double(np.array([local]))[0]
        searched = zip(segments, of_segments, strict=True)
        return self._best([known, *(each.search(query, k, some) for each, some in searched)], k)

    def search(self, query: NDArray[np.floating], k: int, allowed: Allowed, *, exact: bool = False) -> Neighbours:
        """See `Space`: the best of what every part finds."""
        parts = zip(self._parts, allowed.derived(self._layers.cut), strict=True)
        return self._best([part.search(query, k, some, exact=exact) for part, some in parts], k)

    def _held(self, allowed: Allowed) -> Allowed:
        parts = zip(self._parts, allowed.derived(self._layers.cut), strict=True)
        return Allowed(np.concatenate([part.held(some).mask for part, some in parts]), allowed.filters)

    def _best(self, found: Sequence[Neighbours], k: int) -> Neighbours:
        starts = self._layers.starts
        rows = np.concatenate([part.rows + start for part, start in zip(found, starts, strict=True)])
        scores = np.concatenate([part.scores for part in found])
        best = top_rows(self._films, rows, scores, k)
        return Neighbours(rows[best], scores[best], all(part.exact for part in found))


class LayeredWords:
    """Implements `index.spaces.view.Words`."""

    def __init__(self, parts: Sequence[FilmWords], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def of_film(self, row: int) -> list[str]:
        """See `Words`."""
        part, local = self._layers.place(row)
        return self._parts[part].of_film(local)


@dataclass(frozen=True)
class LayeredView:
    """Implements `index.spaces.view.View`."""

    manifest: Manifest
    films: LayeredFilms
    filters: LayeredFilters
    titles: TitleIndex
    words: LayeredWords | None
    spaces: Mapping[str, LayeredSpace]
