"""Browsing against plain Python: every filter, every sort, both directions, page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from contract import Filters, Order, Sort, sort_title
from sql import browse
from sql.browse import Page, PageKey, TermCount, page, starting_at
from sql.engine import connect
from sql.errors import CatalogueError
from sql.matches import resolve
from sql.migrations.upgrade import upgrade
from tests.sql.films import (
    COUNTRIES,
    GENRES,
    KEYWORDS,
    LANGUAGES,
    Row,
    film,
    films,
    load,
    matches,
    names,
    rate,
)
from tests.support.databases import MISSING, throwaway_database

ROWS = films(150, seed=5)
RATINGS = rate(ROWS)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A catalogue of `ROWS`, which these tests only read."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("browse")
        yield from _loaded(f"sqlite:///{folder / 'films.db'}")
        return
    server: URL | None = request.getfixturevalue("server")
    if server is None:
        pytest.skip(MISSING)
    with throwaway_database(server) as url:
        yield from _loaded(url)


def _loaded(url: str) -> Iterator[Engine]:
    engine = connect(url)
    upgrade(engine)
    load(engine, ROWS)
    yield engine
    engine.dispose()


@pytest.fixture(params=["kept", "walked", "given up"])
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each way to a page: matches kept in memory, a walk along the index, a walk that gives up."""
    kept = 50_000 if request.param == "kept" else 0
    with patch.multiple(browse, KEPT_MATCHES=kept, WALKED_FILMS=0 if request.param == "given up" else 5_000):
        yield request.param


VALUES: dict[Sort, Any] = {
    Sort.popularity: lambda row: row["popularity"],
    Sort.rating: lambda row: RATINGS[row["id"]],
    Sort.votes: lambda row: row["vote_count"],
    Sort.year: lambda row: row["year"],
    Sort.title: lambda row: sort_title(row["title"]),  # by code points: the same order as by UTF-8's bytes
}


def expected(wanted: Filters, sort: Sort, order: Order) -> list[int]:
    """The ids of the films that match, in order, by plain Python."""
    found = [row for row in ROWS if matches(row, RATINGS[row["id"]], wanted)]
    found.sort(key=lambda row: (VALUES[sort](row), row["id"]), reverse=order is Order.desc)
    return [row["id"] for row in found]


def walk(engine: Engine, wanted: Filters, sort: Sort, order: Order, limit: int) -> list[Page]:
    """All pages forward; asserts that the way back gives the same ones."""
    pages: list[Page] = []
    key: PageKey | None = None
    while not pages or key is not None:
        pages.append(page(engine, filters=wanted, sort=sort, order=order, limit=limit, key=key))
        key = pages[-1].next
    back = pages[-1]
    for earlier in reversed(pages[:-1]):
        assert back.previous is not None
        back = page(engine, filters=wanted, sort=sort, order=order, limit=limit, key=back.previous)
        assert back.items == earlier.items
    assert back.previous is None
    return pages


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("sort", list(Sort))
def test_pages_in_every_order_there_and_back(full: Engine, sort: Sort, order: Order, way: str) -> None:
    wanted = Filters(adult=True)
    pages = walk(full, wanted, sort, order, limit=20)
    ids = [item.id for found in pages for item in found.items]
    assert ids == expected(wanted, sort, order)
    assert [len(found.items) for found in pages] == [20] * 7 + [10]
    assert {found.total for found in pages} == {150}


NAMES = {"genres": GENRES, "keywords": KEYWORDS, "countries": COUNTRIES}


def _some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    one = st.sampled_from([*values, *(v.upper() for v in values), "no such thing", "%", "_"])
    few = st.lists(one, min_size=1, max_size=2).map(tuple)
    return st.just(()) | few | st.just((*values, *values))


WANTED = st.builds(
    Filters,
    genres=_some(GENRES),
    genres_all=_some(GENRES),
    without_genres=_some(GENRES),
    keywords=_some(KEYWORDS),
    without_keywords=_some(KEYWORDS),
    languages=_some(LANGUAGES),
    countries=_some(COUNTRIES),
    without_languages=_some(LANGUAGES),
    without_countries=_some(COUNTRIES),
    year_min=st.sampled_from([None, None, 1950, 1951, 2000]),
    year_max=st.sampled_from([None, None, 1950, 2001, 2019]),
    runtime_min=st.sampled_from([None, None, 20, 21, 90]),
    runtime_max=st.sampled_from([None, None, 20, 100, 199]),
    votes_min=st.sampled_from([None, None, 0, 1, 5, 1001]),
    votes_max=st.sampled_from([None, None, 0, 5, 1001]),
    rating_max=st.sampled_from([None, None, 5.5, 7.0]),
    rating_min=st.sampled_from([None, None, 4.0, *list(RATINGS.values())[:3]]),
    adult=st.booleans(),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED, sort=st.sampled_from(Sort), order=st.sampled_from(Order))
