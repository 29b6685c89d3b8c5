"""Whether recent ratings should count more: `python -m tests.benchmarks.recency --dump D --ratings DIR`.

From MovieLens users whose ratings lie a year and more apart: what they liked in the last fifth of their ratings
is to be found by the ratings before, each of which counts half for every half-life of its age; by age in days,
and by how many ratings came later. The ratings of all other users are loaded before the build, so that the
hybrid model has seen none of those who are asked. A half-life is chosen on one half of the users; the other
half reports.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from contract import Model
from index.answer.recommend import Question, Recommender
from index.answer.tastes import FULL, NEUTRAL, of_rating
from index.generation.manifest import Generation
from index.generation.publish import Generations
from tests.support.sample import load_sample

DAY_S = 86_400
LEAST_SPAN_DAYS = 365
HELD = 0.2
FEWEST_BEFORE, FEWEST_HELD = 10, 3
MOST_RATINGS = 1_000
K = 50
DAYS: dict[str, float] = {f"{days} days": days for days in (30, 90, 180, 365, 730, 1_825)}
LATER: dict[str, float] = {f"{count} later ratings": count for count in (10, 30, 100, 300)}
NONE = "none"


@dataclass(frozen=True)
class Case:
    """What a user rated before, the latest first, and the films liked after that.

    Attributes:
        before: row, rating of ten, age in days at the time of the question.
        liked: rows.
    """

    before: Sequence[tuple[int, float, float]]
    liked: frozenset[int]


def spread_out(ratings: pd.DataFrame) -> list[int]:
    """The users whose ratings lie a year and more apart."""
    span = ratings.groupby("userId")["timestamp"].agg(lambda times: times.max() - times.min())
    return [int(user) for user in span.index[span >= LEAST_SPAN_DAYS * DAY_S]]


def cases(ratings: pd.DataFrame, generation: Generation) -> list[Case]:
    """A question of each user with enough on both sides."""
    found = []
    for _, films in ratings.sort_values("timestamp").groupby("userId"):
        rows = [generation.films.row_of(int(movie_id)) for movie_id in films["tmdbId"]]
        rated = [
            (generation.films.best_of(row), 2 * float(stars), int(at))
            for row, stars, at in zip(rows, films["rating"], films["timestamp"], strict=True)
            if row is not None
        ]
        cut = math.floor(len(rated) * (1 - HELD))
        before, after = rated[:cut][-MOST_RATINGS:], rated[cut:]
        known = {row for row, *_ in before}
        liked = frozenset(row for row, rating, _ in after if of_rating(rating) == 1 and row not in known)
        likes = sum(of_rating(rating) > 0 for _, rating, _ in before)
        if likes >= FEWEST_BEFORE and len(liked) >= FEWEST_HELD:
            now = after[0][2]
            found.append(Case([(row, rating, (now - at) / DAY_S) for row, rating, at in reversed(before)], liked))
    return found


def asked(case: Case, half_life: str, model: Model) -> Question:
    """The question of a user; a rating that counts for less is nearer to the one that says nothing."""
    days, later = DAYS.get(half_life, math.inf), LATER.get(half_life, math.inf)
    ratings = {
        row: NEUTRAL + (FULL - NEUTRAL) * of_rating(rating) * 2 ** -(age / days + place / later)
        for place, (row, rating, age) in enumerate(case.before)
    }
    return Question(ratings=ratings, k=K, explain=False, model=model, exclude=tuple(ratings))


def measured(recommender: Recommender, some: Sequence[Case], half_life: str, model: Model) -> dict[str, Any]:
    """nDCG@10 and recall@50 of the films liked later: means and standard errors."""
    discounts, told = 1 / np.log2(np.arange(2, 12)), []
    for case in some:
        rows = [film.row for film in recommender.recommend(asked(case, half_life, model)).films]
        hits = np.isin(rows, list(case.liked))
        best = discounts[: min(10, len(case.liked))].sum()
        told.append((hits[:10] @ discounts[: len(hits[:10])] / best, hits.sum() / min(K, len(case.liked))))
    values = np.array(told)
    errors = values.std(axis=0) / math.sqrt(len(values))
    names = ("ndcg_10", "recall_50")
    return {
        name: [round(float(m), 4), round(float(e), 4)]
        for name, m, e in zip(names, values.mean(axis=0), errors, strict=True)
    }


def figures(data: Path | None, dump: Path | None, folder: Path, scratch: Path) -> dict[str, Any]:
    """All of it; of a catalogue that is ready what the content model says."""
    ratings = pd.read_csv(folder / "ratings.csv").merge(pd.read_csv(folder / "links.csv").dropna(), on="movieId")
    users = spread_out(ratings)
    others, held = ratings[~ratings["userId"].isin(users)], ratings[ratings["userId"].isin(users)]
    if dump is not None:
        data = _loaded(dump, others, scratch)
    assert data is not None
    generation = Generation.open(Generations(data / "generations").current())
    recommender, some = Recommender(generation), cases(held, generation)
    choosing, reporting = some[::2], some[1::2]
    result: dict[str, Any] = {"films": generation.manifest.rows, "users": len(reporting)}
    for model in (Model.CONTENT,) if dump is None else (Model.CONTENT, Model.HYBRID):
        chosen, table = {}, {}
        for half_life in (NONE, *DAYS, *LATER):
            chosen[half_life] = measured(recommender, choosing, half_life, model)["ndcg_10"][0]
            table[half_life] = measured(recommender, reporting, half_life, model)
            print(f"{model:10}{half_life:20}{table[half_life]}; {chosen[half_life]} for the others", flush=True)
        result[model] = {"reported": table, "chosen_by_the_others": max(chosen, key=chosen.__getitem__)}
    return result


def _loaded(dump: Path, ratings: pd.DataFrame, scratch: Path) -> Path:
    """The folder of a catalogue with ratings."""
    told = scratch / "others.csv"
    with told.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("user", "tmdb", "rating"))
        writer.writerows(zip(ratings["userId"], ratings["tmdbId"].astype(int), ratings["rating"], strict=True))
    return load_sample(f"sqlite:///{scratch}/films.db", scratch, dump, told).folder


def main() -> int:
    """Measure, print and keep; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recency", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--dump", type=Path, help="the films")
    source.add_argument(
        "--data", type=Path, help="a folder with generations/; the content model alone is measured"
    )
    parser.add_argument("--ratings", type=Path, help="MovieLens folder")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    result: dict[str, Any] = {}
    if args.ratings is None:
        print("not measured: name a MovieLens folder with --ratings")
    else:
        with tempfile.TemporaryDirectory() as scratch:
            dump = args.dump.resolve() if args.dump else None
            result = figures(args.data, dump, args.ratings, Path(scratch))
        print(json.dumps(result, indent=1))
    if args.json:
        args.json.write_text(json.dumps(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
