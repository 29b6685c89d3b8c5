"""The tables in docs/, generated from bench-results/: `python -m tests.support.docs_tables` writes them.

The text between `<!-- figures: NAME -->` and `<!-- end -->` is generated from `bench-results/NAME.json` by the
function NAME, of this module or of another `*_tables` beside it. A test compares both, so that no figure
is typed by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.host_tables import dask, hosts, milvus
from tests.support.rating_tables import models, ratings, taste
from tests.support.scale_tables import growth, scale
from tests.support.service_tables import (
    attack,
    contract,
    filters,
    members,
    overlay,
    rebuild,
    service,
    source,
    swap,
)

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted((ROOT / "docs").rglob("*.md")))
RESULTS = ROOT / "bench-results"
_SECTION = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MEASURES = {
    "ndcg_10": "agreement with co-rating, nDCG@10",
    "recall_50": "agreement with co-rating, recall@50",
    "rated_ndcg_10": "agreement among rated films only, nDCG@10",
    "rated_recall_50": "agreement among rated films only, recall@50",
    "pairs_co_rating": "AUC of pairs: rated together vs. not",
    "pairs_tags": "AUC of pairs: a shared rare tag vs. none",
    "pairs_franchises": "AUC of pairs: of one franchise vs. of the same genre and time",
    "pairs_golden": "AUC of pairs: on the golden list vs. of the same genre and time",
    "golden_hit_10": "golden films with an expected film among ten",
    "golden_share_10": "expected films among ten, as a share of those possible",
    "world_hit_10": "films of the world with an expected film among ten",
    "world_share_10": "expected films among ten, for films of the world",
    "likeness_golden": "AUC of pairs: on the golden list, by the preset `likeness`",
    "described_hit_10": "films described in a sentence that are among the ten for it",
    "described_mrr": "mean reciprocal rank of these films, within ten",
    "same_language_10": "films among ten in the language of a query that is not in English",
    "variety_10": "variety within a list",
    "coverage_10": "different films, as a share of all places in the lists",
    "popularity_lift": "votes of recommended films over those of the query, log10",
    "hubness": "hubness (skew of k-occurrences)",
}


def quality(result: dict[str, Any]) -> list[str]:
    """Both profiles, then the lists."""
    figures = result["figures"]
    profiles = figures["quality"]
    lines = [
        f"{figures['films']:,} films; {figures['rated_films']:,} of them were rated by 20 people or more, and "
        f"{figures['reported_films']:,} of these are in the half that is reported. The weights have seen "
        "both halves.",
        "",
        "| measure | default | classic |",
        "|---|---|---|",
        *(
            f"| {label} | {profiles['default'][name]:.3f} | {profiles['classic'][name]:.3f} |"
            for name, label in _MEASURES.items()
        ),
        "",
        "By language and period, films with 20 votes or more:",
        "",
        "| films | expected among ten | co-rating nDCG@10 | same language | of the catalogue | votes, log10 |",
        "|---|---|---|---|---|---|",
        *(_group(row) for row in figures["groups"]),
        "",
        *(f"- **{film}**: {', '.join(found)}." for film, found in figures["lists"].items()),
        "",
        "Questions in words, and how they were read:",
        "",
        *(
            f"- **{text}** ({'; '.join(answer['read']) or 'as a story'}): {', '.join(answer['films'])}."
            for text, answer in figures["questions"].items()
        ),
    ]
    return [*lines, "", source(result)]


def _group(row: dict[str, Any]) -> str:
    names = ("named_share_10", "ndcg_10", "same_language", "catalogue_share", "fame")
    cells = ("–" if row[name] is None else f"{row[name]:.3f}" for name in names)
    return f"| {row['group']} ({row['films']:,}) | {' | '.join(cells)} |"


def ingest(result: dict[str, Any]) -> list[str]:
    """The classic pipeline and Reelkin, on both databases."""
    results = {"SQLite": result, "MariaDB": json.loads((RESULTS / "ingest-mysql.json").read_text())}
    names = {"classic": "classic", "ours": "Reelkin, empty database", "again": "Reelkin, the same dump again"}
    lines = [
        f"{result['figures']['classic']['read']:,} rows.",
        "",
        "| | seconds | rows/s | times classic | peak MB |",
    ]
    lines.append("|---|---|---|---|---|")
    for database, figures in ((name, taken["figures"]) for name, taken in results.items()):
        for key, name in names.items():
            run, classic = figures[key], figures["classic"]
            speed, ratio = run["read"] / run["seconds"], classic["seconds"] / run["seconds"]
            lines.append(
                f"| {database}, {name} | {run['seconds']:.1f} | {speed:,.0f} | {ratio:.1f} | {run['peak_mb']:,} |"
            )
    return [*lines, "", source(result)]


def synthesize(result: dict[str, Any]) -> list[str]:
    """Time and memory of a synthetic dump, as a sentence."""
    found = result["figures"]
    return [
        f"`python -m etl synthesize` writes {found['rows']:,} rows ({found['size_mb']:,} MB) in "
        f"{found['seconds']:.0f} s, with a peak memory of {found['peak_mb']:,} MB.",
        "",
        source(result),
    ]


def catalogue(result: dict[str, Any]) -> list[str]:
    """The first and the last page of every order, on both databases."""
    results = {"SQLite": result, "MariaDB": json.loads((RESULTS / "catalogue-mysql.json").read_text())}
    names = [f"{name}, {cost}" for name in results for cost in ("first ms", "last ms", "last / first")]
    lines = [
        f"{result['figures']['films']:,} films, pages of 50; medians of alternating runs.",
        "",
        f"| order | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for order in result["figures"]["sorts"]:
        pages = [taken["figures"]["sorts"][order] for taken in results.values()]
        costs = [
            f"{page['first']['p50_ms']:.1f} | {page['last']['p50_ms']:.1f} | {page['last_over_first']:.2f}"
            for page in pages
        ]
        lines.append(f"| {order} | {' | '.join(costs)} |")
    return [*lines, "", source(result)]


def titles(result: dict[str, Any]) -> list[str]:
    """Accuracy, memory and time on the real films, on a million, and with alternative titles; then each kind."""
    figures = result["figures"]
    sizes = [figures[name] for name in ("real", "large", "with_others")]
    heads = [f"{size['films']:,} films" for size in sizes[:2]] + [f"and {sizes[2]['others']:,} alternative titles"]
    lines = ["| | " + " | ".join(heads) + " |", "|---|---|---|---|"]
    rows = {
        "the right film first": [f"{size['accuracy']['first']:.3f}" for size in sizes],
        "among the first five": [f"{size['accuracy']['top_five']:.3f}" for size in sizes],
        "bytes per film": [f"{size['bytes_per_film']:.0f}" for size in sizes],
        "seconds to build": [f"{size['build_s']:.1f}" for size in sizes],
    }
    for kind in ("misspelt", "unfinished", "hostile"):
        times = [size["latency"][kind] for size in sizes]
        rows[f"{kind}, p50 / p99 ms"] = [f"{time['p50_ms']:.1f} / {time['p99_ms']:.1f}" for time in times]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    high = [part for part in sizes[0]["calibration"] if part["from"] >= 0.8]
    stated = "; ".join(f"{part['stated']:.2f} stated, {part['right']:.3f} correct" for part in high)
    lines += ["", f"Calibration on the real films: {stated}.", ""]
    return [*lines, *_typed(figures["typed"]), "", source(result)]


def _typed(kinds: dict[str, dict[str, Any]]) -> list[str]:
    """Titles typed in other ways: each kind as listed by hand and as made by templates."""
    lines = ["| kind | listed | first / five | made | first / five | wrong and sure |", "|---" * 6 + "|"]
    for kind, one in kinds.items():
        made = kinds.get(f"made {kind}")
        if kind != "all" and made is not None:
            cells = [f"{part['queries']} | {part['first']:.2f} / {part['five']:.2f}" for part in (one, made)]
            lines.append(f"| {kind} | {' | '.join(cells)} | {one['wrong_and_sure'] + made['wrong_and_sure']} |")
    every = kinds["all"]
    return [
        *lines,
        "",
        f"All {every['queries']:,} together: {every['first']:.3f} first, {every['five']:.3f} among five, "
        f"{every['wrong_and_sure']} wrong and sure, {every['sure']:.2f} sure; Brier score {every['brier']:.3f}.",
    ]


def index(result: dict[str, Any]) -> list[str]:
    """Every engine at its best setting, then filtered search."""
    figures = result["figures"]
    build = sum(figures["build_s"].values())
    peak = figures.get("build_peak_mb")
    lines = [
        f"{figures['films']:,} films, {figures['dimensions']} dimensions, one thread; built in {build:.0f} s"
        + (f", with a peak memory of {peak:,} MB." if peak else "."),
        "",
        "| engine | recall@10 known / random | queries/s | p50 ms | p99 ms | MB | built in s |",
        "|---|---|---|---|---|---|---|",
    ]
    for engine in figures["engines"]:
        points = {engine["name"]: engine["best"]}
        if "served" in engine:
            points[f"{engine['name']}, as built"] = engine["served"]
        if not engine["reached"]:
            points = {f"{name} (recall not reached)": point for name, point in points.items()}
        for name, point in points.items():
            lines.append(
                f"| {name} | {point['recall_known']:.3f} / {point['recall_random']:.3f} "
                f"| {point['queries_per_second']:,.0f} "
                f"| {point['known_p50_ms']:.2f} / {point['random_p50_ms']:.2f} "
                f"| {point['known_p99_ms']:.2f} / {point['random_p99_ms']:.2f} "
                f"| {engine['memory_mb']:,.0f} | {engine['build_s']:,.0f} |"
            )
    lines += [f"\n{name} was not measured: {why}." for name, why in figures.get("not_measured", {}).items()]
    filtered = {engine["name"]: engine["filters"] for engine in figures["engines"] if engine.get("filters")}
    lines += [
        "",
        f"| films matching | which | {' | '.join(f'{name}: recall@10 | p50 ms | p99 ms' for name in filtered)} |",
    ]
    lines += ["|---|---|" + "---|---|---|" * len(filtered)]
    for parts in zip(*filtered.values(), strict=True):
        cells = [f"{part['recall']:.3f} | {part['p50_ms']:.1f} | {part['p99_ms']:.1f}" for part in parts]
        lines.append(f"| {parts[0]['matching']:,} | {parts[0]['films']} | {' | '.join(cells)} |")
    for engine in figures["engines"]:
        if engine.get("pulled"):
            lines += ["", *_pulled(engine["name"], engine["pulled"])]
    return [*lines, "", source(result)]


def _pulled(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Filters that pull against the question, of one engine: the extremes, then every pair."""
    lines = [
        f"By {name} the lowest recall@10 of these pairs is {min(row['recall'] for row in rows):.3f}, the longest "
        f"p99 {max(row['p99_ms'] for row in rows):.1f} ms. FAISS's exact scan with a selector takes "
        f"{_range(rows, 'times_scan')} as long, FAISS's search of the same cells with a selector, told for each "
        f"pair how many cells reach the same recall, {_range(rows, 'times_faiss')}.",
        "",
        "| films | filter | passing | recall@10 | p50 ms | p99 ms | mean ms | FAISS's scan | FAISS's cells |",
        "|---" * 9 + "|",
    ]
    for row in rows:
        cells = [f"`{row['filter']}`", f"{row['share']:.1%}", f"{row['recall']:.3f}"]
        cells += [f"{row[name]:.1f}" for name in ("p50_ms", "p99_ms", "mean_ms")]
        cells += [_times(row["times_scan"]), _times(row.get("times_faiss"))]
        lines.append(f"| {row['films']} | {' | '.join(cells)} |")
    return lines


