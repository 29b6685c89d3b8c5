"""What the catalogue costs: loading, reading, and pages of every order and filter.

python -m tests.benchmarks.catalogue --films 1000000 --url sqlite:////tmp/bench.db --json out.json

The database must be empty or hold films of an earlier run of the same size, which are then not loaded again.
The films are made up from a seed, with the lengths and proportions of TMDB's dump.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Engine

from contract import Filters, Order, Sort
from sql.browse import PageKey, genres, page
from sql.engine import connect
from sql.load.load import MovieLoad
from sql.migrations.upgrade import upgrade
from sql.movies import count, stream, summaries
from sql.tables import MOVIE_SCHEMA, join_names
from tests.sql.films import empty_film

GENRES = (
    *("Drama", "Documentary", "Comedy", "Animation", "Horror", "Romance", "Music", "Thriller", "Action"),
    *("Crime", "Family", "TV Movie", "Adventure", "Fantasy", "Science Fiction", "Mystery", "History"),
    *("War", "Western"),
)
LANGUAGES = ("en", "fr", "es", "de", "ja", "zh", "pt", "it", "ru", "ko", "is")
BATCH_FILMS = 50_000
WARM_UP, RUNS = 2, 51
FILTERS = {
    "none": Filters(),
    "common genre": Filters(genres=("Drama",)),
    "two genres": Filters(genres_all=("Drama", "War")),
    "without common genres": Filters(without_genres=("Drama", "Comedy")),
    "common keyword": Filters(keywords=("word 0",)),
    "rare keyword": Filters(keywords=("word 29000",)),
    "rare country": Filters(countries=("Country 140",)),
    "rare language": Filters(languages=("is",)),
    "one year": Filters(year_min=1950, year_max=1950),
    "many votes": Filters(votes_min=5_000),
    "some votes": Filters(votes_min=10),
    "long films": Filters(runtime_min=190),
    "nothing": Filters(genres=("No such genre",)),
}


def make_films(films: int, seed: int = 0) -> Iterator[pa.RecordBatch]:
    """Films in falling order of votes, as the dump has them, in batches of `MOVIE_SCHEMA`."""
    rng = np.random.default_rng(seed)
    ids = (rng.permutation(int(films * 1.3))[:films] + 1).astype(np.int32)
    votes = np.where(rng.random(films) < 0.45, 0, np.minimum(rng.pareto(0.6, films) + 1, 38_000))
    votes = np.sort(votes.astype(np.int32))[::-1]
    words = pa.array([f"{rng.integers(36**6):x}"[: rng.integers(2, 7)] for _ in range(5_000)])
    pools = {
        "title": _phrases(rng, words, 20_000, 1, 4),
        "tagline": _phrases(rng, words, 10_000, 4, 12),
        "overview": _phrases(rng, words, 20_000, 12, 70),
        "genres": _lists(rng, GENRES, 4_000, 4),
        "keywords": _lists(rng, tuple(f"word {i}" for i in range(30_000)), 60_000, 10),
        "production_companies": _lists(rng, tuple(f"Company {i}" for i in range(50_000)), 60_000, 4),
        "production_countries": _lists(rng, tuple(f"Country {i}" for i in range(150)), 3_000, 3),
        "spoken_languages": _lists(rng, tuple(f"Language {i}" for i in range(100)), 2_000, 3),
    }
    filled = {"tagline": 0.15, "overview": 0.8, "genres": 0.66, "keywords": 0.3}
    for start in range(0, films, BATCH_FILMS):
        n = len(ids[start : start + BATCH_FILMS])
        columns: dict[str, Any] = {
            name: _some(rng, pool, n, filled.get(name, 0.6)) for name, pool in pools.items()
        }
        v = votes[start : start + n]
        number = pc.cast(pa.array(rng.integers(10**17, 10**18, n)), pa.string())
        path = pc.binary_join_element_wise("/", number, "abcdefgh.jpg", "")
        columns |= {
            "id": ids[start : start + n],
            "title": pools["title"].take(pa.array(rng.integers(0, 20_000, n))),
            "original_title": pools["title"].take(pa.array(rng.integers(0, 20_000, n))),
            "year": np.maximum(2024 - rng.gamma(1.5, 15, n), 1890).astype(np.int16),
            "release_date": pa.array(rng.integers(-10_000, 20_000, n).astype(np.int32)).cast(pa.date32()),
            "status": ["Released"] * n,
            "vote_average": np.where(v > 0, np.round(rng.normal(6, 1.2, n).clip(0.5, 10), 3), 0.0),
            "vote_count": v,
            "popularity": np.round(rng.pareto(1.5, n) + v / 50, 3),
            "runtime": pa.array(rng.integers(1, 200, n), mask=rng.random(n) > 0.75),
            "budget": pa.array(rng.integers(1_000, 10**8, n), mask=rng.random(n) > 0.05),
            "revenue": pa.array(rng.integers(1_000, 10**9, n), mask=rng.random(n) > 0.03),
            "adult": rng.random(n) < 0.08,
            "original_language": [LANGUAGES[i] for i in np.minimum(rng.geometric(0.45, n) - 1, 10)],
            "imdb_id": _or_null(rng, pc.binary_join_element_wise("tt", number, ""), 0.55),
            "poster_path": _or_null(rng, path, 0.7),
            "backdrop_path": _or_null(rng, path, 0.3),
        }
        unknown = {name: [value] * n for name, value in empty_film().items()}
        arrays = [_array((unknown | columns)[f.name], f.type) for f in MOVIE_SCHEMA]
        yield pa.RecordBatch.from_arrays(arrays, schema=MOVIE_SCHEMA)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)


def _phrases(rng: np.random.Generator, words: pa.Array, pool: int, least: int, most: int) -> pa.StringArray:
    chosen = words.to_pylist()
    picks = (rng.integers(0, len(chosen), rng.integers(least, most)) for _ in range(pool))
    return pa.array([" ".join(chosen[i] for i in pick).capitalize() for pick in picks])


def _lists(rng: np.random.Generator, names: tuple[str, ...], pool: int, most: int) -> pa.StringArray:
    """Stored lists in which the first names are far more common than the last, by Zipf's law."""
    weight = 1 / np.arange(1, len(names) + 1)
    picks = rng.choice(len(names), (pool, most), p=weight / weight.sum())
    sizes = rng.integers(1, most, pool)
    lists = (dict.fromkeys(pick[:size].tolist()) for pick, size in zip(picks, sizes, strict=True))
    return pa.array([join_names(names[i] for i in chosen) for chosen in lists])


