"""The edits since a generation was built, and the generation as it is with them.

The vector spaces of a generation with the films edited since: the former by its engines, the latter exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.encode.blocks import Layout
from index.encode.content import ContentEncoder
from index.films.filters import Allowed
from index.films.summaries import FILM_SCHEMA
from index.films.words import FilmWords
from index.generation.manifest import Generation, Manifest
from index.generation.overlay.segment import Encoded, LayeredFilms, LayeredFilters, Layers, Segment
from index.ratings.model import RatingModel
from index.spaces.neighbours import Neighbours
from index.spaces.space import VectorSpace
from index.spaces.view import View, top_rows
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
    ratings: RatingModel | None


OPEN = 256
"""Films up to which the last segment is rebuilt by every edit; after that the next edit begins another."""


@dataclass(frozen=True)
class Overlay:
    """What has been edited since a generation was built. Immutable: an edit makes another overlay.

    Attributes:
        generation: what was edited.
        sequence: of the last edit contained.
        edited: which films were written or deleted, and when.
        segments: films that were written, oldest first; only the last is ever rebuilt.
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
            films: those of them that exist now, a table of `FILM_SCHEMA`; the others were deleted.
        """
        ids = np.fromiter(edited, np.int64, len(edited))
        alive = [self.alive[0].copy()]
        alive[0][self.generation.films.rows_of(ids)] = False
        for segment, before in zip(self.segments, self.alive[1:], strict=True):
            alive.append(before.copy())
            alive[-1][segment.films.rows_of(ids)] = False
        segments, fresh = [*self.segments], Encoded.of(films, self.generation)
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
        """With the edits of another generation's overlay, for a time when the database cannot be asked for them.

        The sequence stays, so that the database is asked for all of them later.
        """
        if other.sequence <= self.sequence:
            return self
        parts = zip(other.segments, other.alive[1:], strict=True)
        films = [segment.encoded.films.take(np.flatnonzero(alive)) for segment, alive in parts]
        return self.with_edits(self.sequence, other.edited, pa.concat_tables([FILM_SCHEMA.empty_table(), *films]))

    @property
    def closed(self) -> int:
        """How many of the segments will never be rebuilt."""
        return len(self.segments) - bool(self.segments and len(self.segments[-1]) <= OPEN)

    def merged(self, count: int) -> Segment | None:
        """The films of the first segments that are alive, as one segment; None if there is none."""
        parts = zip(self.segments[:count], self.alive[1:], strict=False)
        living = [segment.encoded.take(np.flatnonzero(alive)) for segment, alive in parts if alive.any()]
        return Segment.build(Encoded.joined(living), self.generation) if living else None

    def with_merged(self, segments: Sequence[Segment], merged: Segment | None) -> Overlay:
        """With one segment in place of the first ones, whose films may have been edited meanwhile.

        Nothing changes if these are no longer the first ones.
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
        """Seconds since the first edit, None without any; for a film edited twice, the last edit counts."""
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
        words = [each for each in (base.words, *(segment.words for segment in self.segments)) if each is not None]
        return LayeredView(
            manifest=base.manifest,
            films=films,
            filters=LayeredFilters(filters, layers),
            titles=TitleIndex([*base.titles.parts, *(s.titles for s in self.segments)], layers.alive),
            words=LayeredWords(words, layers) if words else None,
            spaces={
                name: LayeredSpace([space, *(segment.spaces[name] for segment in self.segments)], films, layers)
                for name, space in base.spaces.items()
            },
            ratings=None if base.ratings is None else self._moved(base.ratings, films),
        )

    def _moved(self, ratings: RatingModel, films: LayeredFilms) -> RatingModel:
        """The model of ratings with the rows of films that were edited; ratings say the same of them."""
        rows = ratings.rows.copy()
        for place in np.flatnonzero(~self.alive[0][rows]).tolist():
            row = films.row_of(int(self.generation.films.movie_ids[rows[place]]))
            rows[place] = -1 if row is None else row
        return ratings.moved(rows)
