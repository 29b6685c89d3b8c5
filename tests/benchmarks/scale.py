"""What a larger catalogue and more members would take: `python -m tests.benchmarks.scale [--json OUT]`.

A model, fitted to stored figures of this repository, and nothing measured anew: power laws through all sizes of
`bench-results/growth.json` but the largest, on which they are checked; bytes of a film by engine from
`index.json`; service times from `service.json` for queues in front of workers, checked against the loads measured
there. Machines are of the size given by the constants here, and counted, not priced.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.queueing import REQUESTS, closed, drawn, open_queue, spread_for

RESULTS = Path(__file__).parents[2] / "bench-results"
SIZES = (3_000_000, 10_000_000, 100_000_000, 1_000_000_000)
FITTED = {
    "database_mb": "database, MB",
    "generation_mb": "generation, MB",
    "own_mb": "own memory of a worker, MB",
    "ingest_cpu_s": "load, processor s",
    "build_cpu_s": "build, processor s",
    "build_peak_mb": "build, most memory, MB",
    "question_ms": "searched question, processor ms",
    "title_ms": "misspelt title, processor ms",
}
CORES, MEMORY_GB, USABLE = 16, 64, 0.8
"""Of a machine; the part of its memory that a generation may take."""

COPIES = 2
"""Hosts that hold the same films, so that one may fail."""

PARALLEL = 0.8
"""Part of the cores that a build on many workers keeps busy."""

SHARD_MS = 2.0
"""Added to a question that several hosts answer together: a round trip in a data centre, and the merge."""

DAY_H = 24
MIX = {"repeated, cached": 0.4, "by id": 0.3, "by title": 0.1, "by two ids, searched": 0.2}
"""Requests of a visit by kind: pages that many see, a film, a look-up, and questions that are searched."""

CLIENTS = 16
MEMBERS, REQUESTS_A_DAY, PEAK = 1_000_000, 30, 0.1
"""Requests of a member on a day; part of a day's requests in its busiest hour."""

TIMES = (1, 3, 10, 30)
HOSTS = (1, 2, 4, 8, 16)
WORKERS = 2
"""Of a host: one for each of its cores. Each has a queue of its own: a balancer that knows no queue."""

MOST_BUSY = 0.98
"""Above it a queue has not settled within the requests that are simulated."""

Sizes = Sequence[Mapping[str, float]]


def power(sizes: Sizes, name: str) -> tuple[float, float]:
    """Factor and exponent of `factor * films ** exponent`, by least squares of the logarithms.

    >>> factor, exponent = power([{"films": n, "ms": 3 * n**2} for n in (1, 10, 100)], "ms")
    >>> round(factor, 6), round(exponent, 6)
    (3.0, 2.0)
    """
    logs = [np.log([size[column] for size in sizes]) for column in ("films", name)]
    exponent, logarithm = np.polyfit(logs[0], logs[1], 1)
    return float(np.exp(logarithm)), float(exponent)


def model(sizes: Sizes) -> dict[str, dict[str, float]]:
    """Each quantity: exponent, what is predicted and measured of the largest size, and predictions beyond."""
    *known, largest = sizes
    told = {}
    for name in FITTED:
        factor, exponent = power(known, name)
        of_largest = factor * largest["films"] ** exponent
        told[name] = {
            "exponent": round(exponent, 3),
            "predicted": _three(of_largest),
            "measured": largest[name],
            "ratio": round(of_largest / largest[name], 3),
            **{f"{films:_}": _three(largest[name] * (films / largest["films"]) ** exponent) for films in SIZES},
        }
    return told


def _three(value: float) -> float:
    """Three digits: the model has no more."""
    return float(f"{value:.3g}")


