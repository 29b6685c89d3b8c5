"""The Bayesian rating, which draws films with few votes towards the mean of all films, and the catalogue's totals.

rating = (v R + m C) / (v + m), with v a film's votes, R their mean, C the mean vote over all films with votes, and
m the 70th percentile of the vote counts of films with votes: the weighted rating that IMDb published for its
Top 250. A film without votes has rating C.

A whole catalogue from spooled films: of a first load, or of a later one that changes much.

To change a film in place takes some ten times as long as to write it in order into a table without indexes, so
from a quarter of the films on, writing all of them again is faster. Films that the dump does not change are then
read from the catalogue, with what was edited in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from sql.load.bulk import read_page
from sql.load.pairs import Keys, Tally, TermBook, find, sorted_pairs
from sql.load.spool import SPOOL_SCHEMA, Spool
from sql.load.store import Settled, part
from sql.matches import by_key
from sql.tables import movie_texts, movies

PRIOR_PERCENTILE = 70
RATING_STEP = 1e-9  # a smaller difference is the rounding of sums that were taken in another order


@dataclass(frozen=True)
class Prior:
    """C and m of the formula; both 0 when no film has votes."""

    mean_vote: float
    votes: float

    def rating(self, vote_average: NDArray[np.float64], vote_count: NDArray[np.int32]) -> NDArray[np.float64]:
        """The rating of each film, 0 to 10."""
        total = vote_count + self.votes
        weighted = vote_count * vote_average + self.votes * self.mean_vote
        rating = np.zeros(len(total))
        np.divide(weighted, total, out=rating, where=total > 0)
        return rating


@dataclass(frozen=True)
class State:
    """A catalogue as a whole."""

    records: int
    films: int  # without duplicates of better records, and without adult films
    films_with_adult: int
    prior: Prior

    @property
    def duplicates(self) -> int:
        """Records that are duplicates of a better one."""
        return self.records - self.films_with_adult


def prior(vote_average: NDArray[np.float64], vote_count: NDArray[np.int32]) -> Prior:
    """C and m of a catalogue.

    >>> prior(np.array([8.0, 6.0, 0.0]), np.array([10, 20, 0], np.int32))
    Prior(mean_vote=7.0, votes=17.0)
    """
    voted = vote_count > 0
    if not voted.any():
        return Prior(0.0, 0.0)
    return Prior(float(vote_average[voted].mean()), float(np.percentile(vote_count[voted], PRIOR_PERCENTILE)))


def stored_prior(connection: Connection) -> Prior:
    """C and m of the stored films, from groups of equal votes: some thousands, since most films have few."""
    votes = movies.c.vote_count
    query = select(func.avg(movies.c.vote_average), votes, func.count()).where(votes > 0).group_by(votes)
    groups = np.array(connection.execute(by_key(query)).all(), np.float64).reshape(-1, 3)
    films = groups[:, 2].astype(np.int64)
    return prior(np.repeat(groups[:, 0], films), np.repeat(groups[:, 1].astype(np.int32), films))


def rate_stored(connection: Connection, constants: Prior) -> None:
    """Give every stored film its rating, in SQL: `Prior.rating` would have to read and write all of them.

    Rows whose rating changes by rounding only are not written. A test holds both forms equal.
    """
    total = movies.c.vote_count + constants.votes
    weighted = movies.c.vote_count * movies.c.vote_average + constants.votes * constants.mean_vote
    rating: ColumnElement[float] = case((total > 0, weighted / total), else_=0.0)
    moved = func.abs(movies.c.rating - rating) > RATING_STEP
    connection.execute(update(movies).where(moved).values(rating=rating))


def catalogue_row(state: State) -> pa.Table:
    """The one row of the table `catalogue`, with a version that no other state has."""
    return pa.table(
        {
            "id": [1],
            "version": [uuid4().hex],
            "films": [state.films],
            "films_with_adult": [state.films_with_adult],
            "mean_vote": [state.prior.mean_vote],
            "prior_votes": [state.prior.votes],
        }
    )


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

    def settle(self, spool: Spool) -> tuple[Settled, State]:
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
        settled = Settled(
            movies=partial(_movies, spool, constants, best),
            terms=self._book.rows(tally),
            pairs=pairs,
            catalogue=catalogue_row(state),
        )
        return settled, state


def gather_all(connection: Connection, spool: Spool, pruned: NDArray[np.int32]) -> Gathered:
    """What must be known of the whole catalogue after a later load.

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
    return gathered


def texts(spool: Spool) -> Iterator[pa.RecordBatch]:
    """The rows of `movie_texts` in order of id."""
    return spool.chunks(movie_texts.c.keys())


def _movies(spool: Spool, constants: Prior, best: dict[int, int]) -> Iterator[pa.RecordBatch]:
    """The rows of `movies` in order of id: the spooled columns, and those that depend on all films."""
    for chunk in spool.chunks([name for name in spool.schema.names if name in movies.c]):
        rating = constants.rating(chunk["vote_average"].to_numpy(), chunk["vote_count"].to_numpy())
        better = pa.array([best.get(i) for i in chunk["id"].to_pylist()], pa.int32())
        chunk = chunk.append_column("rating", pa.array(rating)).append_column("duplicate_of", better)
        yield part(movies, chunk)
