"""Pages come from the generation with its edits, or from the database after a load: both give the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from contract import Filters, Order, Sort
from sql import browse
from sql.browse import PageKey
from sql.engine import connect
from sql.tables import catalogue, movies
from tests.api.editors import ALIEN, IDS, INTERSTELLAR, running, token_of
from tests.api.users import headers
from tests.support.sample import Sample, copied


@pytest.fixture(scope="module")
def edited(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A copy of the loaded sample, to be edited."""
    folder: Path = tmp_path_factory.mktemp("pages")
    return copied(sample, folder)


@pytest.fixture(scope="module")
def database(edited: Sample) -> Iterator[Engine]:
    """Its database, asked without the API."""
    engine = connect(edited.url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def client(edited: Sample) -> Iterator[TestClient]:
    """A client, after some films were written, changed and deleted."""
    with running(edited) as client:
        held = headers(token_of(edited, client))
        for film in (
            {"title": "Ægir", "year": 1979, "genres": ["Drama", "Edda"], "runtime": 90, "popularity": 1e6},
            {"title": "zzz", "popularity": 0.0, "keywords": ["nowhere"]},
        ):
            assert client.post("/movies", json={"id": next(IDS), **film}, headers=held).status_code == 201
        assert client.patch(f"/movies/{ALIEN}", json={"genres": ["Comedy"]}, headers=held).status_code == 200
        assert client.delete(f"/movies/{INTERSTELLAR}", headers=held).status_code == 200
        yield client


def some(*names: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=3).map(tuple)


def maybe(*values: float) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, None, *values])


WANTED = st.builds(
    Filters,
    genres=some("Drama", "comedy", "Science Fiction", "Edda"),
    genres_all=some("Drama", "Romance"),
    without_genres=some("Horror", "Comedy"),
    keywords=some("space", "nowhere", "murder", "based on novel or book"),
    without_keywords=some("sequel", "nowhere"),
    languages=some("en", "fr", "ja"),
    countries=some("France", "united states of america"),
    year_min=maybe(1950, 1979),
    year_max=maybe(1979, 2010),
    runtime_min=maybe(0, 90),
    runtime_max=maybe(90, 200),
    votes_min=maybe(0, 100),
    rating_min=maybe(5, 7.5),
    adult=st.booleans(),
)


def asked(client: TestClient, wanted: Filters, **parameters: Any) -> dict[str, Any]:
    given = {one.name: value for one, value in wanted.active()} | {"adult": wanted.adult}
    answer = client.get("/movies", params=given | parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED, sort=st.sampled_from(Sort), order=st.sampled_from(Order), limit=st.sampled_from([1, 7, 100]))
def test_the_generation_and_the_database_give_the_same_pages(
    client: TestClient, database: Engine, wanted: Filters, sort: Sort, order: Order, limit: int
) -> None:
    cursor, key = None, None
    for turn in ("next", "next", "previous", "previous"):
        expected = browse.page(database, filters=wanted, sort=sort, order=order, limit=limit, key=key)
        cursors = {} if cursor is None else {"cursor": cursor}
        found = asked(client, wanted, sort=sort, order=order, limit=limit, **cursors)
        assert found["total"] == expected.total
        shown = [(film["id"], film["title"], film["rating"]) for film in found["items"]]
        assert shown == [(film.id, film.title, film.rating) for film in expected.items]
        ends: tuple[PageKey | None, PageKey | None] = (expected.next, expected.previous)
        assert [found["next"] is None, found["previous"] is None] == [end is None for end in ends]
        cursor, key = found[turn], getattr(expected, turn)
        if cursor is None:
            break


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED)
def test_both_count_genres_alike(client: TestClient, database: Engine, wanted: Filters) -> None:
    given = {one.name: value for one, value in wanted.active()} | {"adult": wanted.adult}
    found = client.get("/genres", params=given).json()["genres"]
    assert found == [{"name": genre.name, "films": genre.films} for genre in browse.genres(database, wanted)]


@pytest.mark.parametrize("sort", Sort)
def test_a_page_of_the_generation_begins_anywhere(client: TestClient, database: Engine, sort: Sort) -> None:
    for start in ("é", "zzzz") if sort is Sort.title else ("0", "7.5", "1979", "1000000"):
        value = start if sort is Sort.title else float(start)
        for order in Order:
            key = browse.starting_at(value, sort, order)
            expected = browse.page(database, filters=Filters(), sort=sort, order=order, limit=5, key=key)
            found = asked(client, Filters(), sort=sort, order=order, limit=5, **{"from": start})
            assert [film["id"] for film in found["items"]] == [film.id for film in expected.items]
            assert (found["previous"] is None) == (expected.previous is None)


def test_films_that_were_loaded_after_the_build_are_browsed_at_once(sample: Sample, tmp_path: Path) -> None:
    loaded = copied(sample, tmp_path)
    database = connect(loaded.url)
    with running(loaded) as client:
        first = client.get("/movies").json()["items"][0]
        with database.begin() as connection:  # what a load does first, in a transaction
            connection.execute(update(movies).where(movies.c.id == first["id"]).values(title="Loaded Again"))
        assert client.get("/movies").json()["items"][0] == first, "the database is asked, not the generation"
        with database.begin() as connection:
            connection.execute(update(catalogue).values(version="another"))
        assert client.get("/movies").json()["items"][0]["title"] == "Loaded Again"
    database.dispose()
