"""A state is written into an address and read back, and no edited address can break a page."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import Filters
from ui.models.kept import Kept
from ui.models.query import encode, filter_body, read_filters
from ui.models.sorts import Sort, View
from ui.models.state import (
    BrowseState,
    CompareState,
    FilmState,
    FindState,
    MixState,
    Preferences,
    Tuning,
)

names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(str.strip).filter(bool),
    unique=True,
    max_size=4,
).map(tuple)
years = st.none() | st.integers(0, 9999)
filters = st.builds(
    Filters,
    genres=names,
    genres_all=names,
    without_genres=names,
    without_keywords=names,
    companies=names,
    actors=names,
    released_min=st.none() | st.dates(),
    adult=st.booleans(),
    keywords=names,
    languages=names,
    countries=names,
    without_languages=names,
    without_countries=names,
    year_min=years,
    year_max=years,
    runtime_min=years,
    runtime_max=years,
    votes_min=st.none() | st.integers(0, 2**31 - 1),
    rating_min=st.none() | st.floats(0, 10),
)
saved = st.dictionaries(st.text(max_size=5), filters, max_size=2)
addresses = st.dictionaries(
    st.sampled_from(
        [
            *Filters.__dataclass_fields__,
            "sort",
            "cursor",
            "page",
            "from",
            "view",
            "id",
            "like",
            "dislike",
            "text",
            "weights",
            "diversity",
            "other",
        ]
    ),
    st.lists(st.text(max_size=30) | st.integers().map(str) | st.floats().map(str), max_size=3),
)


def through_the_address_bar(query: dict[str, list[str]]) -> dict[str, list[str]]:
    return parse_qs(encode(query), keep_blank_values=True)


places = st.sampled_from(
    [
        BrowseState(),
        BrowseState(cursor="Wy-J_x", page=7),
        BrowseState(cursor="Wy-J_x", page=None, sort=Sort.BEST),
        BrowseState(sort=Sort.NEWEST, start="1957", page=None),
        BrowseState(sort=Sort.RANDOM, seed=7),
        BrowseState(sort=Sort.A_TO_Z, start="the é", page=None, view=View.TABLE),
    ]
)


@given(filters, places)
def test_a_shared_address_of_browse_shows_the_same(chosen: Filters, place: BrowseState) -> None:
    state = replace(place, filters=chosen)
    assert BrowseState.read(through_the_address_bar(state.query())) == state


films = st.integers(1, 2**31 - 1)
factors = st.integers(0, 12).map(lambda quarters: quarters / 4).filter(lambda factor: factor != 1)
weights = st.dictionaries(st.sampled_from(["genres", "text", "sound_track"]), factors)
tunings = st.builds(Tuning, filters, weights, st.floats(0, 1))


@given(st.none() | films, tunings)
def test_a_shared_address_of_a_film_shows_the_same(movie_id: int | None, tuning: Tuning) -> None:
    state = FilmState(movie_id, tuning)
    assert FilmState.read(through_the_address_bar(state.query())) == state


@given(st.lists(films, unique=True, max_size=8), st.text(max_size=50).map(str.strip), tunings)
def test_a_shared_address_of_a_mix_shows_the_same(chosen: list[int], text: str, tuning: Tuning) -> None:
    unread = ("language:sv,da", "genre:Horror") if text else ()
    state = MixState(Preferences(tuple(chosen[::2]), tuple(chosen[1::2]), text, unread), tuning)
    assert MixState.read(through_the_address_bar(state.query())) == state


def test_a_film_is_liked_or_disliked_but_not_both() -> None:
    wanted = Preferences().with_like(1).with_like(2).with_dislike(1)
    assert (wanted.likes, wanted.dislikes) == ((2,), (1,))
    assert wanted.without(1).without(2) == Preferences()
    assert MixState.read({"like": ["1,2"], "dislike": ["2", "3"]}).preferences == Preferences((1, 2), (3,))
    many = Preferences(likes=tuple(range(1, 51))).with_like(99)
    assert (len(many.likes), many.likes[-1]) == (50, 99)


@given(addresses)
def test_no_address_is_refused(query: dict[str, list[str]]) -> None:
    for kind in (BrowseState, CompareState, FilmState, FindState, MixState):
        state = kind.read(query)
        assert kind.read(through_the_address_bar(state.query())) == state


def test_a_default_state_has_a_short_address() -> None:
    assert BrowseState().query() == {}
    assert FilmState(603).query() == {"id": ["603"]}


@pytest.mark.parametrize("value", ["soon", "-1", "10000", "1e3", "٣", "", "99999999999999999999"])
def test_an_invalid_year_is_ignored(value: str) -> None:
    assert read_filters({"year_min": [value], "year_max": ["1999"]}) == Filters(year_max=1999)


def test_lists_may_be_separated_by_commas_as_in_the_api() -> None:
    assert read_filters({"genres": ["Drama,War", " Comedy "]}).genres == ("Drama", "War", "Comedy")


def test_a_name_may_have_commas() -> None:
    chosen = Filters(companies=("13th Studio, The",), keywords=("war, peace",))
    assert BrowseState(chosen).query() == {"keywords": [r"war\, peace"], "companies": [r"13th Studio\, The"]}
    assert filter_body(chosen)["companies"] == [r"13th Studio\, The"]
    assert read_filters({"companies": [r"Syncopy,13th Studio\, The"]}).companies == ("Syncopy", "13th Studio, The")


def test_sorts_are_the_parameters_of_the_api() -> None:
    assert [(sort.by, sort.order) for sort in (Sort.NEWEST, Sort.OLDEST, Sort.A_TO_Z, Sort.Z_TO_A)] == [
        ("released", "desc"),
        ("released", "asc"),
        ("title", "asc"),
        ("title", "desc"),
    ]


def test_mixes_are_named_renamed_and_dropped() -> None:
    kept = Kept().using("", Preferences(likes=(1,))).using("Space", Preferences(likes=(2,)))
    assert (kept.current, kept.preferences.likes, kept.new_name()) == ("Space", (2,), "Mix 2")
    assert list(kept.renamed("Far away").mixes) == ["", "Far away"]
    assert kept.renamed("") == kept
    assert kept.without_current().preferences.likes == (1,)
    assert kept.without_current().without_current() == Kept()
    for n in range(100):
        kept = kept.using(f"Mix {n}", Preferences())
    assert len(kept.mixes) == 20


@given(
    st.text() | st.sampled_from(['{"mixes": 3}', '{"mixes": {}, "seen": [], "current": "", "leave_out_seen": 1}'])
)
def test_what_a_browser_kept_is_read_or_forgotten(text: str) -> None:
    assert Kept.read(text) == Kept()


@given(st.dictionaries(st.text(max_size=9), st.lists(st.integers(1, 99), unique=True), min_size=1), st.data())
def test_what_is_kept_is_read_again(mixes: dict[str, list[int]], data: st.DataObject) -> None:
    named = {name: Preferences(likes=tuple(likes)) for name, likes in mixes.items()}
    kept = Kept(
        named, data.draw(st.sampled_from(sorted(named))), (5, 3), data.draw(st.booleans()), data.draw(saved)
    )
    assert Kept.read(kept.stored()) == kept
