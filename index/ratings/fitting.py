"""Fitting the models that a generation serves: hyper-parameters chosen on users held out, then all users.

The search (`index.ratings.search`) ends when `BUDGET_S` is over. Of large sets some users are compared on, and
some films. The last fits are bounded by the work that they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.answer.agreement import agreed
from index.encode.blocks import Layout
from index.ratings.measures import Opinions, ranked, recall, without
from index.ratings.model import MANY, RatingParts, trust
from index.ratings.models import (
    CONTENT_SHAPE,
    Factors,
    FactorShape,
    ItemItem,
    Model,
    folded_content,
    standardised,
)
from index.ratings.search import Fold, Parameters, Scores, Tuner, folds_of, measured
from index.ratings.sides import content_map, leant

BUDGET_S = 120.0
"""Time in which fits are compared; the last of each model may take longer, and those on all users come on top."""

TUNED_USERS, TUNED_FILMS = 10_000, 5_000
"""Users that models are compared on, and films that weights between films are, at the most."""

ITEM_FILMS = 10_000
"""Films that the weights served are between, at the most: the matrix of all pairs takes 0.4 GB three times."""

KEPT = 200
"""Weights of a film to others that are kept, the largest: four bytes each."""

FEW = 3
"""Likes of a mood, as the blend for few is chosen."""

COLD = 0.2
"""Part of the films that are held out as if nobody had rated them."""

MOST_FACTORS = 256
MOST_WORK = 1.5e11
"""Ratings times factors squared of the last factorisation, at the most: some four minutes on two cores."""

START: Mapping[str, float] = {"dim": 64, "unobserved": 0.2, "penalty": 0.008, "low": 0.4}
FACTOR_STEPS: Mapping[str, tuple[float, ...]] = {
    "penalty": (0.5, 2),
    "low": (1.5, 0.5),
    "dim": (2, 0.5),
    "unobserved": (0.5, 2),
}
"""What is tried, one after the other, with few factors first: the others are about as good with more of them."""

ITEM_STEPS: Mapping[str, tuple[float, ...]] = {
    "seen": (2.5, 0.4),
    "ridge": (0.4, 2.5),
    "sides": (3, 0.3),
    "denoising": (0.4, 2.5),
}
RATINGS_ALONE = 0.0
SHARES = (RATINGS_ALONE, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
HALF = 0.5
"""The share that is taken where others are no better: of two rankings that err differently, and of lists that show
what is alike."""

MOOD = 0.8
"""The share of content for few likes, if it is no worse than ratings alone: who names three films asks for what is
like them, and what everybody watches has the highest scores by ratings."""

PRIORS = (0.0, 1.0, 3.0, 10.0, 30.0)
"""Raters as which what content says of a film counts."""

MAP_PENALTIES = (0.1, 1.0, 3.0, 10.0)
COLD_FACTORS = (0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2)

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Fitted:
    """What `fit` found.

    Attributes:
        vectors: of the films, shape (n, d), float32.
        parts: see there.
        parameters: as `index.ratings.model.RatingModel` takes them, and others.
        tried: see `index.generation.manifest.RatingsRecord`.
    """

    vectors: NDArray[np.float32]
    parts: RatingParts
    parameters: Parameters
    tried: list[dict[str, float | str]]


@dataclass(frozen=True)
class Partial:
    """A model of some of the films; the others score 0.

    Attributes:
        model: of these films.
        films: which, ascending.
    """

    model: Model
    films: NDArray[np.int64]

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        """See `Model`."""
        scores = np.zeros(likes.shape, np.float32)
        scores[:, self.films] = self.model.scores(csr_array(likes[:, self.films]))
        return scores


def fit(
    opinions: Opinions,
    content: NDArray[np.float32],
    layout: Layout,
    progress: Progress = lambda stage, done, total: None,
    budget_s: float = BUDGET_S,
) -> Fitted:
    """Choose hyper-parameters and fit.

    Args:
        opinions: as `index.ratings.measures.opinions` gives them; of 20 users at least.
        content: vectors of the films, shape (n, c), float32.
        layout: of these vectors.
        progress: told of the stages.
        budget_s: see `BUDGET_S`.
    """
    random = np.random.default_rng(0)
    tuner = Tuner(folds_of(opinions, random, TUNED_USERS), time.perf_counter() + 0.6 * budget_s)
    progress("compare models of ratings", 0, None)
    start = _start(tuner.folds[0].train.likes)
    shape, factors, _ = tuner.climbed("iALS", start, FACTOR_STEPS, _fit_factors, {"dim": MOST_FACTORS, "low": 0.9})
    unrated = _chosen_cold(tuner, content, shape, factors, random)
    leaning = _all_leaning(tuner, factors, content, unrated)
    tuner.until = time.perf_counter() + 0.4 * budget_s
    fit_items = partial(_fit_items, content=content)
    item, items, scores = tuner.climbed("CEASE", _item_start(tuner.folds[0].train.likes), ITEM_STEPS, fit_items)
    of_factors, of_items = _scored(leaning, tuner), [standardised(each) for each in scores]
    share = tuner.best_of(
        "ensemble", "item_item", SHARES, lambda share: tuner.measure(_mixed(of_factors, of_items, share)), HALF
    )
    many = _mixed(of_factors, of_items, share)
    parameters = {**shape, **item, **unrated, "exponent": FactorShape().exponent, "item_item": share}
    parameters["cold"] *= float(np.mean([each.std(axis=1).mean() for each in many]))
    few = [_some_of(fold.given, FEW, random) for fold in tuner.folds]
    by_few = _mixed(
        [standardised(model.scores(given)) for model, given in zip(leaning, few, strict=True)],
        [standardised(model.scores(given)) for model, given in zip(items, few, strict=True)],
        share,
    )
    known = [fold.given for fold in tuner.folds]
    for name, given, by_ratings in (("few", few, by_few), ("many", known, many)):
        parameters[name] = _chosen_share(tuner, name, given, by_ratings, content, layout)
    progress("fit models of ratings", 0, None)
    return _fitted(opinions, content, parameters, tuner.tried)


def _mixed(first: Scores, second: Scores, share: float) -> Scores:
    return [(1 - share) * one + share * other for one, other in zip(first, second, strict=True)]


def _scored(models: list[Factors], tuner: Tuner) -> Scores:
    """What models score for the users held out, at deviation 1."""
    return [standardised(model.scores(fold.given)) for model, fold in zip(models, tuner.folds, strict=True)]


def _start(likes: csr_array) -> Parameters:
    return {**START, "dim": min(START["dim"], max(min(likes.shape) // 4, 2))}


def _item_start(likes: csr_array) -> Parameters:
    return {"ridge": 250 * min(max(likes.shape[0] / 4_000, 0.05), 1), "denoising": 0.5, "sides": 0.3, "seen": 0.4}


def _fit_factors(opinions: Opinions, parameters: Mapping[str, float]) -> Factors:
    graded = opinions.graded(parameters["low"])
    affordable = (MOST_WORK / max(graded.nnz, 1)) ** 0.5
    dim = int(min(parameters["dim"], affordable, *(max(n - 1, 1) for n in graded.shape)))
    return Factors.fit(graded, FactorShape(dim, parameters["unobserved"], parameters["penalty"]))


def _fit_items(
    opinions: Opinions, parameters: Mapping[str, float], content: NDArray[np.float32], most: int = TUNED_FILMS
) -> Partial:
    """Weights between the most liked films."""
    films = np.sort(np.argsort(-_counts(opinions.likes), kind="stable")[:most])
    ridge, denoising = parameters["ridge"], parameters["denoising"]
    some, sides = opinions.on(films), parameters["sides"] * ridge
    model = ItemItem.edlae(
        some.likes, ridge, denoising / (1 + denoising), some.seen, parameters["seen"], content[films], sides
    )
    return Partial(model, films)


def _chosen_cold(
    tuner: Tuner,
    content: NDArray[np.float32],
    parameters: Mapping[str, float],
    factors: list[Factors],
    random: np.random.Generator,
) -> Parameters:
    """How films are scored that nobody or hardly anybody has rated, chosen on a fifth held out."""
    cold, fold = random.random(len(content)) < COLD, tuner.folds[0]
    warm, given = fold.train.without(cold), without(fold.given, cold)
    among = without(csr_array(fold.given + fold.held), ~cold)
    model, counts = _fit_factors(warm, parameters), _counts(warm.likes)
    users = model.folded(given, model.penalties(np.diff(given.indptr)))
    products, rated = users @ model.vectors.T, counts > 0

    def mapped(penalty: float) -> NDArray[np.float32]:
        by_content, constant = content_map(model.vectors[rated], content[rated], counts[rated], penalty)
        return np.asarray(users @ (content @ by_content + constant).T, np.float32)

    def merged(factor: float) -> float:
        scores = np.where(cold, factor * chosen, products).astype(np.float32)
        return float(np.nanmean(measured(scores, given, fold.held)))

    penalty = tuner.best_of(
        "map from content",
        "map_penalty",
        MAP_PENALTIES,
        lambda p: float(np.nanmean(recall(ranked(mapped(p), given, 20, cold), among))),
    )
    chosen = mapped(penalty)
    chosen_map = {"map_penalty": penalty, "cold": tuner.best_of("merge", "cold", COLD_FACTORS, merged)}

    def leaning(prior: float) -> float:
        models = _all_leaning(tuner, factors, content, {**chosen_map, "prior": prior})
        return tuner.measure(_scored(models, tuner))

    return {**chosen_map, "prior": tuner.best_of("few raters", "prior", PRIORS, leaning)}


def _all_leaning(
    tuner: Tuner, factors: list[Factors], content: NDArray[np.float32], parameters: Mapping[str, float]
) -> list[Factors]:
    return [
        _leaning(model, _counts(fold.train.likes), content, parameters)
        for model, fold in zip(factors, tuner.folds, strict=True)
    ]


def _leaning(
    factors: Factors, counts: NDArray[np.float32], content: NDArray[np.float32], parameters: Mapping[str, float]
) -> Factors:
    """The same, where the vectors of films with few raters lean towards what content lets expect."""
    by_content, constant = content_map(factors.vectors, content, counts, parameters["map_penalty"])
    vectors = leant(factors.vectors, content @ by_content + constant, counts, parameters["prior"])
    return Factors.turned(vectors, factors.shape)


def _chosen_share(
    tuner: Tuner,
    name: str,
    given: list[csr_array],
    by_ratings: Scores,
    content: NDArray[np.float32],
    layout: Layout,
) -> float:
    """The share of content beside ratings, for users of whom so much is given."""
    folds: list[Fold] = []
    pairs: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    for fold, known, scores in zip(tuner.folds, given, by_ratings, strict=True):
        likes = np.diff(known.indptr)
        kept = likes >= min(2 if name == "few" else MANY, int(likes.max()))
        folds.append(Fold(fold.train, csr_array(known[kept]), csr_array(fold.held[kept])))
        if name == "few":
            likeness = _queries(folds[-1].given, content, layout) @ content.T
        else:
            likeness = folded_content(content).scores(folds[-1].given)
        pairs.append((scores[kept], standardised(likeness)))
    users = Tuner(folds, 0.0)
    usual, enough = (MOOD, RATINGS_ALONE) if name == "few" else (HALF, None)
    return tuner.best_of(
        f"content beside {name} likes",
        name,
        SHARES,
        lambda share: users.measure([(1 - share) * one + share * other for one, other in pairs]),
        usual,
        enough,
    )


def _fitted(
    opinions: Opinions, content: NDArray[np.float32], parameters: Parameters, tried: list[dict[str, float | str]]
) -> Fitted:
    counts = _counts(opinions.likes)
    factors = _leaning(_fit_factors(opinions, parameters), counts, content, parameters)
    by_content, constant = content_map(factors.vectors, content, counts, parameters["map_penalty"])
    targets, weights = _largest(_fit_items(opinions, parameters, content, ITEM_FILMS), len(counts))
    parts = RatingParts(
        spectrum=factors.spectrum,
        content_map=by_content,
        constant=constant,
        covariance=np.atleast_2d(np.cov(content, rowvar=False)).astype(np.float32),
        content_gram=_gram(content),
        raters=counts.astype(np.int32),
        targets=targets,
        weights=weights,
    )
    parameters = parameters | {"usual": _usual_trust(opinions.likes), "dim": len(factors.spectrum)}
    return Fitted(factors.vectors, parts, {key: float(value) for key, value in parameters.items()}, tried)


def _gram(content: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of `RatingParts`: with the penalty of a user who likes nothing yet."""
    unobserved, penalty = CONTENT_SHAPE.unobserved, CONTENT_SHAPE.penalty
    gram = unobserved * (content.T.astype(np.float64) @ content)
    gram[np.diag_indices_from(gram)] += penalty * unobserved * len(content)
    return gram.astype(np.float32)


