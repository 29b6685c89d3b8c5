"""One list for several people, from what each of them would get alone.

Everybody's scores are brought to one scale, 0 for the least and 1 for the best of the films compared, since the
scores of two people have nothing to do with one another. The rules are those of Masthoff, "Group modeling:
selecting a sequence of television items to suit a group of viewers" (2004): the average, least misery, and turns.
A veto leaves out the kin of what anybody dislikes, and takes the average of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from index.answer.recommend import Question, Recommender
from index.spaces.space import CONTENT
from index.spaces.view import View

POOL = 200
"""Films that each person brings, at the least."""

KIN = 0.5
"""Score from which a film counts as kin of a disliked one."""


class Rule(StrEnum):
    """How people agree."""

    MEAN = "mean"
    LEAST_MISERY = "least-misery"
    VETO = "veto"
    FAIR = "fair"


@dataclass(frozen=True)
class Choice:
    """One film for the group.

    Attributes:
        row: which film.
        score: 0 to 1, by the rule; by turns the mean.
        parts: of each person, in their order: 0 to 1.
        turn: whose turn it was, the place of a person; None where there are no turns.
    """

    row: int
    score: float
    parts: tuple[float, ...]
    turn: int | None = None


def choose(
    view: View,
    recommender: Recommender,
    questions: Sequence[Question],
    disliked: Sequence[int],
    rule: Rule,
    k: int,
) -> tuple[list[Choice], int]:
    """The films for a group, best first, and how many could have come back.

    Args:
        view: the films.
        recommender: of the same.
        questions: of each person; they have the same filters, and leave out what anybody has seen.
        disliked: rows of what anybody dislikes, those included who like nothing.
        rule: how people agree.
        k: how many films.
    """
    wanted = max(POOL, 4 * k)
    lists = [recommender.recommend(replace(question, k=wanted, explain=False)) for question in questions]
    pool = tuple(dict.fromkeys(film.row for answer in lists for film in answer.films))
    if rule is Rule.VETO:
        pool = _without_kin(view, pool, disliked)
    matching = min(answer.matching for answer in lists)
    if not pool:
        return [], matching
    parts = np.column_stack([_scaled(recommender, question, pool) for question in questions])
    if rule is Rule.FAIR:
        return _in_turns(pool, parts, k), matching
    least, mean = parts.min(axis=1), parts.mean(axis=1)
    first, second = (mean, least) if rule is not Rule.LEAST_MISERY else (least, mean)
    order = np.lexsort((np.array(pool), -second, -first))[:k]
    return [Choice(pool[i], round(float(first[i]), 6), _told(parts[i])) for i in order.tolist()], matching


def _scaled(recommender: Recommender, question: Question, pool: tuple[int, ...]) -> NDArray[np.float64]:
    """A person's scores of the films of the pool, 0 to 1."""
    ranked = recommender.recommend(replace(question, candidates=pool, k=len(pool), diversity=0.0, explain=False))
    scores = {film.row: film.score for film in ranked.films}
    least = min(scores.values(), default=0.0)
    found = np.array([scores.get(row, least) for row in pool])
    spread = found.max() - least
    return np.round((found - least) / spread, 6) if spread > 0 else np.ones(len(pool))


def _without_kin(view: View, pool: tuple[int, ...], disliked: Sequence[int]) -> tuple[int, ...]:
    if not len(disliked) or not pool:
        return pool
    space, rows = view.spaces[CONTENT], np.array(pool, dtype=np.int64)
    kin = np.zeros(len(rows), np.bool_)
    for vector in space.double(np.array(disliked, dtype=np.int64)):
        kin |= space.scores(vector, rows) >= KIN
    return tuple(rows[~kin].tolist())


def _in_turns(pool: tuple[int, ...], parts: NDArray[np.float64], k: int) -> list[Choice]:
    """The person with the lowest sum of parts so far chooses next: the best film left for that person."""
    left, got = np.ones(len(pool), np.bool_), np.zeros(parts.shape[1])
    chosen: list[Choice] = []
    while len(chosen) < min(k, len(pool)):
        person = int(np.argmin(got))
        gains = np.where(left, parts[:, person] + 1e-6 * parts.mean(axis=1), -np.inf)
        place = int(np.argmax(gains))
        left[place] = False
        got += parts[place]
        chosen.append(Choice(pool[place], round(float(parts[place].mean()), 6), _told(parts[place]), person))
    return chosen


def _told(parts: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(part) for part in parts)
