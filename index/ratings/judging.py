"""What models of ratings are measured by, on users whom they were not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.ratings.measures import diagonal, divided, ndcg, ranked, recall
from index.ratings.models import Model

BANDS = ("well_known", "known", "little_known")
"""Bands of films, by how many like them; each has a third of all likes."""

DRAWN = 99
"""Films that a user does not like beside the one held back, as in "Neural Collaborative Filtering" (2017)."""


@dataclass(frozen=True)
class Judge:
    """Users who are not trained on, and what is to be found for them.

    Attributes:
        given, held: their likes that are known, and those to be found.
        counts: how many of the trained users like each film, shape (films,).
        content: the films' vectors at unit length, shape (films, dim).
        one_given: their likes without one of each.
        among: that one, then films that the user does not like, shape (users, 1 + `DRAWN` at most).
    """

    given: csr_array
    held: csr_array
    counts: NDArray[np.float64]
    content: NDArray[np.float32]
    one_given: csr_array
    among: NDArray[np.int64]

    @classmethod
    def of(
        cls, given: csr_array, held: csr_array, train: csr_array, content: NDArray[np.float32], seed: int
    ) -> Judge:
        """Of users' likes in two parts; `seed` draws what is held back of them one by one."""
        lengths = np.linalg.norm(content, axis=1, keepdims=True)
        unit = np.divide(content, lengths, out=np.zeros_like(content), where=lengths > 0)
        likes, random = csr_array(given + held), np.random.default_rng(seed)
        one_given, one = divided(likes, random, 0.0)
        chances = random.random(likes.shape, np.float32)
        chances[likes.nonzero()] = 2
        drawn = min(DRAWN, max(likes.shape[1] - int(np.diff(likes.indptr).max()), 1))
        others = np.argpartition(chances, drawn - 1, axis=1)[:, :drawn]
        among = np.concatenate([one.indices[:, None], others], axis=1).astype(np.int64)
        return cls(given, held, np.asarray(train.sum(axis=0), np.float64), unit, one_given, among)

    def measured(self, model: Model) -> dict[str, Any]:
        """Measures of each user, shape (users,), and numbers that are of all lists together."""
        scores = model.scores(self.given)
        best = ranked(scores, self.given, 100)
        top = best[:, :20]
        found: dict[str, Any] = {
            "ndcg_100": ndcg(best, self.held),
            "recall_20": recall(top, self.held),
            "recall_50": recall(best[:, :50], self.held),
        }
        bands = self._bands()
        for place, name in enumerate(BANDS):
            found[f"{name}_ndcg_100"] = self._among(scores, bands == place)
        found["less_known_ndcg_100"] = self._among(scores, bands > 0)
        found |= self._one_found(model)
        found |= {f"{name}_20": float((bands[top] == place).mean()) for place, name in enumerate(BANDS)}
        vectors = self.content[top]
        size = max(top.shape[1] * (top.shape[1] - 1), 1)
        alike = ((vectors.sum(axis=1) ** 2).sum(axis=1) - (vectors**2).sum(axis=(1, 2))) / size
        return found | {
            "coverage_20": len(np.unique(top)) / len(self.counts),
            "fame_20": float(np.log10(self.counts[top] + 1).mean()),
            "variety_20": float(1 - alike.mean()),
        }

    def _bands(self) -> NDArray[np.int64]:
        """The place in `BANDS` of each film."""
        order = np.argsort(-self.counts, kind="stable")
        bands = np.empty(len(order), np.int64)
        before = np.cumsum(self.counts[order]) / max(self.counts.sum(), 1)
        bands[order] = np.searchsorted((1 / 3, 2 / 3), before, side="left")
        return bands

    def _among(self, scores: NDArray[np.float32], films: NDArray[np.bool_]) -> NDArray[np.float64]:
        """nDCG@100 where only some films are ranked and sought."""
        sought = csr_array(self.held @ diagonal(films))
        sought.eliminate_zeros()
        return ndcg(ranked(scores, self.given, 100, films), sought)

    def _one_found(self, model: Model) -> dict[str, NDArray[np.float64]]:
        """Whether the one like that was held back is among the first ten, and its gain there."""
        scores = np.take_along_axis(model.scores(self.one_given), self.among, axis=1)
        own, others = scores[:, :1], scores[:, 1:]
        before = (others > own).sum(axis=1) + 0.5 * (others == own).sum(axis=1)
        hit = before < 10
        return {"one_hit_10": hit.astype(np.float64), "one_ndcg_10": np.where(hit, 1 / np.log2(before + 2), 0.0)}
