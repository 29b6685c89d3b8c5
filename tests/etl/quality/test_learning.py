"""Weights learned from judged pairs, and the halves that keep learning and reporting apart."""

from __future__ import annotations

import numpy as np
import pytest

from etl.quality.learning import Judges, _fit
from index.generation.manifest import Generation
from index.quality.evaluation import auc, for_learning
from tests.support.films import build_generation, make_films


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return build_generation(tmp_path_factory.mktemp("generations"), make_films(600))


def test_the_halves_are_fixed_and_even() -> None:
    halves = for_learning(np.arange(1, 20_001))
    assert halves.mean() == pytest.approx(0.5, abs=0.02)
    assert np.array_equal(halves[::-1], for_learning(np.arange(20_000, 0, -1)))


def test_a_block_that_tells_alike_from_unlike_gets_the_weight() -> None:
    random = np.random.default_rng(0)
    differences = np.column_stack(
        [random.normal(0.5, 0.2, 500), random.normal(0, 0.2, 500), random.normal(-0.5, 0.2, 500)]
    )
    weights = _fit([(1.0, differences)])
    assert weights[0] > 10 * weights[1]
    assert weights[2] == 0


def test_auc_is_the_chance_of_the_right_order() -> None:
    assert auc(np.array([3.0, 2.0]), np.array([1.0, 0.0])) == 1.0
    assert auc(np.array([1.0]), np.array([1.0, 0.0, 2.0])) == pytest.approx(0.5)


def test_no_pair_lies_in_both_halves(generation: Generation) -> None:
    rows = list(range(200))
    pairs = Judges(generation).golden({row: [row + 1, row + 2] for row in rows})
    learning, reporting = (pairs.half(generation, learning=learning) for learning in (True, False))
    assert len(learning.alike)
    assert len(reporting.alike)
    assert not set(learning.alike.ravel().tolist()) & set(reporting.alike.ravel().tolist())
