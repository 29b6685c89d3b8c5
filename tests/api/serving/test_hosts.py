"""Two hosts: API processes with folders of their own, one database, and one object store of generations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from index.generation.shared import SharedGenerations
from sql.accounts import Role
from sql.engine import connect
from tests.api.editors import ALIEN
from tests.api.users import PASSWORD, add_user, headers
from tests.support import serving
from tests.support.object_store import object_store
from tests.support.sample import Sample, copied, run
from tests.support.serving import eventually

SECRET = "one key for all hosts, so that a session is valid on each"


@pytest.fixture
def hosts(sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Sample, str, str]]:
    """The host that builds, and the addresses of two that serve; their folders are empty at first."""
    own = copied(sample, tmp_path)
    with object_store() as store, ExitStack() as running:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("REELKIN_GENERATIONS_URL", f"{store.bucket()}/films")
        generations = SharedGenerations(own.folder / "generations", os.environ["REELKIN_GENERATIONS_URL"])
        generations.serve(generations.current().name)
        one, other = (
            running.enter_context(
                serving.api(
                    Sample(own.url, tmp_path / name), log=tmp_path / f"{name}.log", REELKIN_SECRET_KEY=SECRET
                )
            )
            for name in ("one", "other")
        )
        yield own, one, other


def generation(address: str) -> str | None:
    served: str | None = requests.get(f"{address}/ready", timeout=10).json()["generation"]
    return served


def test_hosts_serve_what_is_published_and_agree(hosts: tuple[Sample, str, str]) -> None:
    own, one, other = hosts
    first = generation(one)
    assert first is not None
    assert generation(other) == first
    question = {"id": ALIEN, "k": 5}
    answers = [requests.get(f"{host}/movies/recommend", params=question, timeout=10) for host in (one, other)]
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert answers[0].json()["results"] == answers[1].json()["results"]

    built = run("etl", "build", url=own.url, folder=own.folder)
    assert built.returncode == 0, built.stderr
    assert eventually(lambda: generation(one) == generation(other) != first)

    back = run("etl", "rollback", first, url=own.url, folder=own.folder)
    assert back.returncode == 0, back.stderr
    assert eventually(lambda: generation(one) == generation(other) == first)


def test_a_session_is_valid_on_every_host_and_an_edit_reaches_the_other(hosts: tuple[Sample, str, str]) -> None:
    own, one, other = hosts
    database = connect(own.url)
    name = add_user(database, Role.EDITOR)
    database.dispose()
    session = requests.post(f"{one}/sessions", json={"name": name, "password": PASSWORD}, timeout=10).json()
    held = headers(session["token"])
    changed = requests.patch(f"{other}/movies/{ALIEN}", json={"title": "Alien Anew"}, headers=held, timeout=10)
    assert changed.status_code == 200, changed.text

    def found() -> bool:
        answer = requests.get(f"{one}/movies/search", params={"q": "Alien Anew"}, timeout=10).json()
        return answer["best"] is not None and bool(answer["best"]["movie"]["title"] == "Alien Anew")

    assert eventually(found)
