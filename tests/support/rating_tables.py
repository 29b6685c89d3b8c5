"""The tables in docs/ about ratings, from bench-results/; see `tests.support.docs_tables`."""

from __future__ import annotations

from typing import Any

from etl.ratings.comparison import LISTS, MEASURES, NAMES, cell
from tests.support.service_tables import source


def models(result: dict[str, Any]) -> list[str]:
    """Every model by the number of training users, then what its lists are like, and cold films."""
    figures = result["figures"]
    lines = [
        f"{figures['likes']:,} likes of {figures['films']:,} films by {figures['users']:,} users. "
        "Each is a mean ± its standard error; all models have the same users, so that differences are surer.",
    ]
    for label, table in figures["tables"].items():
        lines += ["", f"{label.capitalize()} training users:", ""]
        lines += _table(table, MEASURES)
    everybody = figures["tables"]["all"]
    lines += ["", "What lists are like, with all training users:", "", *_table(everybody, LISTS)]
    lines += ["", "Cold films:", "", "| model | recall@20 |", "|---|---|"]
    lines += [f"| {name} | {cell(value)} |" for name, value in figures["cold"].items()]
    return [*lines, "", source(result)]


def ratings(result: dict[str, Any]) -> list[str]:
    """Loading, fitting, and the answers to a taste of 50 films."""
    figures = result["figures"]
    lines = ["| ratings | loaded in s | peak MB | fitted in s | peak MB | users | films | factors |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for count, load in figures["loads"].items():
        fit = figures["fits"].get(count)
        rest = ["–"] * 5
        if fit:
            rest = [f"{fit['s']:,.0f}", f"{fit['peak_mb']:,}", f"{fit['users']:,}", f"{fit['films']:,}"]
            rest.append(f"{fit['factors']}")
        lines.append(f"| {count} | {load['s']:,.0f} | {load['peak_mb']:,} | {' | '.join(rest)} |")
    lines += [
        "",
        f"A taste of 50 films, answered among {figures['films']:,} films by `model=hybrid`; ratings add "
        f"{figures['bytes_per_film']:.0f} bytes for each film of the catalogue:",
        "",
        "| | p50 ms | p95 ms | p99 ms |",
        "|---|---|---|---|",
        *(
            f"| {name} | {times['p50_ms']:.1f} | {times['p95_ms']:.1f} | {times['p99_ms']:.1f} |"
            for name, times in figures["answers_ms"].items()
        ),
    ]
    return [*lines, "", source(result)]


def _table(table: dict[str, dict[str, Any]], measures: tuple[str, ...]) -> list[str]:
    lines = [f"| model | {' | '.join(NAMES[name] for name in measures)} |", "|---|" + "---|" * len(measures)]
    for model, found in table.items():
        lines.append(f"| {model} | {' | '.join(cell(found[name]) for name in measures)} |")
    return lines


def taste(result: dict[str, Any]) -> list[str]:
    """The rules for several likes and dislikes, one per line."""
    rules = {name: values for name, values in result["figures"].items() if isinstance(values, dict)}
    return [
        f"{result['figures']['users']} users, four likes and two dislikes each. For as many other users "
        f"the best rule by nDCG@10 is: {result['figures']['best_for_the_others']}.",
        "",
        "| rule | nDCG@10 | precision@50 | disliked among 50 |",
        "|---|---|---|---|",
        *(
            f"| {name} | {values['ndcg_10']:.3f} | {values['precision_50']:.3f} | {values['disliked_50']:.3f} |"
            for name, values in rules.items()
        ),
        "",
        source(result),
    ]
