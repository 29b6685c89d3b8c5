"""Weights learned from judged pairs, and the halves that keep learning and reporting apart."""

from __future__ import annotations

import numpy as np
import pytest

from etl.quality.learning import Candidates, Judge, Learner
from etl.quality.pairs import Judges
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


def learner(judges: int) -> Learner:
    """Two blocks; the second finds what is expected by so many judges and the first what the others expect."""
    random = np.random.default_rng(0)
    candidates, expected = {}, {}
    for film in range(80):
        cosines = random.random((60, 2)).astype(np.float32)
        cosines[:10, 1] += 1
        cosines[10:20, 0] += 1
        candidates[film] = Candidates(np.arange(60), cosines, np.ones(60, np.bool_))
        expected[film] = list(range(10))
    others = {film: list(range(10, 20)) for film in expected}
    named = {("golden", "second 1", "second 2")[n]: Judge(expected) for n in range(judges)} | {
        f"first {n}": Judge(others) for n in range(3 - judges)
    }
    halves = {film: film % 2 == 0 for film in expected}
    groups = {"early": frozenset(range(20)), "none": frozenset[int]()}
    return Learner(("first", "second"), np.array([0.8, 0.2]), named, candidates, halves, groups)


def test_a_weight_is_taken_that_several_judges_like() -> None:
    learned = learner(3).learn()
    assert learned["weights"]["second"] > learned["weights"]["first"]
    assert sum(learned["weights"].values()) == pytest.approx(1, abs=1e-3)
    for half in learned["halves"]:
        assert min(half["other_half"]["taken"].values()) > min(half["other_half"]["before"].values())


def test_a_weight_that_only_one_judge_likes_is_not_taken() -> None:
    learned = learner(1).learn()
    assert learned["weights"]["first"] >= 0.8
    for half in learned["halves"]:
        assert half["other_half"]["taken"]["first 0"] >= half["other_half"]["before"]["first 0"]


def test_films_of_a_group_are_judged_by_weights_that_have_not_seen_them() -> None:
    groups = learner(3).learn()["groups"]
    assert groups["none"] == {"named": 0, "rated": 0}
    assert groups["early"]["named"] == 20
    assert groups["early"]["named_taken"] > groups["early"]["named_before"]


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
