"""What words mean, on a catalogue of four themes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from index.encode.blocks import Block, Kind
from index.encode.content import fit_encoder
from index.films.summaries import FILM_SCHEMA

TEXT = Block("text", Kind.MEANING, ("overview",), 1.0, 4)
THEMES = {
    "ghost": ("haunted manor", "spirit of the dead", "curse in the cellar"),
    "space": ("astronaut adrift", "rocket to mars", "alien planet"),
    "war": ("soldier at the front", "tank battle", "trench and mud"),
    "love": ("wedding in june", "letters of a bride", "kiss at dawn"),
}


def _films(*films: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([{"id": i, **film} for i, film in enumerate(films)], schema=FILM_SCHEMA)


def _catalogue(*, with_keywords: bool = True) -> pa.Table:
    films: list[dict[str, object]] = []
    for theme, phrases in THEMES.items():
        for phrase in phrases * 20:
            named = [theme, f"{theme} story", f"{theme} {len(films) % 3}"] if with_keywords else []
            films.append({"overview": phrase, "keywords": named, "vote_count": 100})
    return _films(*films)


def _likeness(sample: pa.Table, one: str, other: str) -> float:
    batch = _films({"overview": one}, {"overview": other}).combine_chunks().to_batches()[0]
    rows = fit_encoder(TEXT, sample).transform(batch)
    return float(rows[0] @ rows[1])


def test_texts_of_one_theme_are_similar_without_a_common_word() -> None:
    sample = _catalogue()
    assert _likeness(sample, "a haunted manor", "the curse") > 0.9
    assert _likeness(sample, "a haunted manor", "a rocket to mars") < 0.2


def test_a_catalogue_without_keywords_is_encoded_by_words() -> None:
    sample = _catalogue(with_keywords=False)
    rows = fit_encoder(TEXT, sample).transform(sample.combine_chunks().to_batches()[0])
    assert np.isfinite(rows).all()
    assert rows.any()