def _range(rows: list[dict[str, Any]], name: str) -> str:
    """From the least to the most of a ratio."""
    ratios = [row[name] for row in rows if row.get(name)]
    return f"{min(ratios):.1f} to {max(ratios):.1f} times" if ratios else "was not measured"


def _times(ratio: float | None) -> str:
    return "recall not reached" if ratio is None else f"{ratio:.1f} times ours"


def kin(result: dict[str, Any]) -> list[str]:
    """The cost of a request about one film by each method, then the stages of the build."""
    figures = result["figures"]
    lines = [
        f"{figures['films']:,} films, one thread; {figures['bytes_per_film']:.0f} bytes per film in all.",
        "",
        "| | recall@10 known / random | p50 ms | p99 ms |",
        "|---|---|---|---|",
    ]
    for name, point in figures["ways"].items():
        lines.append(
            f"| {_plain(name)} | {point['recall_known']:.3f} / {point['recall_random']:.3f} "
            f"| {point['known_p50_ms']:.3f} / {point['random_p50_ms']:.3f} "
            f"| {point['known_p99_ms']:.3f} / {point['random_p99_ms']:.3f} |"
        )
    stages = ", ".join(f"{_plain(name)} {seconds:.0f}" for name, seconds in figures["build_s"].items())
    lines += ["", f"Built in {sum(figures['build_s'].values()):.0f} s: {stages}."]
    return [*lines, "", source(result)]


