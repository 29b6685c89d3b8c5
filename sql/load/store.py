"""What a load needs of a database, and what both databases share of it.

What the catalogue holds already: ids and content hashes, 14 bytes of memory a film.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from sql.load.bulk import Writer, read_table
from sql.terms import split_pairs

_SCHEMA = pa.schema([("id", pa.int32()), ("content_hash", pa.int64())])


class Known:
    """The films of the catalogue when a load begins, and which of them the dump has brought again."""

    def __init__(self, ids: NDArray[np.int32], hashes: NDArray[np.int64], from_dump: NDArray[np.bool_]) -> None:
        self._ids = ids
        self._hashes = hashes
        self._from_dump = from_dump
        self._seen = np.zeros(len(ids), bool)

    @classmethod
    def read(cls, connection: Connection) -> Self:
        """Read them from the table `movies`."""
        rows = read_table(connection, "SELECT id, content_hash FROM movies ORDER BY id", (), _SCHEMA)
        hashes = rows["content_hash"]
        return cls(
            rows["id"].to_numpy(),
            pc.fill_null(hashes, 0).to_numpy(),
            pc.is_valid(hashes).to_numpy(),
        )

    @property
    def films(self) -> int:
        """How many there are."""
        return len(self._ids)

    def changed(self, films: pa.RecordBatch) -> NDArray[np.bool_]:
        """Which films are new, or differ from what the last dump had; all are noted as seen.

        Args:
            films: columns id and content_hash.
        """
        ids = films["id"].to_numpy()
        if not self.films:
            return np.ones(len(ids), bool)
        at = np.minimum(np.searchsorted(self._ids, ids), self.films - 1)
        present = self._ids[at] == ids
        self._seen[at[present]] = True
        same: NDArray[np.bool_] = self._from_dump[at] & (self._hashes[at] == films["content_hash"].to_numpy())
        changed: NDArray[np.bool_] = ~(present & same)
        return changed

    def present(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of the ids that the catalogue holds."""
        return ids[np.isin(ids, self._ids)]

    def vanished(self) -> NDArray[np.int32]:
        """Films that an earlier dump brought and this one has not."""
        return self._ids[self._from_dump & ~self._seen]


PAIRS_AT_ONCE = 250_000
Progress = Callable[[str, int, int | None], None]  # stage, done, total if known


@dataclass(frozen=True)
class Contents:
    """A whole catalogue, to be put in the place of what is there."""

    films: int
    rows: Callable[[Table], Iterator[pa.RecordBatch]]  # of `movies` or `movie_texts`, in order of id
    terms: pa.Table
    pairs: NDArray[np.int64]  # sorted
    catalogue: pa.Table

    def pair_rows(self) -> Iterator[pa.RecordBatch]:
        """The rows of `movie_terms`, in order of its key."""
        for start in range(0, len(self.pairs), PAIRS_AT_ONCE):
            term_ids, movie_ids = split_pairs(self.pairs[start : start + PAIRS_AT_ONCE])
            yield pa.RecordBatch.from_pydict({"term_id": term_ids, "movie_id": movie_ids})


class Store(Protocol):
    """One database, held by one load. Nothing shows before `replace` or `commit` returns."""

    @property
    def connection(self) -> Connection:
        """The connection of the load; its transaction is the load's."""
        ...

    @property
    def writer(self) -> Writer:
        """Writes on `connection`."""
        ...

    def replace(self, contents: Contents, ingest: pa.Table, progress: Progress) -> None:
        """Put a whole catalogue in the place of what is there, log the ingest, and commit."""
        ...

    def commit(self) -> None:
        """Make visible what was written on `connection`."""
        ...

    def close(self) -> None:
        """Undo what was not committed, and let others load."""
        ...


def part(table: Table, chunk: pa.RecordBatch) -> pa.RecordBatch:
    """The columns of a chunk that belong to a table."""
    return chunk.select([c.name for c in table.columns])
