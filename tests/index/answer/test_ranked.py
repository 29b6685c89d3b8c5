"""Orders of films of which the database has no index, page by page, against a plain sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contract import Filters
from index.answer.ranked import Ranked, Rankings, day_value
from index.answer.shelves import Shelf, Shelves
from index.films.filters import Allowed, FilterTable
from index.films.summaries import FilmStore
from tests.support.films import make_films

TABLE = make_films(500)
STORE = FilmStore.build(TABLE)
FILTERS = FilterTable.build(TABLE, STORE.listed)
SHELVES = Shelves(STORE, FILTERS)
CHOSEN = FILTERS.select(Filters(runtime_min=1))


def walk(
    sort: Ranked, *, rising: bool, limit: int, chosen: Allowed = CHOSEN, seed: int = 0
) -> list[tuple[Any, int]]:
    """Value and id of every film, a page at a time."""
    orders, key, found = Rankings(STORE, FILTERS, SHELVES), None, []
    while page := orders.after(sort, chosen, key, rising=rising, wanted=limit, seed=seed):
        found += [(place.value, place.movie_id) for place in page]
        key = found[-1]
    return found


@pytest.mark.parametrize("rising", [False, True])
@pytest.mark.parametrize("sort", list(Ranked))
def test_pages_hold_every_film_once_in_order(sort: Ranked, rising: bool) -> None:
    found = walk(sort, rising=rising, limit=23)
    assert {movie_id for _, movie_id in found} == {int(STORE.movie_ids[row]) for row in CHOSEN.rows}
    assert found == sorted(found, reverse=not rising)
    assert len(found) == CHOSEN.count


def test_newest_sorts_by_day_and_by_votes_within_a_day() -> None:
    films = [
        (TABLE["release_date"][int(row)].as_py(), TABLE["vote_count"][int(row)].as_py()) for row in CHOSEN.rows
    ]
    ids = [movie_id for _, movie_id in walk(Ranked.released, rising=False, limit=50)]
    rows = [int(np.flatnonzero(STORE.movie_ids == movie_id)[0]) for movie_id in ids]
    found = [(TABLE["release_date"][row].as_py(), TABLE["vote_count"][row].as_py()) for row in rows]
    known = [pair for pair in found if pair[0]]
    assert known == sorted((pair for pair in films if pair[0]), reverse=True)
    assert day_value(1) > day_value(0)


def test_a_shelf_continues_where_it_ends() -> None:
    shelf = SHELVES.top(Shelf.ACCLAIMED, CHOSEN, 10)
    scores = [value for value, _ in walk(Ranked.acclaimed, rising=False, limit=50)[:10]]
    assert scores == [pytest.approx(float(SHELVES.score(Shelf.ACCLAIMED)[row])) for row in shelf]


def test_a_seed_repeats_and_another_differs() -> None:
    first = walk(Ranked.random, rising=False, limit=50, seed=1)
    assert first == walk(Ranked.random, rising=False, limit=20, seed=1)
    other = walk(Ranked.random, rising=False, limit=50, seed=2)
    assert [movie_id for _, movie_id in first] != [movie_id for _, movie_id in other]
    ranks = np.array([movie_id for _, movie_id in first])
    assert abs(np.corrcoef(np.arange(len(ranks)), ranks)[0, 1]) < 0.2
