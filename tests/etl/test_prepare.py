"""`python -m etl prepare` does what is missing, and nothing that is not."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import text

from etl.prepare import missing
from index.generation.publish import Generations
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support.sample import DUMP as SAMPLE
from tests.support.sample import run

Prepare = Callable[..., str]


def write_dump(path: Path, films: int) -> Path:
    """A dump of the sample's first films."""
    with gzip.open(SAMPLE, "rt", newline="") as full, path.open("w", newline="") as few:
        csv.writer(few).writerows(islice(csv.reader(full), films + 1))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this module's database and generations are."""
    return tmp_path_factory.mktemp("prepare")


@pytest.fixture(scope="module")
def dump(folder: Path) -> Path:
    """A small dump."""
    return write_dump(folder / "small.csv", 150)


@pytest.fixture(scope="module")
def prepare(folder: Path, dump: Path) -> Prepare:
    """Runs the command and gives what it said; it has run once already, as for a newcomer."""

    def call(*arguments: Path) -> str:
        given = [str(argument) for argument in arguments]
        finished = run("etl", "prepare", *given, url=f"sqlite:///{folder}/reelkin.db", folder=folder)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    assert "building: there is no generation yet\n" in call(dump)
    return call


@pytest.fixture
def generations(folder: Path) -> Generations:
    """The generations of this module."""
    return Generations(folder / "generations")


def test_what_is_done_is_not_done_again(prepare: Prepare, dump: Path, generations: Generations) -> None:
    before = generations.ids()
    said = prepare(dump)
    assert f"{dump} is loaded already" in said
    assert f"generation {before[-1]} is up to date" in said
    assert generations.ids() == before


def test_without_a_dump_the_films_of_another_dump_stay(
    prepare: Prepare, dump: Path, generations: Generations
) -> None:
    """A plain `make run` must not put the sample's old votes over those of a fresh dump."""
    before = generations.ids()
    assert f"the films of {dump} stay" in prepare()
    assert generations.ids() == before


def test_a_damaged_generation_is_built_again(prepare: Prepare, dump: Path, generations: Generations) -> None:
    damaged = generations.current()
    (damaged / "content" / "vectors.faiss").write_bytes(b"")
    assert "building:" in prepare(dump)
    assert generations.current() != damaged


def test_a_dump_with_other_content_is_loaded_and_built(
    prepare: Prepare, folder: Path, dump: Path, generations: Generations
) -> None:
    before = generations.current()
    write_dump(dump, 160)
    assert "inserted" in prepare(dump)
    assert generations.current() != before
    engine = connect(f"sqlite:///{folder}/reelkin.db")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM movies")) == 160
    engine.dispose()


def test_an_empty_database_gets_the_sample(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/reelkin.db")
    upgrade(engine)
    assert missing(engine, None) == SAMPLE
    engine.dispose()


@pytest.mark.parametrize(("given", "said"), [("no-such-dump.csv", "no-such-dump.csv"), (".", ". cannot be read")])
def test_a_dump_that_cannot_be_read_is_one_line(prepare: Prepare, folder: Path, given: str, said: str) -> None:
    finished = run("etl", "prepare", given, url=f"sqlite:///{folder}/reelkin.db", folder=folder)
    assert finished.returncode == 1
    (line,) = finished.stderr.splitlines()
    assert line.startswith("error: ")
    assert said in line
