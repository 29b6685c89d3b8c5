"""Writers and readers in many processes lose no edit, whichever is killed: the counters that announce edits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from api.serving.announcements import EditVersion, FileAnnouncements
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.accounts import Role
from sql.engine import connect
from tests.api.editors import ALIEN, IDS
from tests.api.home import loaded_in
from tests.api.users import PASSWORD, add_user, headers
from tests.support import serving
from tests.support.sample import ROOT, Sample, copied


@pytest.fixture
def own(sample: Sample, tmp_path: Path) -> Sample:
    """A copy of the loaded sample, to be edited."""
    return copied(sample, tmp_path)


class Client:
    """A client of an API over the network; every request has a connection of its own, so any worker may answer."""

    def __init__(self, address: str, held: dict[str, str]) -> None:
        self._address, self._held = address, held

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = requests.request(method, self._address + path, headers=self._held, timeout=60, **more)
        assert answer.status_code < 500, answer.text
        return answer

    def found(self, title: str) -> list[tuple[int, str]]:
        answer = self.send("GET", "/movies/search", params={"q": title, "limit": 3}).json()
        return [(match["movie"]["id"], match["text"]) for match in answer["matches"]]


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def loaded(request: pytest.FixtureRequest, sample: Sample, tmp_path: Path) -> Iterator[Sample]:
    """The sample in either database."""
    with loaded_in(request.param, sample, tmp_path) as found:
        yield found


def logged_in(address: str, own: Sample) -> Client:
    database = connect(own.url)
    name = add_user(database, Role.EDITOR)
    database.dispose()
    body = {"name": name, "password": PASSWORD}
    return Client(address, headers(requests.post(f"{address}/sessions", json=body, timeout=30).json()["token"]))


WRITERS, ROUNDS = 6, 3


def test_many_writers_and_workers_lose_nothing(loaded: Sample) -> None:
    """Every writer reads at once what it wrote, from any worker."""

    def write(client: Client, writer: int) -> list[tuple[int, str]]:
        kept = []
        for turn in range(ROUNDS):
            name = f"Quuxor{'abcdefgh'[writer]} Zyxwut{'ijklmnop'[turn]}"
            film = {"id": next(IDS), "title": name, "genres": ["Horror"], "keywords": [f"{name} word"]}
            assert client.send("POST", "/movies", json=film).status_code == 201
            for _ in range(3):
                assert client.found(name)[0] == (film["id"], name)
            named = {"keywords": f"{name} word"}
            answer = client.send("GET", f"/movies/recommend/{ALIEN}", params=named).json()
            assert [result["movie"]["id"] for result in answer["results"]] == [film["id"]]
            changed = f"{name} Renamed"
            assert client.send("PATCH", f"/movies/{film['id']}", json={"title": changed}).status_code == 200
            for _ in range(3):
                assert client.found(changed)[0] == (film["id"], changed)
            if turn == 0:
                assert client.send("DELETE", f"/movies/{film['id']}").status_code == 200
                for _ in range(3):
                    assert film["id"] not in [movie_id for movie_id, _ in client.found(changed)]
            else:
                kept.append((film["id"], changed))
        return kept

    with serving.api(loaded, workers=3) as address:
        client = logged_in(address, loaded)
        with ThreadPoolExecutor(WRITERS) as pool:
            kept = [film for films in pool.map(partial(write, client), range(WRITERS)) for film in films]
        for movie_id, title in kept:
            assert client.found(title)[0] == (movie_id, title)
        assert client.send("GET", "/ready").json()["edits"] == WRITERS * ROUNDS
    with serving.api(loaded) as address:
        again = Client(address, {})
        for movie_id, title in kept:
            assert again.found(title)[0] == (movie_id, title)


def test_an_edit_is_read_though_its_writer_was_killed_after_the_commit(own: Sample) -> None:
    """The end of that write was never announced, but the next request of every other process reads it."""
    port = serving.free_port()
    environment = os.environ | {"REELKIN_DATABASE_URL": own.url, "REELKIN_DATA_DIR": str(own.folder)}
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.api.killed:application", "--port", str(port)]
    film = {"id": next(IDS), "title": "Last Words of Quuxor"}
    with serving.api(own, workers=2) as address:
        client = logged_in(address, own)
        assert client.found("last words of quuxor") == []
        killed = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            address_of_killed = f"http://127.0.0.1:{port}"
            assert serving.eventually(lambda: reachable(f"{address_of_killed}/ready"))
            with pytest.raises(requests.ConnectionError):
                requests.post(f"{address_of_killed}/movies", json=film, headers=client._held, timeout=30)
            for _ in range(6):
                assert client.found("last words of quuxor")[0] == (film["id"], film["title"])
            assert killed.wait(10) == -signal.SIGKILL
        finally:
            killed.kill()
            killed.wait()
        # The counters are put right, so that answers are kept again.
        assert serving.eventually(
            lambda: "ETag" in Client(address, {}).send("GET", f"/movies/recommend/{ALIEN}").headers, 10
        )
    with serving.api(own) as address:
        assert Client(address, {}).found("last words of quuxor")[0] == (film["id"], film["title"])


def reachable(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_counters_of_writers(tmp_path: Path) -> None:
    announcements = FileAnnouncements(tmp_path / "not" / "yet")
    assert announcements.version() == EditVersion(0, 0)
    announcements.settle()
    with announcements.writing():
        with announcements.writing():
            assert announcements.version() == EditVersion(2, 0)
            announcements.settle()  # somebody is writing: nothing to put right
            assert not announcements.version().settled
        assert announcements.version() == EditVersion(2, 1)
    assert announcements.version() == EditVersion(2, 2)
    with pytest.raises(RuntimeError), announcements.writing():
        raise RuntimeError
    assert announcements.version().settled
    script = "import os, sys; from pathlib import Path; from api.serving.announcements import FileAnnouncements\n"
    script += "with FileAnnouncements(Path(sys.argv[1])).writing(): os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", script, str(tmp_path / "not" / "yet")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert announcements.version() == EditVersion(4, 3)
    announcements.settle()
    assert announcements.version() == EditVersion(4, 4)


def test_writers_are_noticed_in_a_file_that_was_created_again(tmp_path: Path) -> None:
    announcements, writer = FileAnnouncements(tmp_path), FileAnnouncements(tmp_path)
    announcements.start()
    made = (tmp_path / ".edits").stat().st_mtime_ns
    announcements.start()
    assert (tmp_path / ".edits").stat().st_mtime_ns == made  # nothing to do
    with writer.writing():
        assert announcements.version() == EditVersion(1, 0)
    (tmp_path / ".edits").unlink()  # the folder was cleared
    announcements.settle()
    assert announcements.version() == EditVersion(0, 0)
    with writer.writing():
        assert announcements.version() == EditVersion(1, 0)


def test_no_answer_is_cached_during_a_write(own: Sample) -> None:
    database = connect(own.url)
    served = Serving(Generations(own.folder / "generations"), database)
    served.start()
    try:
        before = served.state
        assert before is not None
        with served.announcements.writing():
            assert served.state is None
        served.current()  # reads what was written, which is nothing
        assert served.state == before
    finally:
        served.stop()
        database.dispose()
