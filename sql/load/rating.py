"""The Bayesian rating, which draws films with few votes towards the mean of all films, and the catalogue's totals.

rating = (v R + m C) / (v + m), with v a film's votes, R their mean, C the mean vote over all films with votes, and
m the 70th percentile of the vote counts of films with votes: the weighted rating that IMDb published for its
Top 250. A film without votes has rating C.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from sql.matches import by_key
from sql.tables import movies

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
