"""What a hot swap costs: `python -m tests.benchmarks.swap (--dump PATH | --data DIR) [--json OUT]`.

One worker answers two clients that never wait, while two generations of the same films take turns. They share
their files, so both are in the page cache, as a generation is that was just built.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from index.generation.manifest import FILE, Generation, Manifest
from index.generation.publish import Generations
from index.generation.tuning import KNOWN_VOTES
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support import serving
from tests.support.benchmark import measuring
from tests.support.load import Ask, Load, Reply
from tests.support.sample import Sample

CLIENTS = 2
ASKED = 5_000
STEADY_S = 10.0
SWAPS = 20
SETTLE_S = 2.0
"""After the first answer of a new generation, until the next swap."""


def measured(loaded: Sample, scratch: Path) -> dict[str, Any]:
    """What swaps of the generation with its twin, under load, cost."""
    folder = Generations(loaded.folder / "generations").current()
    generations = Generations(scratch / "twins" / "generations")
    twins = [_twin(folder, generations.root, name) for name in ("20000101T000000Z-aaaa", "20000101T000001Z-bbbb")]
    generations.serve(twins[0])
    database = connect(f"sqlite:///{scratch}/twins/films.db")
    upgrade(database)
    database.dispose()
    opened = _seconds_to_open(folder)
    with serving.api(Sample(str(database.url), scratch / "twins")) as address:
        return {
            "films": Manifest.read(folder).rows,
            "size_mb": round(sum(file.size_bytes for file in Manifest.read(folder).files.values()) / 1e6),
            "check_and_open_s": round(opened, 2),
            **_under_load(address, generations, twins, _asks(folder)),
        }


def _twin(folder: Path, root: Path, name: str) -> str:
    """The same generation under another id; all files but the manifest are shared."""
    shutil.copytree(folder, root / name, copy_function=os.link, ignore=shutil.ignore_patterns(FILE))
    replace(Manifest.read(folder), id=name).write(root / name)
    return name


def _seconds_to_open(folder: Path) -> float:
    Generation.open(folder)
    started = time.perf_counter()
    Generation.open(folder)
    return time.perf_counter() - started


def _asks(folder: Path) -> list[Ask]:
    """Questions about known films, so many that few are answered from memory."""
    generation = Generation.open(folder)
    known = np.flatnonzero(generation.filters.column("votes") >= KNOWN_VOTES)
    drawn = np.random.default_rng(0).permutation(known)[:ASKED]
    return [Ask(f"/movies/recommend/{movie_id}", {"k": 10}) for movie_id in generation.films.movie_ids[drawn]]


def _under_load(
    address: str, generations: Generations, twins: Sequence[str], asks: Sequence[Ask]
) -> dict[str, Any]:
    port = address.rpartition(":")[2]
    (worker,) = [child for child in psutil.Process().children() if port in child.cmdline()]
    swaps: list[tuple[float, float]] = []
    memory_mb: list[float] = []  # after each swap
    with Load(address, asks, CLIENTS) as load:
        time.sleep(STEADY_S)
        for turn in range(1, SWAPS + 1):
            target, asked = twins[turn % 2], time.perf_counter()
            generations.serve(target)
            assert serving.eventually(lambda target=target: load.replies[-1].generation == target)
            first = next(reply for reply in load.replies if reply.at >= asked and reply.generation == target)
            swaps.append((asked, first.at + first.took_s))
            time.sleep(SETTLE_S)
            memory = worker.memory_info()
            memory_mb.append(round((memory.rss - memory.shared) / 1e6, 1))
    during = [r for r in load.replies if any(start <= r.at <= end for start, end in swaps)]
    steady = [r for r in load.replies if r.at < swaps[0][0]]
    return {
        "requests": len(load.replies),
        "failed": len(load.wrong),
        "swap_s": [round(end - start, 2) for start, end in swaps],
        "steady": _latency(steady),
        "during_swaps": _latency(during),
        "own_memory_mb": memory_mb,
        "last_over_second": round(memory_mb[-1] / memory_mb[1], 3),
    }


def _latency(replies: Sequence[Reply]) -> dict[str, float]:
    taken = np.array([reply.took_s * 1e3 for reply in replies])
    p50, p99 = np.percentile(taken, [50, 99])
    return {
        "requests": len(taken),
        "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
        "max_ms": round(taken.max(), 1),
    }


if __name__ == "__main__":
    raise SystemExit(measuring("swap", __doc__, measured))
