"""`/shelves` and `/stats/*` over the bundled sample."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

SHELVES = ["popular", "trending", "acclaimed", "hidden-gems", "new", "genre"]
STATISTICS = ["overview", "ratings", "votes", "runtimes", "years", "genres", "languages", "trends", "top"]
INTERSTELLAR = 157336


def get(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    """What a request answers."""
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_all_shelves_tell_their_rule_and_are_full(client: TestClient) -> None:
    shelves = get(client, "/shelves", limit=7)["shelves"]
    assert [shelf["name"] for shelf in shelves] == SHELVES
    for shelf in shelves:
        assert len(shelf["films"]) == 7
        assert shelf["rule"]
        assert shelf["formula"]
        assert shelf == get(client, f"/shelves/{shelf['name']}", limit=7)
        assert len({film["title"] + str(film["year"]) for film in shelf["films"]}) == 7
    assert [shelf["genre"] for shelf in shelves] == [None] * 5 + ["Drama"]


def test_film_lovers_nod(client: TestClient) -> None:
    acclaimed = [film["title"] for film in get(client, "/shelves/acclaimed", limit=10)["films"]]
    assert {"The Shawshank Redemption", "The Godfather"} <= set(acclaimed)
    years = [film["year"] for film in get(client, "/shelves/new", limit=10)["films"]]
    assert years == sorted(years, reverse=True)


def test_filters_hold_on_shelves_and_never_shorten_them(client: TestClient) -> None:
    asked = {"genres": "drama,comedy", "languages": "ja", "year_max": 2010}
    for name in SHELVES:
        shelf = get(client, f"/shelves/{name}", **asked, limit=100)
        total = get(client, "/movies", **asked, limit=1)["total"]
        assert (len(shelf["films"]), shelf["matching"]) == (min(100, total), total)
        assert all(film["year"] <= 2010 for film in shelf["films"])
        assert get(client, f"/shelves/{name}", genres="Nonsense")["films"] == []


def test_the_shelf_of_a_genre_names_those_that_go_with_it(client: TestClient) -> None:
    shelf = get(client, "/shelves/genre", genres="war")
    assert shelf["genre"] == "War"
    assert all("War" in film["genres"] for film in shelf["films"])
    related = {other["name"]: other["lift"] for other in shelf["related"]}
    assert "War" not in related
    assert related["History"] > 2
    assert list(related.values()) == sorted(related.values(), reverse=True)


def test_an_unknown_shelf_is_a_problem_that_names_the_others(client: TestClient) -> None:
    response = client.get("/shelves/dusty")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert "hidden-gems" in response.json()["detail"]


@pytest.mark.parametrize("path", ["/shelves", "/shelves/new", "/stats/overview", "/stats/trends?by=languages"])
def test_an_answer_that_the_client_has_is_not_sent_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_agree_with_the_catalogue(client: TestClient, name: str) -> None:
    answer = get(client, f"/stats/{name}", genres="Western", year_min=1950)
    assert answer["films"] == get(client, "/movies", genres="Western", year_min=1950, limit=1)["total"]
    assert answer["degraded"] is False
    assert client.get(f"/stats/{name}", params={"colour": "red"}).status_code == 422


def test_the_statistics_add_up(client: TestClient) -> None:
    films = get(client, "/stats/overview")["films"]
    assert sum(each["films"] for each in get(client, "/stats/votes")["bins"]) == films
    assert sum(each["films"] for each in get(client, "/stats/years")["groups"]) == films
    japanese = next(each for each in get(client, "/stats/languages")["groups"] if each["name"] == "ja")
    assert japanese["films"] == get(client, "/movies", languages="ja", limit=1)["total"]
    genres = {group["name"]: group["films"] for group in get(client, "/stats/genres")["groups"]}
    assert genres == {genre["name"]: genre["films"] for genre in get(client, "/genres")["genres"]}
    trends = get(client, "/stats/trends", per="year", limit=100)
    assert {trend["name"]: sum(trend["films"]) for trend in trends["trends"]} == genres
    top = get(client, "/stats/top", limit=5)
    assert [film["id"] for film in top["by_votes"]] == [
        film["id"] for film in get(client, "/movies", sort="votes", limit=5)["items"]
    ]


def test_one_film_against_its_genre(client: TestClient) -> None:
    film = get(client, "/stats/ratings", id=INTERSTELLAR)["film"]
    assert (film["movie"]["title"], film["genre"]) == ("Interstellar", "Adventure")
    assert film["better_than"] > 0.95
    assert sum(each["films"] for each in film["ratings"]) == film["films"]
    assert get(client, "/stats/ratings")["film"] is None
    assert client.get("/stats/ratings", params={"id": 999_999_999}).status_code == 404
