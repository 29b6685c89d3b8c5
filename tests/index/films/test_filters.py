"""Every filter against a naive one in Python, on any combination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import Filters
from index.films import filters
from index.films.filters import Allowed, FilterTable, RecentMasks
from index.generation.overlay import segment
from tests.support.films import COUNTRIES, TOPICS, make_films

FILMS = make_films(400, seed=4)
ROWS: list[dict[str, Any]] = FILMS.to_pylist()
GENRES = sorted({genre for topic in TOPICS.values() for genre in topic["genres"]})
KEYWORDS = sorted({word for topic in TOPICS.values() for word in topic["words"]})


def names(known: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    spelled = st.sampled_from([*known, *(name.upper() for name in known), "Unknown"])
    return st.lists(spelled, max_size=2).map(tuple)


def bound(low: int, high: int) -> st.SearchStrategy[int | None]:
    return st.none() | st.integers(low, high)


any_filters = st.builds(
    Filters,
    genres=names(GENRES),
    genres_all=names(GENRES),
    without_genres=names(GENRES),
    keywords=names(KEYWORDS),
    without_keywords=names(KEYWORDS),
    languages=names(["en", "fr"]),
    countries=names(list(COUNTRIES)),
    without_languages=names(["en", "fr"]),
    without_countries=names(list(COUNTRIES)),
    year_min=bound(1950, 2030),
    year_max=bound(1950, 2030),
    runtime_min=bound(0, 250),
    runtime_max=bound(0, 250),
    votes_min=bound(0, 1300),
    rating_min=st.none() | st.floats(0, 10),
    adult=st.booleans(),
)


def passes(film: dict[str, Any], wanted: Filters) -> bool:
    """The contract's words, one film at a time."""

    def folded(values: list[str] | tuple[str, ...] | None) -> set[str]:
        return {value.lower() for value in values or ()}

    genres, keywords = folded(film["genres"]), folded(film["keywords"])
    within = [
        wanted.year_min is None or film["year"] >= wanted.year_min,
        wanted.year_max is None or film["year"] <= wanted.year_max,
        wanted.runtime_min is None or (film["runtime"] is not None and film["runtime"] >= wanted.runtime_min),
        wanted.runtime_max is None or (film["runtime"] is not None and film["runtime"] <= wanted.runtime_max),
        wanted.votes_min is None or film["vote_count"] >= wanted.votes_min,
        wanted.rating_min is None or film["rating"] >= wanted.rating_min,
        wanted.adult or not film["adult"],
        not wanted.genres or bool(genres & folded(wanted.genres)),
        folded(wanted.genres_all) <= genres,
        not genres & folded(wanted.without_genres),
        not wanted.keywords or bool(keywords & folded(wanted.keywords)),
        not keywords & folded(wanted.without_keywords),
        not wanted.languages or film["original_language"] in folded(wanted.languages),
        not wanted.countries or bool(folded(film["production_countries"]) & folded(wanted.countries)),
        film["original_language"] not in folded(wanted.without_languages),
        not folded(film["production_countries"]) & folded(wanted.without_countries),
    ]
    return all(within)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> FilterTable:
    folder: Path = tmp_path_factory.mktemp("filters") / "f"
    FilterTable.build(FILMS, np.ones(len(FILMS), np.bool_)).save(folder)
    return FilterTable.open(folder)


@settings(max_examples=300, deadline=None)
@given(wanted=any_filters)
def test_any_filters_equal_the_naive_ones(table: FilterTable, wanted: Filters) -> None:
    selection = table.select(wanted)
    expected = [passes(film, wanted) for film in ROWS]
    assert selection.mask.tolist() == expected
    assert selection.count == sum(expected)


def test_duplicates_never_pass() -> None:
    listed = np.ones(len(FILMS), np.bool_)
    listed[3] = False
    assert not FilterTable.build(FILMS, listed).select(Filters(adult=True)).mask[3]


def test_names_that_differ_in_case_only_are_one_term() -> None:
    films = FILMS.slice(0, 3).set_column(
        FILMS.schema.get_field_index("genres"), "genres", pa.array([["drama"], ["Drama"], ["DRAMA", "drama"]])
    )
    table = FilterTable.build(films, np.ones(3, np.bool_))
    assert table.select(Filters(genres=("dRaMa",))).count == 3
    assert table.terms["genres"].of_film(2) == ["drama"]


def test_few_masks_of_many_films_are_kept() -> None:
    kept = RecentMasks(lambda filters: Allowed(np.ones(100_000, np.bool_), filters), 2 * 2**20)
    asked = [kept(Filters(votes_min=votes)) for votes in range(20)]
    still = [one for votes, one in enumerate(asked) if kept.kept(Filters(votes_min=votes)) is one]
    assert still == asked[-len(still) :]
    assert 2 <= len(still) <= 2 * 2**20 // 400_000


@pytest.mark.parametrize("most_bytes", [filters.CACHED_BYTES, segment.CACHED_BYTES])
def test_masks_of_a_million_films_are_kept_with_edits_and_without(most_bytes: int) -> None:
    kept = RecentMasks(lambda filters: Allowed(np.ones(1_300_000, np.bool_), filters), most_bytes)
    asked = [kept(Filters(votes_min=votes)) for votes in range(3)]
    assert [kept.kept(Filters(votes_min=votes)) for votes in range(3)] == asked


def test_a_mask_larger_than_all_that_is_kept_is_given_too() -> None:
    kept = RecentMasks(lambda filters: Allowed(np.ones(100_000, np.bool_), filters), 1_000)
    assert kept(Filters()).count == 100_000
    assert kept.kept(Filters()) is None


def test_rows_of_a_wide_filter_are_not_kept() -> None:
    wide, narrow = Allowed(np.ones(1_000, np.bool_)), Allowed(np.arange(1_000) < 10)
    assert np.array_equal(wide.rows, np.arange(1_000)) and wide.rows is not wide.rows
    assert np.array_equal(narrow.rows, np.arange(10)) and narrow.rows is narrow.rows
