"""A generation's films and those edited since, as one: rows, ids and summaries, names, columns to filter by.

The rows of the parts are laid end to end. A film edited since has a row in a segment and, if it is not new, a row
before it that is no longer alive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contract import Filters
from index.films.allowed import Allowed
from index.films.filters import UNDATED, FilterTable, RecentMasks
from index.films.store import FilmStore
from index.films.terms import TermIndex
from index.generation.overlay.segment import Segment


class Layers:
    """The rows of a generation and of the segments after it.

    Attributes:
        starts: the first row of each part.
        alive: shape (n,), bool: False where a film was edited or deleted since.
    """

    def __init__(self, alive: Sequence[NDArray[np.bool_]]) -> None:
        self.starts: list[int] = [0, *np.cumsum([len(part) for part in alive[:-1]]).tolist()]
        self.alive = np.concatenate(alive)

    def __len__(self) -> int:
        return len(self.alive)

    def place(self, row: int) -> tuple[int, int]:
        """The part that a row belongs to, and its row within that part."""
        part = bisect_right(self.starts, row) - 1
        return part, row - self.starts[part]

    def split(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Rows by part: the part, their positions in `rows`, and their rows within the part."""
        of_part = np.searchsorted(self.starts, rows, side="right") - 1
        for part in np.unique(of_part).tolist():
            positions = np.flatnonzero(of_part == part)
            yield part, positions, rows[positions] - self.starts[part]

    def cut(self, allowed: Allowed) -> tuple[Allowed, ...]:
        """Allowed rows, part by part."""
        ends = [*self.starts[1:], len(self)]
        return tuple(
            Allowed(allowed.mask[start:end], allowed.filters) for start, end in zip(self.starts, ends, strict=True)
        )


