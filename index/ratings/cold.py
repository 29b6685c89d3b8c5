"""How well films are recommended that nobody in the training has rated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.ratings.measures import MOST_VALIDATED, Content, Opinions, ranked, recall, without
from index.ratings.models import Factors, FactorShape, ItemItem, Model, folded_content, standardised

SEEN, LOW = 0.5, 0.4
"""How much what is seen and not liked counts in training."""

KERNEL_FILMS = 3_000
KERNEL_PENALTY, LIKES_SHARE, UNLIKED = 1.0, 0.3, 0.05
"""Of the regression by a kernel: its penalty, the share of the likes themselves beside what models make of them,
and the weight of a film that nobody likes. Chosen on draws of MovieLens small that no table reports."""


def cold_start(
    train: Opinions, test: csr_array, content: NDArray[np.float32], random: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Recall@20 of each test user among films that nobody has rated: a fifth of all, held out of the training.

    A model's scores of the rated films are mapped to others by ridge regression on content (`ridge`); the penalty
    is chosen on other films held out in the same way. Beside it stands likeness in content alone; the hybrid adds
    a regression of the user's likes on content. `hybrid, kernel` also adds the models' scores and the likes by
    `KernelMap`, which is not served.
    """
    films = test.shape[1]
    held_out = random.permutation(films)[: max(films // 5, 1)]
    cold = np.zeros(films, np.bool_)
    cold[held_out] = True
    warm, given = train.without(cold), without(test, cold)
    found = {"content": Content(content).scores(given)}
    chosen, share = _chosen_map(train, content, cold)
    models = {name: model.scores(given) for name, model in _cold_models(warm)}
    for name, scores in models.items():
        found[name] = mapped(scores, content, _counts(warm.likes), ~cold, chosen)
    found["ensemble"] = standardised(found["iALS"]) + standardised(found["EDLAE"])
    likeness = standardised(folded_content(content, ~cold).scores(given)[:, cold])
    by_ratings = standardised(found["ensemble"][:, cold])
    hybrid = standardised((1 - share) * by_ratings + share * likeness)
    by_kernel = _by_kernel(models, given, KernelMap.of(content, _counts(warm.likes), cold))
    for name, scores in (("hybrid", hybrid), ("hybrid, kernel", hybrid + by_kernel)):
        found[name] = np.zeros_like(found["ensemble"])
        found[name][:, cold] = scores
    sought = without(test, ~cold)
    return {name: recall(ranked(scores, given, 20, cold), sought) for name, scores in found.items()}


@dataclass(frozen=True)
class KernelMap:
    """Ridge regression by a Gaussian kernel on content: what the scores of some films say of others.

    A linear map adds up what the parts of the content say; here films count by what they have in common. The
    kernel is as wide as a film is far from the mean film. To score a film takes a product with each of
    `KERNEL_FILMS`, the most liked, so this is not in what is served.

    Attributes:
        films: whose scores are read.
        weights: shape (asked, films): of their scores in that of each film asked about.
    """

    films: NDArray[np.int64]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, content: NDArray[np.float32], counts: NDArray[np.float32], asked: NDArray[np.bool_]) -> KernelMap:
        """From content, shape (films, dim), and how many like each film; `asked` says which films to score."""
        films = np.argsort(-counts, kind="stable")
        films = films[~asked[films]][:KERNEL_FILMS]
        spread = float(content.var(axis=0).sum())
        weights = np.log1p(counts[films]) + UNLIKED
        system = _kernel(content[films], content[films], spread)
        system[np.diag_indices_from(system)] += KERNEL_PENALTY * weights.mean() / weights
        between = _kernel(content[films], content[asked], spread)
        return cls(films, np.linalg.solve(system, between).T.astype(np.float32))

    def scores(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of the films asked about, at deviation 1, from those of all films, shape (users, films)."""
        known = scores[:, self.films]
        return standardised((known - known.mean(axis=1, keepdims=True)) @ self.weights.T)


def _kernel(one: NDArray[np.float32], other: NDArray[np.float32], spread: float) -> NDArray[np.float64]:
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return np.asarray(np.exp(-np.maximum(squares, 0) / max(spread, 1e-9)), np.float64)


def _by_kernel(
    models: Mapping[str, NDArray[np.float32]], given: csr_array, kernel: KernelMap
) -> NDArray[np.float32]:
    of_models = np.sum([standardised(scores) for scores in models.values()], axis=0)
    of_likes = kernel.scores(np.asarray(given.todense(), np.float32))
    return standardised((1 - LIKES_SHARE) * kernel.scores(of_models) + LIKES_SHARE * of_likes)


def _cold_models(warm: Opinions) -> Iterator[tuple[str, Model]]:
    yield "EDLAE", ItemItem.edlae(warm.likes, 250.0, 0.33, warm.seen, SEEN)
    yield "iALS", Factors.fit(warm.graded(LOW), FactorShape(64, 0.2, 0.008))


def _counts(likes: csr_array) -> NDArray[np.float32]:
    return np.asarray(likes.sum(axis=0), np.float32)


def _chosen_map(train: Opinions, content: NDArray[np.float32], cold: NDArray[np.bool_]) -> tuple[float, float]:
    """The penalty of the map, and the share of a regression on content beside it.

    Those with which training users find most among warm films, as if these were cold.
    """
    warm = np.flatnonzero(~cold)
    tried = np.zeros_like(cold)
    tried[warm[:: max(len(warm) * 5 // len(cold), 2)]] = True
    users, known = min(MOST_VALIDATED, train.likes.shape[0] // 3), ~cold & ~tried
    fitted = train.of(slice(users, None)).without(~known)
    given, sought = (without(train.likes[:users], ~mask) for mask in (known, tried))
    scores = Factors.fit(fitted.graded(LOW), FactorShape(64, 0.2, 0.008, rounds=6)).scores(given)
    of_others = fitted.likes
    found = {}
    for penalty in (0.01, 0.1, 1.0, 10.0):
        every = mapped(scores, content, _counts(of_others), known, penalty)
        found[penalty] = float(np.nanmean(recall(ranked(every, given, 20, tried), sought)))
    chosen = max(found, key=lambda penalty: found[penalty])
    by_ratings = standardised(mapped(scores, content, _counts(of_others), known, chosen)[:, tried])
    likeness = standardised(folded_content(content, known).scores(given)[:, tried])
    beside = {}
    for share in (0.0, 0.15, 0.3, 0.5, 0.7):
        every = np.zeros_like(scores)
        every[:, tried] = (1 - share) * by_ratings + share * likeness
        beside[share] = float(np.nanmean(recall(ranked(every, given, 20, tried), sought)))
    return chosen, max(beside, key=lambda share: beside[share])


def mapped(
    scores: NDArray[np.float32],
    content: NDArray[np.float32],
    counts: NDArray[np.float32],
    warm: NDArray[np.bool_],
    penalty: float,
) -> NDArray[np.float32]:
    """Scores of all films by ridge regression of the warm films' scores on their content.

    Args:
        scores: shape (users, films).
        content: shape (films, dim).
        counts: how many like each film, shape (films,): a film weighs the more, the more do.
        warm: the films that the scores are right for.
        penalty: of the map, as a share of the weight of all films.
    """
    weights = np.where(warm, np.log1p(counts), 0).astype(np.float32)
    weighed = content * weights[:, None]
    system = weighed.T @ content
    system[np.diag_indices_from(system)] += penalty * weights.mean() * 10
    return np.asarray((scores @ weighed) @ np.linalg.solve(system, content.T), np.float32)
