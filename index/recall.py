"""Tie-aware recall: did the approximate search find films as good as the exact ones?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TIE_TOLERANCE = 1e-6
"""Scores this close are a tie: about the rounding of a sum of 250 products in single precision."""


def recall_at_k(found: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """Mean share of the true k best that were found, ties counted as found.

    A found film counts when it scores at least as high as the k-th best, so that of many films with one score any
    will do (the rule of ann-benchmarks).

    Args:
        found: exact scores of the films found, shape (queries, k); -inf where fewer were found.
        truth: scores of the exact k best, best first, same shape; -inf where fewer exist.

    >>> recall_at_k(np.array([[3.0, 1.0]]), np.array([[3.0, 2.0]]))
    0.5
    """
    exist = np.isfinite(truth)
    worst = np.where(exist, truth, np.inf).min(axis=1, keepdims=True)
    hits = (np.isfinite(found) & (found >= worst - TIE_TOLERANCE)).sum(axis=1)
    wanted = exist.sum(axis=1)
    return float(np.mean(np.minimum(hits, wanted)[wanted > 0] / wanted[wanted > 0]))
