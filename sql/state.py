"""The one row of the table `catalogue`: what is true of all films together."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pyarrow as pa

from sql.rating import Prior


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
