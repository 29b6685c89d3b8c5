"""The search engines compared.

    python -m tests.benchmarks.index (--generation DIR [--compact DIR] | --dump DUMP | --stored JSON)
        [--json OUT] [--picture FILE]

Takes built generations, or builds them from a dump (profiles default and compact), and asks for the ten films most
like films with 10 votes or more, and like films drawn at random: other films than those the build was tuned on.
Every engine has a process of its own, one thread, and the same vectors; it is taken at the quickest setting that
reaches the recall asked for on both kinds of film, ours also as it was built. Then ours with filters, among them
those that pull against the question (`tests.support.pulling`), beside FAISS with a selector. Compact
vectors are judged by the default ones. The picture shows recall against speed.

Peers come from `requirements-bench.txt`; one that is not installed is named and left out. What is measured of a
dump is kept in a folder of the system's temporary files until all of it is: a run that was stopped goes on from
there. The engines share `--minutes`; one that takes more than its part is stopped, and what it measured is kept.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from etl.build import build
from etl.ingest import ingest
from etl.progress import Progress
from index.engines.exact import exact_rows
from index.engines.vectors import StoredVectors, Vectors
from index.films.filters import Allowed
from index.generation.manifest import VECTORS, Generation
from index.generation.publish import Generations
from index.generation.tuning import K, recall_at_k
from index.spaces.space import CONTENT
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.benchmarks.__main__ import about
from tests.support.measuring import SEED, Point, Queries, measure, result_of, scores_of, timed
from tests.support.peers import PEERS
from tests.support.pulling import pulled

ROOT = Path(__file__).parents[2]
OURS, COMPACT = "Reelkin", "Reelkin compact"
COMPACT_TARGET = 0.9
PEAK = "peak_kb"
SHARES = (0.9, 0.5, 0.2, 0.1, 0.08, 0.05, 0.03, 0.02, 0.01, 0.001)
FEWEST = 20
FILTERED = 150
"""Films of either kind that are asked about under each filter."""

Result = dict[str, Any]
Keep = Callable[[Result], None]
"""Called with what is known of an engine so far, after each setting."""


def own_memory_mb() -> float:
    """What this process alone holds, in 10**6 bytes; files that are mapped are not counted."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024 / 1e6


def ours(name: str, folder: Path, judge: Vectors, queries: Queries, target: float, keep: Keep) -> Result:
    """An engine of ours, first as it was built and then at other settings."""
    generation = Generation.open(folder)
    space, build_s = generation.spaces[CONTENT], generation.manifest.timings_s
    asked, engine = space.vectors.single(queries.rows), space.engine
    served, bytes_per_film = engine.parameters, round(space.size_bytes / len(space.vectors), 1)
    curve: list[Point] = []
    for choice in [served, *(choice for choices in engine.choices() for choice in choices[::2])]:
        engine.parameters = choice
        setting = ", ".join(f"{name} {value}" for name, value in choice.items()) or "exact"
        curve.append(measure(setting, lambda query: space.search(query, K).rows, judge, queries, asked))
        result = result_of(name, build_s.get("train index", 0.0), space.size_bytes / 1e6, curve, target)
        result |= {"served": result["curve"][0], "bytes_per_film": bytes_per_film}
        result |= {"parameters": generation.manifest.spaces[CONTENT].parameters, "whole_build_s": build_s}
        keep(result)
    engine.parameters = served
    return result | {"filters": filtered(generation, judge, queries), "pulled": pulled(generation, FILTERED)}


def peer(name: str, judge: Vectors, queries: Queries, target: float, keep: Keep) -> Result:
    """A peer at all its settings."""
    vectors = judge.single(slice(None))
    before, started = own_memory_mb(), time.perf_counter()
    built = next(entry for entry in PEERS if entry.name == name).build(vectors)
    build_s, memory = time.perf_counter() - started, own_memory_mb() - before
    faiss.omp_set_num_threads(1)
    curve: list[Point] = []
    for setting in built.settings:
        built.set(setting)
        curve.append(measure(str(setting), lambda query: built.search(query, K), judge, queries))
        result = result_of(name, build_s, memory, curve, target)
        keep(result)
    return result


