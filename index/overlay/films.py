"""Ids, duplicates and summaries of a generation's films and of those edited since, as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.overlay.layers import Layers
from index.overlay.segment import Segment
from index.store import FilmStore


class LayeredFilms:
    """Keeps the promises of `index.view.Films`.

    A film edited since has a row in a segment and, if it is not new, a dead one before it. Which records are one
    film is told by ids: an edit that changes that for another film is an edit of that film, too (`sql.writing`).
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
