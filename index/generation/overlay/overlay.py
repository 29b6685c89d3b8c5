"""The edits since a generation was built, and the generation as it is with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.films.store import FILM_SCHEMA
from index.generation.opened import Generation
from index.generation.overlay.layers import LayeredFilms, LayeredFilters, Layers
from index.generation.overlay.segment import Encoded, Segment
from index.generation.overlay.spaces import LayeredSpace, LayeredView, LayeredWords
from index.spaces.view import View
from index.titles import TitleIndex

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
        )
