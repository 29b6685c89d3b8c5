"""Block weights learned from many judges at once: `python -m etl evaluate --learn [--ratings DIR]`.

A judge names films that ought to be among the ten nearest of a film: films that people name beside it (by group
of languages), its franchise, films with the same rare tag, films rated by the same people. Named films must also
come before others of their own language: there the language tells nothing. Weights are chosen by coordinate ascent
on the mean of the judges' scores, each as a part of its score under the weights as they are.

The films of every judge are split by a hash of their id. Weights are learned on either half, and each change is
taken only if at least two judges are better off for it on the other half, and no more of them worse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.progress import Progress
from etl.quality.gates import GOLDEN, WORLD, golden_films
from etl.quality.groups import group_masks
from etl.quality.pairs import Judges, cosines
from index.answer.recommend import Question, Recommender
from index.generation.manifest import Generation
from index.quality.evaluation import CoRating, for_learning
from index.spaces.space import CONTENT

K = 10
FOUND = 100
"""Nearest films under each trial of weights that are candidates of a film."""

TRIALS: tuple[Mapping[str, float], ...] = (
    {},
    {"language": 0.3, "year": 0.5},
    {"language": 2, "year": 2},
    {"text": 2, "meaning": 2},
    {"text": 0.4, "meaning": 0.4},
    {"votes": 0.2, "rating": 0.3},
    {"genres": 2, "keywords": 3},
    {"companies": 3, "title": 3},
)
"""Factors on weights under which candidates are sought."""

STEPS = (0.3, 0.5, 0.7, 1.4, 2.0)
"""Factors that a weight is tried with; none drops a block, since a query may ask for more of it."""

ROUNDS = 3
LEAST_GAIN = 0.002
MOST_FILMS = 300
"""Films of one judge."""

GROUPS = {
    "english": ("en",),
    "east asia": ("ja", "ko", "zh", "cn", "th", "id", "vi"),
    "south asia": ("hi", "ta", "te", "ml", "kn", "bn"),
    "romance": ("fr", "it", "es", "pt", "ro"),
    "north and east": ("de", "sv", "da", "no", "fi", "nl", "is", "ru", "pl", "cs", "hu", "sr"),
}
OTHERS = "others"
NAMED = "named in the list"

Named = dict[int, list[int]]
Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Judge:
    """Films and those that ought to be among their ten.

    Attributes:
        expected: row of a film -> rows of those expected.
        own_language: compare with films of its language alone.
    """

    expected: Named
    own_language: bool = False


@dataclass(frozen=True)
class Candidates:
    """The films that compete for the ten places of one film.

    Attributes:
        rows: shape (n,).
        cosines: of each block, shape (n, blocks).
        same: which are in the film's language, shape (n,).
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]
    same: NDArray[np.bool_]

    def share(self, weights: Weights, expected: Sequence[int], own_language: bool) -> float:
        """The expected films among the best ten, as a share of those possible."""
        scores = self.cosines @ weights
        if own_language:
            scores = np.where(self.same, scores, -np.inf)
        best = self.rows[np.argsort(-scores, kind="stable")[:K]]
        return float(np.isin(best, expected).sum() / min(K, len(expected)))


@dataclass(frozen=True)
class _Half:
    """What was learned on one half: `before`, `learned` and `taken`, and the blocks whose changes were refused."""

    learning: bool
    weights: Mapping[str, Weights]
    refused: list[str]


