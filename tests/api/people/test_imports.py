"""A person's history comes in, waits where it is not sure, and goes out whole, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import inspect, text

from sql.accounts import credentials
from tests.api.home import Home
from tests.support.histories import (
    ALIEN,
    ALIENS,
    AMELIE,
    DUNE_1984,
    HEAT,
    LETTERBOXD,
    ROWS,
    SIMKL,
    THING,
    TRAKT,
    cells,
    unzipped,
    zipped,
)
from tests.support.sample import run

NOT_FOUND = "No Such Film At All Xyzzy"


def upload(home: Home, held: dict[str, str], name: str, data: bytes | str) -> Any:
    answer = home.client.post("/me/imports", files={"file": (name, data)}, headers=held)
    assert answer.status_code == 200, answer.text
    return answer.json()


def rated(home: Home, held: dict[str, str]) -> dict[int, float]:
    items = home.client.get("/me/ratings", headers=held).json()["items"]
    return {item["id"]: item["rating"] for item in items}


def listed(home: Home, held: dict[str, str], kind: str) -> set[int]:
    return {item["id"] for item in home.client.get(f"/me/{kind}", headers=held).json()["items"]}


def test_a_letterboxd_zip_fills_the_lists_once(home: Home) -> None:
    _, held = home.member()
    told = upload(home, held, "letterboxd.zip", zipped(ROWS))
    assert (told["matched"], told["not_found"], told["invalid"]) == (9, 1, 0)
    assert told["changed"] > 0
    by_line = {(row["file"], row["line"]): row for row in told["rows"]}
    heat = by_line["watched.csv", 3]
    assert (heat["movie"]["id"], heat["status"], heat["year"]) == (HEAT, "matched", 1996)
    assert by_line["watched.csv", 4]["status"] == "not_found"
    assert rated(home, held) == {ALIEN: 10, ALIENS: 9, AMELIE: 8}
    assert listed(home, held, "watched") == {ALIEN, ALIENS, AMELIE, HEAT}
    assert listed(home, held, "watchlist") == {DUNE_1984}
    assert listed(home, held, "likes") == {ALIEN}
    alien = home.client.get(f"/me/ratings/{ALIEN}", headers=held).json()
    assert alien["at"] == "2021-03-04T00:00:00Z"
    again = upload(home, held, "letterboxd.zip", zipped(ROWS))
    assert again["changed"] == 0
    assert [row["status"] for row in again["rows"]] == [row["status"] for row in told["rows"]]


def test_what_was_said_here_later_stays(home: Home) -> None:
    _, held = home.member()
    home.client.put(f"/me/ratings/{ALIEN}", json={"rating": 3}, headers=held)
    upload(home, held, "letterboxd.zip", zipped(ROWS))
    assert rated(home, held)[ALIEN] == 3
    earlier = f"{LETTERBOXD},Rating\n2021-03-01,Aliens,1986,x,1\n"
    assert upload(home, held, "ratings.csv", earlier)["changed"] == 0
    later = f"{LETTERBOXD},Rating\n2021-04-01,Aliens,1986,x,1\n"
    assert upload(home, held, "ratings.csv", later)["changed"] == 1
    assert rated(home, held)[ALIENS] == 2


def test_an_unsure_film_waits_and_is_picked_once_for_all(home: Home) -> None:
    _, held = home.member()
    wrong_year = f"{LETTERBOXD},Rating\n2021-03-04,The Thing,1979,x,4.5\n2021-03-04,{NOT_FOUND},1950,x,3\n"
    told = upload(home, held, "ratings.csv", wrong_year)
    assert told["matched"] == 0
    waiting = home.client.get("/me/imports", headers=held).json()
    assert (waiting["total"], waiting["next"]) == (2, None)
    items = {item["title"]: item for item in waiting["items"]}
    assert THING in {film["id"] for film in items["The Thing"]["candidates"]}
    first = home.client.get("/me/imports", params={"limit": 1}, headers=held).json()
    rest = home.client.get("/me/imports", params={"limit": 1, "after": first["next"]}, headers=held).json()
    assert {first["items"][0]["title"], rest["items"][0]["title"]} == set(items)
    key, lost = items["The Thing"]["key"], items[NOT_FOUND]["key"]
    assert home.client.put(f"/me/imports/{key}", json={"movie_id": 999999999}, headers=held).status_code == 404
    _, other = home.member()
    assert home.client.put(f"/me/imports/{key}", json={"movie_id": THING}, headers=other).status_code == 404
    assert home.client.put(f"/me/imports/{key}", json={"movie_id": THING}, headers=held).status_code == 204
    assert home.client.delete(f"/me/imports/{lost}", headers=held).status_code == 204
    assert rated(home, held) == {THING: 9}
    assert rated(home, other) == {}
    assert home.client.get("/me/imports", headers=held).json()["total"] == 0
    again = upload(home, held, "ratings.csv", wrong_year)
    assert (again["matched"], again["dismissed"], again["changed"]) == (1, 1, 0)


def test_other_services(home: Home) -> None:
    _, held = home.member()
    upload(home, held, "trakt.zip", zipped(TRAKT))
    assert (rated(home, held), listed(home, held, "watched")) == ({ALIEN: 9}, {ALIEN, HEAT})
    upload(home, held, "simkl.csv", SIMKL)
    assert listed(home, held, "not-interested") == {HEAT}


def test_everything_goes_out_and_comes_in_again(home: Home) -> None:
    _, held = home.member()
    upload(home, held, "letterboxd.zip", zipped(ROWS))
    home.client.put(f"/me/not-interested/{THING}", headers=held)
    answer = home.client.get("/me/export", headers=held)
    assert answer.headers["content-type"] == "application/zip"
    files = unzipped(answer.content)
    watched = {row["Title"]: row for row in cells(files["letterboxd-watched.csv"])}
    assert list(watched["Alien"].values()) == [
        "348", "tt0078748", "Alien", "1979", "8", "2021-03-09", "true", "cinema", "In space,\nno one",
    ]  # fmt: skip
    assert (watched["Aliens"]["Rating10"], watched["Heat"]["Rating10"]) == ("9", "")
    assert [row["tmdbID"] for row in cells(files["letterboxd-watchlist.csv"])] == [str(DUNE_1984)]
    _, other = home.member()
    told = upload(home, other, "reelkin.zip", answer.content)
    assert (told["not_found"], told["invalid"]) == (1, 0)
    ours, theirs = (
        json.loads(unzipped(home.client.get("/me/export", headers=who).content)["reelkin.json"])
        for who in (held, other)
    )
    for name in ("user", "exported_at"):
        del ours[name], theirs[name]
    assert ours == theirs
    assert upload(home, held, "reelkin.zip", answer.content)["changed"] == 0


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("holiday.jpg", b"\xff\xd8\xff\xe0" * 10, 400),
        ("bomb.zip", zipped({"ratings.csv": f"{LETTERBOXD},Rating\n" + "\0" * 20_000_000}), 400),
        ("large.csv", b"x" * (18 * 2**20), 413),
    ],
)
def test_other_files_are_refused(home: Home, name: str, data: bytes, status: int) -> None:
    _, held = home.member()
    answer = home.client.post("/me/imports", files={"file": (name, data)}, headers=held)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert home.client.get("/me", headers=held).json()["films"]["ratings"] == 0


def test_nobody_without_a_token_imports(home: Home) -> None:
    assert home.client.post("/me/imports", files={"file": ("a", b"b")}).status_code == 401
    assert home.client.get("/me/export").status_code == 401


def test_nothing_of_a_history_is_left_of_who_leaves(home: Home) -> None:
    name, held = home.member()
    secret = f"only {name} wrote this"
    files = {**ROWS, "reviews.csv": ROWS["reviews.csv"].replace("In space", secret)}
    files["watched.csv"] += f"2021-03-08,{secret},1950,x\n"
    upload(home, held, "letterboxd.zip", zipped(files))
    assert home.client.post("/me/taste-code", headers=held).status_code == 201
    found = credentials(home.database, name)
    assert found is not None
    told = inspect(home.database)
    tables = {table: {column["name"] for column in told.get_columns(table)} for table in told.get_table_names()}
    owning = [
        table for table, columns in tables.items() if "user_id" in columns and table != "ratings"
    ]  # of files

    def kept() -> str:
        """Everything in the database but the films."""
        some = [table for table in tables if not table.startswith(("movie", "terms", "alembic"))]
        with home.database.connect() as connection:
            return repr([connection.execute(text(f"SELECT * FROM {table}")).all() for table in some])

    def owned() -> set[str]:
        """The tables that have rows of the user."""
        with home.database.connect() as connection:
            counts = {
                table: connection.scalar(text(f"SELECT count(*) FROM {table} WHERE user_id = {found[0].id}"))
                for table in owning
            }
        return {table for table, count in counts.items() if count}

    assert secret in kept()
    assert owned() == set(owning)
    assert home.client.delete("/me", headers=held).status_code == 204
    assert secret not in kept()
    assert name not in kept()
    assert owned() == set()


def test_the_command_imports_the_same(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    name, held = home.member()
    path = tmp_path_factory.mktemp("history") / "letterboxd.zip"
    path.write_bytes(zipped(ROWS))
    where = {"url": home.sample.url, "folder": home.sample.folder}
    finished = run("etl", "import-history", str(path), "--user", name, "--json", **where)
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout)
    assert (told["matched"], told["not_found"], len(told["rows"])) == (9, 1, 10)
    assert rated(home, held) == {ALIEN: 10, ALIENS: 9, AMELIE: 8}
    finished = run("etl", "import-history", str(path), "--user", name, **where)
    assert "0 marks" in finished.stdout
    assert NOT_FOUND in finished.stdout
    finished = run("etl", "import-history", str(path), "--user", "nobody-here", **where)
    assert (finished.returncode, "no user" in finished.stderr) == (1, True)