def _usual_trust(likes: csr_array) -> float:
    """The mean over users of how far ratings of their films are trusted."""
    users = likes[np.diff(likes.indptr) > 0]
    return float(np.mean((users @ trust(_counts(likes))) / users.sum(axis=1)))


def _largest(items: Partial, films: int) -> tuple[NDArray[np.integer], NDArray[np.float16]]:
    """The `KEPT` largest weights from each film to others, and which; 0 from films without weights."""
    count, at_once = len(items.films), 500
    kept = min(KEPT, count)
    number = np.uint16 if films <= 2**16 else np.int32
    targets: NDArray[np.integer] = np.tile(np.arange(kept).astype(number), (films, 1))
    weights = np.zeros((films, kept), np.float16)
    for start in range(0, count, at_once):
        rows = np.arange(start, min(start + at_once, count))
        ones = csr_array((np.ones(len(rows), np.float32), (np.arange(len(rows)), rows)), shape=(len(rows), count))
        scores = items.model.scores(ones)
        scores[np.arange(len(rows)), rows] = 0
        best = np.sort(np.argpartition(-np.abs(scores), kept - 1, axis=1)[:, :kept], axis=1)
        targets[items.films[rows]] = items.films[best]
        weights[items.films[rows]] = np.take_along_axis(scores, best, axis=1)
    return targets, weights


def _queries(given: csr_array, content: NDArray[np.float32], layout: Layout) -> NDArray[np.float32]:
    """The content query of each user, shape (users, c)."""
    queries = np.zeros((given.shape[0], content.shape[1]), np.float32)
    for user, (start, end) in enumerate(zip(given.indptr[:-1], given.indptr[1:], strict=True)):
        if end > start:
            queries[user] = agreed(content[given.indices[start:end]].astype(np.float64), layout)
    return queries


def _some_of(likes: csr_array, most: int, random: np.random.Generator) -> csr_array:
    """At most so many likes of each user."""
    rows = np.repeat(np.arange(likes.shape[0]), np.diff(likes.indptr))
    order = np.lexsort((random.random(len(rows)), rows))
    kept = order[np.arange(len(rows)) - likes.indptr[rows[order]] < most]
    return csr_array((likes.data[kept], (rows[kept], likes.indices[kept])), shape=likes.shape)


def _counts(likes: csr_array) -> NDArray[np.float32]:
    return np.asarray(likes.sum(axis=0), np.float32)
