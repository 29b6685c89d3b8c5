"""The edits since a generation was built, and the generation as it is with them.

The vectors of a generation's films and of those edited since: the former by its engine, the latter exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.encode.content import ContentEncoder
from index.engines.base import Neighbours, VectorIndex
from index.engines.vectors import Vectors
from index.films.filters import Selection
from index.films.store import FILM_SCHEMA
from index.films.summaries import FilmWords
from index.generation.manifest import Manifest
from index.generation.opened import Generation
from index.generation.overlay.layers import LayeredFilms, LayeredFilters, Layers
from index.generation.overlay.segment import Encoded, Segment
from index.spaces.view import View, first
from index.titles import TitleIndex


class LayeredVectors:
    """Keeps the promises of `index.spaces.view.Scored`."""

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
    """Keeps the promises of `index.spaces.view.Searched`."""

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
    """Keeps the promises of `index.spaces.view.Words`."""

    def __init__(self, parts: Sequence[FilmWords], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def of_film(self, row: int) -> list[str]:
        """See `Words`."""
        part, local = self._layers.place(row)
        return self._parts[part].of_film(local)


@dataclass(frozen=True)
class LayeredSpace:
    """Keeps the promises of `index.spaces.view.Space`."""

    encoder: ContentEncoder
    vectors: LayeredVectors
    index: LayeredIndex
    words: LayeredWords | None


OPEN = 256
"""Films up to which the last segment is made anew by every edit; the next edit then begins another."""


@dataclass(frozen=True)
class LayeredView:
    """Keeps the promises of `index.spaces.view.View`."""

    manifest: Manifest
    films: LayeredFilms
    filters: LayeredFilters
    titles: TitleIndex
    content: LayeredSpace


@dataclass(frozen=True)
class Overlay:
    """What has been edited since a generation was built.

    Attributes:
        generation: that all this stands beside.
        sequence: of the last edit that is in here.
        edited: which films were written or deleted, and when.
        segments: films that were written, oldest first; all but the last are never made anew.
        alive: for the generation and each segment, which of their rows were not edited again since.
    """

    generation: Generation
    sequence: int
    edited: Mapping[int, datetime]
    segments: tuple[Segment, ...]
    alive: tuple[NDArray[np.bool_], ...]

    @classmethod
    def over(cls, generation: Generation) -> Overlay:
        """Nothing has been edited."""
        alive = np.ones(len(generation.films), np.bool_)
        return cls(generation, generation.manifest.edit_sequence, {}, (), (alive,))

    def with_edits(self, sequence: int, edited: Mapping[int, datetime], films: pa.Table) -> Overlay:
        """With some more edits.

        Args:
            sequence: of the last of them.
            edited: which films, and when.
            films: those of them that are there now, a table of `FILM_SCHEMA`; the others were deleted.
        """
        ids = np.fromiter(edited, np.int64, len(edited))
        alive = [self.alive[0].copy()]
        alive[0][self.generation.films.rows_of(ids)] = False
        for segment, before in zip(self.segments, self.alive[1:], strict=True):
            alive.append(before.copy())
            alive[-1][segment.films.rows_of(ids)] = False
        segments, fresh = [*self.segments], Encoded.of(films, self.generation.content.encoder)
        if segments and len(segments[-1]) <= OPEN:
            kept = segments.pop().encoded.take(np.flatnonzero(alive.pop()))
            fresh = Encoded.joined([kept, fresh])
        if len(fresh.films):
            segments.append(Segment.build(fresh, self.generation))
            alive.append(np.ones(len(fresh.films), np.bool_))
        return replace(
            self,
            sequence=sequence,
            edited={**self.edited, **edited},
            segments=tuple(segments),
            alive=tuple(alive),
        )

    def with_those_of(self, other: Overlay) -> Overlay:
        """With the edits that are known beside another generation, as long as nobody can be asked for all of them.

        The sequence stays, so that they are asked for when that can be done again.
        """
        if other.sequence <= self.sequence:
            return self
        parts = zip(other.segments, other.alive[1:], strict=True)
        films = [segment.encoded.films.take(np.flatnonzero(alive)) for segment, alive in parts]
        return self.with_edits(self.sequence, other.edited, pa.concat_tables([FILM_SCHEMA.empty_table(), *films]))

    @property
    def closed(self) -> int:
        """How many of the segments will never be made anew."""
        return len(self.segments) - bool(self.segments and len(self.segments[-1]) <= OPEN)

    def merged(self, count: int) -> Segment | None:
        """The living films of the first segments in one; None where there is none."""
        parts = zip(self.segments[:count], self.alive[1:], strict=False)
        living = [segment.encoded.take(np.flatnonzero(alive)) for segment, alive in parts if alive.any()]
        return Segment.build(Encoded.joined(living), self.generation) if living else None

    def with_merged(self, segments: Sequence[Segment], merged: Segment | None) -> Overlay:
        """With one segment in the place of the first ones, of which films may have died meanwhile.

        Nothing changes where these are no longer the first ones.
        """
        count = len(segments)
        if any(mine is not theirs for mine, theirs in zip(self.segments, segments, strict=False)):
            return self
        if len(self.segments) < count:
            return self
        living = [
            segment.films.movie_ids[alive]
            for segment, alive in zip(segments, self.alive[1 : 1 + count], strict=True)
        ]
        middle = () if merged is None else (np.isin(merged.films.movie_ids, np.concatenate(living)),)
        return replace(
            self,
            segments=(*(() if merged is None else (merged,)), *self.segments[count:]),
            alive=(self.alive[0], *middle, *self.alive[1 + count :]),
        )

    @property
    def age_s(self) -> int | None:
        """Seconds since the first edit, None without any; of a film that was edited twice the last edit counts."""
        oldest = min(self.edited.values(), default=None)
        return None if oldest is None else max(int((datetime.now(UTC) - oldest).total_seconds()), 0)

    @property
    def films(self) -> int:
        """How many films there are with the edits."""
        return sum(int(np.count_nonzero(alive)) for alive in self.alive)

    @cached_property
    def view(self) -> View:
        """The generation as it is with the edits."""
        base, layers = self.generation, Layers(self.alive)
        if not self.edited:
            return base
        filters = [base.filters, *(segment.filters for segment in self.segments)]
        films = LayeredFilms(base.films, self.segments, [each.column("votes") for each in filters], layers)
        indexes = [base.content.index, *(segment.index for segment in self.segments)]
        vectors = [base.content.vectors, *(segment.vectors for segment in self.segments)]
        words = [each for each in (base.content.words, *(s.words for s in self.segments)) if each is not None]
        return LayeredView(
            manifest=base.manifest,
            films=films,
            filters=LayeredFilters(filters, layers),
            titles=TitleIndex([*base.titles.parts, *(s.titles for s in self.segments)], layers.alive),
            content=LayeredSpace(
                encoder=base.content.encoder,
                vectors=LayeredVectors(vectors, layers),
                index=LayeredIndex(indexes, films, layers),
                words=LayeredWords(words, layers) if words else None,
            ),
        )
