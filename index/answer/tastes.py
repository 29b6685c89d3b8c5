"""How much a person likes a film, as a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DISLIKE = 0.25
"""How much the disliked films count against the liked ones."""

NEUTRAL, FULL = 6.0, 8.0
"""Ratings of ten that say nothing, and that say as much as a like: three and four stars of five."""


def of_rating(rating: float) -> float:
    """How much a film is liked, -1 to 1, by a rating from 0.5 to 10.

    >>> of_rating(9), of_rating(7), of_rating(6), of_rating(2)
    (1.0, 0.5, 0.0, -1.0)
    """
    return float(np.clip((rating - NEUTRAL) / (FULL - NEUTRAL), -1, 1))


def values_of(likes: Sequence[int], dislikes: Sequence[int], ratings: Mapping[int, float]) -> dict[int, float]:
    """How much each film is liked, -1 to 1, without those that nothing is said of; ratings count before likes."""
    values = dict.fromkeys(likes, 1.0) | dict.fromkeys(dislikes, -1.0)
    values |= {row: of_rating(rating) for row, rating in ratings.items()}
    return {row: value for row, value in values.items() if value}


def weighed(values: Mapping[int, float]) -> NDArray[np.float64]:
    """The same numbers as an array, those of disliked films times `DISLIKE`."""
    return np.array([value if value > 0 else DISLIKE * value for value in values.values()])
