"""What a larger catalogue and more members would take: `python -m tests.benchmarks.scale [--json OUT]`.

A model, fitted to stored figures of this repository, and nothing measured anew: laws through all sizes of
`bench-results/growth.json` but the largest, on which they are checked; bytes of a film by engine from
`index.json` and `milvus.json`; service times from `service.json` for queues in front of workers, checked against
the loads measured there. Machines are of the size given by the constants here, and counted, not priced.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
GROWING = {
    "build_s": "build, s",
    "build_cpu_s": "build, processor s",
    "build_peak_mb": "build, most memory, MB",
    "ingest_s": "load, s",
    "generation_mb": "generation, MB",
    "own_mb": "own memory of a worker, MB",
    "question_ms": "searched question, processor ms",
    "title_ms": "misspelt title, processor ms",
}
"""What is shown of each size, and what it is called."""

POWERS = {"question_ms", "title_ms"}
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


@dataclass(frozen=True)
class Law:
    """`fixed + each * films ** exponent`."""

    fixed: float
    each: float
    exponent: float

    def at(self, films: float) -> float:
        """The quantity at a number of films."""
        return self.fixed + self.each * films**self.exponent

    def films(self, bound: float) -> float:
        """The number of films at which the quantity reaches a bound."""
        return float(max(bound - self.fixed, 0.0) / self.each) ** (1 / self.exponent)


def law(sizes: Sizes, name: str) -> Law:
    """What a quantity follows: a cost that is fixed and one for each film; times of questions a power law.

    Both by least squares of relative errors.

    >>> found = law([{"films": n, "database_mb": 5 + 2 * n} for n in (1, 10, 100)], "database_mb")
    >>> round(found.at(1_000), 6), round(found.films(2_005), 6)
    (2005.0, 1000.0)
    """
    known = [size for size in sizes if name in size]
    films, values = (np.array([size[column] for size in known], np.float64) for column in ("films", name))
    if name in POWERS:
        exponent, logarithm = np.polyfit(np.log(films), np.log(values), 1)
        return Law(0.0, float(np.exp(logarithm)), float(exponent))
    fixed, each = np.linalg.lstsq(np.column_stack([1 / values, films / values]), np.ones(len(films)), rcond=None)[
        0
    ]
    return Law(float(fixed), float(each), 1.0)


def exponents(sizes: Sizes) -> dict[str, float]:
    """The exponent of each figure that is shown.

    >>> exponents([dict.fromkeys(GROWING, 2 * n**0.5) | {"films": n} for n in (100, 400, 900)])["title_ms"]
    0.5
    """
    films = np.log([size["films"] for size in sizes])
    return {
        name: round(float(np.polyfit(films, np.log([size[name] for size in sizes]), 1)[0]), 3) for name in GROWING
    }


def model(sizes: Sizes, million: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Each quantity: its law, what is predicted and measured of the largest size, and predictions beyond.

    Args:
        sizes: what was measured of each.
        million: what other benchmarks have stored of a million films, for the predictions beyond.
    """
    *known, largest = sizes
    told = {}
    for name in FITTED:
        predicted, found = law(known, name).at(largest["films"]), law([*sizes, million], name)
        told[name] = {
            **asdict(found),
            "predicted": _three(predicted),
            "measured": largest[name],
            "ratio": round(predicted / largest[name], 3),
            **{f"{films:_}": _three(found.at(films)) for films in SIZES},
        }
    return told


def _three(value: float) -> float:
    """Three digits: the model has no more."""
    return float(f"{value:.3g}")


def engines(
    sizes: Sizes, stored: Mapping[str, Any], milvus: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Memory and machines of each engine at each size; the time of a question where it is known how it grows.

    Args:
        sizes: figures of `growth`.
        stored: those of `index`.
        milvus: those of `milvus`, if it was measured.
    """
    largest = sizes[-1]
    beside = (largest["generation_mb"] - largest["space_mb"]) * 1e6 / largest["films"]
    table = largest["space_mb"] * 1e6 / largest["films"]
    bytes_each = {"Reelkin": table} | {
        engine["name"]: engine["memory_mb"] * 1e6 / stored["films"]
        for engine in stored["engines"]
        if engine["name"] != "Reelkin"
    }
    if milvus is not None:
        bytes_each["Milvus"] = milvus["server_mb"] * 1e6 / milvus["films"]
    flat = next(engine for engine in stored["engines"] if engine["name"] == "FAISS flat")["best"]["random_mean_ms"]
    rows = []
    for name, each in bytes_each.items():
        for films in SIZES:
            memory_gb = films * (each + beside) / 1e9
            shards = max(math.ceil(memory_gb / (MEMORY_GB * USABLE)), 1)
            ms = None
            if name == "Reelkin":
                ms = law(sizes, "question_ms").at(films / shards)
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


def ends(sizes: Sizes) -> dict[str, float]:
    """Films at which something reaches a bound."""
    bounds = {
        "a generation no longer fits into the memory of one machine": ("generation_mb", MEMORY_GB * USABLE * 1e3),
        "a build no longer fits into the memory of one machine": ("build_peak_mb", MEMORY_GB * USABLE * 1e3),
        "a build takes more than a day of one machine": ("build_cpu_s", DAY_H * 3600 * CORES * PARALLEL),
        "a misspelt title takes more than 50 ms": ("title_ms", 50),
        "a searched question takes more than 25 ms": ("question_ms", 25),
        "the database is larger than 1 TB": ("database_mb", 1e6),
    }
    return {what: float(f"{law(sizes, name).films(bound):.2g}") for what, (name, bound) in bounds.items()}


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
    stored = {
        name: json.loads((RESULTS / f"{name}.json").read_text())
        for name in ("growth", "index", "service", "swap", "milvus")
        if name != "milvus" or (RESULTS / "milvus.json").exists()
    }
    sizes = stored["growth"]["figures"]["sizes"]
    swap, index = stored["swap"]["figures"], stored["index"]["figures"]
    million = {"films": swap["films"], "generation_mb": swap["size_mb"], "build_peak_mb": index["build_peak_mb"]}
    told = model(sizes, million)
    return {
        "sizes": sizes,
        "model": told,
        "million": million,
        "predicted_million": {
            name: _three(law(sizes, name).at(million["films"])) for name in ("generation_mb", "build_peak_mb")
        },
        "engines": engines(sizes, index, stored.get("milvus", {}).get("figures")),
        "builds": builds(told),
        "ends": ends([*sizes, million]),
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