def engines(
    told: Mapping[str, Mapping[str, float]], sizes: Sizes, stored: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Memory and machines of each engine at each size; the time of a question where it is known how it grows."""
    largest = sizes[-1]
    beside = (largest["generation_mb"] - largest["space_mb"]) * 1e6 / largest["films"]
    table = largest["space_mb"] * 1e6 / largest["films"]
    bytes_each = {"Reelkin": table} | {
        engine["name"]: engine["memory_mb"] * 1e6 / stored["films"]
        for engine in stored["engines"]
        if engine["name"] != "Reelkin"
    }
    flat = next(engine for engine in stored["engines"] if engine["name"] == "FAISS flat")["best"]["random_mean_ms"]
    rows = []
    for name, each in bytes_each.items():
        for films in SIZES:
            memory_gb = films * (each + beside) / 1e9
            shards = max(math.ceil(memory_gb / (MEMORY_GB * USABLE)), 1)
            ms = None
            if name == "Reelkin":
                ms = told["question_ms"][f"{films:_}"] * (1 / shards) ** told["question_ms"]["exponent"]
            elif name == "FAISS flat":
                ms = flat * films / stored["films"] / shards
            rows.append(
                {
                    "engine": name,
                    "films": films,
                    "bytes_a_film": round(each + beside),
                    "memory_gb": _three(memory_gb),
                    "machines": shards * COPIES,
                    "question_ms": None if ms is None else _three(ms + (SHARD_MS if shards > 1 else 0)),
                }
            )
    return rows


def builds(told: Mapping[str, Mapping[str, float]]) -> list[dict[str, float]]:
    """Hours of a load and a build on one machine, and the machines that do it within a night of eight hours."""
    rows = []
    for films in SIZES:
        cpu_h = (told["build_cpu_s"][f"{films:_}"] + told["ingest_cpu_s"][f"{films:_}"]) / 3600
        one_h = cpu_h / (CORES * PARALLEL)
        rows.append(
            {
                "films": films,
                "processor_h": _three(cpu_h),
                "hours_on_one": _three(one_h),
                "machines_for_8_h": math.ceil(one_h / 8),
                "peak_gb": _three(told["build_peak_mb"][f"{films:_}"] / 1e3),
            }
        )
    return rows


def ends(told: Mapping[str, Mapping[str, float]], sizes: Sizes) -> dict[str, float]:
    """Films at which something reaches a bound."""
    largest = sizes[-1]

    def at(name: str, bound: float) -> float:
        return float(f"{largest['films'] * (bound / largest[name]) ** (1 / told[name]['exponent']):.2g}")

    return {
        "a generation no longer fits into the memory of one machine": at(
            "generation_mb", MEMORY_GB * USABLE * 1e3
        ),
        "a build no longer fits into the memory of one machine": at("build_peak_mb", MEMORY_GB * USABLE * 1e3),
        "a build takes more than a day of all cores of one machine": at(
            "build_cpu_s", DAY_H * 3600 * CORES * PARALLEL
        ),
        "a misspelt title takes more than 50 ms": at("title_ms", 50),
        "a searched question takes more than 25 ms": at("question_ms", 25),
        "the database is larger than 1 TB": at("database_mb", 1e6),
    }


def queues(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Waits of members by load and hosts, after a check against the loads that were measured."""
    runs = stored["throughput"]
    means = {name: 1e3 / run["per_second"] for name, run in runs.items()}
    spread = spread_for(means["by id"], CLIENTS, runs["by id"]["p95_ms"])
    checked = {
        name: asdict(closed(drawn(mix, spread, REQUESTS), CLIENTS))
        | {f"measured_{key}": runs[name][key] for key in ("p50_ms", "p95_ms", "p99_ms")}
        for name, mix in {
            "half by id, half by title": {means["by id"]: 0.5, means["by title"]: 0.5},
            "by title": {means["by title"]: 1.0},
            "by two ids, searched": {means["by two ids, searched"]: 1.0},
        }.items()
    }
    times = drawn({means[name]: share for name, share in MIX.items()}, spread, REQUESTS)
    usual = MEMBERS * REQUESTS_A_DAY * PEAK / 3600
    loads = []
    for factor in TIMES:
        for hosts in HOSTS:
            of_worker = usual * factor / (hosts * WORKERS)
            busy = of_worker * times.mean() / 1e3
            waits = None if busy >= MOST_BUSY else asdict(open_queue(times, of_worker, 1))
            loads.append(
                {"per_second": round(usual * factor), "hosts": hosts, "needed": round(busy, 3), "waits": waits}
            )
    return {
        "spread": round(spread, 3),
        "mean_ms": round(float(times.mean()), 3),
        "checked": checked,
        "loads": loads,
    }


def figures() -> dict[str, Any]:
    """All of it, from what is stored."""
    stored = {name: json.loads((RESULTS / f"{name}.json").read_text()) for name in ("growth", "index", "service")}
    sizes = stored["growth"]["figures"]["sizes"]
    told = model(sizes)
    return {
        "sizes": sizes,
        "model": told,
        "engines": engines(told, sizes, stored["index"]["figures"]),
        "builds": builds(told),
        "ends": ends(told, sizes),
        "queues": queues(stored["service"]["figures"]),
        "from": {name: {"commit": one["commit"], "cpu": one["machine"]["cpu"]} for name, one in stored.items()},
    }


def main() -> int:
    """Compute, print and keep; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    told = figures()
    print(json.dumps(told, indent=1))
    if args.json:
        args.json.write_text(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
