"""Ratings at size: `python -m tests.benchmarks.ratings --data DIR --dump DUMP --fitted N [N ...] --loaded N`.

Of the films of DUMP, loaded and built in DIR, ratings by made-up people are written. Measured are the time and the
peak memory of `etl ratings` and of fitting, each in a process of its own, for every number of ratings; for the
largest that is fitted, what a taste of 50 films takes to answer, one after the other on one thread, and the bytes
of memory that the models add for each film.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from contract import Filters, Model
from etl.synthetic.ratings import write_ratings
from index.answer.recommend import Question, Recommender
from index.engines.base import Location
from index.engines.exact import ExactIndex
from index.engines.faiss_tools import one_thread
from index.engines.vectors import StoredVectors
from index.generation.learning import Learner
from index.generation.manifest import VECTORS, Generation
from index.generation.publish import Generations
from index.generation.space_builder import SpaceBuilder
from index.ratings.measures import LIKED, Rated
from index.ratings.model import RATINGS, RatingModel
from index.spaces.space import CONTENT, RowMap, VectorSpace
from sql import ratings as stored
from sql.engine import connect

QUESTIONS, LIKES = 400, 50
WARM_UP = 20
FILTERS = {
    "no filter": Filters(),
    "a genre and years": Filters(genres=("Drama",), year_min=1990),
    "a narrow filter": Filters(genres=("Horror",), languages=("ja",), year_min=1980),
}


def main() -> int:
    """Measure all, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ratings", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with reelkin.db and generations")
    parser.add_argument("--dump", type=Path, required=True, help="the films, as `etl synthesize` writes them")
    parser.add_argument("--fitted", type=int, nargs="+", default=[100_000], help="loaded and fitted (%(default)s)")
    parser.add_argument("--loaded", type=int, nargs="*", default=[], help="only loaded")
    parser.add_argument("--fit", type=Path, help="only fit what is loaded in this folder; used by the benchmark")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    if args.fit is not None:
        fit(Generation.open(Generations(args.data / "generations").current()), args.fit)
        return 0
    with tempfile.TemporaryDirectory() as name:
        figures = measure(args.data, args.dump, sorted(args.fitted), args.loaded, Path(name))
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures))
    return 0


def measure(data: Path, dump: Path, fitted: list[int], loaded: list[int], scratch: Path) -> dict[str, Any]:
    """All figures."""
    shutil.copy(data / "reelkin.db", scratch / "reelkin.db")
    loads = {f"{count:,}": load(dump, count, scratch) for count in loaded}
    fits = {}
    for count in fitted:
        loads[f"{count:,}"] = load(dump, count, scratch)
        fits[f"{count:,}"] = _child(
            *("tests.benchmarks.ratings", "--data", str(data), "--dump", str(dump), "--fit", str(scratch)),
            scratch=scratch,
        )
        record = json.loads((scratch / "learned.json").read_text())
        fits[f"{count:,}"] |= {"users": record["users"], "films": record["films"], "likes": record["likes"]}
        fits[f"{count:,}"] |= {"factors": int(record["parameters"]["dim"]), "trials": len(record["tried"])}
    generation = Generation.open(Generations(data / "generations").current())
    space = _space(scratch / RATINGS, record["films"])
    model = RatingModel.open(space, generation.spaces[CONTENT], scratch / RATINGS, record["parameters"])
    view = replace(generation, ratings=model, spaces={**generation.spaces, RATINGS: space})
    return {
        "films": len(generation.films),
        "loads": loads,
        "fits": fits,
        "bytes_per_film": round((model.size_bytes + space.size_bytes) / len(generation.films), 1),
        "answers_ms": answers(view, _read(scratch)),
    }


def load(dump: Path, count: int, scratch: Path) -> dict[str, float]:
    """What it takes to load so many ratings into the database of a folder that has none."""
    path = scratch / "ratings.csv"
    write_ratings(dump, path, count)
    with sqlite3.connect(scratch / "reelkin.db") as database:
        database.execute("delete from ratings")
        database.execute("delete from rating_sets")
    found = _child("etl", "ratings", str(path), scratch=scratch)
    path.unlink()
    return found


def fit(generation: Generation, folder: Path) -> None:
    """What a build does with the ratings of the database in a folder, beside it."""
    content = generation.spaces[CONTENT]
    shutil.rmtree(folder / RATINGS, ignore_errors=True)
    builder = SpaceBuilder(Location(folder / RATINGS), ExactIndex.name, with_table=False)
    learner = Learner(
        generation.films, content.vectors, content.layout, generation.filters.column("votes"), builder
    )
    record, _ = learner.learn(_read(folder))
    (folder / "learned.json").write_text(json.dumps(asdict(record)))


def answers(view: Generation, rated: Rated) -> dict[str, dict[str, float]]:
    """Percentiles of the time that the hybrid takes for 50 films that one person likes, by filter."""
    liked = rated.tenths >= LIKED
    users, films = rated.users[liked], rated.movie_ids[liked]
    starts = np.flatnonzero(np.diff(users, prepend=-1))
    many = starts[np.diff([*starts, len(users)]) >= LIKES]
    random = np.random.default_rng(0)
    asked = random.choice(many, min(QUESTIONS, len(many)), replace=False)
    recommender, found = Recommender(view), {}
    with one_thread(), threadpool_limits(1):
        for name, filters in FILTERS.items():
            times = []
            for start in asked.tolist():
                rows = [view.films.row_of(int(movie_id)) for movie_id in films[start : start + LIKES]]
                likes = tuple(row for row in rows if row is not None)
                question = Question(likes=likes, filters=filters, explain=False, model=Model.HYBRID)
                started = time.perf_counter()
                recommender.recommend(question)
                times.append((time.perf_counter() - started) * 1e3)
            shares = np.percentile(times[min(WARM_UP, len(times) // 2) :], (50, 95, 99)).round(2).tolist()
            found[name] = dict(zip(("p50_ms", "p95_ms", "p99_ms"), shares, strict=True))
    return found


def _space(folder: Path, films: int) -> VectorSpace:
    vectors = StoredVectors.open(folder / VECTORS)
    return VectorSpace(
        RATINGS, vectors, ExactIndex.build(vectors, Location(folder)), rows=RowMap.open(folder, films)
    )


def _read(folder: Path) -> Rated:
    return Rated(*stored.read(connect(f"sqlite:///{folder}/reelkin.db")))


def _child(*arguments: str, scratch: Path) -> dict[str, float]:
    """Seconds and peak memory of one of our programs, on the database in a folder."""
    url = {"REELKIN_DATABASE_URL": f"sqlite:///{scratch}/reelkin.db", "REELKIN_DATA_DIR": str(scratch)}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", *arguments], env=os.environ | url, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)} failed")
    return {"s": round(time.perf_counter() - started, 1), "peak_mb": round(usage.ru_maxrss / 1024)}


if __name__ == "__main__":
    sys.exit(main())
