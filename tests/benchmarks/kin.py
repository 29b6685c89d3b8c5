"""What the table of neighbours is worth: `python -m tests.benchmarks.kin (--dump PATH | --data DIR) [--json OUT]`.

Films are asked about one by one, on one thread: by the table that the build made, by a search of the index as
it was built, and by an exact scan; known films and films drawn at random separately. Then what the build took.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.engines.faiss_tools import one_thread
from index.generation.manifest import Generation
from index.generation.publish import Generations
from index.generation.tuning import K
from index.spaces.space import CONTENT
from tests.support.benchmark import measuring
from tests.support.measuring import Queries, measure
from tests.support.sample import Sample

FILMS = 500
"""Of either kind."""


def measured(loaded: Sample, scratch: Path) -> dict[str, Any]:
    """Recall and time of each way, and the build."""
    generation = Generation.open(Generations(loaded.folder / "generations").current())
    space = generation.spaces[CONTENT]
    queries = Queries.draw(space.vectors, generation.filters.column("votes"), FILMS)
    rows = dict(zip(map(bytes, queries.vectors), queries.rows.tolist(), strict=True))
    ways = {
        "neighbour table": lambda query: (space.known(rows[bytes(query)], K) or space.search(query, K)).rows,
        "searched": lambda query: space.search(query, K).rows,
        "exact scan": lambda query: space.search(query, K, exact=True).rows,
    }
    with one_thread():
        points = {name: asdict(measure(name, search, space.vectors, queries)) for name, search in ways.items()}
    return {
        "films": generation.manifest.rows,
        "ways": points,
        "bytes_per_film": round(space.size_bytes / len(space.vectors), 1),
        "build_s": generation.manifest.timings_s,
    }


if __name__ == "__main__":
    raise SystemExit(measuring("kin", __doc__, measured))
