"""How figures grow with the catalogue.

    python -m tests.benchmarks.growth ([--rows N] | --stored JSON) [--json OUT] [--picture FILE]

Synthetic dumps of a thirtieth, a tenth, a third and all of N rows are loaded into SQLite, built, and asked, each
step in a process of its own. Processor time is told beside the time on the clock, because other work on the
machine moves only the latter. The exponent of a figure is the slope of its logarithm over that of the films, by
least squares: 1 where it grows as they do, 0 where it does not grow. `tests.benchmarks.scale` fits a model to all
sizes but the largest, which checks it.

What is measured of a size is kept in a folder of the system's temporary files until all of them are: a run that
was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from etl.synthetic.synthesize import synthesize
from index.answer.recommend import Question, Recommender
from index.generation.manifest import TITLES, Generation
from index.generation.publish import Generations
from index.spaces.space import CONTENT
from tests.benchmarks.__main__ import SAMPLE, about
from tests.benchmarks.index import own_memory_mb, write
from tests.benchmarks.scale import GROWING, exponents
from tests.support.sample import ROOT

PARTS = (30, 10, 3, 1)
ASKED, WARM_UP, SEED = 300, 30, 5
LEAST_LETTERS = 6
"""Of a title that is misspelt."""


def step(*arguments: str, environment: dict[str, str]) -> dict[str, float]:
    """Run `python -m ...`; seconds on the clock and of the processor, and its most memory, in 10**6 bytes."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return {
        "s": round(time.perf_counter() - started, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss * 1024 / 1e6),
    }


def asked(folder: Path) -> dict[str, Any]:
    """What a built generation takes, and the time of questions to it on one thread."""
    faiss.omp_set_num_threads(1)
    generation = Generation.open(Generations(folder / "generations").current())
    random, rows = np.random.default_rng(SEED), generation.manifest.rows
    recommender, pairs = Recommender(generation), random.integers(0, rows, (ASKED + WARM_UP, 2)).tolist()
    drawn = generation.films.titles(random.integers(0, rows, 4 * (ASKED + WARM_UP)))
    titles = [title[:2] + title[3:] for title in drawn if len(title) >= LEAST_LETTERS][: ASKED + WARM_UP]
    sizes = {name: record.size_bytes for name, record in generation.manifest.files.items()}
    figures = {
        "films": rows,
        "question_ms": _median_ms(
            [lambda pair=pair: recommender.recommend(Question(likes=tuple(pair), k=10)) for pair in pairs]  # type: ignore[misc]
        ),
        "title_ms": _median_ms(
            [lambda title=title: generation.titles.search(title, limit=10) for title in titles]
        ),  # type: ignore[misc]
    }
    return figures | {
        "generation_mb": round(sum(sizes.values()) / 1e6, 1),
        "space_mb": round(generation.spaces[CONTENT].size_bytes / 1e6, 1),
        "titles_mb": round(sum(size for name, size in sizes.items() if name.startswith(TITLES)) / 1e6, 1),
        "own_mb": round(own_memory_mb()),
    }


def _median_ms(questions: list[Callable[[], Any]]) -> float:
    """Of processor time, in milliseconds."""
    taken = []
    for ask in questions:
        started = time.process_time()
        ask()
        taken.append((time.process_time() - started) * 1e3)
    return round(float(np.median(taken[WARM_UP:])), 3)


def measured(rows: int, folder: Path) -> dict[str, Any]:
    """All figures of a synthetic dump of so many rows."""
    dump, database = folder / "dump.csv", folder / "reelkin.db"
    print(f"{rows:,} rows: synthesize, load", flush=True)
    synthesize(rows, dump)
    environment = {"REELKIN_DATABASE_URL": f"sqlite:///{database}", "REELKIN_DATA_DIR": str(folder)}
    ingest = step("etl", "ingest", str(dump), environment=environment)
    print(f"{rows:,} rows: loaded in {ingest['s']} s, build", flush=True)
    build = step("etl", "build", environment=environment)
    print(f"{rows:,} rows: built in {build['s']} s, ask", flush=True)
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.growth", "--ask", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return json.loads(told) | {
        "database_mb": round(database.stat().st_size / 1e6, 1),
        **{f"ingest_{name}": value for name, value in ingest.items()},
        **{f"build_{name}": value for name, value in build.items()},
    }


def draw(figures: dict[str, Any], path: Path) -> None:
    """Each figure over the number of films, both on logarithmic axes."""
    figure = import_module("matplotlib.figure").Figure(figsize=(10, 5), layout="constrained")
    axes, sizes = figure.subplots(), figures["sizes"]
    for name, label in GROWING.items():
        told = f"{label}: {figures['exponents'][name]:.2f}"
        axes.plot([size["films"] for size in sizes], [size[name] for size in sizes], marker="o", label=told)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("films")
    axes.set_title("Growth, and the exponent of each figure")
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path)


def main() -> int:
    """Measure, print and keep; 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=20_000, help="of the largest dump (%(default)s)")
    parser.add_argument("--stored", type=Path, metavar="JSON", help="show a stored result, and measure nothing")
    parser.add_argument("--ask", type=Path, metavar="DIR", help="only ask the generation of a folder")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the figures: .svg or .png")
    args = parser.parse_args()
    if args.ask:
        print(json.dumps(asked(args.ask)))
        return 0
    if args.stored:
        figures = json.loads(args.stored.read_text())["figures"]
    else:
        work = Path(tempfile.gettempdir()) / f"reelkin-growth-{about('growth', SAMPLE)['commit'][:12]}"
        work.mkdir(exist_ok=True)
        figures = {"sizes": [_kept(work, args.rows // part) for part in PARTS]}
    figures["exponents"] = exponents(figures["sizes"])
    for name, label in GROWING.items():
        values = " ".join(f"{size[name]:>12,}" for size in figures["sizes"])
        print(f"{label:<34} {values}  {figures['exponents'][name]:6.2f}")
    if args.json:
        write(figures, args.json)
    if args.picture:
        draw(figures, args.picture)
    if not args.stored:
        shutil.rmtree(work)
    return 0


def _kept(work: Path, rows: int) -> dict[str, Any]:
    """The figures of a size, measured if they have not been."""
    stored = work / f"{rows}.json"
    if not stored.exists():
        with tempfile.TemporaryDirectory() as scratch:
            write(measured(rows, Path(scratch)), stored)
    return json.loads(stored.read_text())


if __name__ == "__main__":
    raise SystemExit(main())
