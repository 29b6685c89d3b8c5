"""The tables in docs/ about the service and its builds, from bench-results/; see `tests.support.docs_tables`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def service(result: dict[str, Any]) -> list[str]:
    """Throughput relative to a bare endpoint, then start time and memory."""
    figures = result["figures"]
    one, two, supervisor = (figures["memory"][name] for name in ("one_worker", "of_two", "supervisor"))
    lines = [
        f"{figures['films']:,} films, one worker on one core, 16 connections.",
        "",
        "| | answers/s | relative to bare | p50 / p95 / p99 ms |",
        "|---|---|---|---|",
    ]
    for name, run in figures["throughput"].items():
        waits = " / ".join(f"{run[f'p{share}_ms']:.1f}" for share in (50, 95, 99))
        lines.append(f"| {name} | {run['per_second']:,} | {run['of_object']:.2f} | {waits} |")
    names = list(figures["stages_ms"]["by id"])  # every stage: a film without a table row is searched
    lines += ["", "| mean ms, one request at a time | " + " | ".join(names) + " |"]
    lines.append("|---|" + "---|" * len(names))
    for name, stages in figures["stages_ms"].items():
        lines.append(f"| {name} | " + " | ".join(f"{stages.get(stage, 0.0):.2f}" for stage in names) + " |")
    if first := figures.get("first"):
        lines += ["", "| the first hundred after a start | median ms | slowest ms | median of later ones, ms |"]
        lines.append("|---|---|---|---|")
        for name, taken in first.items():
            lines.append(f"| {name} | " + " | ".join(f"{value:.1f}" for value in taken.values()) + " |")
    owns = " and ".join(str(worker["own_mb"]) for worker in two)
    lines += [
        "",
        f"Ready {figures['ready_s']:.1f} s after the start. Private memory: {one['own_mb']:,} MB for a single "
        f"worker; {owns} MB for two workers, and {supervisor['own_mb']} MB for the process that starts them. "
        "Mapped files are shared and come on top.",
    ]
    return [*lines, "", source(result)]


def attack(result: dict[str, Any]) -> list[str]:
    """What others see during each attack, and the memory under ever different questions."""
    figures = result["figures"]
    lines = [
        f"{figures['films']:,} films, one worker.",
        "",
        "| attack | requests of others | failed | p50 / p99 / longest ms | memory at most, MB |",
        "|---|---|---|---|---|",
    ]
    for name, seen in figures["attacks"].items():
        waits = " / ".join(f"{seen[key]:.1f}" for key in ("p50_ms", "p99_ms", "max_ms"))
        lines.append(f"| {name} | {seen['requests']:,} | {seen['failed']} | {waits} | {seen['peak_rss_mb']:,} |")
    memory, costs = figures["different_questions"], figures["processor_us_a_request"]
    lines += [
        "",
        f"Memory after 1,000 different questions: {memory['after_first_1000_mb']:,} MB; after 20,000: "
        f"{memory['ratio']:.2f} times that. Processor time of a request to a bare endpoint: "
        + ", ".join(f"{name} {cost:.0f} µs" for name, cost in costs.items())
        + ".",
    ]
    return [*lines, "", source(result)]


def filters(result: dict[str, Any]) -> list[str]:
    """The processor time of random legal filters, by each way to a page."""
    figures = result["figures"]
    lines = [
        f"Processor time of pages of {figures['films']:,} films by {figures['filters']} random filters:",
        "",
        "| pages from the | median ms | p95 ms | worst ms | stopped by the time limit |",
        "|---|---|---|---|---|",
    ]
    for way in ("generation", "database"):
        taken = [f"{figures[way]['cpu_ms'][name]:.0f}" for name in ("median", "p95", "worst")]
        lines.append(f"| {way} | {' | '.join(taken)} | {figures[way]['stopped']} |")
    return [*lines, "", source(result)]


def contract(result: dict[str, Any]) -> list[str]:
    """The number of requests and their statuses."""
    figures = result["figures"]
    statuses = ", ".join(f"{count:,} with {status}" for status, count in figures["statuses"].items())
    return [
        f"{figures['cases']:,} requests to {figures['operations']} operations in {figures['seconds']:.0f} s; "
        f"{figures['failures']} operations broke the contract. Statuses: {statuses}.",
        "",
        source(result),
    ]


def overlay(result: dict[str, Any]) -> list[str]:
    """The cost of edits for a request, then how soon an edit is visible."""
    figures = result["figures"]
    times: dict[str, dict[str, dict[str, float]]] = figures["times"]
    lines = [
        f"{figures['films']:,} films, one thread, {figures['questions']} requests of each kind in turn; p50 / p99 "
        "in ms, with the increase of the median over no edits in brackets.",
        "",
        f"| edits since the build | {' | '.join(times)} |",
        "|---" * (len(times) + 1) + "|",
    ]
    none = figures["edits"][0]
    for size in figures["edits"]:
        more = [of[size]["p50_ms"] - of[none]["p50_ms"] for of in times.values()]
        cells = [f"{p50_p99(of[size])} ({m:+.2f})" for of, m in zip(times.values(), more, strict=True)]
        lines.append(f"| {size} | {' | '.join(cells)} |")
    lines += [
        "",
        "| edits, over HTTP | `POST` | the next search | a later search | private MB |",
        "|---" * 5 + "|",
    ]
    for size, found in figures["next_request"].items():
        waits = (p50_p99(found[name]) for name in ("post", "next_search", "later_search"))
        lines.append(f"| {size} | {' | '.join(waits)} | {found['own_mb']:,} |")
    return [*lines, "", source(result)]


def swap(result: dict[str, Any]) -> list[str]:
    """Latencies while generations are swapped."""
    figures = result["figures"]
    took = figures["swap_s"]
    lines = [
        f"{figures['films']:,} films, {figures['size_mb']:,} MB, checked and opened in "
        f"{figures['check_and_open_s']:.1f} s. {len(took)} swaps took {min(took):.1f} to {max(took):.1f} s from "
        f"the rename to the first answer; {figures['failed']} of {figures['requests']:,} requests failed. Private "
        f"memory of the worker after each swap: {', '.join(f'{mb:.0f}' for mb in figures['own_memory_mb'])} MB"
        + (
            f"; after the last {figures['last_over_second']:.2f} of that after the second."
            if "last_over_second" in figures
            else "."
        ),
        "",
        "| requests | p50 / p99 ms | slowest ms |",
        "|---|---|---|",
    ]
    for name in ("steady", "during_swaps"):
        found = figures[name]
        told = f"{name.replace('_', ' ')}: {found['requests']:,}"
        lines.append(f"| {told} | {p50_p99(found)} | {found['max_ms']:.1f} |")
    return [*lines, "", source(result)]


def rebuild(result: dict[str, Any]) -> list[str]:
    """What builds take, and how well the lists of neighbours agree."""
    figures = result["figures"]
    agree = figures["neighbours"]
    names = {"kept": "`etl build`", "full": "`etl build --full`"}
    builds = [figures["builds"][name] for name in names]
    stages = dict.fromkeys(stage for build in builds for stage in build["stages_s"])
    totals = {"seconds": "in all, s", "cpu_seconds": "processor time, s", "peak_mb": "peak memory, MB"}
    return [
        f"{figures['films']:,} films, {figures['changed']:,} changed.",
        "",
        f"| | {' | '.join(names.values())} |",
        f"|---|{'---|' * len(names)}",
        *(_row(f"{stage}, s", (f"{build['stages_s'].get(stage, 0):.1f}" for build in builds)) for stage in stages),
        *(_row(label, (f"{build[key]:,}" for build in builds)) for key, label in totals.items()),
        _row("recall@10, known / random / table", (_recall(build["recall"]) for build in builds)),
        _row("parameters", (", ".join(f"{k} {v}" for k, v in build["parameters"].items()) for build in builds)),
        "",
        f"Of the lists of {agree['sample']:,} films, {agree['kept_and_made_anew']:.1%} of the entries are those "
        "of a table made anew over the same vectors. Of the exact neighbours, the table that was kept has "
        f"{agree['kept_and_exact']:.1%}, that of the full build {agree['full_and_exact']:.1%}.",
        "",
        source(result),
    ]


def members(result: dict[str, Any]) -> list[str]:
    """Answers with one member and with all, then a member's first page."""
    figures = result["figures"]
    labels = {
        "me": "`/me/recommendations`",
        "signed_out_100_ratings": "signed out, 100 ratings in the body",
        "signed_out_one_film": "signed out, one film",
    }
    counts = {name.split()[1]: found for name, found in figures.items() if name.startswith("with ")}
    alone = figures["first_page"]["Streamlit alone"]["p50_ms"]
    return [
        f"{figures['films']:,} films, {figures['members']:,} members with {figures['ratings_each']} ratings each; "
        f"{figures['requests']} requests of each kind, one after the other and in turns.",
        "",
        "| request | members | p50 / p99 ms | answers a second |",
        "|---|---|---|---|",
        *(
            f"| {label} | {count} | {p50_p99(found[way])} | {found[way]['per_second']:,} |"
            for way, label in labels.items()
            for count, found in counts.items()
        ),
        "",
        "| first page | median ms | slowest ms | of Streamlit alone |",
        "|---|---|---|---|",
        *(
            f"| {name} | {times['p50_ms']:,.0f} | {times['max_ms']:,} | {times['p50_ms'] / alone:.2f} |"
            for name, times in figures["first_page"].items()
        ),
        "",
        source(result),
    ]


def _recall(recall: dict[str, float]) -> str:
    return " / ".join(f"{recall[name]:.3f}" for name in ("known", "random", "table"))


def _row(label: str, cells: Iterable[str]) -> str:
    return f"| {label} | {' | '.join(cells)} |"


def p50_p99(found: dict[str, float]) -> str:
    """Both as text, in ms."""
    return f"{found['p50_ms']:.2f} / {found['p99_ms']:.2f}"


def source(result: dict[str, Any]) -> str:
    """Where figures are from."""
    cpu, cores = result["machine"]["cpu"], result["machine"]["cores"]
    return f"From `bench-results/{result['benchmark']}.json`, measured on {cores} cores ({cpu})."
