"""The search engines side by side.

    python -m tests.benchmarks.index (--generation DIR | --dump DUMP | --stored JSON) [--json OUT] [--picture FILE]

Takes a built generation, or builds one from a dump, and asks for the ten films most like films with 10 votes or
more, and like films drawn at random: other films than those the build was tuned on. Every engine has a process of
its own, one thread, and the same vectors; it is taken at the cheapest setting that reaches the recall asked for
on both kinds of film. Then the served engine under filters. The picture shows recall against speed.
Peers come from `requirements-bench.txt`; one that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from etl.build import build
from etl.ingest import ingest
from etl.progress import Progress
from index.exact import exact_rows
from index.generation import Generation
from index.publish import Generations
from index.recall import recall_at_k
from index.selection import Selection
from index.tuning import KNOWN_VOTES, K
from index.vectors import StoredVectors, Vectors
from sql.engine import connect
from sql.migrate import upgrade
from tests.peers import PEERS

ROOT = Path(__file__).parents[2]
OURS = "Reelkin"
SEED = 2_026
SHARES = (0.9, 0.5, 0.2, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01, 0.001)
FEWEST = 20
FILTERED = 150
"""Films of either kind that are asked about under each filter."""
WARM_UP = 20


@dataclass(frozen=True)
class Queries:
    """Films asked about, the first half known ones, with the scores of the exact best."""

    vectors: NDArray[np.float32]
    truth: NDArray[np.float64]

    @classmethod
    def draw(cls, vectors: Vectors, votes: NDArray[np.int32], count: int) -> Queries:
        """`count` films of either kind."""
        random = np.random.default_rng(SEED)
        known = np.flatnonzero(votes >= KNOWN_VOTES)
        pools = (known if len(known) else np.arange(len(vectors)), np.arange(len(vectors)))
        queries = vectors.single(np.concatenate([random.choice(pool, count) for pool in pools]))
        return cls(queries, scores_of(vectors, queries, exact_rows(vectors, queries, K)[1]))


@dataclass(frozen=True)
class Point:
    """One engine at one setting; milliseconds of single queries on one thread."""

    setting: str
    recall_known: float
    recall_random: float
    queries_per_second: float
    known_p50_ms: float
    known_p99_ms: float
    random_p50_ms: float
    random_p99_ms: float
    known_mean_ms: float
    random_mean_ms: float

    @property
    def worst(self) -> float:
        """The lower of both recalls."""
        return min(self.recall_known, self.recall_random)


@dataclass(frozen=True)
class Result:
    """One engine: what it takes, and its curve; `best` is the cheapest point that reaches the target, if any."""

    name: str
    build_s: float
    memory_mb: float
    best: Point
    reached: bool
    curve: list[Point]


def scores_of(vectors: Vectors, queries: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exact scores of the rows found, shape (queries, K); -inf where a row is -1."""
    scored = (
        np.where(found >= 0, vectors.scores(query.astype(np.float64), found), -np.inf)
        for query, found in zip(queries, rows, strict=True)
    )
    return np.stack(list(scored))


