"""Kin that are found from the other side."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.spaces.neighbours import NOBODY, with_mutual


def test_who_was_found_finds_back() -> None:
    rows = np.array([[1, 2], [2, 3], [1, NOBODY], [1, 2]], np.int32)
    scores = np.array([[0.9, 0.5], [0.6, 0.4], [0.6, 0.0], [0.4, 0.3]], np.float32)
    assert with_mutual(rows, scores).tolist() == [[1, 2], [0, 2], [1, 0], [1, 2]]


def _naive(rows: NDArray[np.int32], products: NDArray[np.float32]) -> list[list[float]]:
    """The scores of the best of those that each row found and that found it."""
    count, width = rows.shape
    kept = []
    for row in range(count):
        known = {int(other) for other in rows[row] if other >= 0}
        known |= {other for other in range(count) if row in rows[other]}
        kept.append(sorted((float(products[row, other]) for other in known), reverse=True)[:width])
    return kept


@settings(max_examples=60)
@given(count=st.integers(1, 30), width=st.integers(1, 6), seed=st.integers(0, 1_000))
def test_the_best_of_both_sides_are_kept(count: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.standard_normal((count, 3)).astype(np.float32)
    products = points @ points.T
    products = np.maximum(products, products.T)  # the same both ways, to the last bit
    hidden = np.where(random.random((count, count)) < 0.4, -np.inf, products)  # what a search does not come upon
    order = np.argsort(-hidden, axis=1, kind="stable")[:, :width]
    order = np.pad(order, ((0, 0), (0, max(width - count, 0))), constant_values=NOBODY)
    found = np.where(np.take_along_axis(hidden, order, 1) > -np.inf, order, NOBODY).astype(np.int32)
    scores = np.take_along_axis(products, np.maximum(found, 0), 1)
    mutual = with_mutual(found, scores)
    assert mutual.shape == (count, width)
    for row, (kin, best) in enumerate(zip(mutual, _naive(found, products), strict=True)):
        known = kin[kin >= 0]
        assert len(set(known.tolist())) == len(known)
        assert [float(products[row, other]) for other in known] == best
        assert (kin[len(known) :] == NOBODY).all()
