"""Edits are found by the next request of any process: by title, as neighbours, in counts, after a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.serving.serving import Serving
from contract import Movie
from index.generation.overlay import overlay
from index.generation.publish import Generations
from sql.edits import writing
from sql.engine import connect
from sql.tables import LIST_COLUMNS, MOVIE_SCHEMA, join_names
from tests.api.editors import ALIEN, ALIENS, IDS, INTERSTELLAR, editing, first, neighbours, written
from tests.support import serving
from tests.support.sample import Sample, copied, run


@pytest.fixture
def own(sample: Sample, tmp_path: Path) -> Sample:
    """A copy of the loaded sample, to be edited."""
    return copied(sample, tmp_path)


@pytest.fixture
def editor(own: Sample) -> Iterator[TestClient]:
    with editing(own) as client:
        yield client


def test_a_new_film_is_found_everywhere_by_the_next_request(editor: TestClient) -> None:
    for path in ("/stats/overview", "/shelves/popular", "/movies/search?q=nostromo requiem"):
        editor.get(path)  # so that an answer is kept
    films = editor.get("/stats/overview").json()["films"]
    matching = editor.get("/movies/recommend/348").json()["matching"]
    keywords = [*editor.get(f"/movies/{ALIEN}").json()["keywords"], "nostromo requiem"]
    film = written(editor, ALIEN, title="Nostromo Requiem", popularity=9_000.0, keywords=keywords)
    assert first(editor, "nostromo requeim") == film["id"]
    assert film["id"] in neighbours(editor, ALIEN, k=3)
    assert ALIEN in neighbours(editor, film["id"], k=3)
    named = editor.get("/movies/recommend", params={"title": "nostromo requeim", "explain": True, "k": 1}).json()
    assert named["query"]["resolved"][0]["movie"]["id"] == film["id"]
    (nearest,) = named["results"]
    assert sum(nearest["why"]["blocks"].values()) == pytest.approx(nearest["score"], abs=1e-4)
    assert "Horror" in nearest["why"]["shared"]["genres"]
    assert neighbours(editor, ALIEN, keywords="Nostromo REQUIEM") == [film["id"]]
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


def test_a_changed_film_is_found_by_its_new_columns(editor: TestClient) -> None:
    assert first(editor, "aliens") == ALIENS
    assert ALIENS in neighbours(editor, ALIEN)
    wedding = {"title": "The Wedding of Muriel Finch", "genres": ["Romance", "Comedy"], "overview": "Two marry.",
               "keywords": ["wedding"], "tagline": "", "original_title": None}  # fmt: skip
    assert editor.patch(f"/movies/{ALIENS}", json=wedding).status_code == 200
    assert first(editor, "wedding of muriel finch") == ALIENS
    matches = editor.get("/movies/search", params={"q": "aliens", "limit": 50}).json()["matches"]
    assert ALIENS not in [match["movie"]["id"] for match in matches]
    assert ALIENS not in neighbours(editor, ALIEN)
    assert neighbours(editor, ALIEN, keywords="wedding", genres_all="Romance", year_max=1986, year_min=1986) == [
        ALIENS
    ]
    shown = editor.get("/movies/recommend", params={"id": ALIENS}).json()["query"]["resolved"][0]["movie"]
    assert (shown["title"], shown["genres"]) == ("The Wedding of Muriel Finch", ["Romance", "Comedy"])


def test_a_deleted_film_is_nowhere(editor: TestClient) -> None:
    assert ALIENS in neighbours(editor, ALIEN)
    films = editor.get("/stats/overview").json()["films"]
    assert editor.delete(f"/movies/{ALIENS}").status_code == 200
    assert first(editor, "aliens") != ALIENS
    assert ALIENS not in neighbours(editor, ALIEN, k=100)
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
    kept = neighbours(editor, 286217)  # The Martian
    assert twin["id"] in kept
    assert INTERSTELLAR not in kept
    assert not {INTERSTELLAR, twin["id"]} & set(neighbours(editor, INTERSTELLAR))
    editor.delete(f"/movies/{twin['id']}")
    assert INTERSTELLAR in neighbours(editor, 286217)


def test_ready_and_metrics_report_edits_and_their_age(editor: TestClient) -> None:
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
    """A writer on another host has another data folder, so its edits are not announced here."""
    database = connect(own.url)
    assert first(editor, "alien") == ALIEN
    with writing(database) as catalogue:
        catalogue.delete(ALIEN)
    database.dispose()
    assert serving.eventually(lambda: first(editor, "alien") != ALIEN, 5)


def test_a_build_includes_edits_and_a_rollback_reads_them_again(own: Sample) -> None:
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
        assert {film["id"], later["id"]} < set(neighbours(client, ALIEN))
    with editing(own) as client:  # a new process
        assert client.get("/ready").json()["edits"] == 2
        assert first(client, "nostromo resurgent") == later["id"]


def test_films_written_during_a_swap_are_never_missing(own: Sample) -> None:
    with editing(own) as client, ThreadPoolExecutor(1) as pool:
        old = client.get("/ready").json()["generation"]
        building = pool.submit(run, "etl", "build", url=own.url, folder=own.folder)
        written_ids, after = [], 0
        while after < 5:
            title = f"Quuxor {len(written_ids)} of Zyxwut"
            film = {"id": next(IDS), "title": title}
            assert client.post("/movies", json=film).status_code == 201
            best = client.get("/movies/search", params={"q": title}).json()
            assert best["best"]["movie"]["id"] == film["id"], title
            after += best["generation"] != old
            written_ids.append(film["id"])
            time.sleep(0.1)
        assert building.result().returncode == 0
        for movie_id in written_ids:
            assert client.get(f"/movies/recommend/{movie_id}").status_code == 200
        assert client.get("/ready").json()["edits"] < len(written_ids)  # the others are in the generation


def test_edits_outlive_a_rollback_without_a_database(own: Sample) -> None:
    file = own.folder / "reelkin.db"
    old = Generations(own.folder / "generations").current().name
    assert run("etl", "build", url=own.url, folder=own.folder).returncode == 0
    with editing(own) as client:
        film = written(client, ALIEN, title="Nostromo Requiem")
        assert client.delete(f"/movies/{ALIENS}").status_code == 200
        assert first(client, "nostromo requeim") == film["id"]  # the next request reads the edits
        file.rename(own.folder / "aside.db")
        assert serving.eventually(lambda: client.get("/movies/search?q=x").json()["degraded"])
        assert run("etl", "rollback", url=own.url, folder=own.folder).returncode == 0
        assert serving.eventually(lambda: client.get("/movies/search?q=x").json()["generation"] == old)
        assert first(client, "nostromo requeim") == film["id"]
        assert client.get(f"/movies/recommend/{ALIENS}").status_code == 404
        (own.folder / "aside.db").rename(file)
        assert serving.eventually(lambda: client.get("/ready").json().get("edits") == 2, 5)
        assert first(client, "nostromo requeim") == film["id"]


def test_segments_are_merged_in_the_background(own: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "OPEN", 3)
    monkeypatch.setattr("api.serving.edits.IDLE_S", 0.5)
    database = connect(own.url)
    served = Serving(Generations(own.folder / "generations"), database)
    served.start()
    try:
        for number in range(10):
            with served.announcements.writing(), writing(database) as catalogue:
                film = catalogue.movie(ALIEN)
                assert film is not None
                catalogue.write(_row(film, next(IDS), f"Quuxor {number}"))
            assert len(served.current().overlay.edited) == number + 1
        assert serving.eventually(lambda: len(served.current().overlay.segments) == 1, 10)
        for number in range(10):
            best = served.current().view.titles.search(f"quuxor {number}").matches[0]
            assert best.text == f"Quuxor {number}"
    finally:
        served.stop()
        database.dispose()


def _row(film: Movie, movie_id: int, title: str) -> dict[str, Any]:
    """A film as `sql.edits` takes it, under another id and title."""
    lists = {name: join_names(getattr(film, name)) for name in LIST_COLUMNS}
    columns = {name: getattr(film, name) for name in MOVIE_SCHEMA.names}
    return columns | lists | {"id": movie_id, "title": title, "original_title": title, "imdb_id": None}


def test_edits_of_another_database_are_all_read(own: Sample) -> None:
    """Its edits have lower numbers than the one that the generation was built at, so all of them are read."""
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
