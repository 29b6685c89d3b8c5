"""A room is shared by a link, changes for all, and ends by itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text, update

from sql.accounts import now
from sql.own_tables import rooms
from tests.api.home import Home
from tests.support.histories import ALIEN, AMELIE, THING


def say(home: Home, key: str, member: str, movie_id: int, liked: bool | None = True) -> int:
    body = {"member": member, "movie_id": movie_id, "liked": liked}
    return home.client.put(f"/rooms/{key}/films", json=body).status_code


def test_what_one_adds_all_see(home: Home) -> None:
    key = home.client.post("/rooms", json={"rule": "fair"}).json()["key"]
    empty = home.client.get(f"/rooms/{key}").json()
    assert (empty["members"], len(empty["films"]["results"])) == ([], 10)
    same = home.client.get(f"/rooms/{key}", params={"since": empty["version"]})
    assert (same.status_code, same.content) == (204, b"")
    assert say(home, key, "Ann", ALIEN) == 204
    assert say(home, key, "Bob", AMELIE) == 204
    assert say(home, key, "Bob", THING, liked=False) == 204
    state = home.client.get(f"/rooms/{key}", params={"since": empty["version"], "k": 4}).json()
    told = {member["name"]: member for member in state["members"]}
    assert [film["id"] for film in told["Bob"]["like"]] == [AMELIE]
    assert [film["id"] for film in told["Bob"]["dislike"]] == [THING]
    assert {film["turn"] for film in state["films"]["results"]} == {"Ann", "Bob"}
    assert not {ALIEN, AMELIE, THING} & {film["movie"]["id"] for film in state["films"]["results"]}
    assert home.client.put(f"/rooms/{key}", json={"rule": "mean"}).status_code == 204
    assert say(home, key, "Bob", AMELIE, liked=None) == 204
    assert say(home, key, "Bob", THING, liked=None) == 204
    state = home.client.get(f"/rooms/{key}").json()
    assert (state["rule"], [member["name"] for member in state["members"]]) == ("mean", ["Ann"])


def test_a_room_has_bounds(home: Home) -> None:
    key = home.client.post("/rooms", json={}).json()["key"]
    assert say(home, key, "Ann", 999999999) == 404
    for number in range(20):
        assert say(home, key, f"member {number}", ALIEN) == 204
    assert say(home, key, "one more", ALIEN) == 409
    assert say(home, key, "member 3", THING) == 204
    films = [film["id"] for film in home.client.get("/movies", params={"limit": 55}).json()["items"]]
    codes = [say(home, key, "member 0", movie_id) for movie_id in films]
    assert codes.count(409) in (5, 6)


def test_a_room_ends_by_itself_and_leaves_nothing(home: Home) -> None:
    key = home.client.post("/rooms", json={}).json()["key"]
    assert say(home, key, "Ann of the room", ALIEN) == 204
    with home.database.begin() as connection:
        connection.execute(update(rooms).values(expires_at=now() - timedelta(seconds=1)))
    assert home.client.get(f"/rooms/{key}").status_code == 404
    assert say(home, key, "Ann of the room", THING) == 404
    home.client.post("/rooms", json={})
    with home.database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM rooms")) == 1
        assert connection.scalar(text("SELECT count(*) FROM room_films")) == 0


def test_the_database_does_not_give_away_a_room(home: Home) -> None:
    key = home.client.post("/rooms", json={}).json()["key"]
    with home.database.connect() as connection:
        assert key not in repr(connection.execute(text("SELECT * FROM rooms")).all())
    assert home.client.get(f"/rooms/{key[::-1]}").status_code == 404
    assert home.client.get("/rooms/short").status_code == 422
