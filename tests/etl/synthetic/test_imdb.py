"""Made-up files in the form of IMDb's: they load, and are the same for the same seed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.imdb import load_imdb
from etl.ingest import ingest
from etl.synthetic.imdb import HEADERS, TITLES_PER_FILM, write_imdb
from etl.synthetic.synthesize import synthesize
from etl.tsv import FILES


def test_files_for_a_synthetic_dump_load_without_a_malformed_row(sqlite: Engine, tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    synthesize(500, dump)
    ingest(sqlite, dump)
    told: list[int] = []
    rows = write_imdb(dump, tmp_path / "imdb", report=told.append)
    report = load_imdb(sqlite, tmp_path / "imdb")
    assert set(report.files) == set(FILES)
    assert sum(counts.read for counts in report.files.values()) == rows == told[-1]
    assert [counts.malformed for counts in report.files.values()] == [{}] * 5
    assert report.people_without_name == 0
    assert report.files["title.crew"].read >= (TITLES_PER_FILM - 1) * report.films / 2
    assert report.people.changed == report.titles.changed == report.films  # every film has a director and a title
    assert 0.5 < report.ratings.changed / report.films < 0.8


@pytest.mark.parametrize("seed", [0, 7])
def test_one_seed_gives_the_same_files(seed: int, tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    synthesize(60, dump)
    for name in "ab":
        write_imdb(dump, tmp_path / name, seed)
    for name in HEADERS:
        first, second = (_unpacked(tmp_path / part / f"{name}.tsv.gz") for part in "ab")
        assert first == second


def _unpacked(path: Path) -> bytes:

    return gzip.decompress(path.read_bytes())
