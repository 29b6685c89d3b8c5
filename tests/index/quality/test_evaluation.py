"""The quality measures, on cases small enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from index.engines.vectors import StoredVectors
from index.quality import evaluation
from index.quality.evaluation import CoRating


@pytest.fixture
def two_camps(monkeypatch: pytest.MonkeyPatch) -> CoRating:
    """Forty users in two camps: the first rates films 0 to 3, the second 4 to 7; film 9 has one rater."""
    monkeypatch.setattr(evaluation, "NEIGHBOURS", 3)
    pairs = [(user, film + 4 * (user % 2)) for user in range(40) for film in range(4)]
    users, rows = np.array([*pairs, (0, 9)]).T
    return CoRating.of(users, rows)


def test_films_rated_by_the_same_people_are_neighbours(two_camps: CoRating) -> None:
    assert two_camps.rows.tolist() == list(range(8))
    for row, neighbours in zip(two_camps.rows, two_camps.neighbours, strict=True):
        assert set(neighbours) == {film for film in range(8) if film // 4 == row // 4} - {row}


def test_agreement_is_one_for_the_neighbours_and_zero_for_others(two_camps: CoRating) -> None:
    right = {int(r): n.tolist() for r, n in zip(two_camps.rows, two_camps.neighbours, strict=True)}
    wrong = {row: [100, 101, 102] for row in right}
    assert two_camps.ndcg(right, k=3) == pytest.approx(1.0)
    assert two_camps.recall(right) == 1.0
    assert two_camps.ndcg(wrong, k=3) == two_camps.recall(wrong) == 0.0
    first_only = {row: [found[0]] for row, found in right.items()}
    assert two_camps.ndcg(first_only, k=3) == pytest.approx(1 / (1 + 1 / np.log2(3) + 0.5))
    assert two_camps.recall(first_only) == pytest.approx(1 / 3)


def test_expected_found_counts_lists_and_places() -> None:
    golden = {1: [10, 11, 12], 2: [20]}
    assert evaluation.expected_found({1: [10, 11, 5], 2: [7]}, golden) == (0.5, pytest.approx((2 / 3 + 0) / 2))


def test_variety_is_the_mean_unlikeness_of_pairs() -> None:
    terms = {1: {"a", "b"}, 2: {"b", "c"}, 3: {"a", "b"}}
    assert evaluation.variety({0: [1, 2, 3]}, lambda row: terms[row]) == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)


def test_coverage_and_popularity() -> None:
    assert evaluation.coverage({0: [1, 2], 5: [1, 3]}) == 0.75
    assert evaluation.popularity_lift({0: [1]}, np.array([9, 999], np.int32)) == pytest.approx(2.0)


def test_a_hub_makes_the_occurrences_skew() -> None:
    random = np.random.default_rng(0)
    ring = random.standard_normal((400, 30))
    ring /= np.linalg.norm(ring, axis=1, keepdims=True)
    hub = np.vstack([ring, 40 * ring[:5].mean(axis=0, keepdims=True)])
    assert (
        evaluation.hubness(StoredVectors.from_array(hub)) > evaluation.hubness(StoredVectors.from_array(ring)) + 1
    )
