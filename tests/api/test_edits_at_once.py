"""What an editor writes, the next request of any process finds: by title, as kin, in counts, after a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.__main__ import application
from api.announcing import Announcements, Mark
from api.serving import Serving
from index.publish import Generations
from sql.accounts import Role
from sql.engine import connect
from sql.writing import writing
from tests import serving
from tests.api.people import PASSWORD, add_user, headers, token
from tests.databases import MISSING, mysql_server, throwaway_database
from tests.sample import DUMP, ROOT, Sample, copied, run

ALIEN, ALIENS, INTERSTELLAR = 348, 679, 157336
IDS = count(2_000_000_001)
Film = dict[str, Any]


@pytest.fixture
def own(sample: Sample, tmp_path: Path) -> Sample:
    """A copy of the loaded sample, to be edited."""
    return copied(sample, tmp_path)


@contextmanager
def editing(own: Sample) -> Iterator[TestClient]:
    """An editor's client of an app in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELKIN_DATABASE_URL", own.url)
        patch.setenv("REELKIN_DATA_DIR", str(own.folder))
        app = application()
    with TestClient(app) as client:
        client.headers.update(headers(token_of(own, client)))
        yield client


def token_of(own: Sample, client: TestClient) -> str:
    database = connect(own.url)
    with closing(database.connect()):
        name = add_user(database, Role.EDITOR)
    database.dispose()
    return token(client, name)


@pytest.fixture
def editor(own: Sample) -> Iterator[TestClient]:
    with editing(own) as client:
        yield client


def first(client: TestClient, title: str) -> int | None:
    """The id of the film that a title is taken for."""
    best = client.get("/movies/search", params={"q": title}).json()["best"]
    return None if best is None else int(best["movie"]["id"])


def kin(client: TestClient, movie_id: int, **asked: Any) -> list[int]:
    answer = client.get(f"/movies/recommend/{movie_id}", params={"k": 20} | asked)
    assert answer.status_code == 200, answer.text
    return [result["movie"]["id"] for result in answer.json()["results"]]


def written(client: TestClient, like: int, **columns: Any) -> Film:
    """A new film much like another one."""
    film = client.get(f"/movies/{like}").json() | {"id": next(IDS), "imdb_id": None} | columns
    answer = client.post("/movies", json=film)
    assert answer.status_code == 201, answer.text
    posted: Film = answer.json()
    return posted


def test_a_posted_film_is_everywhere_in_the_next_request(editor: TestClient) -> None:
    for path in ("/stats/overview", "/shelves/popular", "/movies/search?q=nostromo requiem"):
        editor.get(path)  # so that an answer is kept
    films = editor.get("/stats/overview").json()["films"]
    matching = editor.get("/movies/recommend/348").json()["matching"]
    keywords = [*editor.get(f"/movies/{ALIEN}").json()["keywords"], "nostromo requiem"]
    film = written(editor, ALIEN, title="Nostromo Requiem", popularity=9_000.0, keywords=keywords)
    assert first(editor, "nostromo requeim") == film["id"]
    assert film["id"] in kin(editor, ALIEN, k=3)
    assert ALIEN in kin(editor, film["id"], k=3)
    named = editor.get("/movies/recommend", params={"title": "nostromo requeim", "explain": True, "k": 1}).json()
    assert named["query"]["resolved"][0]["movie"]["id"] == film["id"]
    (nearest,) = named["results"]
    assert sum(nearest["why"]["blocks"].values()) == pytest.approx(nearest["score"], abs=1e-4)
    assert "Horror" in nearest["why"]["shared"]["genres"]
    assert kin(editor, ALIEN, keywords="Nostromo REQUIEM") == [film["id"]]
    narrow = editor.get("/movies/recommend/348", params={"keywords": "nostromo requiem"}).json()
    assert narrow["matching"] == 1
    assert editor.get("/movies/recommend/348").json()["matching"] == matching + 1
    asked = {"like": [ALIENS], "candidates": [film["id"], INTERSTELLAR], "diversity": 0.3}
    ranked = editor.post("/movies/recommend", json=asked).json()["results"]
    assert [result["movie"]["id"] for result in ranked] == [film["id"], INTERSTELLAR]
    assert editor.get("/shelves/popular").json()["films"][0]["id"] == film["id"]
    assert editor.get("/stats/overview").json()["films"] == films + 1
    assert editor.get("/stats/ratings", params={"id": film["id"]}).json()["film"]["movie"]["id"] == film["id"]
    assert editor.get("/posters", params={"ids": film["id"]}).json()[str(film["id"])]["source"] == "tmdb"


