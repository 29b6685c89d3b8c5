"""What `python -m etl diff` says of two generations whose difference is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl import generations
from etl.__main__ import main
from index.generation.publish import Generations
from tests.support.films import LATER_ADDS, LATER_LACKS, MOVED, build_two_generations

FILMS = 300


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two generations."""
    data: Path = tmp_path_factory.mktemp("diff")
    build_two_generations(data / "generations")
    return data


@pytest.fixture(autouse=True)
def settings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands read this folder."""
    monkeypatch.setenv("REELKIN_DATA_DIR", str(root))


def test_films_that_came_and_went_and_whose_ten_changed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [found["before"], found["after"]] == Generations(root / "generations").ids()
    assert (found["films_before"], found["films_after"]) == (FILMS, FILMS + 2)
    assert (found["went"], found["came"]) == (LATER_LACKS, LATER_ADDS)
    assert found["known"] == found["compared"] <= FILMS - 3
    assert found["unchanged"] + len(found["changes"]) == found["compared"]
    most = found["changes"][0]
    assert (most["id"], most["kept"]) == (MOVED, 0)
    assert len(most["went"]) == len(most["came"]) == 10
    kept = sum(change["kept"] for change in found["changes"]) + 10 * found["unchanged"]
    assert found["kept"] == pytest.approx(kept / found["compared"], abs=1e-3)


def test_people_are_told_that_it_was_a_sample(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "COMPARED", 50)
    assert main(["diff"]) == 0
    out = capsys.readouterr().out
    assert "films that went  3" in out
    assert "ten nearest compared of 50 films, drawn from the 29" in out


def test_a_generation_does_not_differ_from_itself(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    earlier, _ = Generations(root / "generations").ids()
    assert main(["diff", earlier, earlier, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["went"], found["came"], found["changes"], found["kept"]) == ([], [], [], 10)


def test_a_generation_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "nope"]) == 1
    assert capsys.readouterr().err.startswith("error: there is no generation 'nope'; there are: ")
