"""Invalid query strings and bodies, and the answers of routes to them."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/movies?limit=5&limit=6", "limit"),
        ("/movies?year_min=1990.0", "year_min"),
        ("/movies/27205.0", "movie_id"),
        ("/movies/recommend?id=27205.0", "id.0"),
        ("/movies/recommend?title=alien&year=１９７９", "year"),
        ("/movies/search?q=%FF", "query"),
        ("/movies/search?q=a&" + "&".join(["genres=b"] * 1_001), "query"),
        ("/movies/recommend", "query"),
        ("/movies?" + "&".join(["genres="] * 51), "genres"),
    ],
)
def test_invalid_parameters_are_refused_by_name(client: TestClient, path: str, field: str) -> None:
    response = client.get(path)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, response.text
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_lists_repeat_or_have_commas(client: TestClient) -> None:
    def total(query: str) -> int:
        return int(client.get(f"/movies?limit=1&{query}").json()["total"])

    assert total("genres=Drama&genres=Comedy") == total("genres=Drama,Comedy") == total("genres=drama%2C comedy")
    assert total("genres=Drama") < total("genres=Drama,Comedy")
    assert total("genres=Drama&genres=") == total("genres=,Drama,") == total("genres=Drama")
    assert list(client.get("/posters?ids=348,,603&ids=").json()) == ["348", "603"]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'{"like": ["\xff"]}', "application/json", "is not UTF-8"),
        (b'{"like": [348]', "application/json", "is not JSON: Expecting ',' delimiter (character 14)"),
        (b'"a text"', "application/json", "valid dictionary or object"),
        (b"[]", "application/json", "valid dictionary or object"),
        (b"", "application/json", "required"),
        (b'{"like": [348]}', "application/x-www-form-urlencoded", "`Content-Type: application/json`"),
        (b'{"like": [348]}', None, "`Content-Type: application/json`"),
    ],
)
def test_bodies_that_are_not_json_objects_are_422(
    client: TestClient, body: bytes, kind: str | None, words: str
) -> None:
    response = client.post("/movies/recommend", content=body, headers={"content-type": kind} if kind else {})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "invalid_request"
    assert words in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/movies/recommend", "GET, HEAD, POST"),
        ("PUT", "/movies/recommend", "GET, HEAD, POST"),
        ("DELETE", "/movies", "GET, HEAD, POST"),
        ("POST", "/movies/348", "DELETE, GET, HEAD, PATCH, PUT"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_answered_with_the_allowed_ones(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert response.headers["allow"] == allowed
