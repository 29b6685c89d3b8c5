"""Tie-aware recall against a naive count."""

from __future__ import annotations

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import index.generation.tuning
from index.generation.tuning import recall_at_k

scores = st.lists(st.integers(0, 5), min_size=4, max_size=4).map(lambda values: sorted(values, reverse=True))


def test_the_examples_in_the_docstring_hold() -> None:
    assert doctest.testmod(index.generation.tuning).failed == 0


def test_missing_answers_count_as_not_found_and_missing_truth_does_not_count() -> None:
    truth = np.array([[0.9, 0.8, -np.inf]])
    assert recall_at_k(np.array([[0.9, -np.inf, -np.inf]]), truth) == 0.5
    assert recall_at_k(np.array([[0.9, 0.8, -np.inf]]), truth) == 1.0


@given(scores, scores)
def test_it_counts_what_reaches_the_last_place(found: list[int], truth: list[int]) -> None:
    expected = sum(score >= truth[-1] for score in found) / 4
    assert recall_at_k(np.array([found], float), np.array([truth], float)) == expected
