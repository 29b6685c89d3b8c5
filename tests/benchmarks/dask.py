"""Builds by several processes: `python -m tests.benchmarks.dask (--dump PATH | --data DIR) [--json OUT]`.

The catalogue is built by one worker and by two, in turns. What is compared are the stages that are spread
(encoding, adding to the index with its training, finding neighbours) and the build as a whole; and whether the
vectors are the same, byte for byte.
"""

from __future__ import annotations

import filecmp
import json
import statistics
from pathlib import Path
from typing import Any

from index.generation.manifest import VECTORS
from index.generation.publish import Generations
from index.spaces.space import CONTENT
from tests.support.benchmark import measuring
from tests.support.sample import Sample, run

ROUNDS = 2
BUILD = ("etl", "build", "--full", "--json", "--workers")
"""In full: the second round would else keep what the first one made."""

SPREAD = ("encode films", "train index", "find neighbours")


def measured(made: Sample, scratch: Path) -> dict[str, Any]:
    """Seconds of each stage by the number of workers, medians of all rounds."""
    taken: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    vectors = []
    for _ in range(ROUNDS):
        for workers, times in taken.items():
            folder = scratch / f"{workers}"
            built = run(*BUILD, str(workers), url=made.url, folder=folder)
            if built.returncode:
                raise SystemExit(built.stderr)
            times.append(json.loads(built.stdout)["timings_s"])
            vectors.append(Generations(folder / "generations").current() / CONTENT / VECTORS)
    seconds = {
        workers: {stage: round(statistics.median(one[stage] for one in times), 2) for stage in times[0]}
        for workers, times in taken.items()
    }
    spread = {workers: sum(stages[stage] for stage in SPREAD) for workers, stages in seconds.items()}
    whole = {workers: sum(stages.values()) for workers, stages in seconds.items()}
    return {
        "seconds": seconds,
        "spread_times_as_fast": round(spread[1] / spread[2], 2),
        "whole_times_as_fast": round(whole[1] / whole[2], 2),
        "same_vectors": all(filecmp.cmp(vectors[0], other, shallow=False) for other in vectors[1:]),
    }


if __name__ == "__main__":
    raise SystemExit(measuring("dask", __doc__, measured))