def test_every_filter_means_what_the_contract_says(
    full: Engine, way: str, wanted: Filters, sort: Sort, order: Order
) -> None:
    ids = expected(wanted, sort, order)
    found = page(full, filters=wanted, sort=sort, order=order, limit=100, key=None)
    assert [item.id for item in found.items] == ids[:100]
    assert found.total == len(ids)
    by_id = {row["id"]: row for row in ROWS}
    counts = Counter(genre for movie_id in ids for genre in names(by_id[movie_id]["genres"]))
    assert browse.genres(full, wanted) == [
        TermCount(name, films) for name, films in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        Filters(genres=("drama",)),
        Filters(keywords=("CÔTE",)),
        Filters(countries=("iceland", "JAPAN")),
        Filters(languages=("JA",)),
        Filters(genres_all=("Drama", "War")),
        Filters(without_genres=("Drama", "nothing")),
        Filters(without_keywords=("100% wool",)),
        Filters(runtime_min=1),
        Filters(runtime_max=20, year_min=2020),
        Filters(votes_min=1000),
        Filters(genres=("nothing",)),
    ],
    ids=str,
)
def test_filtered_pages_there_and_back(full: Engine, wanted: Filters, way: str) -> None:
    for sort, order in ((Sort.popularity, Order.desc), (Sort.title, Order.asc), (Sort.votes, Order.asc)):
        pages = walk(full, wanted, sort, order, limit=4)
        ids = expected(wanted, sort, order)
        assert [tuple(item.id for item in found.items) for found in pages] == (
            [tuple(ids[i : i + 4]) for i in range(0, len(ids), 4)] or [()]
        )


STARTS: dict[Sort, list[str | float]] = {
    Sort.title: ["m", "É", "zzzz", "0"],
    Sort.year: [0, 1950, 1951.5, 9999],
    Sort.rating: [5.0, 6.25, 10],
    Sort.votes: [0, 5, 1001],
    Sort.popularity: [0.0, 12],
}


def _precedes(value: Any, start: str | float, order: Order) -> bool:
    if isinstance(start, str):
        start = sort_title(start)
        if order is Order.desc:
            return bool(value > start) and not value.startswith(start)
    return bool(value < start if order is Order.asc else value > start)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("sort", list(Sort))
def test_a_page_may_begin_at_a_value_of_the_sort(full: Engine, sort: Sort, order: Order, way: str) -> None:
    wanted = Filters(adult=True)
    by_id = {row["id"]: row for row in ROWS}
    ids = expected(wanted, sort, order)
    for start in STARTS[sort]:
        before = sum(_precedes(VALUES[sort](by_id[i]), start, order) for i in ids)
        begun = page(full, filters=wanted, sort=sort, order=order, limit=7, key=starting_at(start, sort, order))
        assert [item.id for item in begun.items] == ids[before : before + 7]
        assert (begun.previous is None, begun.next is None) == (before == 0, before + 7 >= len(ids))
        if begun.previous is not None:
            back = page(full, filters=wanted, sort=sort, order=order, limit=7, key=begun.previous)
            assert [item.id for item in back.items] == ids[max(before - 7, 0) : before]
            assert (back.previous is None, back.next is None) == (before <= 7, before == len(ids))


def test_a_repeated_name_is_one_condition(full: Engine) -> None:
    """In any case: fifty times the same genre must not be looked up fifty times for each film."""
    once, often = Filters(genres_all=("Drama",)), Filters(genres_all=("Drama", "DRAMA", "drama ") * 20)
    with full.connect() as connection:
        assert resolve(connection, often) == resolve(connection, once)
    assert often.key() == once.key()


def test_a_page_key_holds_when_its_film_is_gone(engine: Engine, way: str) -> None:
    rows = [film(i, f"Film {i}", popularity=float(i % 3)) for i in range(1, 31)]
    load(engine, rows)
    first = page(engine, filters=Filters(), sort=Sort.popularity, order=Order.desc, limit=10, key=None)
    last = first.items[-1].id
    load(engine, [row for row in rows if row["id"] != last], prune=True)
    second = page(engine, filters=Filters(), sort=Sort.popularity, order=Order.desc, limit=10, key=first.next)
    everything = sorted(rows, key=lambda row: (-row["popularity"], -row["id"]))
    assert [item.id for item in second.items] == [row["id"] for row in everything[10:20]]


def test_a_change_shows_at_once(engine: Engine) -> None:
    def genre_counts() -> list[tuple[str, int]]:
        return [(count.name, count.films) for count in browse.genres(engine, Filters())]

    load(engine, [film(1), film(2)])
    wanted = Filters(genres=("Horror",), year_min=1900)
    assert page(engine, filters=wanted, sort=Sort.year, order=Order.asc, limit=5, key=None).total == 0
    load(engine, [film(1), film(2, genres="|Horror|")])
    found = page(engine, filters=wanted, sort=Sort.year, order=Order.asc, limit=5, key=None)
    assert (found.total, [item.id for item in found.items]) == (1, [2])
    assert genre_counts() == [("Comedy", 1), ("Drama", 1), ("Horror", 1)]


def test_an_empty_catalogue_has_an_empty_page(engine: Engine) -> None:
    found = page(engine, filters=Filters(), sort=Sort.rating, order=Order.desc, limit=5, key=None)
    assert found == Page((), None, None, 0)
    assert browse.genres(engine, Filters()) == []


def test_a_key_of_another_sort_is_refused(full: Engine) -> None:
    with pytest.raises(CatalogueError, match="not of the sort"):
        page(full, filters=Filters(), sort=Sort.title, order=Order.asc, limit=5, key=PageKey(1.5, 1, False))


def test_summaries_have_all_their_columns(full: Engine) -> None:
    by_id: dict[int, Row] = {row["id"]: row for row in ROWS}
    found = page(full, filters=Filters(), sort=Sort.year, order=Order.asc, limit=50, key=None)
    for item in found.items:
        row = by_id[item.id]
        assert (item.title, item.original_title, item.year) == (row["title"], row["title"], row["year"])
        assert (item.genres, item.runtime) == (names(row["genres"]), row["runtime"])
        assert (item.vote_average, item.vote_count) == (row["vote_average"], row["vote_count"])
        assert (item.popularity, item.poster_path) == (row["popularity"], row["poster_path"])
        assert item.rating == pytest.approx(RATINGS[item.id])
