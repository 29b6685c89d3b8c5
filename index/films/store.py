"""The ids, duplicates and summaries of the films of a generation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from contract import COLUMNS, NAMES
from index.arrays import mapped
from index.films.summaries import Summaries

_INDEXED = [column for column in COLUMNS.values() if column.indexed]

FILM_SCHEMA = pa.schema(
    [pa.field(c.name, pa.list_(pa.string()) if c.type == NAMES else pa.type_for_alias(c.type)) for c in _INDEXED]
)
"""The columns that the build reads, one Arrow batch after another."""

IDS = "ids.npy"
BEST = "best_rows.npy"
BY_ID = "by_id.npy"


class FilmStore:
    """Ids and summaries of n films in row order: most votes first, then lowest id.

    Attributes:
        movie_ids: shape (n,), int64.
        best_rows: shape (n,), int32: the row of the best record of the same film, itself for most.
    """

    def __init__(
        self,
        movie_ids: NDArray[np.int64],
        best_rows: NDArray[np.int32],
        summaries: Summaries,
        by_id: NDArray[np.int64] | None = None,
    ) -> None:
        """Hold films; `by_id` are their rows in the order of their ids, computed when None."""
        self.movie_ids, self.best_rows = movie_ids, best_rows
        self._summaries = summaries
        self._by_id = np.argsort(movie_ids) if by_id is None else by_id
        self._groups: dict[int, list[int]] = {}
        for row in np.flatnonzero(best_rows != np.arange(len(best_rows))).tolist():
            best = int(best_rows[row])
            self._groups.setdefault(best, [best]).append(row)

    @classmethod
    def build(cls, films: pa.Table) -> FilmStore:
        """From a table of `FILM_SCHEMA` in row order."""
        movie_ids = films["id"].to_numpy().astype(np.int64)
        best_rows = np.arange(len(films), dtype=np.int32)
        summaries = Summaries.build(films)
        store = cls(movie_ids, best_rows, summaries)
        duplicates = np.flatnonzero(films["duplicate_of"].is_valid().to_numpy())
        for row, best_id in zip(duplicates, films["duplicate_of"].take(duplicates).to_pylist(), strict=True):
            best = store.row_of(best_id)
            best_rows[row] = row if best is None else best
        return cls(movie_ids, best_rows, summaries)

    @classmethod
    def open(cls, folder: Path) -> FilmStore:
        """Memory-map what `save` wrote."""
        return cls(mapped(folder / IDS), mapped(folder / BEST), Summaries.open(folder), mapped(folder / BY_ID))

    def save(self, folder: Path) -> None:
        """Write `.npy` files."""
        np.save(folder / IDS, self.movie_ids)
        np.save(folder / BEST, self.best_rows)
        np.save(folder / BY_ID, self._by_id)
        self._summaries.save(folder)

    def __len__(self) -> int:
        return len(self.movie_ids)

    @property
    def listed(self) -> NDArray[np.bool_]:
        """Which rows are the best record of their film, shape (n,)."""
        listed: NDArray[np.bool_] = self.best_rows == np.arange(len(self))
        return listed

    def row_of(self, movie_id: int) -> int | None:
        """The row of a film, or None."""
        place = int(np.searchsorted(self.movie_ids, movie_id, sorter=self._by_id))
        if place == len(self):
            return None
        row = int(self._by_id[place])
        return row if self.movie_ids[row] == movie_id else None

    def rows_of(self, movie_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of some films, in no order; films that do not exist are left out."""
        places = np.searchsorted(self.movie_ids, movie_ids, sorter=self._by_id)
        rows = self._by_id[np.minimum(places, len(self) - 1)]
        found: NDArray[np.int64] = rows[self.movie_ids[rows] == movie_ids]
        return found

    def best_of(self, row: int) -> int:
        """The row of the best record of the same film, itself for most."""
        return int(self.best_rows[row])

    def ties(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """See `index.spaces.view.Films.ties`: rows are in that order."""
        return (rows,)

    def group_of(self, row: int) -> list[int]:
        """All rows that are records of the same film as a row, itself included."""
        return self._groups.get(int(self.best_rows[row]), [row])

    def summaries(self, rows: NDArray[np.int64] | list[int]) -> list[dict[str, Any]]:
        """The summary columns of some films, in the order asked for."""
        return self._summaries.of(rows.tolist() if isinstance(rows, np.ndarray) else rows)

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column of the summaries, shape (n,)."""
        return self._summaries.records[name]

    def titles(self, rows: NDArray[np.int64]) -> list[str]:
        """The titles of some films, in the order asked for."""
        return [film["title"] for film in self.summaries(rows)]
