"""Rebuilds that keep what has not changed: `python -m tests.benchmarks.rebuild --data DIR [--json OUT]`.

The folder holds a database and a generation, which are copied. One film in a hundred is given another story and
other numbers, and that is built twice: keeping what holds, and all anew. Then the table of neighbours that was
kept is compared with one made anew over the same vectors, and both builds with exact search.
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
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.engines.exact import exact_rows
from index.generation.manifest import Generation, Manifest
from index.generation.publish import Generations
from index.generation.table_builder import build_table
from index.spaces.neighbours import NeighbourTable
from index.spaces.space import CONTENT
from sql.engine import connect
from sql.load.bulk import read_films
from sql.load.load import MovieLoad
from sql.tables import MOVIE_SCHEMA

ROOT = Path(__file__).parents[2]
CHANGED = 100
"""One film in so many is changed."""

SAMPLE = 2_000
K = 10


def change(url: str, generation: Generation) -> int:
    """Give some films the story and the votes of others, by a load; how many."""
    random = np.random.default_rng(0)
    drawn = random.permutation(generation.films.movie_ids)[: 2 * max(len(generation.films) // CHANGED, 1)]
    ids, others = np.split(drawn, 2)
    engine = connect(url)
    with engine.connect() as connection:
        films, models = (read_films(connection, MOVIE_SCHEMA, some.tolist()) for some in (ids, others))
    for name in ("overview", "tagline", "genres", "keywords", "vote_count", "vote_average"):
        films = films.set_column(films.schema.get_field_index(name), MOVIE_SCHEMA.field(name), models[name])
    with MovieLoad(engine) as load:
        load.add(pa.RecordBatch.from_arrays([c.combine_chunks() for c in films.columns], schema=MOVIE_SCHEMA))
        load.commit(source="rebuild", checksum="rebuild")
    engine.dispose()
    return len(films)


def built(folder: Path, *options: str) -> dict[str, Any]:
    """What `python -m etl build` takes, in a process of its own."""
    environment = os.environ | {
        "REELKIN_DATABASE_URL": f"sqlite:///{folder}/reelkin.db",
        "REELKIN_DATA_DIR": str(folder),
    }
    started = time.perf_counter()
    command = [sys.executable, "-m", "etl", "build", "--json", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    with process.stdout:
        manifest = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("the build failed")
    return {
        "id": manifest["id"],
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss * 1024 / 1e6),
        "stages_s": manifest["timings_s"],
        "recall": manifest["spaces"][CONTENT]["recall"],
        "parameters": manifest["spaces"][CONTENT]["parameters"],
        "encoded": (manifest["reused"] or {}).get("encoded", manifest["rows"]),
    }


def nearest(generation: Generation, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ids of the nearest films of some rows by exact search, shape (len(rows), K)."""
    vectors = generation.spaces[CONTENT].vectors
    _, found = exact_rows(vectors, vectors.single(rows), K)
    return generation.films.movie_ids[found]


def agreement(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """The share of the entries of one list that are in the other list of the same film."""
    shared = [len(np.intersect1d(a, b)) for a, b in zip(one, other, strict=True)]
    return round(sum(shared) / one.size, 4)


def of_table(generation: Generation, table: NeighbourTable, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ids of the nearest films of some rows by a table, shape (len(rows), K)."""
    return generation.films.movie_ids[table.entries[rows, 0, :K]]


def compared(folder: Path, kept_id: str, full_id: str) -> dict[str, float]:
    """How far the lists of neighbours agree."""
    generations = Generations(folder / "generations")
    kept, full = (generations.open(generations.folder(name)) for name in (kept_id, full_id))
    rows = np.sort(np.random.default_rng(1).permutation(len(kept.films))[:SAMPLE])
    space = kept.spaces[CONTENT]
    anew = build_table(space)
    if space.table is None or anew is None or full.spaces[CONTENT].table is None:
        raise SystemExit("the generation has no table of neighbours")
    by_kept, by_full = (of_table(g, g.spaces[CONTENT].table, rows) for g in (kept, full))
    return {
        "sample": len(rows),
        "kept_and_made_anew": agreement(by_kept, of_table(kept, anew, rows)),
        "kept_and_exact": agreement(by_kept, nearest(kept, rows)),
        "full_and_exact": agreement(by_full, nearest(full, rows)),
    }


def main() -> None:
    """Build twice and print a table, or write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures here too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.data.parent) as name:
        folder = Path(name)
        for path in args.data.glob("reelkin.db*"):  # the write-ahead log is a part of it
            shutil.copy(path, folder / path.name)
        shutil.copytree(args.data / "generations", folder / "generations", symlinks=True, copy_function=os.link)
        generations = Generations(folder / "generations")
        changed = change(f"sqlite:///{folder}/reelkin.db", generations.open(generations.current()))
        builds = {"kept": built(folder), "full": built(folder, "--full")}
        rows = Manifest.read(generations.current()).rows
        neighbours = compared(folder, builds["kept"]["id"], builds["full"]["id"])
    figures = {"films": rows, "changed": changed, "builds": builds, "neighbours": neighbours}
    for name, build in builds.items():
        print(f"{name:5} {build['seconds']:7.1f} s  {build['cpu_seconds']:7.1f} CPU s  {build['peak_mb']:6,} MB")
        print("    " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in build["stages_s"].items()))
    print(f"neighbours: {neighbours}")
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
