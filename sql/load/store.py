"""What a load reads from a database first, and what it needs of one: the parts that both databases share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, select

from sql.load.bulk import Writer, read_table
from sql.load.pairs import split_pairs
from sql.tables import movies

PAIRS_AT_ONCE = 250_000
Progress = Callable[[str, int, int | None], None]  # stage, done, total if known
_HASH_SCHEMA = pa.schema([("id", pa.int32()), ("content_hash", pa.int64())])


class Known:
    """The films in the catalogue when a load begins, 14 bytes of memory each, and which of them the dump has."""

    def __init__(self, ids: NDArray[np.int32], hashes: NDArray[np.int64], from_dump: NDArray[np.bool_]) -> None:
        self._ids = ids
        self._hashes = hashes
        self._from_dump = from_dump
        self._seen = np.zeros(len(ids), bool)

    @classmethod
    def read(cls, connection: Connection) -> Self:
        """Read them from the table `movies`."""
        query = select(movies.c.id, movies.c.content_hash).order_by(movies.c.id)
        rows = read_table(connection, query, _HASH_SCHEMA)
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
        """Ids of the films that an earlier dump had and this one has not."""
        return self._ids[self._from_dump & ~self._seen]


@dataclass(frozen=True)
class Settled:
    """What is known of a catalogue when all its films are."""

    movies: Callable[[], Iterator[pa.RecordBatch]]  # the rows of `movies`, in order of id
    terms: pa.Table
    pairs: NDArray[np.int64]  # sorted
    catalogue: pa.Table

    def pair_rows(self) -> Iterator[pa.RecordBatch]:
        """The rows of `movie_terms`, in order of its key."""
        for start in range(0, len(self.pairs), PAIRS_AT_ONCE):
            term_ids, movie_ids = split_pairs(self.pairs[start : start + PAIRS_AT_ONCE])
            yield pa.RecordBatch.from_pydict({"term_id": term_ids, "movie_id": movie_ids})


@dataclass(frozen=True)
class Contents:
    """A whole catalogue, which is to replace the stored one. Texts can be written before the rest is settled."""

    films: int
    texts: Callable[[], Iterator[pa.RecordBatch]]  # the rows of `movie_texts`, in order of id
    settled: Callable[[], Settled]  # waits until it is
    ingest: Callable[[], pa.Table]  # the row of this load in the log; waits too


class Store(Protocol):
    """One database, locked by one load. Readers see no change before `replace` or `commit` returns."""

    @property
    def connection(self) -> Connection:
        """The connection of the load; its transaction is the load's."""
        ...

    @property
    def writer(self) -> Writer:
        """Writes on `connection`."""
        ...

    def replace(self, contents: Contents, progress: Progress) -> None:
        """Replace the stored catalogue, log the ingest, and commit."""
        ...

    def commit(self) -> None:
        """Commit what was written on `connection`."""
        ...

    def close(self) -> None:
        """Undo what was not committed, and release the lock."""
        ...


def part(table: Table, chunk: pa.RecordBatch) -> pa.RecordBatch:
    """The columns of a chunk that belong to a table."""
    return chunk.select([c.name for c in table.columns])
