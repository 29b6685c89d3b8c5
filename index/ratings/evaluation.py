"""How well models of ratings recommend: strong generalisation, with few and many training users, and cold films.

Users of the test are never trained on: 80 % of the films that they like are given, 20 % are to be found (Liang et
al., "Variational Autoencoders for Collaborative Filtering", 2018). Hyper-parameters are chosen on training users
alone. Content is one vector a film, from a generation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.ratings.cold import cold_start
from index.ratings.judging import Judge
from index.ratings.measures import Content, Opinions, divided
from index.ratings.models import (
    Ensemble,
    Factors,
    FactorShape,
    ItemItem,
    Model,
    Popularity,
    PureSvd,
    folded_content,
    side_by_side,
    standardised,
)
from index.ratings.search import Scores, Tuner, folds_of
from index.ratings.sides import content_map, leant

SEEDS = 3
TRAINING_USERS = (50, 200, 1_000)
MOST_TESTED = 1_000
SHARES = (0.3, 0.5, 0.7)
CONTENT_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75)
PRIORS = (0.0, 1.0, 3.0, 10.0, 30.0)
"""What is tried for the blends: weights of the second of two models, and raters as which content counts."""

SEEN_WEIGHTS, LOWS = (0.2, 0.5, 1.0), (0.3, 0.6)
"""How much what is seen and not liked is tried to count, in weights between films and in factorisations."""

MAP_PENALTY = 1.0

Fit = Callable[[Opinions], Model]
Value = TypeVar("Value")


class Candidates:
    """What is fitted and compared, hyper-parameters chosen on some users held out of the training.

    Args:
        train: of the training users.
        content: vectors of the films.
        random: draws the users held out.
        chosen: hyper-parameters that were chosen before; None to choose.

    Attributes:
        chosen: name of the model -> what was chosen for it.
    """

    def __init__(
        self,
        train: Opinions,
        content: NDArray[np.float32],
        random: np.random.Generator,
        chosen: dict[str, Any] | None = None,
    ) -> None:
        self._content, self._films = content, train.likes.shape[1]
        self._scores: dict[str, Scores] = {}
        self.chosen: dict[str, Any] = dict(chosen or {})
        self._fits: dict[str, Fit] = {}
        self._tuner = Tuner([] if chosen is not None else folds_of(train, random), 0.0)
        self._choose(train.likes.shape[0])

    def fitted(self, train: Opinions) -> Iterator[tuple[str, Model]]:
        """Every model, fitted on all training users."""
        models = {name: fit(train) for name, fit in self._fits.items()}
        models["ensemble"] = Ensemble((models["EDLAE, seen"], models["iALS, seen"]), self.chosen["ensemble"])
        models["content"] = Content(self._content)
        chosen = self.chosen["hybrid"]
        leaning = self._leaning(models["iALS, seen"], train, chosen["prior"])
        warm = Ensemble((models["CEASE"], leaning), chosen["iALS"])
        models["hybrid"] = Ensemble((warm, folded_content(self._content)), chosen["content"])
        yield from models.items()

    def _choose(self, users: int) -> None:
        dims = min(192 if users > TRAINING_USERS[1] else 64, max(len(self._content) // 2, 1))
        scale = max(users / 1_000, 0.2)
        penalties = [p * scale for p in (40, 100, 250)] if users <= TRAINING_USERS[1] else [100, 250, 500]
        grids: dict[str, dict[Any, Fit]] = {
            "popularity": {"": _of_likes(Popularity.fit)},
            "item-kNN": {"": _of_likes(ItemItem.neighbours)},
            "PureSVD": {d: _of_likes(partial(PureSvd.fit, dim=d)) for d in (8, 24, 64)},
            "EASE": {p: _of_likes(partial(ItemItem.ease, penalty=p)) for p in (*penalties[1:], penalties[-1] * 2)},
            "EDLAE": {(p, d): _between(p, d) for p in penalties for d in (0.25, 0.5)},
            "iALS": {(a, r): _factors(dims, a, r, 0.0) for a, r in ((0.1, 0.01), (0.2, 0.008), (0.3, 0.003))},
        }
        for name, grid in grids.items():
            self._pick(name, grid)
        p, d = self.chosen["EDLAE"]
        self._pick("EDLAE, seen", {(r, d, w): _between(r, d, w) for w in SEEN_WEIGHTS for r in (p, p * (1 + w))})
        a, r = self.chosen["iALS"]
        self._pick("iALS, seen", {low: _factors(dims, a, r, low) for low in LOWS})
        p, d, w = self.chosen["EDLAE, seen"]
        sides = [float(x) * p for x in (0.05, 0.25, 1.0)]
        self._pick("CEASE", {side: _between(p, d, w, self._content, side) for side in sides})
        if "hybrid" not in self.chosen:
            self._blend()

    def _pick(self, name: str, grid: Mapping[Any, Fit]) -> None:
        """Keep the fit that finds most of what the held-out training users like."""
        if name not in self.chosen:
            best = -1.0
            for key, scores in zip(grid, side_by_side(self._validated, grid.values(), self._films), strict=True):
                judged = self._tuner.measure(scores)
                if judged > best or name not in self._scores:
                    best, self.chosen[name], self._scores[name] = judged, key, scores
        self._fits[name] = grid[self.chosen[name]]

    def _validated(self, fit: Fit) -> Scores:
        return [fit(fold.train).scores(fold.given) for fold in self._tuner.folds]

    def _leaning(self, model: Model, train: Opinions, prior: float) -> Factors:
        """Factors of films with few raters that lean towards what content lets expect."""
        assert isinstance(model, Factors)
        counts = np.asarray(train.likes.sum(axis=0), np.float32)
        by_content, constant = content_map(model.vectors, self._content, counts, MAP_PENALTY)
        return Factors.turned(
            leant(model.vectors, self._content @ by_content + constant, counts, prior), model.shape
        )

    def _blend(self) -> None:
        """The weights of the ensemble; in the hybrid how far factors lean, their weight, and that of content."""
        folds = self._tuner.folds
        scored = {
            name: list(map(standardised, self._scores[name])) for name in ("EDLAE, seen", "iALS, seen", "CEASE")
        }
        pairs = list(zip(scored["EDLAE, seen"], scored["iALS, seen"], strict=True))
        self.chosen["ensemble"] = self._best(
            SHARES, lambda share: [(1 - share) * one + share * other for one, other in pairs]
        )
        models = [self._fits["iALS, seen"](fold.train) for fold in folds]

        def leaning(prior: float) -> Scores:
            return [
                standardised(self._leaning(model, fold.train, prior).scores(fold.given))
                for model, fold in zip(models, folds, strict=True)
            ]

        prior = self._best(PRIORS, leaning)
        leant_scores = leaning(prior)
        content = [standardised(folded_content(self._content).scores(fold.given)) for fold in folds]

        def blended(pair: tuple[float, float]) -> Scores:
            share, weight = pair
            parts = zip(scored["CEASE"], leant_scores, content, strict=True)
            return [(1 - weight) * standardised((1 - share) * a + share * b) + weight * c for a, b, c in parts]

        share, weight = self._best([(share, weight) for share in SHARES for weight in CONTENT_SHARES], blended)
        self.chosen["hybrid"] = {"iALS": share, "content": weight, "prior": prior}

    def _best(self, values: Sequence[Value], scores: Callable[[Value], Scores]) -> Value:
        """The value whose scores find most; of equal ones the first."""
        return values[int(np.argmax([self._tuner.measure(scores(value)) for value in values]))]


def _of_likes(fit: Callable[..., Model]) -> Fit:
    return lambda train: fit(train.likes)


def _between(
    penalty: float,
    dropout: float,
    seen: float = 0.0,
    content: NDArray[np.float32] | None = None,
    side: float = 0.0,
) -> Fit:
    """Weights between films."""
    return lambda train: ItemItem.edlae(train.likes, penalty, dropout, train.seen, seen, content, side)


def _factors(dims: int, unobserved: float, penalty: float, low: float) -> Fit:
    return lambda train: Factors.fit(train.graded(low), FactorShape(dims, unobserved, penalty))


def strong_generalisation(
    opinions: Opinions,
    content: NDArray[np.float32],
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
    seeds: int = SEEDS,
) -> dict[str, Any]:
    """Every measure of every model, by the number of training users.

    Args:
        opinions: as `index.ratings.measures.opinions` gives them.
        content: vectors of the films, shape (films, dim), float32.
        progress: told of every training.
        seeds: how many times users are drawn.

    Returns:
        `tables`: training users -> model -> measure -> [mean, standard error] over all users of all seeds, or a
        number; `chosen`: training users -> hyper-parameters, chosen in the first draw; `cold`: model -> recall@20.
    """
    measured: dict[str, dict[str, dict[str, list[Any]]]] = {}
    chosen: dict[str, dict[str, Any]] = {}
    cold: dict[str, list[Any]] = {}
    likes = opinions.likes
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        order = random.permutation(likes.shape[0])
        tested = min(MOST_TESTED, max(len(order) // 5, 1))
        test, rest = likes[order[:tested]], order[tested:]
        given, held = divided(test, random)
        sizes = [n for n in TRAINING_USERS if n < len(rest)] + [len(rest)]
        for size in sizes:
            label = f"{size:,}" if size < len(rest) else "all"
            progress(f"train on {label} users, draw {seed + 1}", 0, None)
            train = opinions.of(rest[:size])
            judge = Judge.of(given, held, train.likes, content, seed)
            candidates = Candidates(train, content, random, chosen.get(label))
            chosen[label] = candidates.chosen
            of_size = measured.setdefault(label, {})
            for name, model in candidates.fitted(train):
                of_model = of_size.setdefault(name, {})
                for measure, values in judge.measured(model).items():
                    of_model.setdefault(measure, []).append(values)
        progress(f"cold films, draw {seed + 1}", 0, None)
        for name, values in cold_start(opinions.of(rest), test, content, random).items():
            cold.setdefault(name, []).append(values)
    return {
        "users": likes.shape[0],
        "films": likes.shape[1],
        "likes": likes.nnz,
        "tables": {
            label: {name: {m: _summed(v) for m, v in of_model.items()} for name, of_model in models.items()}
            for label, models in measured.items()
        },
        "cold": {name: _summed(values) for name, values in cold.items()},
        "chosen": {
            label: {name: str(value) for name, value in of_size.items()} for label, of_size in chosen.items()
        },
    }


def _summed(values: list[Any]) -> Any:
    """Mean and standard error over all users of all draws; of single numbers the mean."""
    if isinstance(values[0], float):
        return round(float(np.mean(values)), 4)
    pooled = np.concatenate(values)
    pooled = pooled[~np.isnan(pooled)]
    error = float(pooled.std() / np.sqrt(max(len(pooled), 1))) if len(pooled) else 0.0
    return [round(float(pooled.mean()), 4) if len(pooled) else None, round(error, 4)]
