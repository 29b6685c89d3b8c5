"""Shelves of a small catalogue whose order is known, and their rules worked out film by film."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from contract import Filters
from index.answer.shelves import RULES, Shelf, Shelves
from index.films.filters import Allowed, FilterTable
from index.films.summaries import FILM_SCHEMA, FilmStore
from tests.support.films import make_films

TODAY = date(2024, 6, 1)
EVERYTHING = Filters(adult=True)


def film(title: str, votes: int, mean: float, popularity: float, days: int | None, *genres: str) -> dict[str, Any]:
    """A film that came out some days ago."""
    released = None if days is None else TODAY - timedelta(days)
    return {
        "title": title, "vote_count": votes, "vote_average": mean, "popularity": popularity,
        "release_date": released, "year": released.year if released else 0, "genres": list(genres),
    }  # fmt: skip


FILMS = [
    film("Beloved classic", 25_000, 8.7, 60, 9_000, "Drama", "Crime"),
    film("Hit of the summer", 3_000, 7.5, 900, 20, "Action"),
    film("Hit of last year", 5_000, 7.4, 800, 400, "Action"),
    film("Old gem", 800, 8.4, 10, 20_000, "Drama"),
    film("Concert", 700, 9.0, 10, 3_000, "Music"),
    film("Liked last month", 400, 8.6, 20, 30, "Drama"),
    film("Just out", 60, 6.0, 15, 0, "Drama", "War"),
    film("Flop", 500, 3.0, 5, 5_000, "War", "Drama"),
    film("Perfect ten of three", 3, 10.0, 700, 3_000, "War", "History"),
    film("Announced", 2, 7.0, 300, -200, "Action"),
    film("Nobody knows", 0, 0.0, 0.5, None),
]
TITLES = [each["title"] for each in FILMS]


def shelves_of(films: list[dict[str, Any]]) -> tuple[Shelves, FilterTable]:
    """The shelves of some films, which come in order of votes; film i has the id i."""
    ordered = sorted(films, key=lambda each: -each["vote_count"])
    table = pa.Table.from_pylist(
        [{"id": i, "rating": 5.0, "adult": False} | each for i, each in enumerate(ordered)], schema=FILM_SCHEMA
    )
    store = FilmStore.build(table)
    filters = FilterTable.build(table, store.listed)
    return Shelves(store, filters), filters


def shelf(name: Shelf, limit: int, filters: Filters = EVERYTHING) -> list[str]:
    """The titles on a shelf of `FILMS`."""
    shelves, table = shelves_of(FILMS)
    by_votes = sorted(TITLES, key=lambda title: -FILMS[TITLES.index(title)]["vote_count"])
    return [by_votes[row] for row in shelves.top(name, table.select(filters), limit)]


def test_popularity_that_few_votes_back_does_not_lead() -> None:
    assert shelf(Shelf.POPULAR, 3) == ["Hit of the summer", "Hit of last year", "Beloved classic"]


def test_what_trends_is_young() -> None:
    assert shelf(Shelf.TRENDING, 2) == ["Hit of the summer", "Hit of last year"]
    assert "Announced" not in shelf(Shelf.TRENDING, 9)


def test_few_tens_are_no_acclaim() -> None:
    assert shelf(Shelf.ACCLAIMED, 2)[0] == "Beloved classic"
    assert shelf(Shelf.ACCLAIMED, 11).index("Perfect ten of three") > 3


def test_a_gem_is_old_and_no_concert() -> None:
    assert shelf(Shelf.HIDDEN_GEMS, 2) == ["Old gem", "Flop"]


def test_the_newest_have_an_audience_and_the_announced_come_last() -> None:
    assert shelf(Shelf.NEW, 3) == ["Just out", "Hit of the summer", "Liked last month"]
    assert shelf(Shelf.NEW, 11)[-1] == "Nobody knows"


@pytest.mark.parametrize("name", Shelf)
def test_a_shelf_is_as_long_as_films_pass(name: Shelf) -> None:
    assert sorted(shelf(name, 100)) == sorted(TITLES)
    assert len(shelf(name, 4)) == 4
    assert set(shelf(name, 100, Filters(genres=("War",)))) == {"Just out", "Flop", "Perfect ten of three"}
    assert shelf(name, 100, Filters(genres=("Nonsense",))) == []


@pytest.mark.parametrize("name", Shelf)
@pytest.mark.parametrize("limit", [1, 7, 60, 299, 300, 500])
def test_a_shelf_is_the_beginning_of_all_films_sorted(name: Shelf, limit: int) -> None:
    films = make_films(300).to_pylist()
    for each in films[:40]:
        each |= {"vote_count": 100, "vote_average": 7.0, "popularity": 3.0}  # many ties
    shelves, table = shelves_of(films)
    chosen = table.select(EVERYTHING)
    found = shelves.top(name, chosen, limit)
    scores = shelves.score(name)
    assert found == sorted(range(300), key=lambda row: (-scores[row], row))[:limit]


def test_no_films_no_shelf() -> None:
    shelves, _ = shelves_of(FILMS)
    nothing = Allowed(np.zeros(len(FILMS), np.bool_))
    assert [shelves.top(name, nothing, 5) for name in Shelf] == [[]] * len(Shelf)
    assert shelves.largest_genre(nothing.mask) is None


def test_related_genres_by_lift() -> None:
    shelves, table = shelves_of(FILMS)
    war, everything = table.select(Filters(genres=("war",))).mask, table.select(EVERYTHING).mask
    (history, drama) = shelves.related(war, everything, "war")
    # One film of three has History, one of eleven at large; two of three have Drama, five of eleven at large.
    assert (history.name, history.films, history.lift) == ("History", 1, pytest.approx(11 / 3, abs=1e-3))
    assert (drama.name, drama.films, drama.lift) == ("Drama", 2, pytest.approx(22 / 15, abs=1e-3))
    assert shelves.largest_genre(everything) == "Drama"


def test_a_film_whose_year_alone_is_known_is_of_new_year(tmp_path: Path) -> None:
    known = film("A", 1, 5, 1, 0) | {"release_date": None}
    table = pa.Table.from_pylist([{"id": 1} | known, {"id": 2, "vote_count": 0}], schema=FILM_SCHEMA)
    FilterTable.build(table, np.ones(2, np.bool_)).save(tmp_path / "filters")
    released = FilterTable.open(tmp_path / "filters").column("released")
    assert np.datetime64(int(released[0]), "D") == np.datetime64("2024-01-01")
    assert np.datetime64(int(released[1]), "D") < np.datetime64("0001-01-01")


def test_every_shelf_tells_its_rule() -> None:
    assert set(RULES) == set(Shelf)
    assert all(rule.words.endswith(".") and rule.formula for rule in RULES.values())