def timed(search: Callable[[int], NDArray[np.int64]], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows found, -1 where there are fewer than K, and the milliseconds of each query."""
    rows, ms = np.full((count, K), -1, np.int64), np.zeros(count)
    for position in range(min(WARM_UP, count)):
        search(position)
    for position in range(count):
        started = time.perf_counter()
        found = search(position)
        ms[position] = (time.perf_counter() - started) * 1e3
        rows[position, : len(found)] = found[:K]
    return rows, ms


def measure(
    setting: str,
    search: Callable[[NDArray[np.float32]], NDArray[np.int64]],
    vectors: Vectors,
    queries: Queries,
) -> Point:
    """Recall and speed at one setting."""
    rows, ms = timed(lambda position: search(queries.vectors[position]), len(queries.vectors))
    found, half = scores_of(vectors, queries.vectors, rows), len(rows) // 2
    return Point(
        setting,
        round(recall_at_k(found[:half], queries.truth[:half]), 4),
        round(recall_at_k(found[half:], queries.truth[half:]), 4),
        round(1e3 / ms.mean(), 1),
        *(round(float(np.percentile(part, at)), 3) for part in (ms[:half], ms[half:]) for at in (50, 99)),
        *(round(float(part.mean()), 3) for part in (ms[:half], ms[half:])),
    )


def best_of(curve: Sequence[Point], target: float) -> tuple[Point, bool]:
    """The quickest point that reaches the target, or the one that comes nearest."""
    reached = [point for point in curve if point.worst >= target]
    if reached:
        return max(reached, key=lambda point: point.queries_per_second), True
    return max(curve, key=lambda point: point.worst), False


def own_memory_mb() -> float:
    """What this process alone holds, in 10**6 bytes; files that are mapped are not counted."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024 / 1e6


def ours(generation: Generation, queries: Queries, target: float) -> Result:
    """The engine of the generation, first as it is served and then at other settings."""
    index = generation.content.index
    served = index.parameters
    curve = []
    for choice in [served, *(choice for choices in index.choices() for choice in choices[::2])]:
        index.parameters = choice
        setting = ", ".join(f"{name} {value}" for name, value in choice.items()) or "exact"
        curve.append(
            measure(setting, lambda query: index.search(query, K).rows, generation.content.vectors, queries)
        )
    index.parameters = served
    return Result(
        OURS,
        generation.manifest.timings_s.get("train index", 0.0),
        round(index.size_bytes / 1e6, 1),
        curve[0],
        curve[0].worst >= target,
        curve,
    )


def peer(name: str, generation: Generation, queries: Queries, target: float) -> Result:
    """A peer at all its settings."""
    stored = generation.content.vectors
    vectors = stored.single(slice(None))
    before, started = own_memory_mb(), time.perf_counter()
    built = next(entry for entry in PEERS if entry.name == name).build(vectors)
    build_s = time.perf_counter() - started
    memory = own_memory_mb() - before
    faiss.omp_set_num_threads(1)
    curve: list[Point] = []
    for setting in built.settings:
        built.set(setting)
        curve.append(measure(str(setting), lambda query: built.search(query, K), stored, queries))
    best, reached = best_of(curve, target)
    return Result(name, round(build_s, 1), round(memory, 1), best, reached, curve)


def filtered(generation: Generation, queries: Queries) -> list[dict[str, Any]]:
    """The served engine under filters: rows drawn at random, and the best-known rows, for each share."""
    index, stored = generation.content.index, generation.content.vectors
    random, half, table = np.random.default_rng(SEED), len(queries.vectors) // 2, []
    asked = queries.vectors[max(half - FILTERED, 0) : half + FILTERED]  # as many known films as random ones
    for matching in (*(round(share * len(stored)) for share in SHARES), FEWEST):
        for kind in ("random", "best known"):
            mask = np.zeros(len(stored), np.bool_)
            mask[random.choice(len(stored), matching, replace=False) if kind == "random" else slice(matching)] = (
                True
            )
            rows, ms = timed(lambda at, m=mask: index.search(asked[at], K, Selection(m)).rows, len(asked))  # type: ignore[misc]
            passing = StoredVectors.from_array(stored.single(np.flatnonzero(mask)))
            best = exact_rows(passing, asked, min(K, matching))[1]
            found = scores_of(stored, asked, rows)[:, : min(K, matching)]
            table.append(
                {
                    "films": kind,
                    "matching": matching,
                    "recall": round(recall_at_k(found, scores_of(passing, asked, best)), 4),
                    "p50_ms": round(float(np.percentile(ms, 50)), 3),
                    "p99_ms": round(float(np.percentile(ms, 99)), 3),
                }
            )
    return table


@contextmanager
def built(dump: Path) -> Iterator[Path]:
    """The folder of a generation built from a dump; it goes at the end."""
    with tempfile.TemporaryDirectory() as scratch:
        database = connect(f"sqlite:///{scratch}/films.db")
        upgrade(database)
        ingest(database, dump)
        generations = Generations(Path(scratch) / "generations")
        with Progress() as progress:
            build(database, generations, "default", progress)
        database.dispose()
        yield generations.current()


def run_in_process(name: str, folder: Path, count: int, target: float) -> dict[str, Any] | None:
    """Measure one engine in a process of its own; None where it failed."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "result.json"
        command = [sys.executable, "-m", "tests.benchmarks.index", "--generation", str(folder), "--one", name]
        command += ["--queries", str(count), "--target", str(target), "--json", str(out)]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return None
        result: dict[str, Any] = json.loads(out.read_text())
        return result


def one(name: str, folder: Path, count: int, target: float) -> dict[str, Any]:
    """One engine, in this process."""
    generation = Generation.open(folder)
    queries = Queries.draw(generation.content.vectors, generation.filters.column("votes"), count)
    if name != OURS:
        return asdict(peer(name, generation, queries, target))
    faiss.omp_set_num_threads(1)
    return asdict(ours(generation, queries, target)) | {"filters": filtered(generation, queries)}


def compare(folder: Path, wanted: Sequence[str], count: int, target: float) -> dict[str, Any]:
    """All engines; what is missing is named."""
    manifest = Generation.open(folder).manifest
    results = []
    for name in (OURS, *(entry.name for entry in PEERS if entry.name in wanted)):
        entry = next((entry for entry in PEERS if entry.name == name), None)
        if entry is not None and not entry.installed:
            print(f"{name}: not measured, install requirements-bench.txt", flush=True)
        elif (result := run_in_process(name, folder, count, target)) is not None:
            results.append(result)
    space = manifest.spaces["content"]
    return {
        "films": manifest.rows,
        "dimensions": sum(space.widths.values()),
        "queries": 2 * count,
        "target": target,
        "build_s": manifest.timings_s,
        "parameters": space.parameters,
        "engines": results,
    }


def show(figures: dict[str, Any]) -> None:
    """Print the tables. `x` is how many times quicker than FAISS's flat scan."""
    engines = figures["engines"]
    flat = next((engine["best"] for engine in engines if engine["name"] == "FAISS flat"), None)
    print(f"{figures['films']:,} films, {figures['dimensions']} dimensions, recall wanted {figures['target']}")
    print(f"{'':<12} {'known films':^31}   {'random films':^31}")
    print(f"{'engine':<12} {2 * 'recall   p50 ms   p99 ms     x   '}    MB  build s")
    for engine in engines:
        cells = [f"{engine['name']:<12}"]
        for kind in ("known", "random"):
            best = engine["best"]
            quicker = flat[f"{kind}_mean_ms"] / best[f"{kind}_mean_ms"] if flat else float("nan")
            cells.append(f"{best[f'recall_{kind}']:.4f} {best[f'{kind}_p50_ms']:8.3f}")
            cells.append(f"{best[f'{kind}_p99_ms']:8.3f} {quicker:5.1f}  ")
        missed = "" if engine["reached"] else "  recall not reached"
        print(*cells, f"{engine['memory_mb']:6,.0f} {engine['build_s']:8,.1f}{missed}")
    print(f"{'matching':>9}  {'films':<10}  recall   p50 ms   p99 ms")
    for row in engines[0]["filters"]:
        times = f"{row['p50_ms']:8.3f} {row['p99_ms']:8.3f}"
        print(f"{row['matching']:9,}  {row['films']:<10}  {row['recall']:.4f} {times}")


def draw(figures: dict[str, Any], path: Path) -> None:
    """Recall against queries per second, one line an engine."""
    figure = import_module("matplotlib.figure").Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for engine in figures["engines"]:
        points = sorted(
            (min(p["recall_known"], p["recall_random"]), p["queries_per_second"]) for p in engine["curve"]
        )
        axes.plot(*zip(*points, strict=True), marker="o", label=engine["name"])
    axes.set_yscale("log")
    axes.set_xlabel("recall@10, the lower of known and random films")
    axes.set_ylabel("queries per second, one thread")
    axes.set_title(f"{figures['films']:,} films, {figures['dimensions']} dimensions")
    axes.legend()
    figure.savefig(path)


def main() -> None:
    """Run, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--generation", type=Path, help="a built generation")
    source.add_argument("--dump", type=Path, help="build one from this dump")
    source.add_argument(
        "--stored", type=Path, metavar="JSON", help="show a stored result, such as bench-results/index.json"
    )
    parser.add_argument("--queries", type=int, default=500, help="films of either kind (default %(default)s)")
    parser.add_argument("--target", type=float, default=0.97, help="recall wanted (default %(default)s)")
    names = [entry.name for entry in PEERS]
    parser.add_argument("--peers", nargs="*", choices=names, default=names, help="which (default: all)")
    parser.add_argument("--one", choices=[OURS, *names], help="measure this engine alone, in this process")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures here")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the curves: .svg or .png")
    args = parser.parse_args()
    if args.dump:
        with built(args.dump) as folder:
            figures = compare(folder, args.peers, args.queries, args.target)
    elif args.stored:
        figures = json.loads(args.stored.read_text())["figures"]
    elif args.one:
        figures = one(args.one, args.generation, args.queries, args.target)
    else:
        figures = compare(args.generation, args.peers, args.queries, args.target)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")
    if not args.one:
        show(figures)
    if args.picture:
        draw(figures, args.picture)


if __name__ == "__main__":
    main()
