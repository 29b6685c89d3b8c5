"""Maximal marginal relevance (Carbonell and Goldstein 1998): films that are good and unlike those chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.protocol import Neighbours
from index.view import Scored

POOL = 100
"""Films to choose from, at the least."""


def diversified(
    vectors: Scored, found: Neighbours, k: int, diversity: float, franchises: Sequence[str]
) -> Neighbours:
    """Choose k of the films found, one after the other.

    Each choice maximises `(1 - d) * relevance - d * likeness`, where relevance is the score as a part of the best
    score and likeness the cosine to the most alike film already chosen. A film whose franchise has one chosen
    already waits until no other is left. The first film found always comes first.

    Args:
        vectors: of the space that was searched.
        found: the films to choose from, best first.
        k: how many to choose, at the most.
        diversity: d, above 0 and up to 1.
        franchises: of each film found, see `index.franchise`.
    """
    if len(found.rows) == 0:
        return found
    unit = vectors.single(found.rows)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-9)
    best = max(float(found.scores[0]), 1e-9)
    relevance: NDArray[np.float64] = (1 - diversity) * found.scores / best
    likeness = np.full(len(unit), -np.inf)
    names = np.array(franchises)
    waiting = np.zeros(len(unit), np.bool_)
    chosen = [0]
    while len(chosen) < min(k, len(unit)):
        likeness = np.maximum(likeness, unit @ unit[chosen[-1]])
        waiting |= names == names[chosen[-1]]
        gain = relevance - diversity * likeness
        gain[chosen] = -np.inf
        first = np.where(waiting, -np.inf, gain)
        chosen.append(int(np.argmax(first if np.isfinite(first).any() else gain)))
    return Neighbours(found.rows[chosen], found.scores[chosen], found.exact)
