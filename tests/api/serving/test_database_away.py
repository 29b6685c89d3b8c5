"""The database goes away and comes back: what needs it says so, the rest goes on, without a restart."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import requests

from sql.accounts import Role
from sql.engine import connect
from tests.api.users import PASSWORD, add_user, headers
from tests.support import serving
from tests.support.databases import PrivateServer, throwaway_database
from tests.support.sample import DUMP, Sample, run

RECOVERY_S = 5.0
FROM_DATABASE = ("/movies", "/movies/157336", "/movies?genres=Drama&sort=rating")
WRITES = (
    ("POST", "/movies", {"id": 2_000_000_009, "title": "Never"}),
    ("PUT", "/movies/348", {"title": "Never"}),
    ("PATCH", "/movies/348", {"runtime": 1}),
    ("DELETE", "/movies/348", None),
)
EDITED = {"id": 2_000_000_001, "title": "Nostromo Requiem", "genres": ["Horror"], "keywords": ["spaceship"]}
"""A film that is written before the database goes away: it is in the overlay."""

FROM_GENERATION = ("/movies/recommend/157336?k=5", "/movies/recommend?title=interstelar", "/movies/search?q=alien")


def get(address: str, path: str) -> requests.Response:
    return requests.get(address + path, timeout=30)


def editor(address: str, url: str) -> dict[str, str]:
    """The headers of an editor's requests; `EDITED` is written with them."""
    database = connect(url)
    name = add_user(database, Role.EDITOR)
    database.dispose()
    token = requests.post(f"{address}/sessions", json={"name": name, "password": PASSWORD}, timeout=30).json()
    held = headers(token["token"])
    assert requests.post(f"{address}/movies", json=EDITED, headers=held, timeout=30).status_code == 201
    return held


def in_full(address: str, held: dict[str, str]) -> bool:
    """Whether everything is answered, films can be written, and no answer is degraded."""
    answers = [get(address, path) for path in ("/ready", *FROM_DATABASE, *FROM_GENERATION)]
    if not all(answer.ok and not answer.json().get("degraded") for answer in answers):
        return False
    return requests.patch(f"{address}/movies/348", json={"tagline": "Back."}, headers=held, timeout=30).ok


def check_search(address: str) -> None:
    """What is answered from the generation and its overlay, as degraded."""
    for path in FROM_GENERATION:
        answer = get(address, path)
        assert (answer.status_code, answer.json()["degraded"]) == (200, True), path
        assert answer.json().get("results") or answer.json().get("matches")
    found = get(address, "/movies/search?q=nostromo+requeim").json()
    assert (found["best"]["movie"]["id"], found["degraded"]) == (EDITED["id"], True)
    assert get(address, f"/movies/recommend/{EDITED['id']}").json()["results"]


def check_away(address: str, held: dict[str, str], named: str) -> None:
    """What must hold without a database: strangers are not told `named`, where it is."""
    assert serving.eventually(lambda: get(address, FROM_GENERATION[0]).json()["degraded"])
    for path in FROM_DATABASE:
        answer = get(address, path)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable"), path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
    for method, path, body in WRITES:
        answer = requests.request(method, address + path, json=body, headers=held, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable"), (method, path)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
    check_search(address)
    assert get(address, "/genres?year_max=1950").json()["genres"][0] == {"name": "Drama", "films": 111}
    assert get(address, "/health").status_code == 200
    ready = get(address, "/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert ready.headers["Retry-After"]
    assert ready.json()["database"] == "the database is not available; the log says why"
    told = ready.text + get(address, FROM_DATABASE[0]).text
    assert named not in told
    assert "reelkin" not in told.replace("urn:reelkin:problem", "")


@pytest.mark.mysql
def test_mariadb_stops_and_starts_again(own_server: PrivateServer, sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.folder / "generations", tmp_path / "generations", symlinks=True)
    with throwaway_database(own_server.url) as url:
        assert run("etl", "ingest", str(DUMP), url=url, folder=tmp_path).returncode == 0
        with serving.api(Sample(url, tmp_path)) as address:
            held = editor(address, url)
            assert in_full(address, held)
            for _ in range(2):
                own_server.stop()
                check_away(address, held, "127.0.0.1")
                own_server.start()
                assert serving.eventually(lambda: in_full(address, held), RECOVERY_S)


@pytest.mark.mysql
def test_mariadb_hangs_and_goes_on(own_server: PrivateServer, sample: Sample, tmp_path: Path) -> None:
    """It accepts connections and does not answer: that is noticed, and no search waits for it."""
    shutil.copytree(sample.folder / "generations", tmp_path / "generations", symlinks=True)
    with throwaway_database(own_server.url) as url:
        assert run("etl", "ingest", str(DUMP), url=url, folder=tmp_path).returncode == 0
        with serving.api(Sample(url, tmp_path)) as address:
            held = editor(address, url)
            assert in_full(address, held)
            own_server.hang()
            try:
                assert serving.eventually(lambda: get(address, FROM_GENERATION[0]).json()["degraded"], 15)
                started = time.monotonic()
                check_search(address)
                assert get(address, "/ready").status_code == 503
                assert time.monotonic() - started < 5
            finally:
                own_server.resume()
            assert serving.eventually(lambda: in_full(address, held), RECOVERY_S)


def test_a_sqlite_file_goes_and_comes_back(sample: Sample, tmp_path: Path) -> None:
    file, aside = tmp_path / "films.db", tmp_path / "aside.db"
    shutil.copytree(sample.folder / "generations", tmp_path / "generations", symlinks=True)
    url = f"sqlite:///{file}"
    assert run("etl", "ingest", str(DUMP), url=url, folder=tmp_path).returncode == 0
    with serving.api(Sample(url, tmp_path)) as address:
        held = editor(address, url)
        assert in_full(address, held)
        file.rename(aside)
        check_away(address, held, str(file))
        aside.rename(file)
        assert serving.eventually(lambda: in_full(address, held), RECOVERY_S)
