"""What content says of films that few or none have rated: a map from content to their vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def content_map(
    vectors: NDArray[np.float32], content: NDArray[np.float32], counts: NDArray[np.float32], penalty: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A ridge regression from content to vectors, with a constant; films weigh by the logarithm of their raters.

    Args:
        vectors: shape (n, d).
        content: shape (n, c).
        counts: how many like each film, shape (n,).
        penalty: of the squares, as a share of the weight of all films.

    Returns:
        Shapes (c, d) and (d,).
    """
    weights = np.log1p(counts).astype(np.float64)
    weights /= weights.sum()
    middle, mean = weights @ content, weights @ vectors
    centred = content - middle
    weighed = centred.T * weights
    system = weighed @ centred
    system[np.diag_indices_from(system)] += penalty * np.trace(system) / len(system)
    found = np.linalg.solve(system, weighed @ (vectors - mean))
    return found.astype(np.float32), (mean - middle @ found).astype(np.float32)


def leant(
    vectors: NDArray[np.float32], expected: NDArray[np.float32], counts: NDArray[np.float32], prior: float
) -> NDArray[np.float32]:
    """Vectors that lean towards what content lets expect, the more, the fewer raters a film has."""
    trusted = (counts / np.maximum(counts + prior, 1e-9))[:, None]
    return np.asarray(trusted * vectors + (1 - trusted) * expected, np.float32)