class LayeredFilms:
    """Implements `index.spaces.view.Films`.

    Ids say which records are one film: an edit that changes that for another film counts as an edit of that film,
    too (`sql.writing`).
    """

    def __init__(
        self, base: FilmStore, segments: Sequence[Segment], votes: Sequence[NDArray[np.int32]], layers: Layers
    ) -> None:
        self._base, self._segments, self._layers, self._votes = base, segments, layers, votes
        self._parts = (base, *(segment.films for segment in segments))

    def __len__(self) -> int:
        return len(self._layers)

    def row_of(self, movie_id: int) -> int | None:
        """See `Films`; a film that was deleted has none."""
        for part, start in zip(reversed(self._parts), reversed(self._layers.starts), strict=True):
            row = part.row_of(movie_id)
            if row is not None and self._layers.alive[start + row]:
                return start + row
        return None

    def best_of(self, row: int) -> int:
        """See `Films`."""
        best = self.row_of(self._best_id(row))
        return row if best is None else best

    def group_of(self, row: int) -> list[int]:
        """See `Films`."""
        best_id = self._best_id(row)
        found = {row}
        of_base = self._base.row_of(best_id)
        if of_base is not None and self._base.best_of(of_base) == of_base:
            found.update(record for record in self._base.group_of(of_base) if self._layers.alive[record])
        for segment, start in zip(self._segments, self._layers.starts[1:], strict=True):
            records = (np.flatnonzero(segment.best_ids == best_id) + start).tolist()
            found.update(record for record in records if self._layers.alive[record])
        return sorted(found)

    def summaries(self, rows: NDArray[np.int64] | list[int]) -> list[dict[str, Any]]:
        """See `Films`."""
        found: list[dict[str, Any]] = [{}] * len(rows)
        for part, positions, local in self._layers.split(np.asarray(rows, np.int64)):
            for position, film in zip(positions.tolist(), self._parts[part].summaries(local), strict=True):
                found[position] = film
        return found

    def titles(self, rows: NDArray[np.int64]) -> list[str]:
        """See `Films`."""
        found = [""] * len(rows)
        for part, positions, local in self._layers.split(rows):
            for position, title in zip(positions.tolist(), self._parts[part].titles(local), strict=True):
                found[position] = title
        return found

    def column(self, name: str) -> NDArray[Any]:
        """See `Films`."""
        return np.concatenate([part.column(name) for part in self._parts])

    def ties(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """See `Films`."""
        movie_ids, votes = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        for part, positions, local in self._layers.split(rows):
            movie_ids[positions] = self._parts[part].movie_ids[local]
            votes[positions] = self._votes[part][local]
        return movie_ids, -votes

    def _best_id(self, row: int) -> int:
        part, local = self._layers.place(row)
        if part == 0:
            return int(self._base.movie_ids[self._base.best_of(local)])
        return int(self._segments[part - 1].best_ids[local])


CACHED_MASKS = 16
"""Masks kept, besides those that the generation keeps: the next edit computes all of them again."""


class LayeredTerms:
    """Implements `index.spaces.view.Terms`. Rows that are not alive still have names: masks exclude them."""

    def __init__(self, parts: Sequence[TermIndex], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def __bool__(self) -> bool:
        return any(self._parts)

    @property
    def names(self) -> Sequence[str]:
        """See `Terms`: those of the generation, then those added by edits."""
        return self._named[0]

    def films_with(self, name: str) -> NDArray[np.integer]:
        """See `Terms`."""
        parts = zip(self._parts, self._layers.starts, strict=True)
        return np.concatenate([part.films_with(name) + start for part, start in parts])

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """See `Terms`."""
        names, numbers = self._named
        counts = np.zeros(len(names), np.int64)
        for part, of_part, cut in zip(self._parts, numbers, self._cut(mask), strict=True):
            counts[of_part] += part.counts(cut)  # a name occurs once in a part
        return counts

    def pairs(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """See `Terms`."""
        found = [part.pairs(cut) for part, cut in zip(self._parts, self._cut(mask), strict=True)]
        rows = [of_part + start for (of_part, _), start in zip(found, self._layers.starts, strict=True)]
        terms = [of_part[term] for (_, term), of_part in zip(found, self._named[1], strict=True)]
        return np.concatenate(rows), np.concatenate(terms)

    def spelling(self, name: str) -> str | None:
        """See `Terms`."""
        return next((known for part in self._parts if (known := part.spelling(name)) is not None), None)

    def of_film(self, row: int) -> list[str]:
        """See `Terms`."""
        part, local = self._layers.place(row)
        return self._parts[part].of_film(local)

    def _cut(self, mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        return np.split(mask, self._layers.starts[1:])

    @cached_property
    def _named(self) -> tuple[Sequence[str], list[NDArray[np.int64]]]:
        """All names, and for each part where its names are among them."""
        base, *others = self._parts
        fresh: dict[str, tuple[int, str]] = {}
        numbers = [np.arange(len(base.names))]
        for part in others:
            of_part = []
            for name in part.names:
                known = base.term_of(name)
                if known is None:
                    known = fresh.setdefault(name.casefold(), (len(base.names) + len(fresh), name))[0]
                of_part.append(known)
            numbers.append(np.array(of_part, np.int64))
        return [*base.names, *(name for _, name in fresh.values())], numbers


class LayeredFilters:
    """Implements `index.spaces.view.FilterColumns`."""

    def __init__(self, parts: Sequence[FilterTable], layers: Layers) -> None:
        self._parts, self._layers = parts, layers
        self._columns: dict[str, NDArray[Any]] = {}
        self.terms = {kind: LayeredTerms([part.terms[kind] for part in parts], layers) for kind in parts[0].terms}
        selecting = partial(_select, parts, layers)  # not a method: see `index.films.filters`
        self.select = RecentMasks(selecting, CACHED_MASKS)

    def kept(self, filters: Filters) -> Allowed | None:
        """See `FilterColumns`."""
        return self.select.kept(filters)

    def column(self, name: str) -> NDArray[Any]:
        """See `FilterColumns`; for a row that is not alive, as if nothing were known."""
        if name not in self._columns:
            column = np.concatenate([part.column(name) for part in self._parts])
            column[~self._layers.alive] = UNDATED if name == "released" else 0
            self._columns[name] = column
        return self._columns[name]


def _select(parts: Sequence[FilterTable], layers: Layers, filters: Filters) -> Allowed:
    """The rows of each part that are alive and pass."""
    return Allowed(np.concatenate([part.select(filters).mask for part in parts]) & layers.alive, filters)
