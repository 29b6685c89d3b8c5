"""The tables of docs/scale.md, from `bench-results/scale.json`; see `tests.support.docs_tables`."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.scale import COPIES, FITTED, GROWING, MEMORY_GB, SIZES, WORKERS, exponents

MOST = 10_000_000_000
"""Films of an end that is named by its number."""


def scale(result: dict[str, Any]) -> list[str]:
    """Growth and its check, then engines, builds, ends, queues."""
    figures = result["figures"]
    sources = ", ".join(f"`{name}.json` ({about['cpu']})" for name, about in figures["from"].items())
    parts = (_growth, _engines, _builds, _ends, _checked, _loads)
    return [
        *(line for part in parts for line in ["", *part(figures)]),
        "",
        f"Computed from {sources} by `python -m tests.benchmarks scale`.",
    ]


def growth(result: dict[str, Any]) -> list[str]:
    """Each figure at every size, and its exponent."""
    figures = result["figures"]
    sizes, cpu = figures["sizes"], result["machine"]["cpu"]
    slopes = exponents(sizes)
    films = " | ".join(f"{size['films']:,}" for size in sizes)
    return [
        f"| films | {films} | exponent |",
        "|---" * (len(sizes) + 2) + "|",
        *(
            f"| {label} | {' | '.join(_short(size[name]) for size in sizes)} | {slopes[name]:.2f} |"
            for name, label in GROWING.items()
        ),
        "",
        f"From `bench-results/growth.json`, measured on {result['machine']['cores']} cores ({cpu}).",
    ]


def _growth(figures: dict[str, Any]) -> list[str]:
    sizes = [size["films"] for size in figures["sizes"]]
    lines = [
        "**How it grows**",
        "",
        f"| films | {' | '.join(f'{n:,}' for n in sizes)} | law | predicted for the last |",
    ]
    lines.append("|---" * (len(sizes) + 3) + "|")
    for name, label in FITTED.items():
        told = figures["model"][name]
        cells = " | ".join(_short(size[name]) for size in figures["sizes"])
        linear = f"{_short(told['fixed'])} + {_short(told['each'] * 1e6)} for a million"
        law = linear if told["exponent"] == 1 else f"exponent {told['exponent']:.2f}"
        lines.append(f"| {label} | {cells} | {law} | {_short(told['predicted'])} ({told['ratio']:.2f}) |")
    told, predicted = figures["million"], figures["predicted_million"]
    return [
        *lines,
        "",
        f"Of {told['films']:,} films the laws of these sizes predict a generation of "
        f"{predicted['generation_mb']:,.0f} MB and {predicted['build_peak_mb']:,.0f} MB for a build; "
        f"{told['generation_mb']:,} and {told['build_peak_mb']:,} MB were measured (`swap.json`, `index.json`), "
        "and count for what follows.",
    ]


def _short(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _engines(figures: dict[str, Any]) -> list[str]:
    rows = {(row["engine"], row["films"]): row for row in figures["engines"]}
    names = dict.fromkeys(name for name, _ in rows)
    lines = [f"**Memory and machines** (of {MEMORY_GB} GB, {COPIES} copies of everything)", ""]
    lines += [
        f"| engine | bytes a film | {' | '.join(f'{n:,} films' for n in SIZES)} |",
        "|---" * (len(SIZES) + 2) + "|",
    ]
    for name in names:
        cells = []
        for films in SIZES:
            row = rows[name, films]
            ms = "" if row["question_ms"] is None else f", {row['question_ms']:,.3g} ms"
            cells.append(f"{_short(row['memory_gb'])} GB, {row['machines']:,}{ms}")
        lines.append(f"| {name} | {rows[name, SIZES[0]]['bytes_a_film']:,} | {' | '.join(cells)} |")
    return lines


def _builds(figures: dict[str, Any]) -> list[str]:
    lines = [
        "**Load and build**",
        "",
        "| films | processor hours | hours on one machine | machines for 8 hours | GB |",
    ]
    lines.append("|---" * 5 + "|")
    return lines + [
        f"| {row['films']:,} | {row['processor_h']:,.3g} | {row['hours_on_one']:,.3g} | {row['machines_for_8_h']} "
        f"| {_short(row['peak_gb'])} |"
        for row in figures["builds"]
    ]


def _ends(figures: dict[str, Any]) -> list[str]:
    ends = sorted(figures["ends"].items(), key=lambda end: end[1])
    told = (f"| {f'{films:,.0f}' if films < MOST else f'beyond {MOST:,}'} | {what} |" for what, films in ends)
    return ["**Where what stops**", "", "| films | |", "|---|---|", *told]


def _checked(figures: dict[str, Any]) -> list[str]:
    lines = ["**The simulation beside what was measured** (16 clients, one worker)", ""]
    lines += ["| requests | simulated p50 / p95 / p99 ms | measured |", "|---|---|---|"]
    for name, told in figures["queues"]["checked"].items():
        simulated, measured = (
            " / ".join(f"{told[f'{kind}{key}_ms']:.1f}" for key in ("p50", "p95", "p99"))
            for kind in ("", "measured_")
        )
        lines.append(f"| {name} | {simulated} | {measured} |")
    return lines


def _loads(figures: dict[str, Any]) -> list[str]:
    loads = figures["queues"]["loads"]
    hosts = dict.fromkeys(load["hosts"] for load in loads)
    by_place = {(load["per_second"], load["hosts"]): load for load in loads}
    lines = [f"**p99 in ms by load and hosts of {WORKERS} workers** (share of time that they work)", ""]
    lines += [f"| requests/s | {' | '.join(f'{n} hosts' if n > 1 else '1 host' for n in hosts)} |"]
    lines.append("|---" * (len(hosts) + 1) + "|")
    for rate in dict.fromkeys(load["per_second"] for load in loads):
        cells = (by_place[rate, n] for n in hosts)
        shown = (
            f"{c['waits']['p99_ms']:.1f} ({c['needed']:.2f})" if c["waits"] else f"no ({c['needed']:.2f})"
            for c in cells
        )
        lines.append(f"| {rate:,} | {' | '.join(shown)} |")
    return lines
