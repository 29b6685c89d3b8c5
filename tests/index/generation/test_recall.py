"""Tie-aware recall against a naive count."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.generation.tuning import recall_at_k

scores = st.lists(st.integers(0, 5), min_size=4, max_size=4).map(lambda values: sorted(values, reverse=True))


def test_missing_answers_count_as_not_found_and_missing_truth_does_not_count() -> None:
    truth = np.array([[0.9, 0.8, -np.inf]])
    assert recall_at_k(np.array([[0.9, -np.inf, -np.inf]]), truth) == 0.5
    assert recall_at_k(np.array([[0.9, 0.8, -np.inf]]), truth) == 1.0


@given(scores, scores)
def test_it_counts_what_reaches_the_last_place(found: list[int], truth: list[int]) -> None:
    expected = sum(score >= truth[-1] for score in found) / 4
    assert recall_at_k(np.array([found], float), np.array([truth], float)) == expected
