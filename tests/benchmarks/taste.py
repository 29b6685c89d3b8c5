"""How several likes and dislikes are best put together: `python -m tests.benchmarks.taste --dump D --ratings DIR`.

From each MovieLens user with enough ratings, four liked films and two disliked ones make a question; the others
they liked are the right answers, among the 45,000 films with the most votes. Rules that cut into additive block
shares, as the recommender's must, stand beside others that do not. One half of the users is there to choose a rule
by, the other to report on.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from index.answer.agreement import agreed
from index.generation.manifest import Generation
from index.generation.publish import Generations
from index.spaces.space import CONTENT
from tests.support.sample import load_sample

LIKED, DISLIKED = 4.0, 2.0
ASKED_LIKES, ASKED_DISLIKES = 4, 2
FEWEST_LIKES = 25
CATALOGUE = 45_000

Rule = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Scores of all films from the vectors of the liked and of the disliked ones."""


@dataclass(frozen=True)
class Case:
    """A user's question, and the films that are a right and a wrong answer to it."""

    likes: NDArray[np.int64]
    dislikes: NDArray[np.int64]
    right: NDArray[np.int64]
    wrong: NDArray[np.int64]


def cases(ratings: Path, generation: Generation) -> list[Case]:
    """One question for each user with enough likes and dislikes."""
    rated = pd.read_csv(ratings / "ratings.csv").merge(pd.read_csv(ratings / "links.csv").dropna(), on="movieId")
    rated["row"] = [generation.films.row_of(int(movie_id)) for movie_id in rated["tmdbId"]]
    rated = rated[rated["row"] < CATALOGUE].astype({"row": int})
    random, found = np.random.default_rng(0), []
    for _, films in rated.groupby("userId"):
        likes = random.permutation(films["row"][films["rating"] >= LIKED].to_numpy(copy=True))
        dislikes = random.permutation(films["row"][films["rating"] <= DISLIKED].to_numpy(copy=True))
        if len(likes) >= FEWEST_LIKES and len(dislikes) > ASKED_DISLIKES:
            found.append(
                Case(
                    likes[:ASKED_LIKES], dislikes[:ASKED_DISLIKES], likes[ASKED_LIKES:], dislikes[ASKED_DISLIKES:]
                )
            )
    return found


def rules(generation: Generation, films: NDArray[np.float32]) -> dict[str, Rule]:
    """The ways of putting likes and dislikes together, by name."""
    layout = generation.spaces[CONTENT].layout

    def agreeing(likes: NDArray[np.float32], weight: float, dislikes: NDArray[np.float32]) -> NDArray[np.float32]:
        query = agreed(likes.astype(np.float64), layout) - weight * dislikes.mean(axis=0)
        return films @ query.astype(np.float32)

    return {
        "mean": lambda likes, _: films @ likes.mean(axis=0),
        "nearest like (max)": lambda likes, _: (films @ likes.T).max(axis=1),
        "mean, less 0.25 dislikes": lambda likes, other: films @ (likes.mean(axis=0) - 0.25 * other.mean(axis=0)),
        "blocks by agreement": lambda likes, other: agreeing(likes, 0, other),
        "agreement, less 0.1 dislikes": lambda likes, other: agreeing(likes, 0.1, other),
        "agreement, less 0.25 dislikes": lambda likes, other: agreeing(likes, 0.25, other),
        "agreement, less 0.5 dislikes": lambda likes, other: agreeing(likes, 0.5, other),
    }


def measure(rule: Rule, films: NDArray[np.float32], asked: list[Case]) -> dict[str, float]:
    """nDCG@10 and precision@50 of liked films, and the share of disliked ones among 50."""
    discounts = 1 / np.log2(np.arange(2, 12))
    sums = np.zeros(3)
    for case in asked:
        scores = rule(films[case.likes], films[case.dislikes])
        scores[np.concatenate([case.likes, case.dislikes])] = -np.inf
        best = np.argsort(-scores)[:50]
        hits = np.isin(best, case.right)
        sums += (hits[:10] @ discounts) / discounts.sum(), hits.mean(), np.isin(best, case.wrong).mean()
    return dict(
        zip(("ndcg_10", "precision_50", "disliked_50"), (sums / len(asked)).round(4).tolist(), strict=True)
    )


def main() -> int:
    """Measure every rule, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.taste", description=__doc__)
    parser.add_argument("--dump", type=Path, required=True, help="the films")
    parser.add_argument("--ratings", type=Path, help="MovieLens folder")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    if args.ratings is None:
        print("not measured: name a MovieLens folder with --ratings")
        figures: dict[str, object] = {}
    else:
        with tempfile.TemporaryDirectory() as scratch:
            loaded = load_sample(f"sqlite:///{scratch}/films.db", Path(scratch), args.dump.resolve())
            generation = Generation.open(Generations(loaded.folder / "generations").current())
            films = generation.spaces[CONTENT].vectors.single(slice(0, CATALOGUE))
            asked = cases(args.ratings, generation)
            choosing, reporting = asked[::2], asked[1::2]
            figures = {"users": len(reporting)}
            chosen_by = {}
            for name, rule in rules(generation, films).items():
                figures[name] = measure(rule, films, reporting)
                chosen_by[name] = measure(rule, films, choosing)["ndcg_10"]
                print(f"{name:32}{figures[name]}; {chosen_by[name]} for the others", flush=True)
            figures["best_for_the_others"] = max(chosen_by, key=chosen_by.__getitem__)
    if args.json:
        args.json.write_text(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
