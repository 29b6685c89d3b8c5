"""`etl evaluate --ratings`: models of ratings beside one another, on the films of a generation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from etl.progress import Progress
from etl.ratings.comparison import compare_models, models_table
from index.ratings.measures import rows_of
from sql.ratings import Ratings
from tests.support.films import build_generation, make_films


def test_models_are_compared_on_the_films_of_a_generation(tmp_path: Path) -> None:
    generation = build_generation(tmp_path, make_films(120))
    random = np.random.default_rng(0)
    # Users like the films of one topic; films beyond 120 are not in the generation.
    pairs = np.array(
        [(u, f) for u in range(60) for f in range(1, 141) if random.random() < (0.5, 0.1)[(u - f) % 4 > 0]]
    )
    rated = Ratings(pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int32), np.full(len(pairs), 80, np.uint8))
    rated.tenths[::7] = 40
    models = compare_models(rated, generation, Progress())
    assert models is not None
    assert models["films"] <= 120
    text = "\n".join(models_table(models))
    for words in ("all training users", "hybrid", "cold films", "recall_20"):
        assert words in text
    assert models["tables"]["all"]["EDLAE"]["recall_20"][0] > models["tables"]["all"]["popularity"]["recall_20"][0]
    assert rows_of(np.array([1, 140, 1]), generation.films).tolist() == [
        generation.films.row_of(1),
        -1,
        generation.films.row_of(1),
    ]


def test_too_few_or_equal_ratings_are_not_compared(tmp_path: Path) -> None:
    generation = build_generation(tmp_path, make_films(60))
    one = Ratings(np.zeros(50, np.int32), np.arange(1, 51, dtype=np.int32), np.arange(50, 100, dtype=np.uint8))
    assert compare_models(one, generation, Progress()) is None
    users = np.repeat(np.arange(30, dtype=np.int32), 10)
    equal = Ratings(users, np.tile(np.arange(1, 11, dtype=np.int32), 30), np.full(300, 80, np.uint8))
    assert compare_models(equal, generation, Progress()) is None
