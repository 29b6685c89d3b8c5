"""Models of ratings side by side, for `python -m etl evaluate --ratings DIR`."""

from __future__ import annotations

from typing import Any

from etl.progress import Progress
from index.generation.learning import FEWEST_USERS
from index.generation.manifest import Generation
from index.ratings.evaluation import MEASURES, strong_generalisation
from index.ratings.measures import FEWEST_LIKES, Rated, likes_of
from index.spaces.space import CONTENT
from sql.ratings import Ratings


def compare_models(ratings: Ratings, generation: Generation, progress: Progress) -> dict[str, Any] | None:
    """Every measure of every model (see `index.ratings.evaluation`); None if there are too few ratings for it."""
    likes, columns = likes_of(Rated(*ratings), generation.films)
    if likes.shape[0] < FEWEST_USERS or ratings.tenths.min() == ratings.tenths.max():
        return None
    content = generation.spaces[CONTENT].single(columns)
    return strong_generalisation(likes, content, progress.update)


def models_table(models: dict[str, Any]) -> list[str]:
    """The measures as text, a table for each number of training users."""
    lines = [
        "",
        f"models learned from {models['likes']:,} likes (four stars of five or more) of {models['films']:,} films "
        f"by {models['users']:,} users with {FEWEST_LIKES} or more; others are tested than trained on",
    ]
    for label, table in models["tables"].items():
        lines += ["", f"{label + ' training users':22}" + "".join(f"{name:>22}" for name in MEASURES)]
        lines[-1] += f"{'coverage_20':>13}{'fame_20':>9}"
        for name, of_model in table.items():
            cells = "".join(f"{_with_error(of_model[measure]):>22}" for measure in MEASURES)
            lines.append(f"{name:22}{cells}{of_model['coverage_20']:>13.3f}{of_model['fame_20']:>9.2f}")
    lines += ["", f"{'cold films':22}{'recall_20':>22}"]
    lines += [f"{name:22}{_with_error(value):>22}" for name, value in models["cold"].items()]
    return lines


def _with_error(value: list[float | None]) -> str:
    mean, error = value
    return "-" if mean is None else f"{mean:.4f} ± {error:.4f}"
