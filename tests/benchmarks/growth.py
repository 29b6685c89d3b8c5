"""How figures grow with the catalogue: `python -m tests.benchmarks.growth [--rows N] [--json OUT]`.

Synthetic dumps of a sixteenth, an eighth, a quarter and all of N rows are loaded into SQLite, built, and asked,
each step in a process of its own. Processor time is told beside the time on the clock, because other work on the
machine moves only the latter. `tests.benchmarks.scale` fits a model to all but the largest, which checks it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from etl.synthetic.synthesize import synthesize
from index.answer.recommend import Question, Recommender
from index.generation.manifest import TITLES, Generation
from index.generation.publish import Generations
from index.spaces.space import CONTENT
from tests.benchmarks.index import own_memory_mb
from tests.support.sample import ROOT

PARTS = (16, 8, 4, 1)
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
    synthesize(rows, dump)
    environment = {"REELKIN_DATABASE_URL": f"sqlite:///{database}", "REELKIN_DATA_DIR": str(folder)}
    ingest = step("etl", "ingest", str(dump), environment=environment)
    build = step("etl", "build", environment=environment)
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.growth", "--ask", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return json.loads(told) | {
        "database_mb": round(database.stat().st_size / 1e6, 1),
        **{f"ingest_{name}": value for name, value in ingest.items()},
        **{f"build_{name}": value for name, value in build.items()},
    }


def main() -> int:
    """Measure, print and keep; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="of the largest dump (%(default)s)")
    parser.add_argument("--ask", type=Path, metavar="DIR", help="only ask the generation of a folder")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    if args.ask:
        print(json.dumps(asked(args.ask)))
        return 0
    sizes = []
    for part in PARTS:
        with tempfile.TemporaryDirectory() as scratch:
            sizes.append(measured(args.rows // part, Path(scratch)))
        print(json.dumps(sizes[-1]), flush=True)
    if args.json:
        args.json.write_text(json.dumps({"sizes": sizes}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