class Learner:
    """Judges with the candidates of their films, and the weights to begin with."""

    def __init__(
        self,
        names: Sequence[str],
        start: Weights,
        judges: Mapping[str, Judge],
        candidates: Mapping[int, Candidates],
        learning: Mapping[int, bool],
        groups: Mapping[str, frozenset[int]],
    ) -> None:
        self._names, self._start, self._judges = tuple(names), start, judges
        self._candidates, self._learning, self._groups = candidates, learning, groups

    @classmethod
    def of(
        cls,
        generation: Generation,
        rated: CoRating | None,
        ratings: Path | None,
        named: Named | None,
        progress: Progress,
    ) -> Learner:
        """From the films of a generation and those that a list names; judges that need ratings are left out."""
        judges = judges_of(generation, rated, ratings)
        judges |= {NAMED: Judge(named)} if named else {}
        rows = sorted({row for judge in judges.values() for row in judge.expected})
        expected: dict[int, set[int]] = defaultdict(set)
        for judge in judges.values():
            for row, others in judge.expected.items():
                expected[row].update(others)
        candidates = {}
        for done, row in enumerate(rows, 1):
            candidates[row] = _candidates(generation, row, expected[row])
            progress.update("find candidates", done, len(rows))
        halves = for_learning(generation.films.movie_ids[rows].astype(np.int64)).tolist()
        layout = generation.spaces[CONTENT].layout
        groups = {
            name: frozenset(row for row in rows if mask[row]) for name, mask in group_masks(generation).items()
        }
        learning = dict(zip(rows, halves, strict=True))
        return cls(layout.names, np.array(layout.weights), judges, candidates, learning, groups)

    def learn(self) -> dict[str, Any]:
        """Weights of the same sum: learned on either half, judged on the other, and averaged.

        Returns:
            `weights`: the mean of those taken; `halves`: of each half learned on what was refused, and what every
            judge says on the other half of the weights `before`, `learned` and `taken`; `groups`: language or
            period -> how many films were named and rated in it, and their scores, each film by the weights that
            have not seen it.
        """
        halves = [self._on_half(learning=learning) for learning in (True, False)]
        mean = np.mean([half.weights["taken"] for half in halves], axis=0)
        return {
            "weights": dict(zip(self._names, mean.round(4).tolist(), strict=True)),
            "halves": [
                {
                    "refused": half.refused,
                    "other_half": {
                        name: self.scores(weights, learning=not half.learning)
                        for name, weights in half.weights.items()
                    },
                }
                for half in halves
            ],
            "groups": {name: self._of_group(rows, halves) for name, rows in self._groups.items()},
        }

    def _on_half(self, *, learning: bool) -> _Half:
        learned = self._ascended(self.scores(self._start, learning=learning), learning)
        taken, refused = self._voted(learned, learning)
        taken *= self._start.sum() / taken.sum()
        return _Half(learning, {"before": self._start, "learned": learned, "taken": taken}, refused)

    def _of_group(self, rows: frozenset[int], halves: Sequence[_Half]) -> dict[str, Any]:
        """What was named and what is rated together, of the films of a group."""
        found: dict[str, Any] = {}
        rated = [judge for name, judge in self._judges.items() if name == "co-rating"]
        named = [
            judge for name, judge in self._judges.items() if name in ("golden", NAMED) or name.startswith("named,")
        ]
        for kind, judges in (("named", named), ("rated", rated)):
            cases = [
                (row, others, half)
                for judge in judges
                for row, others in judge.expected.items()
                for half in halves
                if row in rows and self._learning[row] != half.learning
            ]
            found[kind] = len(cases)
            for which in ("before", "taken") if cases else ():
                shares = [
                    self._candidates[row].share(half.weights[which], others, own_language=False)
                    for row, others, half in cases
                ]
                found[f"{kind}_{which}"] = round(float(np.mean(shares)), 4)
        return found

    def scores(self, weights: Weights, *, learning: bool) -> dict[str, float]:
        """What each judge with films of a half says."""
        found = {}
        for name, judge in self._judges.items():
            shares = [
                self._candidates[row].share(weights, others, judge.own_language)
                for row, others in judge.expected.items()
                if self._learning[row] == learning
            ]
            if shares:
                found[name] = round(float(np.mean(shares)), 4)
        return found

    def _ascended(self, before: Mapping[str, float], learning: bool) -> Weights:
        """The best weights found by changing one at a time, on one half."""
        weights, best = self._start.copy(), 1.0
        for _ in range(ROUNDS):
            changed = False
            for block in range(len(weights)):
                for factor in STEPS:
                    trial = weights.copy()
                    trial[block] *= factor
                    value = _relative(self.scores(trial, learning=learning), before)
                    if value > best + LEAST_GAIN:
                        best, chosen, changed = value, trial, True
                        weights = chosen
            if not changed:
                break
        return weights

    def _voted(self, learned: Weights, learning: bool) -> tuple[Weights, list[str]]:
        """The changes that two judges or more want on the other half, and no more of them do not want."""
        taken, refused = self._start.copy(), []
        for block in np.flatnonzero(learned != self._start).tolist():
            trial = taken.copy()
            trial[block] = learned[block]
            now, then = (self.scores(weights, learning=not learning) for weights in (taken, trial))
            better, worse = (sum(sign * (then[name] - now[name]) > 0 for name in now) for sign in (1, -1))
            if better >= 2 and better >= worse:
                taken = trial
            else:
                refused.append(self._names[block])
        return taken, refused


def _relative(scores: Mapping[str, float], before: Mapping[str, float]) -> float:
    return float(np.mean([scores[name] / max(before[name], 0.01) for name in before]))


def judges_of(generation: Generation, rated: CoRating | None, ratings: Path | None) -> dict[str, Judge]:
    """All judges that the films of a generation and the ratings allow."""
    world = golden_films(generation, WORLD)
    judges = {"golden": Judge(golden_films(generation, GOLDEN))}
    language = generation.filters.terms["original_language"].of_film
    for row, others in world.items():
        codes = language(row)
        group = next((name for name, members in GROUPS.items() if codes and codes[0] in members), OTHERS)
        judges.setdefault(f"named, {group}", Judge({})).expected[row] = others
    foreign = {row: others for row, others in world.items() if language(row) not in ([], ["en"])}
    judges["own language"] = Judge(foreign, own_language=True)
    pairs = Judges(generation)
    judges["franchises"] = Judge(_lists(pairs.franchises().alike))
    if ratings is not None:
        judges["tags"] = Judge(_lists(pairs.tags(ratings).alike))
    if rated is not None:
        drawn = np.random.default_rng(4).permutation(len(rated.rows))[:MOST_FILMS]
        judges["co-rating"] = Judge({int(rated.rows[n]): rated.neighbours[n].tolist() for n in drawn})
    return {name: judge for name, judge in judges.items() if judge.expected}


def _lists(pairs: NDArray[np.int64]) -> Named:
    """The films that each of some films is paired with."""
    lists: dict[int, list[int]] = defaultdict(list)
    for one, other in pairs.tolist():
        lists[one].append(other)
        lists[other].append(one)
    drawn = np.random.default_rng(4).permutation(sorted(lists))[:MOST_FILMS]
    return {int(row): lists[int(row)] for row in drawn}


def _candidates(generation: Generation, row: int, expected: set[int]) -> Candidates:
    recommender = Recommender(generation)
    names = generation.spaces[CONTENT].layout.names
    found = set(expected) - {row}
    for factors in TRIALS:
        weights = {name: factor for name, factor in factors.items() if name in names}
        question = Question(likes=(row,), weights=weights, k=FOUND, explain=False)
        found.update(film.row for film in recommender.recommend(question).films)
    rows = np.array(sorted(found), np.int64)
    pairs = np.column_stack([np.full(len(rows), row), rows])
    language = generation.filters.terms["original_language"].of_film
    own = language(row)
    same = np.array([language(other) == own for other in rows.tolist()], np.bool_)
    return Candidates(rows, cosines(generation, pairs).astype(np.float32), same)
