"""An address and the state are one: what is written is read back, and nothing typed into it can break a page."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.state import BrowseState, FilmState, Filters, Sort, encode

names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=","), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool),
    unique=True,
    max_size=4,
).map(tuple)
years = st.none() | st.integers(0, 9999)
filters = st.builds(
    Filters,
    genres=names,
    keywords=names,
    languages=names,
    countries=names,
    year_min=years,
    year_max=years,
    runtime_min=years,
    runtime_max=years,
    votes_min=st.none() | st.integers(0, 2**31 - 1),
    rating_min=st.none() | st.floats(0, 10),
)
addresses = st.dictionaries(
    st.sampled_from([*Filters.__dataclass_fields__, "sort", "cursor", "page", "id", "diversity", "q", "other"]),
    st.lists(st.text(max_size=30) | st.integers().map(str) | st.floats().map(str), max_size=3),
)


def through_the_address_bar(query: dict[str, list[str]]) -> dict[str, list[str]]:
    return parse_qs(encode(query), keep_blank_values=True)


@given(filters, st.sampled_from(Sort), st.integers(1, 10**6), st.booleans())
def test_a_shared_address_of_browse_shows_the_same(chosen: Filters, sort: Sort, page: int, first: bool) -> None:
    state = BrowseState(chosen, sort) if first else BrowseState(chosen, sort, "Wy-J_x", page)
    assert BrowseState.read(through_the_address_bar(state.query())) == state


@given(filters, st.none() | st.integers(1, 2**31 - 1), st.floats(0, 1))
def test_a_shared_address_of_a_film_shows_the_same(
    chosen: Filters, movie_id: int | None, diversity: float
) -> None:
    state = FilmState(movie_id, chosen, diversity)
    assert FilmState.read(through_the_address_bar(state.query())) == state


@given(addresses)
def test_no_address_is_refused(query: dict[str, list[str]]) -> None:
    for kind in (BrowseState, FilmState):
        state = kind.read(query)
        assert kind.read(through_the_address_bar(state.query())) == state


def test_an_address_that_says_nothing_stays_short() -> None:
    assert BrowseState().query() == {}
    assert FilmState(603).query() == {"id": ["603"]}


@pytest.mark.parametrize("value", ["soon", "-1", "10000", "1e3", "٣", "", "99999999999999999999"])
def test_what_is_no_year_is_left_out(value: str) -> None:
    assert Filters.read({"year_min": [value], "year_max": ["1999"]}) == Filters(year_max=1999)


def test_lists_may_be_separated_by_commas_as_in_the_api() -> None:
    assert Filters.read({"genres": ["Drama,War", " Comedy "]}).genres == ("Drama", "War", "Comedy")


def test_sorts_are_the_parameters_of_the_api() -> None:
    assert [(sort.by, sort.order) for sort in (Sort.NEWEST, Sort.OLDEST, Sort.A_TO_Z, Sort.Z_TO_A)] == [
        ("year", "desc"),
        ("year", "asc"),
        ("title", "asc"),
        ("title", "desc"),
    ]