def test_a_changed_film_is_what_it_is_now(editor: TestClient) -> None:
    assert first(editor, "aliens") == ALIENS
    assert ALIENS in kin(editor, ALIEN)
    wedding = {"title": "The Wedding of Muriel Finch", "genres": ["Romance", "Comedy"], "overview": "Two marry.",
               "keywords": ["wedding"], "tagline": "", "original_title": None}  # fmt: skip
    assert editor.patch(f"/movies/{ALIENS}", json=wedding).status_code == 200
    assert first(editor, "wedding of muriel finch") == ALIENS
    matches = editor.get("/movies/search", params={"q": "aliens", "limit": 50}).json()["matches"]
    assert ALIENS not in [match["movie"]["id"] for match in matches]
    assert ALIENS not in kin(editor, ALIEN)
    assert kin(editor, ALIEN, keywords="wedding", genres_all="Romance", year_max=1986, year_min=1986) == [ALIENS]
    shown = editor.get("/movies/recommend", params={"id": ALIENS}).json()["query"]["resolved"][0]["movie"]
    assert (shown["title"], shown["genres"]) == ("The Wedding of Muriel Finch", ["Romance", "Comedy"])


def test_a_deleted_film_is_nowhere(editor: TestClient) -> None:
    assert ALIENS in kin(editor, ALIEN)
    films = editor.get("/stats/overview").json()["films"]
    assert editor.delete(f"/movies/{ALIENS}").status_code == 200
    assert first(editor, "aliens") != ALIENS
    assert ALIENS not in kin(editor, ALIEN, k=100)
    assert editor.get(f"/movies/recommend/{ALIENS}").status_code == 404
    listed = {"like": [ALIEN], "candidates": [ALIENS, INTERSTELLAR]}
    answer = editor.post("/movies/recommend", json=listed).json()
    assert ([result["movie"]["id"] for result in answer["results"]], answer["matching"]) == ([INTERSTELLAR], 1)
    assert editor.get("/stats/overview").json()["films"] == films - 1
    for shelf in editor.get("/shelves", params={"limit": 100}).json()["shelves"]:
        assert ALIENS not in [film["id"] for film in shelf["films"]]


def test_records_of_one_film_come_back_as_one(editor: TestClient) -> None:
    interstellar = editor.get(f"/movies/{INTERSTELLAR}").json()
    twin = written(editor, INTERSTELLAR, vote_count=interstellar["vote_count"] + 1)
    kept = kin(editor, 286217)  # The Martian
    assert twin["id"] in kept
    assert INTERSTELLAR not in kept
    assert not {INTERSTELLAR, twin["id"]} & set(kin(editor, INTERSTELLAR))
    editor.delete(f"/movies/{twin['id']}")
    assert INTERSTELLAR in kin(editor, 286217)


def test_ready_and_metrics_tell_how_much_and_since_when(editor: TestClient) -> None:
    ready = editor.get("/ready").json()
    assert (ready["edits"], ready["edits_age_s"], ready["lag"]) == (0, None, 0)
    film = written(editor, ALIEN, title="Nostromo Requiem")
    editor.patch(f"/movies/{film['id']}", json={"runtime": 90})
    editor.delete(f"/movies/{ALIENS}")
    time.sleep(1.1)
    ready = editor.get("/ready").json()
    assert (ready["edits"], ready["lag"]) == (2, 0)
    assert ready["edits_age_s"] in range(1, 30)
    metrics = editor.get("/metrics").text
    assert "reelkin_overlay_films 2.0" in metrics
    (age,) = (line for line in metrics.splitlines() if line.startswith("reelkin_overlay_age_seconds "))
    assert 1 <= float(age.split()[1]) < 30


def test_a_writer_elsewhere_is_followed_within_seconds(editor: TestClient, own: Sample) -> None:
    """Another machine has another data folder: nothing announces its edits here."""
    database = connect(own.url)
    assert first(editor, "alien") == ALIEN
    with writing(database) as catalogue:
        catalogue.delete(ALIEN)
    database.dispose()
    assert serving.eventually(lambda: first(editor, "alien") != ALIEN, 5)


def test_a_build_folds_edits_in_and_a_rollback_takes_them_up_again(own: Sample) -> None:
    with editing(own) as client:
        film = written(client, ALIEN, title="Nostromo Requiem")
        old = client.get("/ready").json()["generation"]
        assert run("etl", "build", url=own.url, folder=own.folder).returncode == 0
        assert serving.eventually(lambda: client.get("/ready").json()["generation"] != old)
        later = written(client, ALIEN, title="Nostromo Resurgent")
        assert client.get("/ready").json()["edits"] == 1
        for title, wanted in (("nostromo requiem", film), ("nostromo resurgent", later)):
            assert first(client, title) == wanted["id"]
        assert run("etl", "rollback", url=own.url, folder=own.folder).returncode == 0
        assert serving.eventually(lambda: client.get("/ready").json()["generation"] == old)
        assert client.get("/ready").json()["edits"] == 2
        assert {film["id"], later["id"]} < set(kin(client, ALIEN))
    with editing(own) as client:  # a new process
        assert client.get("/ready").json()["edits"] == 2
        assert first(client, "nostromo resurgent") == later["id"]