def app(result: dict[str, Any]) -> list[str]:
    """How long a visitor waits for each page."""
    figures = result["figures"]
    return [
        f'{figures["films"]:,} films. "Opened" includes loading the app itself into a new tab.',
        "",
        "| page | median ms | slowest ms |",
        "|---|---|---|",
        *(
            f"| {_plain(page)} | {times['p50_ms']:,.0f} | {times['max_ms']:,} |"
            for page, times in figures["times"].items()
        ),
        "",
        *([*_loads(figures["loads"]), ""] if "loads" in figures else []),
        source(result),
    ]


def _loads(loads: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """What every page loads with an empty cache."""
    alone = loads["fast"]["Streamlit alone"]["bytes_all"]
    return [
        "With an empty cache, over this machine's line and one of 9 Mbit/s with 165 ms; the larger layout shift.",
        "",
        "| page | kB before films | of Streamlit alone | kB in all | ms | ms, 9 Mbit/s | layout shift |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {name} | {fast['bytes_before'] / 1e3:,.0f} | {fast['bytes_before'] / alone:.2f} "
            f"| {fast['bytes_all'] / 1e3:,.0f} | {fast['shown_ms']:,} | {slow['shown_ms']:,} "
            f"| {max(fast['shift'], slow['shift']):.3f} |"
            for name, fast, slow in (
                (name, fast, loads["throttled"][name]) for name, fast in loads["fast"].items()
            )
        ),
    ]


