"""Hyper-parameters by trial: fits are compared on users held out, within a budget of time.

Each hyper-parameter is multiplied or divided as long as that finds more of what held-out users like (nDCG@100),
one after the other. Of many users some are held out once; of few all are, in turn, since ten users tell little.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.ratings.measures import MOST_VALIDATED, Opinions, divided, ndcg, ranked
from index.ratings.models import Model

FEW_USERS = ((100, 5), (400, 2))
"""Users up to which they are held out in so many parts, one after the other."""

CHANCE = 0.03
"""Two blends differ by so much in nDCG over the root of the number of users where neither is better."""

Parameters = dict[str, float]
Scores = list[NDArray[np.float32]]
Fit = TypeVar("Fit", bound=Model)


class Fold(NamedTuple):
    """Users to fit on, and others to judge by.

    Attributes:
        train: what the first say.
        given, held: likes of the others that are known, and those to be found.
    """

    train: Opinions
    given: csr_array
    held: csr_array


def folds_of(opinions: Opinions, random: np.random.Generator, most_trained: int | None = None) -> list[Fold]:
    """Users held out: a fifth, `MOST_VALIDATED` at most; of few users several fifths.

    Args:
        opinions: of all users.
        random: draws.
        most_trained: users of a fold that are fitted on, at the most.
    """
    users = opinions.likes.shape[0]
    order = random.permutation(users)
    held = min(max(users // 5, min(10, users // 2)), MOST_VALIDATED)
    count = next((folds for most, folds in FEW_USERS if users <= most), 1)
    parts = [order[i * held : (i + 1) * held] for i in range(min(count, users // max(held, 1)))]
    found = []
    for part in parts:
        others = order[~np.isin(order, part)][:most_trained]
        found.append(Fold(opinions.of(others), *divided(opinions.likes[part], random)))
    return found


@dataclass
class Tuner:
    """Compares fits on users held out.

    Attributes:
        folds: the users.
        until: when no more fits are begun, by `time.perf_counter`.
        tried: filled on the way.
    """

    folds: list[Fold]
    until: float
    tried: list[dict[str, float | str]] = field(default_factory=list)

    def climbed(
        self,
        name: str,
        start: Mapping[str, float],
        steps: Mapping[str, tuple[float, ...]],
        fit: Callable[[Opinions, Parameters], Fit],
        most: Mapping[str, float] = {},
    ) -> tuple[Parameters, list[Fit], Scores]:
        """The best parameters found, the models of each fold with them, and what these score.

        Args:
            name: of the model.
            start: what is tried first.
            steps: parameter -> what it is multiplied by, one after the other, as long as that helps.
            fit: makes a model.
            most: parameter -> its largest value.
        """
        best = dict(start)
        found, models, scores = self._judged(name, best, fit)
        for parameter, factors in steps.items():
            for factor in factors:
                improved = False
                while time.perf_counter() < self.until:
                    changed = min(best[parameter] * factor, most.get(parameter, np.inf))
                    trial = best | {parameter: changed}
                    if trial == best:
                        break
                    value, of_trial, scored = self._judged(name, trial, fit)
                    if value <= found:
                        break
                    best, found, models, scores, improved = trial, value, of_trial, scored, True
                if improved:
                    break
        return best, models, scores

    def _judged(
        self, name: str, parameters: Parameters, fit: Callable[[Opinions, Parameters], Fit]
    ) -> tuple[float, list[Fit], Scores]:
        started = time.perf_counter()
        models = [fit(fold.train, parameters) for fold in self.folds]
        scores = [model.scores(fold.given) for model, fold in zip(models, self.folds, strict=True)]
        value = self.measure(scores)
        self.note(name, parameters, value, time.perf_counter() - started)
        return value, models, scores

    def measure(self, scores: Scores) -> float:
        """How much of what is to be found is among the best hundred, nDCG."""
        found = [measured(each, fold.given, fold.held) for each, fold in zip(scores, self.folds, strict=True)]
        return float(np.nanmean(np.concatenate(found)))

    def note(self, name: str, parameters: Mapping[str, float], value: float, took_s: float = 0.0) -> None:
        """Keep what was tried."""
        rounded = {key: round(number, 6) for key, number in parameters.items()}
        self.tried.append({"model": name, **rounded, "measure": round(value, 5), "took_s": round(took_s, 2)})

    def best_of(
        self,
        name: str,
        parameter: str,
        values: Iterable[float],
        judge: Callable[[float], float],
        usual: float | None = None,
        enough: float | None = None,
    ) -> float:
        """The value of a parameter that is judged best; of equal ones the first.

        With `usual`, of those that differ from the best, or with `enough` from that value, by no more than chance
        the one nearest to it.
        """
        found = {value: judge(value) for value in values}
        for value, judged in found.items():
            self.note(name, {parameter: value}, judged)
        best = max(found, key=lambda value: found[value])
        if usual is None:
            return best
        users = sum(fold.given.shape[0] for fold in self.folds)
        least = found[best if enough is None else enough] - CHANCE / users**0.5
        alike = [value for value in found if found[value] >= least]
        return min(alike, key=lambda value: abs(value - usual))


def measured(scores: NDArray[np.float32], given: csr_array, held: csr_array) -> NDArray[np.float64]:
    """nDCG@100 of each user, shape (users,)."""
    return ndcg(ranked(scores, given, 100), held)
