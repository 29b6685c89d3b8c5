"""Requests answered on the event loop: those whose answer is looked up, and never one that is searched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from sql.accounts import Role
from sql.engine import connect
from tests.api.editors import running
from tests.api.users import add_user, headers, token
from tests.api.web.test_observe import samples
from tests.support.hammer import load
from tests.support.sample import Sample, copied
from tests.support.serving import api

ALIEN = 348
SLOW_S = 6


@pytest.fixture(scope="module")
def own(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A copy of the sample, to be edited."""
    folder: Path = tmp_path_factory.mktemp("known")
    return copied(sample, folder)


@pytest.fixture(scope="module")
def client(own: Sample) -> Iterator[TestClient]:
    with running(own) as client:
        yield client


def stages(response: Response) -> set[str]:
    """The stages that an answer went through."""
    assert response.status_code == 200, response.text
    return {part.partition(";")[0].strip() for part in response.headers["server-timing"].split(",")}


LOOKED_UP = [
    f"/movies/recommend?id={ALIEN}",
    "/movies/recommend?title=Alien&k=4",
    f"/movies/recommend/{ALIEN}?k=7",
    f"/movies/recommend?id={ALIEN}&model=content",
]
SEARCHED = [
    "/movies/recommend?title=interstelar",
    f"/movies/recommend?id={ALIEN}&k=50",
    f"/movies/recommend?id={ALIEN}&k=20",
    f"/movies/recommend?id={ALIEN}&id=679",
    f"/movies/recommend?id={ALIEN}&explain=true",
    f"/movies/recommend?id={ALIEN}&exact=true",
    f"/movies/recommend?id={ALIEN}&diversity=0.5",
    "/movies/recommend?title=Alien&year=1979",
    f"/movies/recommend?id={ALIEN}&genres=Documentary&countries=Iceland",
]


@pytest.mark.parametrize("path", LOOKED_UP)
def test_what_is_known_takes_no_search_and_no_statement(client: TestClient, path: str) -> None:
    before = samples(client.get("/metrics").text)
    assert stages(client.get(path)) == {"resolve", "neighbours", "hydrate", "encode", "total"}
    after = samples(client.get("/metrics").text)
    for stage in ("search", "edits", "database"):
        counted = "reelkin_stage_seconds_count", stage
        assert after.get(counted, 0) == before.get(counted, 0)


@pytest.mark.parametrize("path", SEARCHED)
def test_what_is_not_known_is_searched(client: TestClient, path: str) -> None:
    assert "search" in stages(client.get(path))


def test_a_filter_is_known_from_the_second_time_on(client: TestClient) -> None:
    path = f"/movies/recommend?id={ALIEN}&votes_min=17&k="
    assert "search" in stages(client.get(path + "3"))
    assert "search" not in stages(client.get(path + "4"))


def test_a_body_about_one_film_is_answered_like_its_address(client: TestClient) -> None:
    def asked(body: dict[str, Any]) -> tuple[set[str], Any]:
        response = client.post("/movies/recommend", json=body)
        return stages(response), [(film["movie"]["id"], film["score"]) for film in response.json()["results"]]

    known, by_body = asked({"like": [ALIEN], "k": 6})
    assert "search" not in known
    by_address = client.get(f"/movies/recommend?id={ALIEN}&k=6").json()["results"]
    assert by_body == [(film["movie"]["id"], film["score"]) for film in by_address]
    searched, found = asked({"like": [ALIEN], "k": 6, "exclude": [10_000_000]})
    assert "search" in searched
    assert found == by_body


@pytest.mark.parametrize("path", ["/movies/recommend?title=%20%20", "/movies/recommend?title=%E2%80%8B"])
def test_a_title_without_a_character_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


def test_edits_are_read_and_searched_in_a_thread(client: TestClient, own: Sample) -> None:
    editor = headers(token(client, add_user(connect(own.url), Role.EDITOR)))
    path = f"/movies/recommend?id={ALIEN}&k="
    assert client.patch("/movies/679", json={"runtime": 138}, headers=editor).status_code == 200
    assert {"edits", "search"} <= stages(client.get(path + "8"))
    again = stages(client.get(path + "9"))
    assert "search" in again, "edited films are in no table of neighbours"
    assert "edits" not in again


def test_slow_requests_do_not_delay_others(sample: Sample) -> None:
    """Over real sockets: while eight clients send slow requests, `/health` and known answers take no longer."""
    with api(sample) as address:
        port = int(address.rpartition(":")[2])
        slow = [
            f"/movies/recommend?title=intersetllar&title=bladde+runer&k=100&explain=true&diversity=0.5&votes_min={n}"
            for n in range(4_000)
        ]
        load(port, slow[:8])
        stop = threading.Event()

        def keep_asking() -> None:
            for start in range(8, len(slow), 32):
                if stop.is_set():
                    return
                load(port, slow[start : start + 32], connections=8)

        asking = threading.Thread(target=keep_asking)
        asking.start()
        try:
            alive = load(port, ["/health"] * 100, connections=1)
            known = load(port, [f"/movies/recommend?id={ALIEN}&k={k}" for k in range(1, 11)] * 5, connections=1)
            one_slow = load(port, slow[-5:], connections=1)
        finally:
            stop.set()
            asking.join()
    assert alive.failed == known.failed == 0
    assert alive.percentile_ms(0.5) < one_slow.percentile_ms(0.5) / 4
    assert known.percentile_ms(0.5) < one_slow.percentile_ms(0.5) / 4
