"""Block weights learned from one half of the films: `python -m etl evaluate --ratings DIR --learn`.

Three judges say which pairs of films are alike: co-rating, tags and franchises. The weights, none negative, make
alike pairs score above others (logistic loss on differences of block cosines, a convex problem). Co-rating alone
would put most of the weight on years and votes; the other two hold it to what films are about. In every second
comparison the texts are hidden, because many films have none and must be told apart by the rest. The golden list
is not learned from.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from etl.judged import Judged, Judges, Pairs
from index.evaluation import CoRating, for_learning
from index.generation import Generation

VOICES = {"co_rating": 1.0, "catalogue": 1.0, "tags": 0.35, "franchises": 0.2}
"""How much each judge's loss counts."""

DRAWN = 4_000
"""Comparisons drawn from each judge."""

TEXT = "text"
RIDGE = 3e-3
LEAST = 0.01
"""What every block keeps, so that a query can ask for more of it."""


def learned(generation: Generation, folder: Path, rated: CoRating) -> dict[str, float]:
    """Weights of the blocks that add up to 1, from pairs of films of the learning half."""
    mask = for_learning(generation.films.movie_ids[:].astype(np.int64))
    inside = rated.part(mask[rated.rows])
    judges = Judges(generation)
    judged = {
        "co_rating": judges.co_rating(inside),
        "catalogue": judges.catalogue(inside),
        "tags": judges.tags(folder),
        "franchises": judges.franchises(),
    }
    halves = {name: pairs.half(generation, learning=True) for name, pairs in judged.items()}
    random = np.random.default_rng(1)
    differences = [
        (VOICES[name], _differences(generation, pairs, random)) for name, pairs in halves.items() if pairs
    ]
    weights = _fit(differences)
    weights = np.maximum(weights / weights.sum(), LEAST)
    rounded = (weights / weights.sum()).round(3)
    rounded[rounded.argmax()] += 1 - rounded.sum()
    rounded = rounded.round(3)
    return dict(zip(generation.content.encoder.layout.names, rounded.tolist(), strict=True))


def cosines(generation: Generation, pairs: Pairs) -> NDArray[np.float64]:
    """The cosines of each block of some pairs, shape (n, blocks)."""
    vectors, layout = generation.content.vectors, generation.content.encoder.layout
    products = vectors.double(pairs[:, 0]) * vectors.double(pairs[:, 1])
    shares: NDArray[np.float64] = layout.shares(products) / np.array(layout.weights)
    return shares


def _differences(generation: Generation, pairs: Judged, random: np.random.Generator) -> NDArray[np.float64]:
    """Block cosines of pairs that are alike less those of others, shape (DRAWN, blocks)."""
    alike = pairs.alike[random.integers(0, len(pairs.alike), DRAWN)]
    unlike = pairs.unlike[random.integers(0, len(pairs.unlike), DRAWN)]
    differences = cosines(generation, alike) - cosines(generation, unlike)
    differences[::2, generation.content.encoder.layout.names.index(TEXT)] = 0
    return differences


def _fit(differences: list[tuple[float, NDArray[np.float64]]]) -> NDArray[np.float64]:
    """The weights of least loss; `differences` are voices and arrays of shape (DRAWN, blocks)."""

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for voice, rows in differences:
            margins = rows @ weights
            value += voice * float(np.logaddexp(0, -margins).mean())
            slope = slope - voice * (rows / (1 + np.exp(margins))[:, None]).mean(axis=0)
        return value, slope

    blocks = differences[0][1].shape[1]
    found = minimize(loss, np.ones(blocks), jac=True, bounds=[(0, None)] * blocks, method="L-BFGS-B")
    weights: NDArray[np.float64] = found.x
    return weights