def filtered(generation: Generation, stored: Vectors, queries: Queries) -> list[dict[str, Any]]:
    """The engine as built under filters: rows drawn at random, and the best-known rows, for each share."""
    space, random, half = generation.spaces[CONTENT], np.random.default_rng(SEED), len(queries.vectors) // 2
    part = slice(max(half - FILTERED, 0), half + FILTERED)  # as many known films as random ones
    table, judged, asked = [], queries.vectors[part], space.vectors.single(queries.rows[part])
    for matching in (*(round(share * len(stored)) for share in SHARES), FEWEST):
        for kind in ("random", "best known"):
            mask = np.zeros(len(stored), np.bool_)
            mask[random.choice(len(stored), matching, replace=False) if kind == "random" else slice(matching)] = (
                True
            )
            rows, ms = timed(lambda at, m=mask: space.search(asked[at], K, Allowed(m)).rows, len(asked))  # type: ignore[misc]
            passing = StoredVectors.from_array(stored.single(np.flatnonzero(mask)))
            best = exact_rows(passing, judged, min(K, matching))[1]
            found = scores_of(stored, judged, rows)[:, : min(K, matching)]
            table.append(
                {
                    "films": kind,
                    "matching": matching,
                    "recall": round(recall_at_k(found, scores_of(passing, judged, best)), 4),
                    "p50_ms": round(float(np.percentile(ms, 50)), 3),
                    "p99_ms": round(float(np.percentile(ms, 99)), 3),
                }
            )
    return table


def built(dump: Path, work: Path) -> dict[str, Path]:
    """Generations of both profiles, built from a dump where they are not there yet."""
    url = f"sqlite:///{work}/films.db"
    folders = {OURS: work / "default", COMPACT: work / "compact"}
    for folder in folders.values():
        if not (folder / "current").exists():
            database = connect(url)
            upgrade(database)
            ingest(database, dump)
            with Progress() as progress:
                build(database, Generations(folder), folder.name, progress)
            database.dispose()
            (work / PEAK).write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    return {name: Generations(folder).current() for name, folder in folders.items()}


def one(name: str, folders: dict[str, Path], asked: Path, target: float, keep: Keep) -> Result:
    """One engine, in this process."""
    judge, queries = StoredVectors.open(folders[OURS] / CONTENT / VECTORS), Queries.open(asked)
    if name not in folders:
        return peer(name, judge, queries, target, keep)
    faiss.omp_set_num_threads(1)
    return ours(name, folders[name], judge, queries, COMPACT_TARGET if name == COMPACT else target, keep)


def in_process(name: str, options: Sequence[str], work: Path, limit_s: float) -> Result | None:
    """Measure one engine in a process of its own; None where nothing was measured."""
    out, part = work / f"{name}.json", work / f"{name}.part.json"
    if not out.exists():
        command = [sys.executable, "-m", "tests.benchmarks.index", *options, "--one", name, "--json", str(part)]
        try:
            subprocess.run(command, cwd=ROOT, check=True, timeout=limit_s)
            part.rename(out)
        except subprocess.SubprocessError as error:
            kept = "what it measured is kept" if part.exists() else "nothing was measured"
            print(f"{name}: {error}; {kept}", flush=True)
    for path in (out, part):
        if path.exists():
            return json.loads(path.read_text()) | {"complete": path == out}
    return None


def compare(folders: dict[str, Path], args: argparse.Namespace, work: Path) -> dict[str, Any]:
    """All engines; what is missing is named."""
    generation, asked = Generation.open(folders[OURS]), work / "queries.npz"
    if not asked.exists():
        votes = generation.filters.column("votes")
        Queries.draw(generation.spaces[CONTENT].vectors, votes, args.queries).save(asked)
    options = ["--generation", str(folders[OURS]), "--asked", str(asked), "--target", str(args.target)]
    if COMPACT in folders:
        options += ["--compact", str(folders[COMPACT])]
    wanted = [entry for entry in PEERS if entry.name in args.peers]
    missing = {entry.name: "not installed" for entry in wanted if not entry.installed}
    for name in missing:
        print(f"{name}: not measured, install requirements-bench.txt", flush=True)
    names = [*folders, *(entry.name for entry in wanted if entry.installed)]
    results, until = [], time.monotonic() + 60 * args.minutes
    for left, name in zip(range(len(names), 0, -1), names, strict=True):
        print(f"measuring {name}", flush=True)
        if result := in_process(name, options, work, (until - time.monotonic()) / left):
            results.append(result)
        else:
            missing[name] = "it failed, or was not built in its part of the time"
    manifest = generation.manifest
    space = manifest.spaces[CONTENT]
    return {
        "films": manifest.rows,
        "dimensions": sum(space.widths.values()),
        "queries": 2 * args.queries,
        "target": args.target,
        "build_s": manifest.timings_s,
        "parameters": space.parameters,
        "build_peak_mb": round(int((work / PEAK).read_text()) * 1024 / 1e6) if (work / PEAK).exists() else None,
        "engines": results,
        "not_measured": missing,
    }


