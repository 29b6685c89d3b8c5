"""What a load needs of a database, and what both databases share of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from sql.bulk import Writer
from sql.terms import split_pairs

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
