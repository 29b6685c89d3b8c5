"""The figures in README, made from the stored results: `python -m tests.readme_tables` writes them in.

Between `<!-- figures: NAME -->` and `<!-- end -->` stands what the function of that name makes of
`bench-results/NAME.json`. A test compares, so that no figure is typed by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sample import ROOT

README = ROOT / "README.md"
RESULTS = ROOT / "bench-results"
_SECTION = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MEASURES = {
    "ndcg_10": "agreement with co-rating, nDCG@10",
    "recall_50": "agreement with co-rating, recall@50",
    "golden_hit_10": "golden films with a known kin among ten",
    "golden_share_10": "known kin, of the places they could take",
    "variety_10": "variety within a list",
    "coverage_10": "different films, of all places",
    "popularity_lift": "fame of the recommended over the asked, log10 of votes",
    "hubness": "hubness, skew of k-occurrences",
}


def quality(result: dict[str, Any]) -> list[str]:
    """Both profiles side by side, then the lists."""
    figures = result["figures"]
    profiles = figures["quality"]
    lines = [
        f"{figures['films']:,} films; {figures['rated_films']:,} of them rated by 20 people or more.",
        "",
        "| measure | default | classic |",
        "|---|---|---|",
        *(
            f"| {label} | {profiles['default'][name]:.3f} | {profiles['classic'][name]:.3f} |"
            for name, label in _MEASURES.items()
        ),
        "",
        *(f"- **{film}**: {', '.join(kin)}." for film, kin in figures["lists"].items()),
    ]
    return [*lines, "", _source(result)]


TABLES: dict[str, Callable[[dict[str, Any]], list[str]]] = {"quality": quality}


def rendered(readme: str) -> str:
    """README with every section of figures made anew."""

    def section(match: re.Match[str]) -> str:
        result = json.loads((RESULTS / f"{match[2]}.json").read_text())
        return match[1] + "\n".join(TABLES[match[2]](result)) + "\n" + match[3]

    return _SECTION.sub(section, readme)


def _source(result: dict[str, Any]) -> str:
    cpu, cores = result["machine"]["cpu"], result["machine"]["cores"]
    return f"From `bench-results/{result['benchmark']}.json`, taken on {cores} cores ({cpu}) by `make bench`."


if __name__ == "__main__":
    Path(README).write_text(rendered(README.read_text(encoding="utf-8")), encoding="utf-8")
