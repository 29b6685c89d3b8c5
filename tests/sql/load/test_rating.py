"""The rating in SQL is the rating in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from sql.load.rating import Prior, prior, rate_stored, stored_prior
from sql.tables import movies
from tests.sql.films import film, load
from tests.sql.load.test_load import SLOW_FIXTURE

VOTES = st.lists(
    st.tuples(st.integers(0, 2**31 - 1) | st.integers(0, 3), st.floats(0, 10)), min_size=1, max_size=6
)


@SLOW_FIXTURE
@given(votes=VOTES, mean_vote=st.floats(0, 10), prior_votes=st.floats(0, 1e6))
def test_a_rating_in_sql_is_the_rating_of_the_formula(
    engine: Engine, votes: list[tuple[int, float]], mean_vote: float, prior_votes: float
) -> None:
    rows = [film(i, vote_count=count, vote_average=mean) for i, (count, mean) in enumerate(votes, 1)]
    load(engine, rows, prune=True)
    counts, means = (np.array(values) for values in zip(*votes, strict=True))
    constants = Prior(mean_vote, prior_votes)
    with engine.begin() as connection:
        rate_stored(connection, constants)
        found = connection.scalars(select(movies.c.rating).order_by(movies.c.id)).all()
        stored = stored_prior(connection)
    assert found == pytest.approx(constants.rating(means, counts.astype(np.int32)).tolist(), abs=1e-8)
    expected = prior(means, counts.astype(np.int32))
    assert (stored.mean_vote, stored.votes) == pytest.approx((expected.mean_vote, expected.votes))
