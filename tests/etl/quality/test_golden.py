"""The dirty dump: every nasty case that has been thought of, and what becomes of it, for the eye to check."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import Engine

from etl.dump.extract import Dump
from etl.errors import Reason
from etl.ingest import ingest
from etl.transform.batch import clean_batch

GOLDEN = Path(__file__).parent / "golden"


def test_the_dirty_dump_becomes_the_clean_films() -> None:
    expected = [json.loads(line) for line in (GOLDEN / "clean.jsonl").read_text("utf-8").splitlines()]
    with Dump(GOLDEN / "dirty.csv") as dump:
        films = [film for block in dump.blocks() for film in clean_batch(block.rows).films.to_pylist()]
    shown = [{name: value for name, value in film.items() if value not in ("", None)} for film in films]
    assert json.loads(json.dumps(shown, default=str)) == expected


def test_the_dirty_dump_is_accounted_for(sqlite: Engine, tmp_path: Path) -> None:
    report = ingest(sqlite, GOLDEN / "dirty.csv", rejects=tmp_path / "rejects.csv")
    assert (tmp_path / "rejects.csv").read_bytes() == (GOLDEN / "rejects.csv").read_bytes()
    assert report.read == report.loaded + sum(report.rejected.values()) + report.duplicate
    assert report.loaded == len((GOLDEN / "clean.jsonl").read_text("utf-8").splitlines()) - 1
    assert report.duplicate == 1
    assert report.rejected == {
        Reason.FIELDS: 3,
        Reason.QUOTE: 1,
        Reason.ID: 6,
        Reason.TITLE: 2,
        Reason.STATUS: 2,
        Reason.NO_DATE: 2,
        Reason.DATE: 2,
    }
    assert report.repaired == {
        **dict.fromkeys(("adult", "encoding", "homepage", "original_language"), 1),
        **dict.fromkeys(("popularity", "poster_path", "quotes", "revenue", "runtime", "vote_average"), 1),
        "release_date": 3,
        "vote_count": 1,
    }
    assert report.ignored_columns == ()
