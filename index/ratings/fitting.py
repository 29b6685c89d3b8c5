"""Fitting the models that a generation serves: hyper-parameters chosen on users held out, then all users.

Each hyper-parameter is multiplied or divided as long as that finds more of what held-out users like (nDCG@100),
one after the other, until `BUDGET_S` is over. Of large sets some users are compared on, and some films.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.answer.agreement import agreed
from index.encode.blocks import Layout
from index.ratings.measures import MOST_VALIDATED, diagonal, divided, ndcg, ranked, recall
from index.ratings.model import MANY, RatingParts, trust
from index.ratings.models import Factors, FactorShape, ItemItem, Model, standardised
from index.ratings.sides import content_map, leant

BUDGET_S = 120.0
"""Time in which fits are compared; the last one may take longer, and the fits on all users come on top."""

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

START: Mapping[str, float] = {"dim": 128, "unobserved": 0.2, "penalty": 0.008}
FACTOR_STEPS: Mapping[str, tuple[float, ...]] = {"unobserved": (0.5, 2), "penalty": (0.4, 2.5), "dim": (0.5, 1.5)}
ITEM_STEPS: Mapping[str, tuple[float, ...]] = {"ridge": (0.4, 2.5), "sides": (3, 0.3), "denoising": (0.4, 2.5)}
SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0)
PRIORS = (0.0, 1.0, 3.0, 10.0, 30.0)
"""Raters as which what content says of a film counts."""

MAP_PENALTIES = (0.01, 0.1, 1.0, 10.0)
COLD_FACTORS = (0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2)

Parameters = dict[str, float]
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


@dataclass
class Tuner:
    """Compares fits on users held out.

    Attributes:
        train: likes of users that are fitted on.
        given, held: of others: what is known of them, and what is to be found.
        until: when no more fits are begun, by `time.perf_counter`.
        tried: filled on the way.
    """

    train: csr_array
    given: csr_array
    held: csr_array
    until: float
    tried: list[dict[str, float | str]] = field(default_factory=list)

    def climbed(
        self,
        name: str,
        start: Mapping[str, float],
        steps: Mapping[str, tuple[float, ...]],
        fit: Callable[[csr_array, Parameters], Model],
    ) -> tuple[Parameters, NDArray[np.float32]]:
        """The best parameters found, and the scores of the users held out with them."""
        best = dict(start)
        found, scores = self._judged(name, best, fit)
        for parameter, factors in steps.items():
            for factor in factors:
                improved = False
                while time.perf_counter() < self.until:
                    trial = best | {parameter: best[parameter] * factor}
                    value, of_trial = self._judged(name, trial, fit)
                    if value <= found:
                        break
                    best, found, scores, improved = trial, value, of_trial, True
                if improved:
                    break
        return best, scores

    def _judged(
        self, name: str, parameters: Parameters, fit: Callable[[csr_array, Parameters], Model]
    ) -> tuple[float, NDArray[np.float32]]:
        started = time.perf_counter()
        scores = fit(self.train, parameters).scores(self.given)
        value = self.measure(scores)
        self.note(name, parameters, value, time.perf_counter() - started)
        return value, scores

    def measure(self, scores: NDArray[np.float32]) -> float:
        """How much of what is to be found is among the best hundred, nDCG."""
        return _measured(scores, self.given, self.held)

    def note(self, name: str, parameters: Mapping[str, float], value: float, took_s: float = 0.0) -> None:
        """Keep what was tried."""
        rounded = {key: round(number, 6) for key, number in parameters.items()}
        self.tried.append({"model": name, **rounded, "measure": round(value, 5), "took_s": round(took_s, 2)})

    def best_of(
        self, name: str, parameter: str, values: Sequence[float], judge: Callable[[float], float]
    ) -> float:
        """The value of a parameter that is judged best; of equal ones the first."""
        found = {value: judge(value) for value in values}
        for value, judged in found.items():
            self.note(name, {parameter: value}, judged)
        return max(found, key=lambda value: found[value])


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
    likes: csr_array,
    content: NDArray[np.float32],
    layout: Layout,
    progress: Progress = lambda stage, done, total: None,
    budget_s: float = BUDGET_S,
) -> Fitted:
    """Choose hyper-parameters and fit.

    Args:
        likes: users by films, as `index.ratings.measures.liked` gives them; 20 users at least.
        content: vectors of the films, shape (n, c), float32.
        layout: of these vectors.
        progress: told of the stages.
        budget_s: see `BUDGET_S`.
    """
    random = np.random.default_rng(0)
    tuner = _tuner(likes, random, budget_s)
    progress("compare models of ratings", 0, None)
    shape, _ = tuner.climbed("iALS", _start(tuner.train), FACTOR_STEPS, _fit_factors)
    unrated = _chosen_cold(tuner, content, shape, random)
    leaning = _leaning(_fit_factors(tuner.train, shape), _counts(tuner.train), content, unrated)
    of_factors = standardised(leaning.scores(tuner.given))
    tuner.until += 0.4 * budget_s
    fit_items = partial(_fit_items, content=content)
    item, scores = tuner.climbed("CEASE", _item_start(tuner.train), ITEM_STEPS, fit_items)
    of_items = standardised(scores)
    share = tuner.best_of(
        "ensemble", "item_item", SHARES, lambda s: tuner.measure((1 - s) * of_factors + s * of_items)
    )
    many = (1 - share) * of_factors + share * of_items
    parameters = {**shape, **item, **unrated, "exponent": FactorShape().exponent, "item_item": share}
    parameters["cold"] *= float(many.std(axis=1).mean())
    few = _some_of(tuner.given, FEW, random)
    by_few = (1 - share) * standardised(leaning.scores(few))
    by_few += share * standardised(fit_items(tuner.train, item).scores(few))
    for name, given, by_ratings in (("few", few, by_few), ("many", tuner.given, many)):
        parameters[name] = _chosen_share(tuner, name, given, by_ratings, content, layout)
    progress("fit models of ratings", 0, None)
    return _fitted(likes, content, parameters, tuner.tried)


def _tuner(likes: csr_array, random: np.random.Generator, budget_s: float) -> Tuner:
    """Users held out, and users to fit on."""
    order = random.permutation(likes.shape[0])
    held = min(max(len(order) // 5, min(10, len(order) // 2)), MOST_VALIDATED)
    given, sought = divided(likes[order[:held]], random)
    return Tuner(likes[order[held : held + TUNED_USERS]], given, sought, time.perf_counter() + 0.6 * budget_s)


def _start(likes: csr_array) -> Parameters:
    return {**START, "dim": min(START["dim"], max(min(likes.shape) // 4, 2))}


def _item_start(likes: csr_array) -> Parameters:
    return {"ridge": 250 * min(max(likes.shape[0] / 4_000, 0.05), 1), "denoising": 0.5, "sides": 0.3}


def _fit_factors(likes: csr_array, parameters: Mapping[str, float]) -> Factors:
    dim = int(min(parameters["dim"], *(max(n - 1, 1) for n in likes.shape)))
    return Factors.fit(likes, FactorShape(dim, parameters["unobserved"], parameters["penalty"]))


def _fit_items(
    likes: csr_array, parameters: Mapping[str, float], content: NDArray[np.float32], most: int = TUNED_FILMS
) -> Partial:
    """Weights between the most liked films."""
    films = np.sort(np.argsort(-_counts(likes), kind="stable")[:most])
    ridge, denoising = parameters["ridge"], parameters["denoising"]
    some = csr_array(likes[:, films])
    sides = parameters["sides"] * ridge
    return Partial(ItemItem.edlae(some, ridge, denoising / (1 + denoising), content[films], sides), films)


def _chosen_cold(
    tuner: Tuner, content: NDArray[np.float32], parameters: Mapping[str, float], random: np.random.Generator
) -> Parameters:
    """How films are scored that nobody or hardly anybody has rated, chosen on a fifth held out."""
    cold = random.random(len(content)) < COLD
    warm, given = (_without(part, cold) for part in (tuner.train, tuner.given))
    among = _without(csr_array(tuner.given + tuner.held), ~cold)
    model, counts = _fit_factors(warm, parameters), _counts(warm)
    users = model.folded(given, model.penalties(np.diff(given.indptr)))
    products, rated = users @ model.vectors.T, counts > 0

    def mapped(penalty: float) -> NDArray[np.float32]:
        by_content, constant = content_map(model.vectors[rated], content[rated], counts[rated], penalty)
        return np.asarray(users @ (content @ by_content + constant).T, np.float32)

    penalty = tuner.best_of(
        "map from content",
        "map_penalty",
        MAP_PENALTIES,
        lambda p: float(np.nanmean(recall(ranked(mapped(p), given, 20, cold), among))),
    )
    chosen = mapped(penalty)
    factor = tuner.best_of(
        "merge",
        "cold",
        COLD_FACTORS,
        lambda f: _measured(np.where(cold, f * chosen, products).astype(np.float32), given, tuner.held),
    )
    chosen_map = {"map_penalty": penalty, "cold": factor}
    factors, every = _fit_factors(tuner.train, parameters), _counts(tuner.train)

    def leaning(prior: float) -> float:
        model = _leaning(factors, every, content, {**chosen_map, "prior": prior})
        return tuner.measure(model.scores(tuner.given))

    return {**chosen_map, "prior": tuner.best_of("few raters", "prior", PRIORS, leaning)}


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
    given: csr_array,
    by_ratings: NDArray[np.float32],
    content: NDArray[np.float32],
    layout: Layout,
) -> float:
    """The share of content beside ratings, for users of whom so much is given."""
    likes = np.diff(given.indptr)
    kept = likes >= min(2 if name == "few" else MANY, int(likes.max()))
    given, held = csr_array(given[kept]), csr_array(tuner.held[kept])
    by_content = standardised(_queries(given, content, layout) @ content.T)
    return tuner.best_of(
        f"content beside {name} likes",
        name,
        SHARES,
        lambda share: _measured((1 - share) * by_ratings[kept] + share * by_content, given, held),
    )


def _fitted(
    likes: csr_array, content: NDArray[np.float32], parameters: Parameters, tried: list[dict[str, float | str]]
) -> Fitted:
    counts = _counts(likes)
    factors = _leaning(_fit_factors(likes, parameters), counts, content, parameters)
    by_content, constant = content_map(factors.vectors, content, counts, parameters["map_penalty"])
    targets, weights = _largest(_fit_items(likes, parameters, content, ITEM_FILMS), likes.shape[1])
    parts = RatingParts(
        spectrum=factors.spectrum,
        content_map=by_content,
        constant=constant,
        covariance=np.atleast_2d(np.cov(content, rowvar=False)).astype(np.float32),
        raters=counts.astype(np.int32),
        targets=targets,
        weights=weights,
    )
    parameters = parameters | {"usual": _usual_trust(likes)}
    return Fitted(factors.vectors, parts, {key: float(value) for key, value in parameters.items()}, tried)


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


def _measured(scores: NDArray[np.float32], given: csr_array, held: csr_array) -> float:
    return float(np.nanmean(ndcg(ranked(scores, given, 100), held)))


def _counts(likes: csr_array) -> NDArray[np.float32]:
    return np.asarray(likes.sum(axis=0), np.float32)


def _without(likes: csr_array, films: NDArray[np.bool_]) -> csr_array:
    """Likes of other films than these."""
    kept = csr_array(likes @ diagonal(~films))
    kept.eliminate_zeros()
    return kept
