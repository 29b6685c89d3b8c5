"""Which generation a process serves when the published one is damaged, missing, or repaired."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.serving import serving as following
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support.films import build_generation, make_films
from tests.support.sample import POSTERS
from tests.support.serving import eventually

VECTORS = "content/vectors.faiss"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two generations; it is not changed."""
    root: Path = tmp_path_factory.mktemp("two")
    for seed in (1, 2):
        build_generation(root, make_films(40, seed=seed))
    return root


@pytest.fixture
def generations(two: Path, tmp_path: Path) -> Generations:
    """A copy of it, in which the later one is published."""
    root = tmp_path / "generations"
    shutil.copytree(two, root, symlinks=True)
    generations = Generations(root)
    generations.serve(generations.ids()[-1])
    return generations


@contextmanager
def serving(generations: Generations) -> Iterator[TestClient]:
    """The API over a folder of generations and an empty database."""
    database = connect(f"sqlite:///{generations.root.parent / 'films.db'}")
    upgrade(database)
    app = create_app(
        database=database, serving=Serving(generations, database), poster_base=POSTERS, secret="for tests"
    )
    with TestClient(app) as client:
        yield client


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def served(client: TestClient) -> str:
    answer = client.get("/movies/recommend/1")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["generation"])


def test_where_the_published_one_is_damaged_the_one_before_is_served(
    generations: Generations, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = generations.ids()
    flip(generations.root / bad / VECTORS)
    with caplog.at_level(logging.INFO), serving(generations) as client:
        assert served(client) == good
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()["generation"]) == (200, good)
        assert "a generation is damaged" in ready.json()["problem"]
    assert f"{bad}/{VECTORS} is damaged" in caplog.text
    assert f"serving generation {good}" in caplog.text


def test_a_published_folder_that_is_gone_is_logged_and_the_other_served(
    generations: Generations, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = generations.ids()
    shutil.rmtree(generations.root / bad)
    with serving(generations) as client:
        assert served(client) == good
        assert "a generation is damaged" in client.get("/ready").json()["problem"]
    assert bad in caplog.text


def test_a_file_that_changes_while_it_is_served_is_found_and_told(
    generations: Generations, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "VERIFY_EVERY_S", 0.0)
    monkeypatch.setattr(following, "CHECK_EVERY_S", 0.01)
    current = generations.current()
    with serving(generations) as client:
        assert client.get("/ready").json()["problem"] is None
        with (current / VECTORS).open("r+b") as file:  # in place, as a disk that fails would
            file.seek(-1, 2)
            last = file.read(1)[0]
            file.seek(-1, 2)
            file.write(bytes([last ^ 1]))
        assert eventually(lambda: client.get("/ready").json()["problem"] is not None)
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()["generation"]) == (200, current.name)
        assert "a generation is damaged" in ready.json()["problem"]
        generations.serve(generations.ids()[0])  # the operator rolls back
        assert eventually(lambda: client.get("/ready").json()["problem"] is None)
    assert f"{VECTORS} has changed since it was written" in caplog.text


def test_a_damaged_one_does_not_replace_what_is_served(generations: Generations) -> None:
    good, bad = generations.ids()
    generations.serve(good)
    with serving(generations) as client:
        flip(generations.root / bad / "summaries.npy")
        generations.serve(bad)
        assert eventually(lambda: client.get("/ready").json()["problem"] is not None)
        assert served(client) == good
        generations.serve(good)
        assert eventually(lambda: client.get("/ready").json()["problem"] is None)


def test_a_damaged_one_is_served_after_its_repair(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "DAMAGED_AGAIN_S", 0.1)
    good, bad = generations.ids()
    flip(generations.root / bad / VECTORS)
    with serving(generations) as client:
        assert served(client) == good
        flip(generations.root / bad / VECTORS)
        assert eventually(lambda: served(client) == bad)
        assert client.get("/ready").json()["problem"] is None


def test_where_every_one_is_damaged_the_log_names_the_file(
    generations: Generations, caplog: pytest.LogCaptureFixture
) -> None:
    for name in generations.ids():
        flip(generations.root / name / VECTORS)
    with serving(generations) as client:
        answer = client.get("/movies/recommend/1")
        assert (answer.status_code, answer.json()["code"]) == (503, "no_generation")
        assert answer.json()["detail"].startswith("a generation is damaged")
        assert f"{generations.ids()[-1]}/{VECTORS} is damaged" in caplog.text
        assert client.get("/ready").status_code == 503
        assert client.get("/health").status_code == 200
