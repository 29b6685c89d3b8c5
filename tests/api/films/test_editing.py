"""Films over HTTP: who may write, what is refused by which name, and that concurrent edits lose nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sql.accounts import Role
from sql.engine import connect
from tests.api.editors import ALIEN, IDS, INTERSTELLAR, Film, running, token_of
from tests.api.users import add_user, headers, token
from tests.support.sample import Sample, copied


@pytest.fixture(scope="module")
def own(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A copy of the loaded sample, to be edited."""
    folder: Path = tmp_path_factory.mktemp("edited")
    return copied(sample, folder)


@pytest.fixture(scope="module")
def anyone(own: Sample) -> Iterator[TestClient]:
    """A client without a token."""
    with running(own) as client:
        yield client


@pytest.fixture(scope="module")
def editor(own: Sample, anyone: TestClient) -> TestClient:
    """A client with the token of an editor."""
    return TestClient(anyone.app, headers=headers(token_of(own, anyone)))


def new(**columns: Any) -> Film:
    return {"id": next(IDS), "title": "The Long Winter Night"} | columns


def read(client: TestClient, movie_id: int) -> Film:
    answer = client.get(f"/movies/{movie_id}")
    assert answer.status_code == 200, answer.text
    film: Film = answer.json()
    return film


def add(client: TestClient, **columns: Any) -> Film:
    answer = client.post("/movies", json=new(**columns))
    assert answer.status_code == 201, answer.text
    film: Film = answer.json()
    return film


def test_a_title_is_enough(editor: TestClient) -> None:
    film = add(editor, title="  The&nbsp;Long <b>Winter</b> Night ")
    assert film["title"] == film["original_title"] == "The Long Winter Night"
    assert (film["year"], film["release_date"], film["runtime"], film["genres"]) == (None, None, None, [])
    assert (film["vote_count"], film["adult"], film["status"]) == (0, False, "Released")
    assert 0 < film["rating"] < 10
    assert read(editor, film["id"]) == film


def test_every_column_comes_back(editor: TestClient) -> None:
    alien = read(editor, ALIEN)
    written = alien | {
        "id": next(IDS),
        "title": "Alien Again",
        "release_date": "1980-05-25",
        "year": 1980,
    }
    answer = editor.post("/movies", json=written)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/movies/{written['id']}"
    assert answer.json() == written == read(editor, written["id"])


def test_a_film_that_was_read_can_be_put_back(editor: TestClient) -> None:
    film = read(editor, INTERSTELLAR)
    answer = editor.put(f"/movies/{INTERSTELLAR}", json=film)
    assert (answer.status_code, answer.json()) == (200, film)
    answer = editor.put(f"/movies/{INTERSTELLAR}", json={"title": "Interstellar"})
    assert answer.json()["overview"] == ""
    assert answer.json()["genres"] == []
    assert editor.put(f"/movies/{INTERSTELLAR}", json=film).json() == film


def test_a_patch_changes_what_it_names(editor: TestClient) -> None:
    film = add(editor, release_date="2026-11-01", genres=["Drama"], runtime=90, tagline="Snow.")
    answer = editor.patch(f"/movies/{film['id']}", json={"runtime": 102, "keywords": ["winter"], "tagline": None})
    assert answer.json() == film | {"runtime": 102, "keywords": ["winter"], "tagline": ""}
    answer = editor.patch(f"/movies/{film['id']}", json={"release_date": "2025-01-31"})
    assert (answer.json()["year"], answer.json()["release_date"]) == (2025, "2025-01-31")
    answer = editor.patch(f"/movies/{film['id']}", json={"release_date": None})
    assert (answer.json()["year"], answer.json()["release_date"]) == (2025, None)
    answer = editor.patch(f"/movies/{film['id']}", json={"year": None})
    assert (answer.json()["year"], answer.json()["release_date"]) == (None, None)


