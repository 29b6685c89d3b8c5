"""A person's own place: accounts, lists of films, and that nobody sees another's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import Policy, create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from settings import SignUp
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import PASSWORD, add_user, headers, token
from tests.support.sample import POSTERS, Sample, copied

ALIEN, ALIENS, BLADE_RUNNER = 348, 679, 78
LISTS = ("watched", "watchlist", "not-interested")


@pytest.fixture(scope="module")
def own(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A copy of the loaded sample."""
    return copied(sample, tmp_path_factory.mktemp("members"))


@pytest.fixture(scope="module")
def database(own: Sample) -> Iterator[Engine]:
    database = connect(own.url)
    yield database
    database.dispose()


def running(own: Sample, database: Engine, sign_up: SignUp) -> TestClient:
    followed = Serving(Generations(own.folder / "generations"), database)
    policy = Policy(sign_up=sign_up)
    app = create_app(database=database, serving=followed, poster_base=POSTERS, secret="x", policy=policy)
    return TestClient(app)


@pytest.fixture(scope="module")
def client(own: Sample, database: Engine) -> Iterator[TestClient]:
    with running(own, database, SignUp.OPEN) as client:
        yield client


def member(client: TestClient, database: Engine, role: Role = Role.MEMBER) -> tuple[str, dict[str, str]]:
    """A new user, and what a request of the user sends."""
    name = add_user(database, role)
    return name, headers(token(client, name))


