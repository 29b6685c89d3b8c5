"""The files of a title index: reproducible, readable by any process, and refused if they are not an index."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from index.titles import TitleFormatError, TitleIndex, build_titles
from tests.index.titles.catalogue import CATALOGUE, make_index


def _answer(path: Path, query: str) -> str:
    return repr(TitleIndex.open(path).search(query))


def test_another_process_gives_the_same_answers(tmp_path: Path) -> None:
    index = make_index(tmp_path, CATALOGUE)
    queries = ["interstelar", "the dark nite", "千と千尋", "dune 1984"]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answers = pool.starmap(_answer, [(tmp_path, query) for query in queries])
    assert answers == [repr(index.search(query)) for query in queries]


def test_the_same_films_make_the_same_files(tmp_path: Path) -> None:
    make_index(tmp_path / "a", CATALOGUE)
    make_index(tmp_path / "b", CATALOGUE)
    names = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert names == sorted(file.name for file in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / n).read_bytes() == (tmp_path / "b" / n).read_bytes() for n in names)
    assert {Path(name).suffix for name in names} == {".npy", ".arrow", ".json"}


def test_a_catalogue_without_films_can_be_built_and_asked(tmp_path: Path) -> None:
    answer = make_index(tmp_path, ()).search("interstellar")
    assert (answer.matches, answer.resolved, answer.confidence) == ((), False, 0.0)


def test_half_a_surrogate_pair_in_a_title_is_dropped(tmp_path: Path) -> None:
    match = make_index(tmp_path, (("Up\ud83d", "", 2009, 1), ("It", "", 2017, 2))).search("up").matches[0]
    assert match.text == "Up"


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TitleFormatError, match="write one with build_titles"):
        TitleIndex.open(tmp_path / "nowhere")
    make_index(tmp_path / "other", CATALOGUE)
    (tmp_path / "other" / "titles.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(TitleFormatError, match="format 99"):
        TitleIndex.open(tmp_path / "other")
    make_index(tmp_path / "torn", CATALOGUE)
    (tmp_path / "torn" / "forms.rows.npy").unlink()
    with pytest.raises(TitleFormatError, match=r"forms\.rows"):
        TitleIndex.open(tmp_path / "torn")


def test_arguments_of_different_length_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        build_titles(
            tmp_path,
            movie_ids=np.arange(2),
            titles=["Up", "It"],
            original_titles=["Up"],
            years=np.zeros(2, dtype=np.int16),
            votes=np.zeros(2, dtype=np.int32),
        )