def test_a_studio_whose_name_has_a_comma_is_found_by_it(editor: TestClient) -> None:
    film = add(editor, production_companies=["13th Studio, The"])
    for written in (r"13th Studio\, The", r"Nobody,13th Studio\, The"):
        found = editor.get("/movies", params={"companies": written}).json()["items"]
        assert [one["id"] for one in found] == [film["id"]]
        body = {"like": [ALIEN], "filters": {"companies": [written]}}
        results = editor.post("/movies/recommend", json=body).json()["results"]
        assert [one["movie"]["id"] for one in results] == [film["id"]]
    assert editor.get("/movies", params={"companies": "13th Studio, The"}).json()["total"] == 0


def test_a_deleted_film_is_in_the_answer(editor: TestClient) -> None:
    film = add(editor)
    total = editor.get("/movies").json()["total"]
    answer = editor.delete(f"/movies/{film['id']}")
    assert (answer.status_code, answer.json()) == (200, film)
    assert editor.get("/movies").json()["total"] == total - 1
    for gone in (editor.get, editor.delete):
        assert gone(f"/movies/{film['id']}").status_code == 404
    assert editor.put(f"/movies/{film['id']}", json={"title": "x"}).json()["code"] == "not_found"
    assert editor.patch(f"/movies/{film['id']}", json={}).status_code == 404


def test_browsing_and_counts_follow_at_once(editor: TestClient) -> None:
    def state() -> tuple[int, int]:
        genres = {genre["name"]: genre["films"] for genre in editor.get("/genres").json()["genres"]}
        found = editor.get("/movies", params={"genres": "Western", "keywords": "winter western"}).json()
        return genres["Western"], found["total"]

    before = state()
    film = add(editor, genres=["Western"], keywords=["winter western"])
    assert state() == (before[0] + 1, before[1] + 1)
    editor.patch(f"/movies/{film['id']}", json={"genres": ["western", "War"], "keywords": []})
    assert state() == (before[0] + 1, before[1])
    editor.patch(f"/movies/{film['id']}", json={"adult": True})
    assert state() == before


@pytest.mark.parametrize(
    ("field", "value"), [("status", "<script>"), ("tagline", "<br>"), ("keywords", ["war", "\u200b"])]
)
def test_what_a_change_would_have_to_repair_is_refused(editor: TestClient, field: str, value: object) -> None:
    before = read(editor, ALIEN)
    answer = editor.patch(f"/movies/{ALIEN}", json={field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_film")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert read(editor, ALIEN) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", " \u200b "), ("title", "x" * 501), ("title", None), ("title", 7),
        ("title", "x" * 500 + " "),
        ("title", "\ud800"), ("release_date", "2026-02-30"), ("release_date", "1700-01-01"),
        ("status", "Rumored"), ("imdb_id", "0816692"), ("original_language", "English"), ("vote_average", 11),
        ("vote_average", "7.5"), ("vote_count", -1), ("vote_count", 2**31), ("runtime", 90.5), ("runtime", "90"),
        ("revenue", 2**63), ("popularity", -0.1), ("adult", "no"), ("poster_path", "poster.jpg"),
        ("homepage", "javascript:alert(1)"), ("genres", "Drama"), ("genres", ["x" * 201]),
        ("genres", [f"A genre called {i}" for i in range(60)]), ("keywords", [""]), ("keywords", [7]),
        ("status", "<script>"), ("overview", "<script>"), ("original_title", "<b></b>"), ("genres", ["<script>"]),
        ("homepage", "https://a.test and more"), ("production_companies", ["|", "<br>"]),
        ("overview", "x" * 16_001), ("year", 3000), ("id", 0), ("id", 2**31), ("id", "5"), ("colour", "red"),
    ],
)  # fmt: skip
def test_an_invalid_value_names_its_field(editor: TestClient, field: str, value: object) -> None:
    sent = new(**{field: value})
    written = json.dumps(sent)  # half a surrogate pair becomes an escape, which a client can send
    answer = editor.post("/movies", content=written, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["field"].partition(".")[0] for error in answer.json()["errors"]} == {field}
    if field != "id":
        assert editor.get(f"/movies/{sent['id']}").status_code == 404


