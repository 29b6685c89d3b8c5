"""The one row of the table `catalogue`: what is true of all films together.

The Bayesian average: a film with few votes is pulled towards the mean of all films.

rating = (v R + m C) / (v + m), with v a film's votes, R their mean, C the mean vote over all films with
votes, and m the 70th percentile of the vote counts of films with votes: the weighted rating that IMDb
published for its Top 250. A film without votes has rating C.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

PRIOR_PERCENTILE = 70


@dataclass(frozen=True)
class Prior:
    """C and m of the formula; both 0 when no film has votes."""

    mean_vote: float
    votes: float

    def rating(self, vote_average: NDArray[np.float64], vote_count: NDArray[np.int32]) -> NDArray[np.float64]:
        """The Bayesian rating of each film, 0 to 10."""
        total = vote_count + self.votes
        weighted = vote_count * vote_average + self.votes * self.mean_vote
        rating = np.zeros(len(total))
        np.divide(weighted, total, out=rating, where=total > 0)
        return rating


def prior(vote_average: NDArray[np.float64], vote_count: NDArray[np.int32]) -> Prior:
    """C and m of a catalogue.

    >>> prior(np.array([8.0, 6.0, 0.0]), np.array([10, 20, 0], np.int32))
    Prior(mean_vote=7.0, votes=17.0)
    """
    voted = vote_count > 0
    if not voted.any():
        return Prior(0.0, 0.0)
    return Prior(float(vote_average[voted].mean()), float(np.percentile(vote_count[voted], PRIOR_PERCENTILE)))


@dataclass(frozen=True)
class State:
    """A catalogue as a whole."""

    records: int
    duplicates: int  # records behind a better one of the same film
    films: int  # one of each duplicate group, adult films left out
    films_with_adult: int
    prior: Prior


def catalogue_row(state: State) -> pa.Table:
    """The row to write, with a version that no other state has."""
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
