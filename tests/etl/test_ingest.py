"""Ingesting: all of a dump or nothing of it, the same again changes nothing, and the numbers add up."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from etl.errors import DumpError, EtlError, Reason
from etl.ingest import IngestReport, SeenIds, ingest
from etl.transform.film import CLASSIC, COLUMNS
from sql.engine import connect
from sql.load.load import last_ingest
from sql.migrations.upgrade import upgrade
from sql.movies import movie, stream
from tests.etl.dumps import HEADER, as_csv, film, write


def films(engine: Engine) -> dict[int, str]:
    """Title by id, as the database has them."""
    upgrade(engine)
    return {row["id"]: row["title"] for batch in stream(engine) for row in batch.to_pylist()}


def changes(report: IngestReport) -> tuple[int, int, int, int, int]:
    done = report.changes
    return done.inserted, done.updated, done.unchanged, done.vanished, done.pruned


def test_a_dump_again_a_changed_one_and_a_smaller_one(engine: Engine, tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    first = ingest(engine, write(dump, film(1), film(2, "Heat"), film(2, "Again"), film("x")))
    assert films(engine) == {1: "Home", 2: "Heat"}
    assert (first.read, first.loaded, first.rejected, first.duplicate) == (4, 2, {Reason.ID: 1}, 1)
    assert changes(first) == (2, 0, 0, 0, 0)
    again = ingest(engine, dump)
    assert changes(again) == (0, 0, 2, 0, 0)
    assert "nothing has changed" in again.as_text()
    assert changes(ingest(engine, write(dump, film(1), film(2, "Heat 2"), film(3)))) == (1, 1, 1, 0, 0)
    assert changes(ingest(engine, write(dump, film(1)))) == (0, 0, 1, 2, 0)
    assert films(engine) == {1: "Home", 2: "Heat 2", 3: "Home"}
    assert changes(ingest(engine, dump, prune=True)) == (0, 0, 1, 2, 2)
    assert films(engine) == {1: "Home"}
    last = last_ingest(engine)
    assert last is not None
    assert (last.source, last.checksum) == (str(dump), hashlib.sha256(dump.read_bytes()).hexdigest())


def test_nuls_and_ten_megabytes_go_into_the_database_as_text(engine: Engine, tmp_path: Path) -> None:
    long = "Once upon\0 a time. " * 600_000
    rows = film("1\0", "Ho\0me", keywords="a\0b, c", imdb_id="tt00000\x0001"), film(2, "Heat", overview=long)
    report = ingest(engine, write(tmp_path / "dump.csv", *rows))
    assert (report.read, report.loaded) == (2, 2)
    home, heat = movie(engine, 1), movie(engine, 2)
    assert home is not None and heat is not None
    assert (home.title, home.keywords, home.imdb_id) == ("Home", ("ab", "c"), "tt0000001")
    assert heat.overview.startswith("Once upon a time. Once")
    assert 1_000 < len(heat.overview) < 100_000
    assert changes(ingest(engine, tmp_path / "dump.csv")) == (0, 0, 2, 0, 0)


def test_the_first_row_that_can_be_loaded_wins(sqlite: Engine, tmp_path: Path) -> None:
    rows = [film(7, ""), film(7, "First"), film(7, "Second"), film(7, ""), film(2**31 - 1), film(2**31 - 1)]
    report = ingest(sqlite, write(tmp_path / "dump.csv", *rows))
    assert films(sqlite) == {7: "First", 2**31 - 1: "Home"}
    assert (report.read, report.loaded, report.rejected, report.duplicate) == (6, 2, {Reason.TITLE: 2}, 2)


def test_what_fails_midway_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    ingest(engine, write(tmp_path / "dump.csv", film(1)))
    packed = gzip.compress(as_csv([film(n) for n in range(1, 5_000)]).encode())
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(packed[: len(packed) - 10])
    rejects = tmp_path / "rejects.csv"
    with pytest.raises(DumpError, match="cut off"):
        ingest(engine, broken, rejects=rejects)
    assert films(engine) == {1: "Home"}
    assert not list(tmp_path.glob("rejects*"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "not a file of films"),
        (HEADER, "holds no row"),
        (HEADER[5:], "lacks the column"),
    ],
)
def test_what_is_no_dump_changes_nothing(sqlite: Engine, tmp_path: Path, text: str, message: str) -> None:
    ingest(sqlite, write(tmp_path / "dump.csv", film(1)))
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(DumpError, match=message):
        ingest(sqlite, tmp_path / "bad.csv", prune=True)
    assert films(sqlite) == {1: "Home"}


def test_prune_does_not_empty_the_catalogue(sqlite: Engine, tmp_path: Path) -> None:
    ingest(sqlite, write(tmp_path / "dump.csv", film(1)))
    with pytest.raises(EtlError, match="every film"):
        ingest(sqlite, write(tmp_path / "dump.csv", film("x")), prune=True, force=True)
    assert films(sqlite) == {1: "Home"}


def test_rejects_can_be_repaired_and_ingested(sqlite: Engine, tmp_path: Path) -> None:
    rows = [
        film(1),
        film(2, "", overview='Two\nlines, "quoted"'),
        film("3x", "Heat"),
        film(4, status="Planned"),
    ]
    dump = tmp_path / "dump.csv"
    dump.write_text(as_csv(rows) + "5,ragged\n", encoding="utf-8")
    rejects = tmp_path / "new" / "rejects.csv"
    ingest(sqlite, dump, rejects=rejects)
    text = rejects.read_text(encoding="utf-8")
    assert '7,"wrong number of fields: 2 fields instead of 24","5,ragged"' in text
    again = ingest(sqlite, rejects, force=True)
    assert again.rejected == {Reason.ID: 2, Reason.TITLE: 1, Reason.STATUS: 1}
    assert again.ignored_columns == ("line", "reason", "raw")
    rejects.write_text(text.replace('"3x"', '"3"').replace('"2",""', '"2","Repaired"'), encoding="utf-8")
    assert ingest(sqlite, rejects, rejects=rejects).loaded == 2
    assert films(sqlite) == {1: "Home", 2: "Repaired", 3: "Heat"}
    assert rejects.read_text(encoding="utf-8").count("\n") == 3


def test_a_rejects_file_that_cannot_be_written_is_an_error(sqlite: Engine, tmp_path: Path) -> None:
    dump = write(tmp_path / "dump.csv", film(1))
    with pytest.raises(EtlError, match="rejects file"):
        ingest(sqlite, dump, rejects=dump / "rejects.csv")


def test_the_classic_profile(sqlite: Engine, tmp_path: Path) -> None:
    rows = [film(1, "Ant-Man", status="Released"), film(2), film(3, "!?", status="Released")]
    report = ingest(sqlite, write(tmp_path / "dump.csv", *rows), rules=CLASSIC)
    assert report.rejected == {Reason.TITLE: 1, Reason.STATUS: 1}
    assert films(sqlite) == {1: "AntMan"}


def test_the_json_report_adds_up(sqlite: Engine, tmp_path: Path) -> None:
    rows = [film(1, runtime="-1"), film(1), film(2, ""), film(3, release_date=""), film(4, release_date="")]
    report = json.loads(ingest(sqlite, write(tmp_path / "dump.csv", *rows)).as_json())
    assert report["read"] == report["loaded"] + report["rejected"] + report["duplicate"] == 5
    assert report["rejected_by_reason"] == {"no title": 1, "no date": 2}
    assert report["inserted"] + report["updated"] + report["unchanged"] == report["loaded"]
    assert report["repaired"] == {"runtime": 1}
    assert report["seconds"] > 0
    assert report["rows_per_second"] >= 1


@pytest.fixture(scope="module")
def reused() -> Iterator[Engine]:
    """One database for all examples of a property."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{folder}/reelkin.db")
        yield engine
        engine.dispose()


