"""A large catalogue is served before the nearest films of all its films are found, and once more with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from etl.build import build
from etl.progress import Progress
from index.answer.recommend import Question, Recommender
from index.errors import GateError
from index.generation import completing
from index.generation.manifest import Generation
from index.generation.publish import Generations
from index.spaces import neighbours
from index.spaces.space import CONTENT
from sql.engine import connect
from tests.etl.dumps import film, write
from tests.support.sample import ROOT, Sample, copied, load_sample, run
from tests.support.serving import api, eventually

# `python -m etl build` to which a small catalogue is a large one, killed while it looks for the nearest films.
KILLED = """
import os, signal, sys
from etl.__main__ import main
from etl.progress import Progress
from index.generation import completing

completing.MANY = 100
update = Progress.update

def at(self, stage, done, total):
    update(self, stage, done, total)
    if stage == "find neighbours":
        os.kill(os.getpid(), signal.SIGKILL)

Progress.update = at
sys.exit(main(["build", "--full"]))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A small catalogue with a published generation."""
    folder: Path = tmp_path_factory.mktemp("first")
    dump = write(folder / "dump.csv", *(film(n, f"Film {n}", overview=f"Story {n % 9}") for n in range(1, 200)))
    return load_sample(f"sqlite:///{folder / 'films.db'}", folder, dump)


class Watching(Progress):
    """Progress that keeps what is served while the nearest films are looked for."""

    def __init__(self, generations: Generations) -> None:
        super().__init__()
        self._generations = generations
        self.served: list[Path] = []

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Keep what is served."""
        super().update(stage, done, total)
        if stage == "find neighbours":
            self.served.append(self._generations.current())
            generation = Generation.open(self.served[-1])
            self.answers = ten(generation)
            self.has_table = generation.spaces[CONTENT].has_table


def ten(generation: Generation) -> list[list[tuple[int, float]]]:
    """Ten films like each of the ten best known, with their scores."""
    recommender = Recommender(generation)
    answers = [recommender.recommend(Question(likes=(row,), k=10)).films for row in range(10)]
    return [[(film.row, round(film.score, 6)) for film in films] for films in answers]


def test_a_large_catalogue_is_served_before_its_nearest_films_are_found(
    loaded: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completing, "MANY", 100)
    mine = copied(loaded, tmp_path)
    generations = Generations(tmp_path / "generations")
    before = generations.current()
    with Watching(generations) as progress:
        manifest = build(connect(mine.url), generations, "default", progress, full=True)
    first = progress.served[0]
    assert first not in (before, generations.current())
    assert not progress.has_table
    assert manifest.spaces[CONTENT].table
    assert generations.current().name == manifest.id
    assert generations.ids() == [before.name, manifest.id]  # a rollback gives the films of before
    generation = Generation.open(generations.current())
    assert generation.manifest.catalogue_version == manifest.catalogue_version
    assert "find neighbours" in manifest.timings_s
    found = ten(generation)
    same = sum(mine == theirs for mine, theirs in zip(found, progress.answers, strict=True))
    assert same >= 9  # the index is searched otherwise, so that a film may be missed in one of them


def test_what_is_published_meanwhile_stays(loaded: Sample, tmp_path: Path) -> None:
    copied(loaded, tmp_path)
    generations = Generations(tmp_path / "generations")
    served = generations.current()
    with generations.building() as folder:
        completing.completed(Generation.open(served), served, folder)
        with pytest.raises(GateError, match=f"{served.name} is served by now"):
            generations.publish(folder, instead_of="20260101T000000Z-0000")
    assert generations.ids() == [served.name]


def test_a_build_killed_before_that_is_completed_by_the_next_start(loaded: Sample, tmp_path: Path) -> None:
    mine = copied(loaded, tmp_path)
    generations = Generations(tmp_path / "generations")
    environment = os.environ | {"REELKIN_DATABASE_URL": mine.url, "REELKIN_DATA_DIR": str(tmp_path)}
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    without = generations.current()
    assert not (without / CONTENT / neighbours.FILE).exists()
    with api(mine) as address:

        def ready() -> bool | None:
            told: bool | None = requests.get(f"{address}/ready", timeout=10).json().get("neighbours")
            return told

        assert eventually(lambda: ready() is False)
        answer = requests.get(f"{address}/movies/recommend", params={"title": "Film 7"}, timeout=10).json()
        assert len(answer["results"]) == 10
        prepared = run("etl", "prepare", url=mine.url, folder=tmp_path)
        assert "before the nearest films were found" in prepared.stdout
        assert prepared.returncode == 0, prepared.stderr
        assert eventually(lambda: ready() is True)
    assert generations.current() != without
    assert run("etl", "prepare", url=mine.url, folder=tmp_path).stdout.count("is up to date") == 1