def test_a_member_signs_up_and_leaves_nothing(client: TestClient, database: Engine) -> None:
    body = {"name": "leaving@example.org", "password": PASSWORD}
    made = client.post("/users", json=body)
    assert (made.status_code, made.json()) == (201, {"name": body["name"], "role": "member"})
    assert client.post("/users", json=body).status_code == 409
    held = headers(token(client, body["name"]))
    for kind in LISTS:
        assert client.put(f"/me/{kind}/{ALIEN}", headers=held).status_code == 200
    assert client.put(f"/me/ratings/{ALIEN}", json={"rating": 9.5}, headers=held).status_code == 200
    me = client.get("/me", headers=held).json()
    assert me["films"] == {"ratings": 1, "watched": 1, "watchlist": 1, "not-interested": 1, "likes": 0}
    assert client.delete("/me", headers=held).status_code == 204
    assert client.get("/me", headers=held).status_code == 401
    assert client.post("/sessions", json=body).status_code == 401
    with database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users WHERE name = :name"), body) == 0
        orphans = "SELECT count(*) FROM marks WHERE user_id NOT IN (SELECT id FROM users)"
        assert connection.scalar(text(orphans)) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"name": "two words", "password": PASSWORD},
        {"name": "x" * 65, "password": PASSWORD},
        {"name": "new\n", "password": PASSWORD},
        {"name": "new", "password": "short"},
        {"name": "new", "password": "\ud800" * 9},
        {"name": "new", "password": PASSWORD, "role": "admin"},
    ],
)
def test_an_invalid_account_is_refused(client: TestClient, body: dict[str, str]) -> None:
    answer = client.post("/users", content=json.dumps(body), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_who_may_sign_up_is_a_setting(own: Sample, database: Engine) -> None:
    body = {"name": "invited", "password": PASSWORD}
    with running(own, database, SignUp.OFF) as client:
        _, admin = member(client, database, Role.ADMIN)
        assert client.post("/users", json=body, headers=admin).status_code == 403
    with running(own, database, SignUp.INVITED) as client:
        _, editor = member(client, database, Role.EDITOR)
        _, admin = member(client, database, Role.ADMIN)
        assert client.post("/users", json=body).status_code == 403
        assert client.post("/users", json=body, headers=editor).status_code == 403
        assert client.post("/users", json=body, headers=headers("guessed")).status_code == 401
        assert client.post("/users", json=body, headers=admin).json()["role"] == "member"


def test_a_new_password_ends_all_sessions(client: TestClient, database: Engine) -> None:
    name, held = member(client, database)
    other = headers(token(client, name))
    wrong = {"old": "not mine at all", "new": "another horse"}
    assert client.put("/me/password", json=wrong, headers=held).status_code == 401
    right = {"old": PASSWORD, "new": "another horse"}
    assert client.put("/me/password", json=right, headers=held).status_code == 204
    for gone in (held, other):
        assert client.get("/me", headers=gone).status_code == 401
    assert client.post("/sessions", json={"name": name, "password": PASSWORD}).status_code == 401
    assert client.post("/sessions", json={"name": name, "password": "another horse"}).status_code == 201


@pytest.mark.parametrize("rating", [0, 0.25, 10.5, -1, "8", None, True])
def test_a_rating_is_of_halves(client: TestClient, database: Engine, rating: object) -> None:
    _, held = member(client, database)
    answer = client.put(f"/me/ratings/{ALIEN}", json={"rating": rating}, headers=held)
    assert answer.status_code == 422
    assert client.get(f"/me/ratings/{ALIEN}", headers=held).status_code == 404


def test_lists_take_what_is_theirs(client: TestClient, database: Engine) -> None:
    _, held = member(client, database)
    assert client.put(f"/me/ratings/{ALIEN}", headers=held).status_code == 422
    assert client.put(f"/me/watched/{ALIEN}", json={"rating": 5}, headers=held).status_code == 422
    assert client.put("/me/watched/999999999", headers=held).status_code == 404
    assert client.put(f"/me/seen/{ALIEN}", headers=held).status_code == 422
    assert client.post("/me/ratings", json={"add": [ALIEN]}, headers=held).status_code == 422
    assert client.post("/me/watched", json={"ratings": {str(ALIEN): 5}}, headers=held).status_code == 422
    assert client.post("/me/watched", json={"add": [1] * 1_001}, headers=held).status_code == 422
    assert client.get(f"/me/watched/{ALIEN}", headers=held).status_code == 404
    assert client.delete(f"/me/watched/{ALIEN}", headers=held).status_code == 204


def test_what_lists_say_of_some_films(client: TestClient, database: Engine) -> None:
    _, held = member(client, database)
    _, other = member(client, database)
    client.put(f"/me/ratings/{ALIEN}", json={"rating": 7.5}, headers=held)
    client.post("/me/watchlist", json={"add": [ALIEN, ALIENS]}, headers=held)
    asked = {"ids": f"{ALIEN},{ALIENS},{BLADE_RUNNER}"}
    told = client.get("/me/films", params=asked, headers=held).json()["films"]
    assert {movie_id: (film["rating"], set(film["lists"])) for movie_id, film in told.items()} == {
        str(ALIEN): (7.5, {"ratings", "watchlist"}),
        str(ALIENS): (None, {"watchlist"}),
    }
    assert client.get("/me/films", params=asked, headers=other).json() == {"films": {}}
    assert (
        client.get("/me/films", params={"ids": ",".join(map(str, range(1, 102)))}, headers=held).status_code == 422
    )


def test_many_at_once_and_by_pages(client: TestClient, database: Engine, own: Sample) -> None:
    _, held = member(client, database)
    films = [film["id"] for film in client.get("/movies", params={"limit": 60}).json()["items"]]
    ratings = {str(movie_id): 0.5 + i % 20 / 2 for i, movie_id in enumerate(films)}
    assert client.post("/me/ratings", json={"ratings": ratings}, headers=held).json()["added"] == 60
    found: dict[str, float] = {}
    after: int | None = 0
    while after is not None:
        page = client.get("/me/ratings", params={"limit": 25, "after": after}, headers=held).json()
        assert page["total"] == 60
        assert all(item["movie"]["id"] == item["id"] for item in page["items"])
        found |= {str(item["id"]): item["rating"] for item in page["items"]}
        after = page["next"]
    assert found == ratings
    refused = client.post("/me/watched", json={"add": [films[0], 999999999]}, headers=held)
    assert (refused.status_code, "999999999" in refused.json()["detail"]) == (404, True)
    assert client.get("/me/watched", headers=held).json()["total"] == 0
    assert client.post("/me/ratings", json={"remove": films[:50]}, headers=held).json()["removed"] == 50


def test_nobody_sees_anothers(client: TestClient, database: Engine) -> None:
    _, ann = member(client, database)
    _, bob = member(client, database)
    client.put(f"/me/ratings/{BLADE_RUNNER}", json={"rating": 1}, headers=ann)
    answer = client.get(f"/me/ratings/{BLADE_RUNNER}", headers=ann)
    assert "private" in answer.headers["cache-control"]
    assert "etag" not in answer.headers
    assert client.get(f"/me/ratings/{BLADE_RUNNER}", headers=bob).status_code == 404
    assert client.get("/me/ratings", headers=bob).json()["items"] == []
    client.delete(f"/me/ratings/{BLADE_RUNNER}", headers=bob)
    assert client.get(f"/me/ratings/{BLADE_RUNNER}", headers=ann).json()["rating"] == 1
    for path in ("/me", "/me/ratings", f"/me/ratings/{BLADE_RUNNER}"):
        assert client.get(path).status_code == 401