def test_a_database_that_is_another_one_is_taken_as_it_is(own: Sample) -> None:
    """Its edits have lower numbers than the generation was built at: all of them are news."""
    with editing(own) as client:
        for title in ("Nostromo One", "Nostromo Two", "Nostromo Three"):
            written(client, ALIEN, title=title)
        before = client.get("/ready").json()
        assert before["edits"] == 3
        database = connect(own.url)
        with database.begin() as connection:
            connection.execute(text("DELETE FROM edits WHERE sequence > 1"))
        database.dispose()
        assert serving.eventually(lambda: client.get("/ready").json()["edits"] == 1, 5)
        assert client.get("/movies/recommend/348").status_code == 200
        film = written(client, ALIEN, title="Nostromo Four")
        assert first(client, "nostromo four") == film["id"]


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
    if request.param == "sqlite":
        yield copied(sample, tmp_path)
        return
    with mysql_server() as server:
        if server is None:
            pytest.skip(MISSING)
        with throwaway_database(server) as url:
            for arguments in (("ingest", str(DUMP)), ("build",)):
                finished = run("etl", *arguments, url=url, folder=tmp_path)
                assert finished.returncode == 0, finished.stderr
            yield Sample(url, tmp_path)


def logged_in(address: str, own: Sample) -> Client:
    database = connect(own.url)
    name = add_user(database, Role.EDITOR)
    database.dispose()
    body = {"name": name, "password": PASSWORD}
    return Client(address, headers(requests.post(f"{address}/sessions", json=body, timeout=30).json()["token"]))


WRITERS, ROUNDS = 6, 3


def test_many_writers_and_workers_lose_nothing(loaded: Sample) -> None:
    """Every writer reads back at once what it wrote, from whichever worker answers."""

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


def test_a_writer_killed_after_its_commit_has_written(own: Sample) -> None:
    """Nobody announced the end of that write, and yet the next request of every other process knows it."""
    port = serving.free_port()
    environment = os.environ | {"REELKIN_DATABASE_URL": own.url, "REELKIN_DATA_DIR": str(own.folder)}
    command = [sys.executable, "-m", "uvicorn", "--factory", "tests.api.dying:application", "--port", str(port)]
    film = {"id": next(IDS), "title": "Last Words of Quuxor"}
    with serving.api(own, workers=2) as address:
        client = logged_in(address, own)
        assert client.found("last words of quuxor") == []
        dying = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            mortal = f"http://127.0.0.1:{port}"
            assert serving.eventually(lambda: reachable(f"{mortal}/ready"))
            with pytest.raises(requests.ConnectionError):
                requests.post(f"{mortal}/movies", json=film, headers=client._held, timeout=30)
            for _ in range(6):
                assert client.found("last words of quuxor")[0] == (film["id"], film["title"])
            assert dying.wait(10) == -signal.SIGKILL
        finally:
            dying.kill()
            dying.wait()
        # The counters are put right, so that answers are kept again.
        assert serving.eventually(lambda: "ETag" in client.send("GET", f"/movies/recommend/{ALIEN}").headers, 10)
    with serving.api(own) as address:
        assert Client(address, {}).found("last words of quuxor")[0] == (film["id"], film["title"])


def reachable(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_counters_of_writers(tmp_path: Path) -> None:
    announcements = Announcements(tmp_path / "not" / "yet" / ".edits")
    assert announcements.mark() == Mark(0, 0)
    announcements.settle()
    with announcements.writing():
        with announcements.writing():
            assert announcements.mark() == Mark(2, 0)
            announcements.settle()  # somebody is writing: nothing to put right
            assert not announcements.mark().settled
        assert announcements.mark() == Mark(2, 1)
    assert announcements.mark() == Mark(2, 2)
    with pytest.raises(RuntimeError), announcements.writing():
        raise RuntimeError
    assert announcements.mark().settled
    script = "import os, sys; from pathlib import Path; from api.announcing import Announcements\n"
    script += "with Announcements(Path(sys.argv[1])).writing(): os.kill(os.getpid(), 9)"
    command = [sys.executable, "-c", script, str(tmp_path / "not" / "yet" / ".edits")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert announcements.mark() == Mark(4, 3)
    announcements.settle()
    assert announcements.mark() == Mark(4, 4)


def test_no_answer_is_kept_while_somebody_writes(own: Sample) -> None:
    database = connect(own.url)
    served = Serving(Generations(own.folder / "generations"), database)
    served.start()
    try:
        before = served.state
        assert before is not None
        with served.announcements.writing():
            assert served.state is None
        assert served.state not in (None, before)
    finally:
        served.stop()
        database.dispose()