def show(figures: dict[str, Any]) -> None:
    """Print the tables. `x` is how many times quicker than FAISS's flat scan."""
    engines = figures["engines"]
    flat = next((engine["best"] for engine in engines if engine["name"] == "FAISS flat"), None)
    print(f"{figures['films']:,} films, {figures['dimensions']} dimensions, recall wanted {figures['target']}")
    print(f"{'':<25} {'known films':^31}   {'random films':^31}")
    print(f"{'engine':<25} {2 * 'recall   p50 ms   p99 ms     x   '}    MB  build s")
    points = [(engine, engine["name"], engine["best"]) for engine in engines]
    points += [
        (engine, engine["name"] + ", as built", engine["served"]) for engine in engines if "served" in engine
    ]
    for engine, name, best in points:
        cells = [f"{name:<25}"]
        for kind in ("known", "random"):
            quicker = flat[f"{kind}_mean_ms"] / best[f"{kind}_mean_ms"] if flat else float("nan")
            cells.append(f"{best[f'recall_{kind}']:.4f} {best[f'{kind}_p50_ms']:8.3f}")
            cells.append(f"{best[f'{kind}_p99_ms']:8.3f} {quicker:5.1f}  ")
        missed = "" if engine["reached"] else "  recall not reached"
        missed += "" if engine.get("complete", True) else ", stopped"
        print(*cells, f"{engine['memory_mb']:6,.0f} {engine['build_s']:8,.1f}{missed}")
    for engine in engines:
        for row in engine.get("filters", ()):
            times = f"{row['p50_ms']:8.3f} {row['p99_ms']:8.3f}"
            print(f"{engine['name']:<25} {row['matching']:9,}  {row['films']:<10}  {row['recall']:.4f} {times}")
        for row in engine.get("pulled", ()):
            times = f"{row['p50_ms']:8.3f} {row['p99_ms']:8.3f}, FAISS's scan x {row['times_scan']:.1f}, "
            times += f"cells x {row.get('times_faiss')} ({row.get('faiss_cells')})"
            asked = f"{row['films']:<21} {row['filter']:<28} {row['share']:7.4f}"
            print(f"{engine['name']:<16} {asked}  {row['recall']:.4f} {times}")


def draw(figures: dict[str, Any], path: Path) -> None:
    """Recall against queries per second: all points of an engine, and a line through those that none beats."""
    figure = import_module("matplotlib.figure").Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for engine in figures["engines"]:
        points = sorted(
            (min(p["recall_known"], p["recall_random"]), p["queries_per_second"]) for p in engine["curve"]
        )
        best = [point for place, point in enumerate(points) if all(p[1] < point[1] for p in points[place + 1 :])]
        (line,) = axes.plot(*zip(*best, strict=True), marker="o", label=engine["name"])
        axes.scatter(*zip(*points, strict=True), s=12, alpha=0.35, color=line.get_color())
    axes.set_yscale("log")
    axes.set_xlabel("recall@10, the lower of known and random films")
    axes.set_ylabel("queries per second, one thread")
    axes.set_title(f"{figures['films']:,} films, {figures['dimensions']} dimensions")
    axes.legend()
    figure.savefig(path)


def main() -> None:
    """Run, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--generation", type=Path, help="a built generation of the profile default")
    source.add_argument("--dump", type=Path, help="build from this dump")
    source.add_argument(
        "--stored", type=Path, metavar="JSON", help="show a stored result, such as bench-results/index.json"
    )
    parser.add_argument("--compact", type=Path, help="a generation of the profile compact, of the same films")
    parser.add_argument("--queries", type=int, default=500, help="films of either kind (default %(default)s)")
    parser.add_argument("--target", type=float, default=0.97, help="recall wanted (default %(default)s)")
    parser.add_argument("--minutes", type=float, default=45, help="for all engines (default %(default)s)")
    names = [entry.name for entry in PEERS]
    parser.add_argument("--peers", nargs="*", choices=names, default=names, help="which (default: all)")
    parser.add_argument(
        "--one", choices=[OURS, COMPACT, *names], help="measure this engine alone, in this process"
    )
    parser.add_argument("--asked", type=Path, metavar="FILE", help="with --one: the films to ask about")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures here")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the curves: .svg or .png")
    args = parser.parse_args()
    folders = {OURS: args.generation} | ({COMPACT: args.compact} if args.compact else {})
    if args.one:
        result = one(args.one, folders, args.asked, args.target, lambda result: write(result, args.json))
        write(result, args.json)
        return
    if args.stored:
        figures = json.loads(args.stored.read_text())["figures"]
    elif args.dump:
        of = about("index", args.dump)
        work = Path(tempfile.gettempdir()) / f"reelkin-bench-{of['dump']['sha256'][:12]}-{of['commit'][:12]}"
        work.mkdir(exist_ok=True)
        figures = compare(built(args.dump, work), args, work)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            figures = compare(folders, args, Path(scratch))
    if args.json:
        write(figures, args.json)
    show(figures)
    if args.picture:
        draw(figures, args.picture)
    if args.dump:
        shutil.rmtree(work)


def write(figures: dict[str, Any], path: Path) -> None:
    """Whole or not at all, for a process that may be stopped at any time."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(figures, indent=1) + "\n")
    unfinished.replace(path)


if __name__ == "__main__":
    main()
