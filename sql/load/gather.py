"""A whole catalogue from spooled films: of a first load, or of a later one that changes much.

To change a film in place takes some ten times as long as to write it in order into a table without indexes, so
from a quarter of the films on, writing all of them again is faster. Films that the dump does not change are then
read from the catalogue, with what was edited in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from sql.load.bulk import read_page
from sql.load.duplicates import Keys, find
from sql.load.pairs import Tally, TermBook, sorted_pairs
from sql.load.rating import Prior, State, catalogue_row, prior
from sql.load.spool import SPOOL_SCHEMA, Spool
from sql.load.store import Contents, part
from sql.tables import movies

PAGE_FILMS = 20_000


class Gathered:
    """What must be known of all films before the first can be written: some 60 bytes each. Grows by `add`."""

    def __init__(self) -> None:
        self._book = TermBook()
        self._keys = Keys()
        self._ids = [np.empty(0, np.int32)]
        self._votes = [np.empty(0, np.int32)]
        self._averages = [np.empty(0, np.float64)]
        self._adult = [np.empty(0, bool)]
        self._pairs = [np.empty(0, np.int64)]

    def add(self, films: pa.RecordBatch) -> None:
        """Note films of `sql.load.spool.SPOOL_SCHEMA`."""
        self._keys.add(films)
        self._ids.append(films["id"].to_numpy())
        self._votes.append(films["vote_count"].to_numpy())
        self._averages.append(films["vote_average"].to_numpy())
        self._adult.append(films["adult"].to_numpy(zero_copy_only=False))
        self._pairs.append(self._book.pairs(films))

    def settle(self, spool: Spool) -> tuple[Contents, State]:
        """The new catalogue, and what is true of it as a whole.

        Args:
            spool: holds the films that were added, and no others.
        """
        best = find(spool.films(self._keys.candidates()))
        ids = np.concatenate(self._ids)
        duplicate = np.isin(ids, np.fromiter(best, np.int32, len(best)))
        pairs = sorted_pairs(np.concatenate(self._pairs))
        tally = Tally.of(ids, np.concatenate(self._adult), duplicate, pairs)
        constants = prior(np.concatenate(self._averages), np.concatenate(self._votes))
        state = State(len(ids), tally.films, tally.films_with_adult, constants)
        contents = Contents(
            films=len(ids),
            rows=partial(_rows, spool, constants, best),
            terms=self._book.rows(tally),
            pairs=pairs,
            catalogue=catalogue_row(state),
        )
        return contents, state


def rebuild(connection: Connection, spool: Spool, pruned: NDArray[np.int32]) -> tuple[Contents, State]:
    """The whole catalogue after a later load.

    Args:
        connection: of the load.
        spool: the films that are new or changed; the others are added to it.
        pruned: ids to leave out.
    """
    gone = np.concatenate([spool.ids(), pruned])
    after = 0
    while len(films := read_page(connection, SPOOL_SCHEMA, after, PAGE_FILMS)):
        after = films["id"][-1].as_py()
        kept = films.filter(pa.array(~np.isin(films["id"].to_numpy(), gone)))
        if len(kept):
            spool.write(kept)
    gathered = Gathered()
    for batch in spool.batches():
        gathered.add(batch)
    return gathered.settle(spool)


def _rows(spool: Spool, constants: Prior, best: dict[int, int], table: Table) -> Iterator[pa.RecordBatch]:
    """The rows of a table in order of id: the spooled columns, and those that depend on all films."""
    for chunk in spool.chunks([name for name in spool.schema.names if name in table.c]):
        if table is movies:
            rating = constants.rating(chunk["vote_average"].to_numpy(), chunk["vote_count"].to_numpy())
            better = pa.array([best.get(i) for i in chunk["id"].to_pylist()], pa.int32())
            chunk = chunk.append_column("rating", pa.array(rating)).append_column("duplicate_of", better)
        yield part(table, chunk)
