"""What hostile clients do to others: `python -m tests.benchmarks.attack (--dump PATH | --data DIR) [--json OUT]`.

One worker is attacked in several ways, one after the other. Meanwhile a client that behaves asks `/health` and for
recommendations, one request after the other; its p99 is to stay under 100 ms and the worker's memory bounded. The
last part asks 20,000 different questions and compares the memory after them with that after the first 1,000. All
of it takes three to four minutes for 160,950 films.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil

from index.generation.manifest import Generation
from index.generation.publish import Generations
from tests.support import serving
from tests.support.attacks import at_once, during, pipelined, rss_mb, silent, slow, wrong_logins
from tests.support.benchmark import measuring
from tests.support.hammer import load
from tests.support.sample import Sample

LOGINS = 48
IDLE = 1_100
SLOW = 50
WORST = 17
DIFFERENT = 20_000
FIRST = 1_000
UNKNOWN_NAMES = 100_000
BARE_REQUESTS = 5_000
PROTOCOLS = {"h11": "h11", "httptools": "httptools", "ours": "api.serving.connections:LimitedConnection"}


def measured(loaded: Sample, scratch: Path) -> dict[str, Any]:
    """What another client sees during each attack, and the memory of the worker."""
    generation = Generation.open(Generations(loaded.folder / "generations").current())
    rows = np.random.default_rng(3).permutation(len(generation.films))
    ids = [film["id"] for film in generation.films.summaries(rows[: DIFFERENT // 2].tolist())]
    genres = list(generation.filters.terms["genres"].names)
    keywords = list(generation.filters.terms["keywords"].names)[: 46 * WORST]
    paths = ["/health", *(f"/movies/recommend?id={movie_id}" for movie_id in ids[:20])]
    attacks: dict[str, Callable[[int], object]] = {
        "nothing": lambda port: slow(port, 1, 5),
        "pipelining without reading": pipelined,
        "worst filters": lambda port: at_once(port, [("GET", path, b"") for path in worst(genres, keywords)]),
        "wrong passwords": lambda port: at_once(port, wrong_logins(LOGINS)),
        "unknown names in a body": lambda port: at_once(port, [("POST", "/movies/recommend", _unknown())] * 3),
        "idle connections": lambda port: _idle(port),
        "slow clients": lambda port: slow(port, SLOW, 15),
    }
    seen = {}
    with serving.api(loaded) as address:
        port = int(address.rpartition(":")[2])
        pid = serving.listener(port)
        for name, attack in attacks.items():
            seen[name] = asdict(during(port, pid, paths, lambda attack=attack: attack(port)))
            seen[name]["rss_after_mb"] = rss_mb(psutil.Process(pid))
            print(f"{name}: {seen[name]}", file=sys.stderr, flush=True)
    return {
        "films": generation.manifest.rows,
        "attacks": seen,
        "different_questions": _different(loaded, ids, genres, keywords),
        "processor_us_a_request": _processor_us(scratch),
    }


def _processor_us(scratch: Path) -> dict[str, float]:
    """Processor time of a request to a bare endpoint under each protocol, in microseconds; the least of three."""
    answer, least = scratch / "answer.json", dict[str, float]()
    answer.write_text("{}")
    for _, (name, protocol) in product(range(3), PROTOCOLS.items()):
        port = serving.free_port()
        bare = ("tests.support.bare", str(port), protocol)
        with serving.program(bare, {"BARE_ANSWER": str(answer)}, f"http://127.0.0.1:{port}/bytes"):
            process = psutil.Process(serving.listener(port))
            before = process.cpu_times()
            load(port, ["/bytes"] * BARE_REQUESTS)
            after = process.cpu_times()
        used = after.user + after.system - before.user - before.system
        least[name] = min(least.get(name, np.inf), round(used / BARE_REQUESTS * 1e6, 1))
    return least


def worst(genres: list[str], keywords: list[str]) -> list[str]:
    """Legal browse requests that name as much as they may."""
    return [
        "/movies?"
        + urlencode(
            {
                "genres_all": ",".join(["Drama"] * 50),
                "genres": ",".join(genres),
                "without_keywords": ",".join(keywords[46 * i : 46 * (i + 1)]),
                "runtime_max": 80 + i,
            }
        )
        for i in range(WORST)
    ]


def _unknown() -> bytes:
    names = ",".join(f'"n{i}": 1' for i in range(UNKNOWN_NAMES // 2))
    return ('{"like": ["Alien"], "weights": {' + names + "}}").encode()[: 2**20]


def _idle(port: int) -> None:
    with silent(port, IDLE):
        slow(port, 1, 15)


def _different(loaded: Sample, ids: list[int], genres: list[str], keywords: list[str]) -> dict[str, Any]:
    """Memory of a worker over many requests of which no two are alike."""
    questions = (
        "/movies/recommend?"
        + urlencode(
            {
                "id": movie_id,
                "genres": genres[i % len(genres)],
                "without_keywords": keywords[i % len(keywords)],
                "year_min": 1900 + i % 120,
                "votes_min": i % 7,
                "k": 5 + i % 90,
            }
        )
        for i, movie_id in enumerate(ids + ids)
    )
    with serving.api(loaded) as address:
        port = int(address.rpartition(":")[2])
        worker = psutil.Process(serving.listener(port))
        load(port, list(islice(questions, FIRST)))
        first = rss_mb(worker)
        curve = []
        while some := list(islice(questions, 1_000)):
            load(port, some)
            curve.append(rss_mb(worker))
            print(f"{1_000 * (len(curve) + 1):,} questions: {curve[-1]} MB", file=sys.stderr, flush=True)
    return {"after_first_1000_mb": first, "curve_mb": curve, "ratio": round(max(curve) / first, 2)}


if __name__ == "__main__":
    raise SystemExit(measuring("attack", __doc__, measured))
