"""A later load that changes much of the catalogue: all of it is written anew, as a first load would.

Changing a film in place costs some ten times as much as writing it in order into a table without indexes, so
from a quarter of the films on, this is the shorter way. Films that the dump leaves as they are come from the
catalogue itself, with what was edited in them.

What a first load keeps of every film until all are known: some 60 bytes each.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, Table

from sql.load.bulk import read
from sql.load.duplicates import Keys, find
from sql.load.rating import Prior, State, catalogue_row, prior
from sql.load.spool import SPOOL_SCHEMA, Spool
from sql.load.store import Contents, part
from sql.tables import movies
from sql.terms import TermBook, sorted_pairs, split_pairs


class Gathered:
    """Grows by `add`; `settle` then works out what needs all films."""

    def __init__(self, book: TermBook) -> None:
        self._book = book
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
        """The catalogue to be, and what is true of it as a whole."""
        best = find(spool.films(self._keys.candidates()))
        ids = np.concatenate(self._ids)
        shown = ~np.isin(ids, np.fromiter(best, np.int32, len(best)))
        for_all = shown & ~np.concatenate(self._adult)
        pairs = sorted_pairs(np.concatenate(self._pairs))
        state = State(
            records=len(ids),
            duplicates=len(best),
            films=int(for_all.sum()),
            films_with_adult=int(shown.sum()),
            prior=prior(np.concatenate(self._averages), np.concatenate(self._votes)),
        )
        counts, counts_with_adult = _per_term(pairs, ids[for_all]), _per_term(pairs, ids[shown])
        contents = Contents(
            films=len(ids),
            rows=partial(_rows, spool, state.prior, best),
            terms=self._book.rows(range(1, len(self._book) + 1), counts, counts_with_adult),
            pairs=pairs,
            catalogue=catalogue_row(state),
        )
        return contents, state


def _per_term(pairs: NDArray[np.int64], films: NDArray[np.int32]) -> dict[int, int]:
    """How many of the films each term has."""
    term_ids, movie_ids = split_pairs(pairs)
    numbers, counts = np.unique(term_ids[np.isin(movie_ids, films)], return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _rows(spool: Spool, constants: Prior, best: dict[int, int], table: Table) -> Iterator[pa.RecordBatch]:
    """The rows of a table in order of id: what is spooled, and what only all films together tell."""
    for chunk in spool.chunks([name for name in spool.schema.names if name in table.c]):
        if table is movies:
            rating = constants.rating(chunk["vote_average"].to_numpy(), chunk["vote_count"].to_numpy())
            behind = pa.array([best.get(i) for i in chunk["id"].to_pylist()], pa.int32())
            chunk = chunk.append_column("rating", pa.array(rating)).append_column("duplicate_of", behind)
        yield part(table, chunk)


def rebuild(connection: Connection, spool: Spool, pruned: NDArray[np.int32]) -> tuple[Contents, State]:
    """The whole catalogue to be.

    Args:
        connection: of the load.
        spool: the films that are new or changed; the others are added to it.
        pruned: ids to leave out.
    """
    gone = np.concatenate([spool.ids(), pruned])
    names = ", ".join("movies.id" if name == "id" else name for name in SPOOL_SCHEMA.names)
    statement = f"SELECT {names} FROM movies JOIN movie_texts ON movie_texts.id = movies.id ORDER BY movies.id"
    for films in read(connection, statement, (), SPOOL_SCHEMA):
        kept = films.filter(pa.array(~np.isin(films["id"].to_numpy(), gone)))
        if len(kept):
            spool.write(kept)
    gathered = Gathered(TermBook())
    for batch in spool.batches():
        gathered.add(batch)
    return gathered.settle(spool)