def test_contradicting_years_and_ids_are_refused(editor: TestClient) -> None:
    film = add(editor, release_date="2026-11-01")
    address = f"/movies/{film['id']}"
    both = editor.patch(address, json={"release_date": "2026-11-01", "year": 2025})
    one = editor.patch(address, json={"year": 2025})
    other = editor.put(address, json={"title": "x", "id": film["id"] + 1})
    assert [answer.status_code for answer in (both, one, other)] == [422] * 3
    assert one.json()["errors"][0]["field"] == "year"
    assert other.json()["errors"][0]["field"] == "id"
    assert read(editor, film["id"]) == film


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_editors_write(anyone: TestClient, own: Sample, method: str) -> None:
    address = "/movies" if method == "POST" else f"/movies/{ALIEN}"
    body = None if method == "DELETE" else new()
    nobody = anyone.request(method, address, json=body)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert anyone.request(method, address, json=body, headers=headers("x" * 43)).status_code == 401
    database = connect(own.url)
    member = headers(token(anyone, add_user(database, Role.MEMBER)))
    refused = anyone.request(method, address, json=body, headers=member)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    database.dispose()
    assert read(anyone, ALIEN)["title"] == "Alien"


def test_an_admin_is_an_editor_too(anyone: TestClient, own: Sample) -> None:
    database = connect(own.url)
    admin = headers(token(anyone, add_user(database, Role.ADMIN)))
    database.dispose()
    assert anyone.post("/movies", json=new(), headers=admin).status_code == 201


def test_of_many_posts_of_one_id_one_wins(editor: TestClient) -> None:
    film = new()

    def post(number: int) -> int:
        return editor.post("/movies", json=film | {"runtime": number + 1}).status_code

    with ThreadPoolExecutor(12) as pool:
        assert Counter(pool.map(post, range(12))) == {201: 1, 409: 11}


def test_concurrent_changes_of_different_columns_are_all_kept(editor: TestClient) -> None:
    film = add(editor)
    changes: list[Film] = [
        {"runtime": 90}, {"tagline": "Snow."}, {"genres": ["Drama"]}, {"overview": "It snows."}, {"budget": 5},
        {"keywords": ["winter"]}, {"original_language": "is"}, {"homepage": "https://example.org/"},
    ]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda change: editor.patch(f"/movies/{film['id']}", json=change), changes * 3))
    assert {answer.status_code for answer in answers} == {200}
    expected = dict(film)
    for change in changes:
        expected |= change
    assert read(editor, film["id"]) == expected


def test_the_description_says_what_to_send(anyone: TestClient) -> None:
    paths = anyone.get("/openapi.json").json()["paths"]
    for path, method in (("/movies", "post"), ("/movies/{movie_id}", "put"), ("/movies/{movie_id}", "delete")):
        assert paths[path][method]["security"]
        assert {"401", "403", "422", "503"} <= set(paths[path][method]["responses"])
    assert "security" not in paths["/movies"]["get"]


def test_an_edit_that_cannot_be_announced_is_not_made(own: Sample, editor: TestClient) -> None:
    """As in a data folder that is read-only, which root, as whom tests may run, could write all the same."""
    announcements = own.folder / "generations" / ".edits"
    kept = announcements.read_bytes()
    announcements.unlink()
    announcements.mkdir()
    try:
        refused = editor.patch(f"/movies/{ALIEN}", json={"title": "Alien Unannounced"})
    finally:
        announcements.rmdir()
        announcements.write_bytes(kept)
    assert (refused.status_code, refused.json()["code"]) == (503, "data_folder")
    assert "Retry-After" in refused.headers
    assert str(own.folder) not in refused.text
    assert read(editor, ALIEN)["title"] == "Alien"
    assert editor.patch(f"/movies/{ALIEN}", json={"title": "Alien"}).status_code == 200
