"""Tables of what goes beyond one process, from `bench-results/`; see `tests.support.docs_tables`."""

from __future__ import annotations

from typing import Any

from index.generation.tuning import K
from tests.support.service_tables import source


def hosts(result: dict[str, Any]) -> list[str]:
    """How soon the other host has what one was given, and what both answer."""
    figures = result["figures"]
    waits = {"with Redis": figures["edit_by_redis_ms"], "without": figures["edit_by_database_ms"]}
    published, answers = figures["published_s"], figures["answers_per_second"]
    return [
        "| | median ms | p95 ms |",
        "|---|---|---|",
        *(
            f"| until an edit is shown by the other host, {how} | {wait['p50']:,} | {wait['p95']:,} |"
            for how, wait in waits.items()
        ),
        "",
        f"Both serve a new generation {published['new']} s after its build, and the one before "
        f"{published['rollback']} s after a rollback. Clients and hosts share this machine's cores: one host "
        f"gives {answers['1']:,} answers a second, two give {answers['2']:,}.",
        "",
        source(result),
    ]


def dask(result: dict[str, Any]) -> list[str]:
    """Seconds of each stage by one worker and by two."""
    figures = result["figures"]
    one, two = figures["seconds"]["1"], figures["seconds"]["2"]
    same = "the same, byte for byte" if figures["same_vectors"] else "not the same"
    return [
        "| stage, s | one worker | two |",
        "|---|---|---|",
        *(f"| {stage} | {seconds:.1f} | {two.get(stage, 0):.1f} |" for stage, seconds in one.items()),
        "",
        f"Two workers are {figures['spread_times_as_fast']} times as fast in the stages that are spread, and "
        f"{figures['whole_times_as_fast']} times in all. The vectors of all builds are {same}.",
        "",
        source(result),
    ]


def milvus(result: dict[str, Any]) -> list[str]:
    """Milvus beside FAISS, with filters and without."""
    figures = result["figures"]
    lines = [
        f"{figures['films']:,} films, {figures['dimensions']} dimensions, one client; `{figures['setting']}`. "
        f"Sent and indexed in {figures['build_s']:,} s; the server takes {figures['server_mb']:,} MB more, and a "
        f"search {figures['processor_ms']} ms of the processor, the server's and the client's together.",
        "",
        "| engine | recall@10 known / random | queries/s | p50 ms | p99 ms |",
        "|---|---|---|---|---|",
    ]
    for name, point in figures["engines"].items():
        lines.append(
            f"| {name} | {point['recall_known']:.3f} / {point['recall_random']:.3f} "
            f"| {point['queries_per_second']:,.0f} "
            f"| {point['known_p50_ms']:.1f} / {point['random_p50_ms']:.1f} "
            f"| {point['known_p99_ms']:.1f} / {point['random_p99_ms']:.1f} |"
        )
    names = list(figures["engines"])
    lines += ["", f"| films matching | {' | '.join(f'{name}: recall@10 | p50 ms | p99 ms' for name in names)} |"]
    lines.append("|---" * (3 * len(names) + 1) + "|")
    for row in figures["filters"]:
        cells = (
            f"{row[name]['recall']:.3f} | {row[name]['p50_ms']:.1f} | {row[name]['p99_ms']:.1f}" for name in names
        )
        lines.append(f"| {row['matching']:,} | {' | '.join(cells)} |")
    full = all(row[name]["full"] for row in figures["filters"] if row["matching"] >= K for name in names)
    return [
        *lines,
        "",
        f"{'Every' if full else 'Not every'} answer that {K} films match or more has {K}. "
        f"{figures['other_scores']:,} of Milvus's scores differ from those of the exact search.",
        "",
        source(result),
    ]
