"""The database goes away and comes back: what needs it says so, the rest goes on, and nobody restarts anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import serving
from tests.databases import MISSING, PrivateServer, can_start_server, private_server, throwaway_database
from tests.sample import DUMP, Sample, run

RECOVERY_S = 5.0
FROM_DATABASE = ("/movies", "/movies/157336", "/movies?genres=Drama&sort=rating", "/genres")
FROM_GENERATION = ("/movies/recommend/157336?k=5", "/movies/recommend?title=interstelar", "/movies/search?q=alien")


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    """A MariaDB server that this module may stop."""
    if not can_start_server():
        pytest.skip(MISSING)
    with private_server() as server:
        yield server


def get(address: str, path: str) -> requests.Response:
    return requests.get(address + path, timeout=30)


def in_full(address: str) -> bool:
    """Whether everything is answered, and nothing is said to be degraded."""
    answers = [get(address, path) for path in ("/ready", *FROM_DATABASE, *FROM_GENERATION)]
    return all(answer.ok and not answer.json().get("degraded") for answer in answers)


def check_away(address: str, named: str) -> None:
    """What must hold while there is no database."""
    assert serving.eventually(lambda: get(address, FROM_GENERATION[0]).json()["degraded"])
    for path in FROM_DATABASE:
        answer = get(address, path)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable"), path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
    for path in FROM_GENERATION:
        answer = get(address, path)
        assert (answer.status_code, answer.json()["degraded"]) == (200, True), path
        assert answer.json().get("results") or answer.json().get("matches")
    assert get(address, "/health").status_code == 200
    ready = get(address, "/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert ready.headers["Retry-After"]
    assert named in ready.json()["detail"]
    assert "database" in ready.json()["detail"]


@pytest.mark.mysql
def test_mariadb_stops_and_starts_again(server: PrivateServer, sample: Sample, tmp_path: Path) -> None:
    shutil.copytree(sample.folder / "generations", tmp_path / "generations", symlinks=True)
    with throwaway_database(server.url) as url:
        assert run("etl", "ingest", str(DUMP), url=url, folder=tmp_path).returncode == 0
        with serving.api(Sample(url, tmp_path)) as address:
            assert in_full(address)
            for _ in range(2):
                server.stop()
                check_away(address, "mysql+pymysql://")
                server.start()
                assert serving.eventually(lambda: in_full(address), RECOVERY_S)


def test_a_sqlite_file_goes_and_comes_back(sample: Sample, tmp_path: Path) -> None:
    file, aside = tmp_path / "films.db", tmp_path / "aside.db"
    shutil.copytree(sample.folder / "generations", tmp_path / "generations", symlinks=True)
    url = f"sqlite:///{file}"
    assert run("etl", "ingest", str(DUMP), url=url, folder=tmp_path).returncode == 0
    with serving.api(Sample(url, tmp_path)) as address:
        assert in_full(address)
        file.rename(aside)
        check_away(address, str(file))
        aside.rename(file)
        assert serving.eventually(lambda: in_full(address), RECOVERY_S)
