"""Browse, film page, search, genres, health, and the shape of errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.support import serving
from tests.support.sample import POSTERS, Sample

ALIEN = 348


def get(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize(
    ("sort", "field"),
    [
        ("votes", "vote_count"),
        ("rating", "rating"),
        ("year", "year"),
        ("released", "year"),
        ("runtime", "runtime"),
    ],
)
def test_pages_go_forward_and_back(client: TestClient, sort: str, field: str) -> None:
    first = get(client, "/movies", sort=sort, limit=30, genres="Western")
    assert first["previous"] is None
    pages, page = [first], first
    while page["next"]:
        page = get(client, "/movies", sort=sort, limit=30, genres="Western", cursor=page["next"])
        pages.append(page)
    films = [film for page in pages for film in page["items"]]
    values = [film[field] for film in films]
    assert values == sorted(values, reverse=True)
    assert len({film["id"] for film in films}) == len(films) == first["total"]
    for later, earlier in zip(pages[:0:-1], pages[-2::-1], strict=True):
        back = get(client, "/movies", sort=sort, limit=30, genres="Western", cursor=later["previous"])
        assert back["items"] == earlier["items"]


def test_a_page_begins_at_a_year_or_a_letter_and_leads_both_ways(client: TestClient) -> None:
    page = get(client, "/movies", sort="year", order="desc", limit=5, **{"from": "1994"})
    assert {film["year"] for film in page["items"]} == {1994}
    newer = get(client, "/movies", sort="year", order="desc", limit=5, cursor=page["previous"])
    assert {film["year"] for film in newer["items"]} == {1995}
    assert get(client, "/movies", sort="year", limit=5, cursor=newer["next"])["items"] == page["items"]
    titles = get(client, "/movies", sort="title", limit=5, **{"from": "M"})
    assert all(film["title"].upper().startswith("M") for film in titles["items"])
    assert get(client, "/movies", sort="rating", limit=1, **{"from": "7.5"})["items"][0]["rating"] <= 7.5


def test_the_best_rated_are_those_of_the_shelf_and_of_the_statistics(client: TestClient) -> None:
    best = [film["id"] for film in get(client, "/movies", sort="acclaimed", limit=20)["items"]]
    assert best == [film["id"] for film in get(client, "/shelves/acclaimed", limit=20)["films"]]
    assert best == [film["id"] for film in get(client, "/stats/top", limit=20)["by_rating"]]


def test_the_order_at_random_depends_on_the_seed_alone(client: TestClient) -> None:
    page = get(client, "/movies", sort="random", seed=7, limit=10)
    assert page == get(client, "/movies", sort="random", seed=7, limit=10)
    after = get(client, "/movies", sort="random", seed=7, limit=10, cursor=page["next"])
    assert not {film["id"] for film in page["items"]} & {film["id"] for film in after["items"]}
    other = get(client, "/movies", sort="random", seed=8, limit=10)
    assert page["items"] != other["items"]
    response = client.get("/movies", params={"sort": "random", "seed": 8, "cursor": page["next"]})
    assert response.json()["code"] == "bad_cursor"


def test_newest_begins_at_a_year_and_leads_both_ways(client: TestClient) -> None:
    page = get(client, "/movies", sort="released", limit=5, **{"from": "1994"})
    assert {film["year"] for film in page["items"]} == {1994}
    newer = get(client, "/movies", sort="released", limit=5, cursor=page["previous"])
    assert {film["year"] for film in newer["items"]} == {1995}
    rising = get(client, "/movies", sort="released", order="asc", limit=5, **{"from": "1994"})
    assert {film["year"] for film in rising["items"]} == {1994}


@pytest.mark.parametrize(
    "parameters",
    [
        {"sort": "acclaimed", "from": "8"},
        {"sort": "year", "from": "soon"},
        {"sort": "rating", "from": "nan"},
        {"sort": "year", "from": "1e9"},
        {"sort": "title", "from": "  "},
        {"sort": "year", "from": "1994", "cursor": "x"},
    ],
    ids=str,
)
def test_an_invalid_start_of_a_page_is_refused(client: TestClient, parameters: dict[str, str]) -> None:
    response = client.get("/movies", params=parameters)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert "from" in response.json()["detail"]


def test_the_first_page_is_the_most_popular(client: TestClient) -> None:
    page = get(client, "/movies")
    assert len(page["items"]) == 50
    popularity = [film["popularity"] for film in page["items"]]
    assert popularity == sorted(popularity, reverse=True)
    film = page["items"][0]
    assert set(film) == {
        "id", "title", "original_title", "year", "genres", "runtime", "rating", "vote_average", "vote_count",
        "popularity", "poster_url",
    }  # fmt: skip
    titles = [film["title"] for film in get(client, "/movies", sort="title", limit=100)["items"]]
    assert titles == [f["title"] for f in get(client, "/movies", sort="title", order="asc", limit=100)["items"]]


def test_a_cursor_of_another_question_is_refused(client: TestClient) -> None:
    cursor = get(client, "/movies", limit=5)["next"]
    for parameters in ({"sort": "votes"}, {"genres": "Drama"}, {"order": "asc"}):
        response = client.get("/movies", params={"cursor": cursor, **parameters})
        assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")
    for damaged in ("x", "!!!", cursor[:-4], "AAAA"):
        assert client.get("/movies", params={"cursor": damaged}).status_code == 422


def test_a_film_with_all_its_columns(client: TestClient) -> None:
    film = get(client, f"/movies/{ALIEN}")
    assert (film["title"], film["year"], film["release_date"]) == ("Alien", 1979, "1979-05-25")
    assert film["adult"] is False
    assert "Horror" in film["genres"]
    assert isinstance(film["production_companies"], list)
    assert film["imdb_id"] == "tt0078748"
    assert film["poster_url"] == POSTERS + film["poster_path"]
    missing = client.get("/movies/999999999")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert client.get("/movies/abc").status_code == 422


def test_search_finds_films_by_title(client: TestClient) -> None:
    answer = get(client, "/movies/search", q="the godfathr")
    assert answer["best"] == answer["matches"][0]
    assert answer["best"]["movie"]["title"] == "The Godfather"
    assert answer["query"] == "the godfathr"
    only = get(client, "/movies/search", q="the godfather", year_min=1985, limit=3)
    assert only["best"]["movie"]["year"] >= 1985
    nothing = get(client, "/movies/search", q="qqqqzzzz xxyyzz")
    assert (nothing["best"], nothing["matches"], nothing["confidence"]) == (None, [], 0)


@pytest.mark.parametrize("q", ["", "   ", "\u200b"])
def test_empty_searches_are_422(client: TestClient, q: str) -> None:
    response = client.get("/movies/search", params={"q": q})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_genres_are_counted_under_the_filters(client: TestClient) -> None:
    everything = get(client, "/genres")["genres"]
    counts = [genre["films"] for genre in everything]
    assert counts == sorted(counts, reverse=True)
    drama = next(genre["films"] for genre in everything if genre["name"] == "Drama")
    assert drama == get(client, "/movies", genres="drama", limit=1)["total"]
    japanese = {g["name"]: g["films"] for g in get(client, "/genres", languages="ja")["genres"]}
    assert japanese["Animation"] == get(client, "/movies", genres="Animation", languages="ja", limit=1)["total"]


def test_health_and_readiness(client: TestClient) -> None:
    assert get(client, "/health") == {"status": "ok"}
    ready = get(client, "/ready")
    assert (ready["status"], ready["database"], ready["lag"]) == ("ready", "ok", 0)


@pytest.mark.parametrize(
    "path",
    ["/movies", "/movies/348", "/movies/search?q=alien", "/genres", "/health", "/ready", "/movies/recommend/348"],
)
def test_unknown_parameters_are_refused(client: TestClient, path: str) -> None:
    response = client.get(path + ("&" if "?" in path else "?") + "colour=red")
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["field"] == "colour"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PATCH", "/genres", 405)])
def test_unknown_addresses_and_methods_are_problem_documents(
    client: TestClient, method: str, path: str, status: int
) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert set(response.json()) == {"type", "title", "status", "detail", "code"}


def test_every_route_says_how_it_fails(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        for operation in methods.values():
            assert "422" in operation["responses"], path
            assert operation["summary"], path


def test_head_is_answered_like_get(app: FastAPI, sample: Sample) -> None:
    with serving.api(sample) as address:
        response = requests.head(f"{address}/health", timeout=10)
        assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("value", ['"x"', "NaN", "1e999", "true", "null", "1" + "0" * 400])
def test_a_cursor_that_was_tampered_with_is_refused(client: TestClient, value: str) -> None:
    cursor = get(client, "/movies", limit=5)["next"]
    asked, _, movie_id, backwards = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    forged = f'["{asked}",{value},{movie_id},{str(backwards).lower()}]'
    response = client.get("/movies", params={"cursor": base64.urlsafe_b64encode(forged.encode()).decode()})
    assert (response.status_code, response.json()["code"]) == (422, "bad_cursor")
    assert response.json()["errors"][0]["field"] == "cursor"


def test_a_cursor_holds_for_the_same_filters_in_other_words(client: TestClient) -> None:
    cursor = get(client, "/movies", genres="Drama,Comedy")["next"]
    assert get(client, "/movies", genres="comedy,DRAMA", cursor=cursor)["items"]


def test_search_lists_what_contains_the_query(client: TestClient) -> None:
    assert any("28" in match["movie"]["title"] for match in get(client, "/movies/search", q="28")["matches"])
