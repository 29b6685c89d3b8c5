"""Maximal marginal relevance (Carbonell and Goldstein 1998): films that are good and unlike those chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.films.series import franchise_of, same_franchise
from index.spaces.neighbours import Neighbours
from index.spaces.view import Space


def apart(titles: Sequence[str], named: Sequence[str], k: int) -> list[int]:
    """The places of the first k titles of different franchises, which are not those of the titles named."""
    taken: dict[str, list[str]] = {}  # by their first word, which names of one franchise share
    for title in named:
        name = franchise_of(title)
        taken.setdefault(_first_word(name), []).append(name)
    places: list[int] = []
    for place, title in enumerate(titles):
        if len(places) == k:
            break
        name = franchise_of(title)
        alike = taken.setdefault(_first_word(name), [])
        if not any(same_franchise(name, other) for other in alike):
            alike.append(name)
            places.append(place)
    return places


def _first_word(name: str) -> str:
    return name.rstrip("s").partition(" ")[0]


POOL = 100
"""Films to choose from, at the least."""


def diversified(
    space: Space, found: Neighbours, k: int, diversity: float, franchises: Sequence[str]
) -> Neighbours:
    """Choose k of the films found, one after the other.

    Each choice maximises `(1 - d) * relevance - d * likeness`, where relevance is the score as a part of the best
    score and likeness the cosine to the most alike film already chosen. A film whose franchise has one chosen
    already waits until no other is left. The first film found always comes first.

    Args:
        space: that was searched.
        found: the films to choose from, best first.
        k: how many to choose, at the most.
        diversity: d, above 0 and up to 1.
        franchises: of each film found, see `franchise_of`.
    """
    if len(found.rows) == 0:
        return found
    unit = space.single(found.rows)
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