def _some(rng: np.random.Generator, pool: pa.StringArray, n: int, share: float) -> pa.StringArray:
    return pc.if_else(pa.array(rng.random(n) < share), pool.take(pa.array(rng.integers(0, len(pool), n))), "")


def _or_null(rng: np.random.Generator, values: pa.StringArray, share: float) -> pa.StringArray:
    return pc.if_else(pa.array(rng.random(n := len(values)) < share), values, pa.nulls(n, pa.string()))


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of `work`; see `timed_together`."""
    return timed_together({"": work})[""]


def timed_together(works: dict[str, Callable[[], object]]) -> dict[str, dict[str, float]]:
    """Milliseconds of each: its first run, then the median and the worst of `RUNS` after a warm-up.

    They take turns, so that whatever else the machine does falls on all of them alike.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(1 + WARM_UP + RUNS):
        for name, work in works.items():
            begin = time.perf_counter()
            work()
            taken[name].append((time.perf_counter() - begin) * 1000)
    return {
        name: {
            "first_ms": round(times[0], 2),
            "p50_ms": round(statistics.median(times[1 + WARM_UP :]), 2),
            "max_ms": round(max(times[1 + WARM_UP :]), 2),
        }
        for name, times in taken.items()
    }


def measure_pages(engine: Engine, wanted: Filters, sort: Sort, order: Order) -> dict[str, Any]:
    """The costs of the first, a middle and the last page, and how the last compares to the first."""

    def at(key: PageKey | None) -> Callable[[], object]:
        return lambda: page(engine, filters=wanted, sort=sort, order=order, limit=50, key=key)

    opposite = Order.desc if order is Order.asc else Order.asc
    end = page(engine, filters=wanted, sort=sort, order=opposite, limit=50, key=None)
    total, last = end.total, end.next
    if last is None:
        return {"total": total, "first": timed(at(None))}
    # What follows the end in the other direction precedes it in this one; its key there, forward, ends here.
    middle = _middle_id(engine, wanted, sort, order, total)
    keys = {"first": None, "middle": middle, "last": PageKey(last.value, last.movie_id, False)}
    found: dict[str, Any] = {"total": total, **timed_together({name: at(key) for name, key in keys.items()})}
    found["last_over_first"] = round(found["last"]["p50_ms"] / found["first"]["p50_ms"], 2)
    return found