TABLES: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "quality": quality,
    "ingest": ingest,
    "synthesize": synthesize,
    "catalogue": catalogue,
    "rebuild": rebuild,
    "taste": taste,
    "titles": titles,
    "models": models,
    "ratings": ratings,
    "index": index,
    "kin": kin,
    "app": app,
    "service": service,
    "attack": attack,
    "filters": filters,
    "contract": contract,
    "members": members,
    "overlay": overlay,
    "growth": growth,
    "scale": scale,
    "swap": swap,
    "hosts": hosts,
    "dask": dask,
    "milvus": milvus,
}


def rendered(page: str) -> str:
    """The text of a page with every table generated again."""

    def section(match: re.Match[str]) -> str:
        stored = RESULTS / f"{match[2]}.json"
        if not stored.exists():
            return f"{match[1]}Not measured yet.\n{match[3]}"
        result = json.loads(stored.read_text())
        return match[1] + "\n".join(TABLES[match[2]](result)) + "\n" + match[3]

    return _SECTION.sub(section, page)


def _plain(name: str) -> str:
    """The name of a row in field terms; some stored results have earlier names."""
    return (
        name.replace("kin found by the build", "neighbour table")
        .replace("its kin", "its neighbours")
        .replace("find kin", "find neighbours")
    )


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")
