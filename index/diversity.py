"""Maximal marginal relevance (Carbonell and Goldstein 1998): films that are good and unlike those chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.protocol import Neighbours
from index.vectors import StoredVectors

POOL = 100
"""Films to choose from, at the least."""


def diversified(vectors: StoredVectors, found: Neighbours, k: int, diversity: float) -> Neighbours:
    """Choose k of the films found, one after the other.

    Each choice maximises `(1 - d) * relevance - d * likeness`, where relevance is the score as a part of the best
    score and likeness the cosine to the most alike film already chosen. With d = 0 the order stays; the first
    film always does.
    """
    if len(found.rows) == 0:
        return found
    unit = vectors.single(found.rows)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    best = max(float(found.scores[0]), 1e-9)
    relevance: NDArray[np.float64] = (1 - diversity) * found.scores / best
    likeness = np.full(len(unit), -np.inf)
    chosen = [0]
    while len(chosen) < min(k, len(unit)):
        likeness = np.maximum(likeness, unit @ unit[chosen[-1]])
        gain = relevance - diversity * likeness
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
    return Neighbours(found.rows[chosen], found.scores[chosen])
