"""Which records are one film, and which only look like it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from contract import Filters, Order, Sort
from sql.browse import page
from sql.movies import movie
from tests.sql.films import Row, film, load

TWINS: Row = {"title": "Amélie", "runtime": 122, "release_date": date(2001, 4, 25), "year": 2001}

# name -> (records, id of a duplicate -> id of the best)
CASES: dict[str, tuple[list[Row], dict[int, int]]] = {
    "same title, date and runtime": (
        [film(1, **TWINS), film(2, **TWINS | {"title": "AMELIE"}, vote_count=11)],
        {1: 2},
    ),
    "most columns filled": ([film(1, **TWINS, tagline=""), film(2, **TWINS)], {1: 2}),
    "lowest id": ([film(9, **TWINS, imdb_id=None), film(4, **TWINS, imdb_id=None)], {9: 4}),
    "runtime unknown": ([film(1, **TWINS | {"runtime": None}), film(2, **TWINS | {"runtime": None})], {}),
    "date unknown": (
        [film(1, **TWINS | {"release_date": None}), film(2, **TWINS | {"release_date": None})],
        {},
    ),
    "another runtime": ([film(1, **TWINS), film(2, **TWINS | {"runtime": 121})], {}),
    "titles of nothing": (
        [film(1, "", runtime=5, imdb_id=None), film(2, "", runtime=5, imdb_id=None)],
        {},
    ),
    "same imdb id and title": (
        [film(1, "Megaman", imdb_id="tt1"), film(2, "Mega Man", imdb_id="tt1", year=2017)],
        {2: 1},
    ),
    "same imdb id, translated": (
        [
            film(1, "Lost and Found", original_title="달콤한 거짓말", imdb_id="tt1"),
            film(2, "Sweet Lies", imdb_id="tt1", release_date=None, runtime=None, vote_count=0),
        ],
        {2: 1},
    ),
    "same imdb id, other title and year": (
        [film(1, "Murder in Hopeville", imdb_id="tt1"), film(2, "Black Swan", imdb_id="tt1", year=2010)],
        {},
    ),
    "same imdb id, sequels of one year": (
        [
            film(1, "Up to You", imdb_id="tt1", release_date=date(2001, 1, 1)),
            film(2, "Be My Master", imdb_id="tt1", release_date=date(2001, 2, 1)),
        ],
        {},
    ),
    "an imdb id in many rows": (
        [film(i, title, imdb_id="tt1", runtime=None) for i, title in enumerate(["One", "Flies", "Dust"], 1)],
        {},
    ),
    "a chain": (
        [
            film(1, **TWINS, imdb_id="tt1"),
            film(2, **TWINS, imdb_id="tt2"),
            film(3, "Amelie", imdb_id="tt2", vote_count=99),
        ],
        {1: 3, 2: 3},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_duplicates(engine: Engine, name: str) -> None:
    records, expected = CASES[name]
    assert load(engine, records).duplicates == len(expected)
    found = {row["id"]: _behind(engine, row["id"]) for row in records}
    assert {movie_id: best for movie_id, best in found.items() if best is not None} == expected


def test_a_page_shows_one_of_each_group(engine: Engine) -> None:
    load(engine, [film(1, **TWINS), film(2, **TWINS, vote_count=11), film(3)])
    for wanted in (Filters(), Filters(genres=("Drama",)), Filters(genres=("Drama",), year_min=1900)):
        found = page(engine, filters=wanted, sort=Sort.year, order=Order.asc, limit=10, key=None)
        assert [item.id for item in found.items] == [2, 3]
        assert found.total == 2


def test_groups_follow_later_loads(engine: Engine) -> None:
    one, other = film(1, **TWINS), film(2, **TWINS, vote_count=11)
    load(engine, [one, other])
    assert (_behind(engine, 1), _behind(engine, 2)) == (2, None)
    load(engine, [one | {"vote_count": 12}, other])
    assert (_behind(engine, 1), _behind(engine, 2)) == (None, 1)
    load(engine, [one | {"vote_count": 12}], prune=True)
    assert _behind(engine, 1) is None
    report = load(engine, [one, other, film(3, **TWINS, vote_count=500)])
    assert (_behind(engine, 1), _behind(engine, 2), report.duplicates) == (3, 3, 2)


def _behind(engine: Engine, movie_id: int) -> int | None:
    found = movie(engine, movie_id)
    assert found is not None
    return found.duplicate_of
