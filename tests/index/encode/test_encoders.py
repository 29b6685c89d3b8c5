"""Blocks and encoders: what is in a film's vector and what is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from index.encode.blocks import CLASSIC, DEFAULT, DEFAULT_BLOCKS, TRAITS, Block, Kind, layout_of
from index.encode.columns import CategoryEncoder, NumberEncoder, YearEncoder
from index.encode.content import TEXT_FACTORS, THIN, ContentEncoder, fit_encoder
from index.encode.forms import FormEncoder, traits_of
from index.encode.texts import StaticEncoder
from index.errors import BadQueryError
from index.films.summaries import FILM_SCHEMA
from tests.support.films import make_films


@pytest.fixture(scope="module")
def encoder() -> ContentEncoder:
    return ContentEncoder.fit(DEFAULT, make_films(1_200))


def _batch(*films: dict[str, object]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([{"id": 1, **film} for film in films], schema=FILM_SCHEMA)


def test_the_weights_add_up_to_one() -> None:
    assert sum(block.weight for block in DEFAULT_BLOCKS if not block.optional) == pytest.approx(1.0)


CENTRED = ("language", "meaning")
"""Blocks that a mean is taken off: rows of about unit length."""


def test_every_block_is_a_weighted_unit_vector_or_zero(encoder: ContentEncoder) -> None:
    vectors = encoder.encode(make_films(300, seed=5).combine_chunks().to_batches()[0])
    for name, weight in zip(encoder.layout.names, encoder.layout.weights, strict=True):
        squared = (vectors[:, encoder.layout.slice_of(name)] ** 2).sum(axis=1)
        unit = squared < 2 * weight if name in CENTRED else np.isclose(squared, weight, atol=1e-5)
        assert np.all(unit | (squared == 0)), name


def test_a_rare_language_says_more_and_an_unknown_one_is_not_foreign() -> None:
    block = Block("language", Kind.CATEGORY, ("original_language",), 1.0, 8)
    codes = ["en"] * 60 + ["fr"] * 20 + ["is"] * 4
    encoder = CategoryEncoder.fit(block, pa.table(_batch(*({"original_language": code} for code in codes))))
    films = _batch(*({"original_language": code} for code in ("en", "fr", "is", "xx", None)))
    english, french, icelandic, unseen, unknown = encoder.transform(films)
    assert icelandic @ icelandic > french @ french > english @ english > 0
    assert icelandic @ icelandic == pytest.approx(1, abs=1e-5)
    assert english @ french < 0 > english @ icelandic
    assert not unseen.any()
    assert not unknown.any()


def test_forms_are_told_from_genres_keywords_titles_and_runtimes() -> None:
    films = _batch(
        {"title": "A", "genres": ["Drama"], "runtime": 100},
        {"title": "B", "genres": ["Drama", "Animation"], "runtime": 5},
        {"title": "C", "genres": ["Animation"], "runtime": 90, "original_language": "ja"},
        {"title": "D", "genres": ["Documentary"], "runtime": 30},
        {"title": "Queen: Live at Wembley", "genres": ["Music", "Documentary"]},
        {"title": "E", "genres": ["Comedy"], "keywords": ["Stand-up comedy"]},
        {"title": "F", "genres": ["TV Movie", "Drama"]},
        {"title": "The Making of 'Alien'", "genres": ["Documentary"]},
        {"title": "G"},
        {"title": "H", "genres": ["Comedy"], "year": 1920, "runtime": 20},
        {"title": "I", "genres": ["Drama"], "keywords": ["erotic movie"]},
        {"title": "J", "genres": ["Drama"], "year": 1936, "keywords": ["silent film"]},
    )
    traits = [
        *("feature", "short", "anime", "short documentary", "documentary concert", "stand-up"),
        *("feature television", "documentary making-of", "", "short silent", "erotica", "feature silent"),
    ]
    found = [{TRAITS[place] for place in np.flatnonzero(row)} for row in traits_of(films)]
    assert found == [set(words.split()) for words in traits]
    rows = FormEncoder().transform(films)
    feature, short, silent_short, silent = rows[0], rows[1], rows[9], rows[11]
    assert feature @ feature > feature @ silent > feature @ short == 0
    assert silent_short @ short > 0 < silent_short @ silent
    assert not rows[8].any()


def test_films_of_one_company_or_title_are_alike_and_others_hardly() -> None:
    companies = [[f"Studio {n % 400}"] for n in range(1200)]
    films = _batch(
        *({"title": f"Saga{n % 300} Part {n}", "production_companies": names} for n, names in enumerate(companies))
    )
    for block, same, other in (
        (Block("companies", Kind.EXACT, ("production_companies",), 1.0, 28), 400, 399),
        (Block("title", Kind.TITLE, ("title",), 1.0, 24), 300, 299),
    ):
        rows = fit_encoder(block, pa.table(films)).transform(films)
        alike = (rows[:200] * rows[same : same + 200]).sum(axis=1)
        unlike = (rows[:200] * rows[other : other + 200]).sum(axis=1)
        assert alike.mean() > 0.75
        assert abs(unlike.mean()) < 0.15


def test_texts_mean_the_same_without_a_word_in_common() -> None:
    block = Block("meaning", Kind.STATIC, ("overview",), 1.0, 64)
    texts = ["a cop hunts a murderer", "police detective chases killer", "lovers dance at a wedding in spring"]
    films = _batch(*({"overview": text} for text in texts * 40), {"overview": None})
    rows = StaticEncoder.fit(block, pa.table(films)).transform(films)
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert not rows[-1].any()


def test_a_film_without_facts_has_only_votes_and_popularity(encoder: ContentEncoder) -> None:
    vector = encoder.encode(_batch({"vote_count": 0, "popularity": 0.0}))[0]
    spoken = {name for name in encoder.layout.names if vector[encoder.layout.slice_of(name)].any()}
    assert spoken == {"votes", "popularity"}


def test_a_film_that_is_sought_but_has_no_votes_may_not_be_out_yet(encoder: ContentEncoder) -> None:
    films = ({"vote_count": 0, "popularity": 25.0}, {"vote_count": 9, "popularity": 25.0}, {"vote_count": 9})
    to_come, seen, unsought = encoder.encode(_batch(*films))
    votes = encoder.layout.slice_of("votes")
    assert not to_come[votes].any()
    assert seen[votes].any()
    np.testing.assert_array_equal(seen[votes], unsought[votes])


def test_numbers_count_less_for_a_film_of_unknown_language(encoder: ContentEncoder) -> None:
    film = {"genres": ["Horror"], "year": 2024, "vote_count": 900}
    known, unknown = encoder.encode(_batch(film | {"original_language": "en"}, film))
    for name, counts in (("year", THIN), ("votes", THIN), ("genres", 1.0)):
        part = encoder.layout.slice_of(name)
        np.testing.assert_allclose(unknown[part], counts * known[part], atol=1e-6)


def test_a_language_that_is_not_known_is_told_by_companies_and_countries() -> None:
    block = Block("language", Kind.CATEGORY, ("original_language", "production_countries"), 1.0, 8)
    told = [("en", ["Ireland"])] * 20 + [("fr", ["France", "Belgium"])] * 20 + [("nl", ["Belgium"])] * 20
    films = _batch(*({"original_language": code, "production_countries": names} for code, names in told))
    encoder = CategoryEncoder.fit(block, pa.table(films))
    asked = [["France"], ["Belgium"], ["Chile"], []]
    french, either, unheard, nothing = encoder.transform(
        _batch(*({"production_countries": names} for names in asked))
    )
    english, of_french, dutch = encoder.transform(films)[[0, 20, 40]]
    assert french @ of_french > either @ of_french > french @ english
    assert either @ dutch > either @ english
    assert french @ french < of_french @ of_french
    assert not unheard.any()
    assert not nothing.any()


def test_a_sequel_is_alike_by_the_name_of_its_series() -> None:
    titles = ["Avatar", "Avatar: Fire and Ash", "Fire and Ice", "Ash and Dust", "The Dust of Ice"] * 2
    block = Block("title", Kind.TITLE, ("title",), 1.0, 400)
    rows = fit_encoder(block, pa.table(_batch(*({"title": title} for title in titles)))).transform(
        _batch(*({"title": title} for title in titles[:4]))
    )
    first, second, fire, ash = rows
    assert first @ second > 0.5
    assert second @ first > 2 * max(second @ fire, second @ ash)


def test_the_product_of_two_numbers_is_largest_where_they_are_equal() -> None:
    block = Block("runtime", Kind.NUMBER, ("runtime",), 1.0, 8, bandwidth=0.08)
    films = _batch(*({"runtime": minutes} for minutes in range(20, 121)))
    rows = NumberEncoder.fit(block, pa.table(films)).transform(films)
    likeness = rows @ rows[50]
    assert likeness.argmax() == 50
    assert (np.diff(likeness[50:62]) < 0).all()
    assert (np.diff(likeness[39:51]) > 0).all()
    assert likeness[50] == pytest.approx(1.0, abs=1e-5)
    assert likeness[0] < 0.2


def test_ten_years_count_more_for_recent_films_than_for_old_ones() -> None:
    block = Block("year", Kind.YEAR, ("year",), 1.0, 16, bandwidth=0.05)
    films = _batch(*({"year": year} for year in range(1920, 2021)))
    others = _batch({"year": None}, {"year": 2031})
    encoder = YearEncoder.fit(block, pa.table(films))
    rows = encoder.transform(films)
    likeness = {year: rows @ rows[year - 1920] for year in (1930, 1970, 2010)}
    for year, other in likeness.items():
        assert other[year - 1920] == pytest.approx(1.0, abs=1e-5)
        assert other.argmax() == year - 1920
    assert likeness[1930][1940 - 1920] > likeness[1970][1980 - 1920] > likeness[2010][2020 - 1920]
    unknown, to_come = encoder.transform(others)
    assert not unknown.any()
    np.testing.assert_allclose(to_come, rows[100], atol=0.02)  # as new as the newest


def test_unknown_numbers_are_zero_rows() -> None:
    block = Block("runtime", Kind.NUMBER, ("runtime",), 1.0, 4)
    films = _batch({"runtime": 90}, {"runtime": None}, {"runtime": 0}, {"runtime": 120})
    rows = NumberEncoder.fit(block, pa.table(films)).transform(films)
    assert [bool(row.any()) for row in rows] == [True, False, False, True]


def test_the_size_of_batches_changes_nothing(encoder: ContentEncoder) -> None:
    films = make_films(100, seed=2).combine_chunks()
    whole = encoder.encode(films.to_batches()[0])
    parts = [encoder.encode(batch) for batch in films.to_batches(max_chunksize=7)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)


def test_saved_and_loaded_it_encodes_the_same(encoder: ContentEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path / "e")
    films = make_films(50, seed=9).combine_chunks().to_batches()[0]
    np.testing.assert_array_equal(ContentEncoder.load(tmp_path / "e").encode(films), encoder.encode(films))
    assert not list(tmp_path.rglob("*.pkl"))


def test_text_fills_genres_keywords_text_and_the_votes_of_a_known_film(encoder: ContentEncoder) -> None:
    vector = encoder.encode_text("a Horror film about a ghost in a house")
    spoken = {name for name in encoder.layout.names if vector[encoder.layout.slice_of(name)].any()}
    assert spoken == {"genres", "keywords", "text", "meaning", "votes"}
    for name in spoken:
        length = np.linalg.norm(vector[encoder.layout.slice_of(name)])
        expected = np.sqrt(encoder.layout.weight_of(name)) * TEXT_FACTORS.get(name, 1.0)
        assert length == pytest.approx(expected, abs=1e-5)
    assert not encoder.encode_text("qqq zzz").any()


def test_a_catalogue_without_any_terms_still_encodes() -> None:
    films = _batch({"title": "", "year": 2000}, {"title": "", "year": 2001})
    vectors = ContentEncoder.fit(DEFAULT, pa.table(films)).encode(films)
    assert np.isfinite(vectors).all()


def test_layout_scales_and_cuts() -> None:
    layout = layout_of(DEFAULT_BLOCKS[:2], [2, 3])
    np.testing.assert_array_equal(layout.scale({"keywords": 2}), [1, 1, 2, 2, 2])
    np.testing.assert_array_equal(layout.shares(np.arange(5.0)[None]), [[1, 9]])
    with pytest.raises(BadQueryError, match="no block 'gnres'; the blocks are genres, keywords"):
        layout.scale({"gnres": 1})
    with pytest.raises(BadQueryError, match="0 or more"):
        layout.scale({"genres": -1})


def test_the_classic_vector_is_the_published_one() -> None:
    films = make_films(200, thin=0).combine_chunks().to_batches()[0]
    encoder = ContentEncoder.fit(CLASSIC, pa.table(films))
    assert max(encoder.layout.widths) <= 50
    assert encoder.layout.widths[:7] == (1,) * 7
    vectors = encoder.encode(films)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    votes = films["vote_count"].to_numpy()
    column = vectors[:, encoder.layout.slice_of("vote_count")][:, 0]
    year = vectors[:, encoder.layout.slice_of("year")][:, 0]
    scaled = votes / votes.max() * films["year"].to_numpy().max() / films["year"].to_numpy()
    np.testing.assert_allclose(column / year, scaled, rtol=1e-4)
