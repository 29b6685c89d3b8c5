"""Models of ratings side by side, for `python -m etl evaluate --ratings DIR`."""

from __future__ import annotations

from typing import Any

from etl.progress import Progress
from index.generation.learning import FEWEST_USERS
from index.generation.manifest import Generation
from index.ratings.evaluation import strong_generalisation
from index.ratings.measures import FEWEST_LIKES, Rated, opinions_of
from index.spaces.space import CONTENT
from sql.ratings import Ratings

NAMES = {
    "ndcg_100": "nDCG@100",
    "recall_20": "recall@20",
    "recall_50": "recall@50",
    "less_known_ndcg_100": "nDCG@100, less known films",
    "well_known_ndcg_100": "nDCG@100, well known",
    "known_ndcg_100": "known",
    "little_known_ndcg_100": "little known",
    "well_known_20": "part of lists, well known",
    "known_20": "known films",
    "little_known_20": "little known films",
    "one_hit_10": "one left out: hit@10",
    "one_ndcg_10": "one left out: nDCG@10",
    "coverage_20": "coverage",
    "fame_20": "fame",
    "variety_20": "variety",
}
"""Measures of `index.ratings.judging` in words."""

MEASURES = ("ndcg_100", "recall_20", "recall_50", "less_known_ndcg_100", "one_hit_10", "one_ndcg_10")
LISTS = tuple(name for name in NAMES if name not in MEASURES)
"""What of them is shown for every number of training users, and for all of them."""


def compare_models(ratings: Ratings, generation: Generation, progress: Progress) -> dict[str, Any] | None:
    """Every measure of every model (see `index.ratings.evaluation`); None if there are too few ratings for it."""
    opinions, columns = opinions_of(Rated(*ratings), generation.films)
    if opinions.likes.shape[0] < FEWEST_USERS or ratings.tenths.min() == ratings.tenths.max():
        return None
    content = generation.spaces[CONTENT].single(columns)
    return strong_generalisation(opinions, content, progress.update)


def models_table(models: dict[str, Any]) -> list[str]:
    """The measures as text: by the number of training users, what lists are like, and cold films."""
    lines = [
        "",
        f"models learned from {models['likes']:,} likes (four stars of five or more) of {models['films']:,} films "
        f"by {models['users']:,} users with {FEWEST_LIKES} or more; others are tested than trained on",
    ]
    for label, table in models["tables"].items():
        lines += _rows(f"{label} training users", table, MEASURES)
    lines += _rows("lists, all users", models["tables"]["all"], LISTS)
    lines += ["", f"{'cold films':22}{'recall_20':>20}"]
    lines += [f"{name:22}{cell(value):>20}" for name, value in models["cold"].items()]
    return lines


def _rows(title: str, table: dict[str, dict[str, Any]], measures: tuple[str, ...]) -> list[str]:
    lines = ["", f"{title:22}" + "".join(f"{name:>20}" for name in measures)]
    for model, found in table.items():
        lines.append(f"{model:22}" + "".join(f"{cell(found[name]):>20}" for name in measures))
    return lines


def cell(value: float | list[float | None]) -> str:
    """A figure, or a mean with its standard error, as tables show it; a dash where nothing was measured."""
    if not isinstance(value, list):
        return f"{value:.3f}"
    mean, error = value
    return "-" if mean is None else f"{mean:.4f} ± {error:.4f}"