CELL = st.sampled_from(["1", "2", "3", "Home", "2010", "2010-07-15", "", '"', '"a\nb"', "Released", "é", "<b>"])
LINE = st.lists(CELL, min_size=len(COLUMNS) - 1, max_size=len(COLUMNS) + 1).map(",".join)
GOOD = st.integers(1, 9).map(lambda n: as_csv([film(n)], header=False).rstrip())


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE | GOOD, max_size=12).map("\n".join).map(str.encode) | st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_report_that_adds_up_or_one_error(reused: Engine, data: bytes, header: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump.csv"
        path.write_bytes((HEADER.encode() if header else b"") + data)
        try:
            report = ingest(reused, path)
        except EtlError:
            return
    assert report.read == report.loaded + sum(report.rejected.values()) + report.duplicate > 0
    assert changes(report)[0] + changes(report)[1] + changes(report)[2] == report.loaded


@given(st.lists(st.lists(st.sampled_from([1, 2, 3, 2**24 - 1, 2**24, 2**31 - 1]), max_size=6), max_size=6))
def test_every_id_is_new_once(batches: list[list[int]]) -> None:
    seen = SeenIds()
    known: set[int] = set()
    for batch in batches:
        expected = []
        for movie_id in batch:
            expected.append(movie_id not in known)
            known.add(movie_id)
        assert seen.first(np.array(batch, np.int32)).tolist() == expected


def test_a_rejects_file_never_replaces_the_dump(tmp_path: Path, sqlite: Engine) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_text(as_csv([film(1, "Heat")]))
    before = dump.read_bytes()
    with pytest.raises(EtlError, match="is the dump itself"):
        ingest(sqlite, dump, rejects=dump)
    with pytest.raises(EtlError, match="is a folder"):
        ingest(sqlite, dump, rejects=tmp_path)
    assert dump.read_bytes() == before
    assert list(tmp_path.glob("*.part")) == []
