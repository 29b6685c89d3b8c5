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
from scipy.sparse import csr_array

from index.ratings.measures import (
    MOST_VALIDATED,
    Content,
    cold_start,
    diagonal,
    divided,
    ndcg,
    ranked,
    recall,
)
from index.ratings.models import (
    Ensemble,
    Factors,
    FactorShape,
    ItemItem,
    Model,
    Popularity,
    PureSvd,
    side_by_side,
    standardised,
)
from index.ratings.sides import content_map, leant

SEEDS = 3
TRAINING_USERS = (50, 200, 1_000)
MOST_TESTED = 1_000
FAMOUS = 1 / 3
"""Part of all likes that the films have which are left out where fame is to win nothing."""

MEASURES = ("ndcg_100", "recall_20", "recall_50", "less_known_ndcg_100")


SHARES = (0.3, 0.5, 0.7)
CONTENT_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75)
PRIORS = (0.0, 1.0, 3.0, 10.0, 30.0)
"""What is tried for the blends: weights of the second of two models, and raters as which content counts."""

MAP_PENALTY = 1.0

Fit = Callable[[csr_array], Model]
Value = TypeVar("Value")


class Candidates:
    """What is fitted and compared, hyper-parameters chosen on some users held out of the training.

    Args:
        train: likes of the training users.
        content: vectors of the films.
        random: draws the users held out.
        chosen: hyper-parameters that were chosen before; None to choose.

    Attributes:
        chosen: name of the model -> what was chosen for it.
    """

    def __init__(
        self,
        train: csr_array,
        content: NDArray[np.float32],
        random: np.random.Generator,
        chosen: dict[str, Any] | None = None,
    ) -> None:
        self._content, self._films = content, train.shape[1]
        self._scores: dict[str, list[NDArray[np.float32]]] = {}
        self.chosen: dict[str, Any] = dict(chosen or {})
        self._fits: dict[str, Fit] = {}
        users = train.shape[0]
        order = random.permutation(users)
        held = min(max(users // 5, min(10, users // 2)), MOST_VALIDATED)
        folds = (
            0
            if chosen is not None
            else 5
            if users <= TRAINING_USERS[0]
            else 2
            if users <= TRAINING_USERS[1]
            else 1
        )
        parts = [order[i * held : (i + 1) * held] for i in range(min(folds, users // max(held, 1)))]
        self._folds = [
            (train[np.setdiff1d(order, part)], *divided(train[part], random)) for part in parts if len(part)
        ]
        self._given, self._held = ([fold[place] for fold in self._folds] for place in (1, 2))
        self._choose(users)

    def fitted(self, train: csr_array) -> Iterator[tuple[str, Model]]:
        """Every model, fitted on all training users."""
        models = {name: fit(train) for name, fit in self._fits.items()}
        models["ensemble"] = Ensemble((models["EDLAE"], models["iALS"]), self.chosen["ensemble"])
        models["content"] = Content(self._content)
        chosen = self.chosen["hybrid"]
        leaning = self._leaning(models["iALS"], train, chosen["prior"])
        warm = Ensemble((models["CEASE"], leaning), chosen["iALS"])
        models["hybrid"] = Ensemble((warm, models["content"]), chosen["content"])
        yield from models.items()

    def _choose(self, users: int) -> None:
        dims = min(192 if users > TRAINING_USERS[1] else 64, max(len(self._content) // 2, 1))
        scale = max(users / 1_000, 0.2)
        penalties = [p * scale for p in (40, 100, 250)] if users <= TRAINING_USERS[1] else [100, 250, 500]
        content = self._content
        grids: dict[str, dict[Any, Fit]] = {
            "popularity": {"": Popularity.fit},
            "item-kNN": {"": ItemItem.neighbours},
            "PureSVD": {d: partial(PureSvd.fit, dim=d) for d in (8, 24, 64)},
            "EASE": {p: partial(ItemItem.ease, penalty=p) for p in (*penalties[1:], penalties[-1] * 2)},
            "EDLAE": {
                (p, d): partial(ItemItem.edlae, penalty=p, dropout=d) for p in penalties for d in (0.25, 0.5)
            },
            "iALS": {
                (a, r): partial(Factors.fit, shape=FactorShape(dims, a, r))
                for a, r in ((0.1, 0.01), (0.2, 0.008), (0.3, 0.003))
            },
        }
        for name, grid in grids.items():
            self._pick(name, grid)
        p, d = self.chosen["EDLAE"]
        weights = [float(x) * p for x in (0.05, 0.25, 1.0)]
        sided = partial(ItemItem.edlae, penalty=p, dropout=d, content=content)
        self._pick("CEASE", {w: partial(sided, content_weight=w) for w in weights})
        if "hybrid" not in self.chosen:
            self._blend()

    def _pick(self, name: str, grid: Mapping[Any, Fit]) -> None:
        """Keep the fit that finds most of what the held-out training users like."""
        if name not in self.chosen:
            best = -1.0
            for key, scores in zip(grid, side_by_side(self._validated, grid.values(), self._films), strict=True):
                judged = float(np.mean(list(map(self._judged, scores, self._given, self._held))))
                if judged > best or name not in self._scores:
                    best, self.chosen[name], self._scores[name] = judged, key, scores
        self._fits[name] = grid[self.chosen[name]]

    def _validated(self, fit: Fit) -> list[NDArray[np.float32]]:
        return [fit(train).scores(given) for train, given, _ in self._folds]

    def _leaning(self, model: Model, train: csr_array, prior: float) -> Factors:
        """Factors of films with few raters that lean towards what content lets expect."""
        assert isinstance(model, Factors)
        counts = np.asarray(train.sum(axis=0), np.float32)
        by_content, constant = content_map(model.vectors, self._content, counts, MAP_PENALTY)
        return Factors.turned(
            leant(model.vectors, self._content @ by_content + constant, counts, prior), model.shape
        )

    def _blend(self) -> None:
        """The weights of the ensemble; in the hybrid how far factors lean, their weight, and that of content."""
        scored = {name: list(map(standardised, scores)) for name, scores in self._scores.items()}
        self.chosen["ensemble"] = self._best(
            SHARES,
            lambda share: [
                (1 - share) * a + share * b for a, b in zip(scored["EDLAE"], scored["iALS"], strict=True)
            ],
        )
        models = [self._fits["iALS"](train) for train, *_ in self._folds]

        def leaning(prior: float) -> list[NDArray[np.float32]]:
            folds = zip(models, self._folds, strict=True)
            return [
                standardised(self._leaning(model, train, prior).scores(given))
                for model, (train, given, _) in folds
            ]

        prior = self._best(PRIORS, leaning)
        leant_scores = leaning(prior)
        content = [standardised(Content(self._content).scores(given)) for given in self._given]

        def blended(pair: tuple[float, float]) -> list[NDArray[np.float32]]:
            share, weight = pair
            folds = zip(scored["CEASE"], leant_scores, content, strict=True)
            return [(1 - weight) * standardised((1 - share) * a + share * b) + weight * c for a, b, c in folds]

        share, weight = self._best([(share, weight) for share in SHARES for weight in CONTENT_SHARES], blended)
        self.chosen["hybrid"] = {"iALS": share, "content": weight, "prior": prior}

    def _best(self, values: Sequence[Value], scores: Callable[[Value], list[NDArray[np.float32]]]) -> Value:
        """The value whose scores find most; of equal ones the first."""
        found = [np.mean(list(map(self._judged, scores(value), self._given, self._held))) for value in values]
        return values[int(np.argmax(found))]

    @staticmethod
    def _judged(scores: NDArray[np.float32], given: csr_array, held: csr_array) -> float:
        return float(np.nanmean(ndcg(ranked(scores, given, 100), held)))


def strong_generalisation(
    likes: csr_array,
    content: NDArray[np.float32],
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
    seeds: int = SEEDS,
) -> dict[str, Any]:
    """Every measure of every model, by the number of training users.

    Args:
        likes: users by films, as `liked` gives them.
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
            train = likes[rest[:size]]
            candidates = Candidates(train, content, random, chosen.get(label))
            chosen[label] = candidates.chosen
            of_size = measured.setdefault(label, {})
            for name, model in candidates.fitted(train):
                of_model = of_size.setdefault(name, {})
                for measure, values in _measures(model.scores(given), given, held, train).items():
                    of_model.setdefault(measure, []).append(values)
        progress(f"cold films, draw {seed + 1}", 0, None)
        for name, values in cold_start(likes[rest], test, content, random).items():
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


def _measures(scores: NDArray[np.float32], given: csr_array, held: csr_array, train: csr_array) -> dict[str, Any]:
    """Measures of each user, shape (users,), and of all lists together."""
    counts = np.asarray((train.sum(axis=0)), np.float64)
    order = np.argsort(-counts, kind="stable")
    less_known = np.ones(len(counts), np.bool_)
    less_known[order[np.cumsum(counts[order]) <= FAMOUS * counts.sum()]] = False
    best = ranked(scores, given, 100)
    sought = csr_array(held @ diagonal(less_known))
    sought.eliminate_zeros()
    top = best[:, :20]
    return {
        "ndcg_100": ndcg(best, held),
        "recall_20": recall(top, held),
        "recall_50": recall(best[:, :50], held),
        "less_known_ndcg_100": ndcg(ranked(scores, given, 100, less_known), sought),
        "coverage_20": len(np.unique(top)) / scores.shape[1],
        "fame_20": float(np.log10(counts[top] + 1).mean()),
    }


def _summed(values: list[Any]) -> Any:
    """Mean and standard error over all users of all draws; of single numbers the mean."""
    if isinstance(values[0], float):
        return round(float(np.mean(values)), 4)
    pooled = np.concatenate(values)
    pooled = pooled[~np.isnan(pooled)]
    error = float(pooled.std() / np.sqrt(max(len(pooled), 1))) if len(pooled) else 0.0
    return [round(float(pooled.mean()), 4) if len(pooled) else None, round(error, 4)]