def _middle_id(engine: Engine, wanted: Filters, sort: Sort, order: Order, total: int) -> PageKey | None:
    """A key some pages into the order: as far as a hundred steps go."""
    key: PageKey | None = None
    for _ in range(min(100, total // 100)):
        key = page(engine, filters=wanted, sort=sort, order=order, limit=50, key=key).next
    return key


def measure(engine: Engine, films: int) -> dict[str, Any]:
    """Everything, as one object for JSON."""
    upgrade(engine)
    found: dict[str, Any] = {"films": films, "database": engine.dialect.name}
    if count(engine) != films:
        begin = time.perf_counter()
        with MovieLoad(engine) as loading:
            making = 0.0
            mark = time.perf_counter()
            for batch in make_films(films):
                making += time.perf_counter() - mark
                loading.add(batch)
                mark = time.perf_counter()
            staged = time.perf_counter() - begin - making
            loading.commit(source="benchmark", checksum=str(films))
        seconds = time.perf_counter() - begin - making
        found["load"] = {
            "stage_s": round(staged, 2),
            "commit_s": round(seconds - staged, 2),
            "films_per_s": round(films / seconds),
        }
    begin = time.perf_counter()
    streamed = sum(len(batch) for batch in stream(engine))
    found["stream"] = {"films": streamed, "s": round(time.perf_counter() - begin, 2)}
    some = np.random.default_rng(1).integers(1, films, 50).tolist()
    found["summaries of 50"] = timed(lambda: summaries(engine, some))
    found["genres"] = {name: timed(lambda w=w: genres(engine, w)) for name, w in FILTERS.items()}  # type: ignore[misc]
    found["sorts"] = {
        f"{sort} {order}": measure_pages(engine, Filters(), sort, order) for sort in Sort for order in Order
    }
    found["filters"] = {
        f"{name}, {sort} {order}": measure_pages(engine, wanted, sort, order)
        for name, wanted in FILTERS.items()
        for sort, order in ((Sort.popularity, Order.desc), (Sort.popularity, Order.asc))
    }
    return found


def show(found: dict[str, Any]) -> None:
    """Print the figures as a table."""
    for name in ("load", "stream", "summaries of 50"):
        print(name, found.get(name, "(loaded before)"))
    names = ("total", "cold", "first", "middle", "last", "last/first")
    print(f"{'pages of 50':42}", *(f"{name:>10}" for name in names))
    for name, row in [*found["sorts"].items(), *found["filters"].items()]:
        costs = [row.get(spot, {}).get("p50_ms", "") for spot in ("first", "middle", "last")]
        figures = (row["total"], row["first"]["first_ms"], *costs, row.get("last_over_first", ""))
        print(f"{name:42}", *(f"{figure:>10}" for figure in figures))


def main() -> int:
    """Run from the command line."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--films", type=int, default=100_000)
    parser.add_argument("--url", required=True, help="database to fill")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    arguments = parser.parse_args()
    engine = connect(arguments.url)
    found = measure(engine, arguments.films)
    found |= {"machine": platform.platform(), "python": platform.python_version()}
    engine.dispose()
    show(found)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
