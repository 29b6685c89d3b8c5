"""`/generations`: which there are, what is damaged, and what each changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.serving.serving import Serving
from index.answer.recommend import Question, Recommender
from index.generation.manifest import Generation, Manifest
from index.generation.publish import Generations
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support.films import LATER_ADDS, LATER_LACKS, build_two_generations
from tests.support.sample import POSTERS


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two generations; it is not changed."""
    root: Path = tmp_path_factory.mktemp("built") / "generations"
    build_two_generations(root)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(built, tmp_path / "generations", symlinks=True)
    return tmp_path / "generations"


@pytest.fixture
def client(root: Path) -> Iterator[TestClient]:
    """A client of an API over that copy."""
    database = connect(f"sqlite:///{root.parent}/reelkin.db")
    upgrade(database)
    serving = Serving(Generations(root), database)
    app = create_app(database=database, serving=serving, poster_base=POSTERS, secret="x")
    with TestClient(app) as client:
        yield client


def test_generations_are_listed_with_what_their_manifests_say(client: TestClient, root: Path) -> None:
    later, earlier = client.get("/generations").json()["generations"]
    assert [earlier["id"], later["id"]] == Generations(root).ids()
    assert (earlier["served"], later["served"]) == (False, True)
    assert earlier["problem"] is later["problem"] is None
    written = json.loads((root / later["id"] / "manifest.json").read_text())
    assert (later["rows"], later["profile"], later["engine"]) == (302, "default", "exact")
    measured = written["spaces"]["content"]["recall"]
    assert later["recall"] == {"kin": measured.pop("table"), **measured}
    assert later["stages_s"].keys() == written["timings_s"].keys()
    files = [path for path in (root / later["id"]).rglob("*") if path.is_file() and path.name != "manifest.json"]
    assert later["size_bytes"] == sum(path.stat().st_size for path in files)


def test_the_curve_of_a_tuned_engine_has_its_points(client: TestClient, root: Path) -> None:
    folder = root / Generations(root).ids()[0]
    manifest = Manifest.read(folder)
    found = {"known": 0.9, "random": 0.8, "ms": 0.25, "bytes_per_film": 726.4}
    tuned = replace(
        manifest.spaces["content"],
        curve=[{"nprobe": 8, "depth": 100} | found],
        parameters={"nlist": 64, "nprobe": 8},
    )
    replace(manifest, spaces={"content": tuned}).write(folder)
    told = client.get("/generations").json()["generations"][1]
    assert told["parameters"] == {"nlist": 64, "nprobe": 8}
    assert told["curve"] == [{"parameters": {"nprobe": 8, "depth": 100}} | found]


def test_what_a_generation_changed(client: TestClient, root: Path) -> None:
    earlier, later = Generations(root).ids()
    answer = client.get(f"/generations/{later}/changes")
    told = answer.json()
    assert (told["before"], told["after"]) == (earlier, later)
    assert (told["films_before"], told["films_after"]) == (300, 302)
    for films, ids in ((told["went"], LATER_LACKS), (told["came"], LATER_ADDS)):
        assert films["count"] == len(ids)
        assert [film["id"] for film in films["films"]] == ids
    assert told["compared"] == 200
    assert len(told["changed"]) == 10
    assert told["changed"] == sorted(told["changed"], key=lambda film: film["kept"])
    for film in told["changed"]:
        before, after = (ten(root / name, film["movie"]["id"]) for name in (earlier, later))
        assert [gone["id"] for gone in film["went"]] == [i for i in before if i not in after]
        assert [new["id"] for new in film["came"]] == [i for i in after if i not in before]
        assert film["kept"] + len(film["came"]) == 10
    assert told["changed"][0]["movie"]["poster_url"].startswith(POSTERS)


def test_a_comparison_is_kept(client: TestClient, root: Path) -> None:
    later = Generations(root).ids()[1]
    first = client.get(f"/generations/{later}/changes").json()
    (root / Generations(root).ids()[0] / "manifest.json").write_text("{")
    assert client.get(f"/generations/{later}/changes").json() == first


def test_there_is_nothing_before_the_oldest(client: TestClient, root: Path) -> None:
    for asked, words in ((Generations(root).ids()[0], "the oldest"), ("nope", "no generation 'nope'")):
        answer = client.get(f"/generations/{asked}/changes")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert words in answer.json()["detail"]
    for outside in ("current", "..%2Fgenerations", ".lock"):
        assert client.get(f"/generations/{outside}/changes").status_code == 404


def test_damage_is_reported_without_a_path(client: TestClient, root: Path) -> None:
    earlier, later = Generations(root).ids()
    (root / earlier / "ids.npy").write_bytes(b"")
    told = client.get("/generations")
    damaged = told.json()["generations"][1]
    assert damaged["problem"].startswith(f"{earlier}/ids.npy has 0 bytes")
    assert (damaged["id"], damaged["rows"], damaged["recall"]) == (earlier, None, None)
    changes = client.get(f"/generations/{later}/changes")
    assert (changes.status_code, changes.json()["code"]) == (409, "damaged_generation")
    (root / earlier / "manifest.json").unlink()
    gone = client.get("/generations")
    assert gone.json()["generations"][1]["problem"].startswith(f"{earlier}/manifest.json cannot be read")
    for answer in (told, changes, gone):
        assert str(root) not in answer.text


def test_a_published_generation_with_wrong_bytes_is_not_served_and_reported_as_damaged(root: Path) -> None:
    later = Generations(root).ids()[1]
    path = root / later / "ids.npy"
    path.write_bytes(bytes(reversed(path.read_bytes())))  # its size is right
    database = connect(f"sqlite:///{root.parent}/reelkin.db")
    upgrade(database)
    app = create_app(
        database=database, serving=Serving(Generations(root), database), poster_base=POSTERS, secret="x"
    )
    with TestClient(app) as client:
        told = client.get("/generations")
    assert [film["served"] for film in told.json()["generations"]] == [False, True]
    assert told.json()["generations"][0]["problem"].startswith(f"{later}/ids.npy is damaged")
    assert str(root) not in told.text


def test_no_generation_is_an_empty_list(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/reelkin.db")
    upgrade(database)
    serving = Serving(Generations(tmp_path / "generations"), database)
    with TestClient(create_app(database=database, serving=serving, poster_base=POSTERS, secret="x")) as client:
        assert client.get("/generations").json() == {"generations": []}
        assert client.get("/generations/x/changes").status_code == 404


def ten(folder: Path, movie_id: int) -> list[int]:
    """The ids of the ten nearest."""
    generation = Generation.open(folder)
    row = generation.films.row_of(movie_id)
    assert row is not None
    found = Recommender(generation).recommend(Question(likes=(row,), k=10)).films
    return [int(generation.films.movie_ids[film.row]) for film in found]
