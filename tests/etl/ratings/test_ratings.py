"""Ratings from files: read, mapped to films, counted, stored as one change."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy import Engine

from etl.__main__ import main
from etl.errors import DumpError
from etl.ingest import ingest
from etl.ratings.load import load_ratings
from sql import ratings as stored_ratings
from sql.engine import connect
from sql.ratings import read, sets
from tests.etl.dumps import film, write

LINKS = "movieId,imdbId,tmdbId\n11,0000001,1\n12,0000002,\n13,0000077,3\n14,0000099,99\n"


@pytest.fixture
def catalogue(engine: Engine, tmp_path: Path) -> Engine:
    """Films 1 to 5."""
    ingest(engine, write(tmp_path / "dump.csv", *(film(n, f"Film {n}", imdb_id=f"tt{n:07}") for n in range(1, 6))))
    return engine


def movielens(folder: Path, rows: str, links: str = LINKS) -> Path:
    """A folder like MovieLens's."""
    folder.mkdir(exist_ok=True)
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + rows)
    (folder / "links.csv").write_text(links)
    return folder


def pairs(engine: Engine) -> list[tuple[int, int, int]]:
    """User, film and tenths of all that is stored."""
    found = read(engine)
    return list(zip(*(column.tolist() for column in found), strict=True))


def test_movielens_is_mapped_by_tmdbs_id_then_imdbs_and_counted(catalogue: Engine, tmp_path: Path) -> None:
    rows = "1,11,4.0,10\n1,12,0.5,10\n2,11,5,9\n2,14,3,1\n2,14,3,2\n2,77,3,1\n3,13,6,1\n3,13\n3,13,x,1\n,11,3,1\n"
    report = load_ratings(catalogue, [movielens(tmp_path / "ml", rows + "1,11,2.5,11\n1,12,1,3\n")])
    assert pairs(catalogue) == [(0, 1, 50), (0, 2, 10), (1, 1, 100)]
    assert (report.read, report.stored, report.users, report.films, report.repeated) == (12, 3, 2, 2, 2)
    assert (report.unmapped, report.unmapped_films, report.such_as[0]) == (3, 2, "movie 14")
    assert report.malformed == {
        "wrong number of fields": 1,
        "no user": 1,
        "no rating": 1,
        "rating not above 0 and at most 5": 1,
    }


def test_loading_again_changes_nothing_and_another_file_replaces(catalogue: Engine, tmp_path: Path) -> None:
    folder = movielens(tmp_path / "ml", "7,11,4,1\n3,12,2,1\n3,11,1,1\n")
    assert load_ratings(catalogue, [folder]).changed
    before = sets(catalogue)
    assert not load_ratings(catalogue, [folder]).changed
    assert sets(catalogue) == before
    other = tmp_path / "other.csv"
    other.write_text("user;tmdb;score\nann;1;10\nbob;2;7\nann;3;1\n")
    report = load_ratings(catalogue, [other], source="other")
    assert (report.scale, report.users) == (10, 2)
    assert pairs(catalogue)[3:] == [(2, 1, 100), (2, 3, 10), (3, 2, 70)]  # users of two sets are different people
    load_ratings(catalogue, [other])
    assert [(one.source, one.ratings) for one in sets(catalogue)] == [("file", 3), ("other", 3)]


@pytest.mark.parametrize("form", ["gz", "zip", "dat", "u.data", "files"])
def test_every_form_of_movielens_is_the_same(catalogue: Engine, tmp_path: Path, form: str) -> None:
    rows = "1,11,4,10\n1,12,3,10\n2,11,5,9\n"
    folder = movielens(tmp_path / "ml", rows)
    plain, paths, links = folder / "ratings.csv", [folder], None
    if form == "gz":
        (folder / "ratings.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()
    elif form == "zip":
        paths = [tmp_path / "ml.zip"]
        with zipfile.ZipFile(paths[0], "w") as archive:
            for name in ("ratings.csv", "links.csv"):
                archive.write(folder / name, f"ml-tiny/{name}")
    elif form == "files":
        paths = [plain, folder / "links.csv"]
    else:
        separator, name = ("::", "ratings.dat") if form == "dat" else ("\t", "u.data")
        other = tmp_path / "old"
        other.mkdir()
        (other / name).write_text(rows.replace(",", separator))
        paths, links = [other], folder / "links.csv"
    load_ratings(catalogue, paths, links=links)
    assert pairs(catalogue) == [(0, 1, 80), (0, 2, 60), (1, 1, 100)]


def test_one_csv_of_any_service(catalogue: Engine, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("User,IMDB,Rating,Note\nann,tt0000001,90,a\nann,tt0000003,35,b\n bob,tt0000001,100,c\n")
    report = load_ratings(catalogue, [path])
    assert (report.scale, report.stored, pairs(catalogue)[0]) == (100, 3, (0, 1, 90))
    path.write_text("user,movie,rating\nann,1,3\nann,2,4\n")  # TMDB's ids
    assert load_ratings(catalogue, [path], scale=10).stored == 2
    assert pairs(catalogue) == [(0, 1, 30), (0, 2, 40)]


@pytest.mark.parametrize(
    ("rows", "links", "message"),
    [
        ("1,11,4,1\n", "movieId,imdbId,tmdbId\n11,88,888\n", r"links match nothing: 1 links in .*888.* 5 films"),
        ("1,99,4,1\n", LINKS, r"none of 1 ratings is of one of the 5 films.*movie 99"),
        ("1,11,40,1\n1,11,4,1\n1,12,50,1\n2,11,9,1\n", None, r"--links FILE"),
        ("", LINKS, "no rating below the header"),
        (
            "1,11,4,1\n1,11,x,1\n1,12,y,1\n2,12,z,1\n",
            LINKS,
            "3 of 4 rows cannot .* cause, 'no rating'",
        ),
    ],
)
def test_what_adds_nothing_is_refused(
    catalogue: Engine, tmp_path: Path, rows: str, links: str | None, message: str
) -> None:
    folder = movielens(tmp_path / "ml", rows, links or "")
    if links is None:
        (folder / "links.csv").unlink()
    with pytest.raises(DumpError, match=message):
        load_ratings(catalogue, [folder])
    assert pairs(catalogue) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DumpError, match=r"holds no ratings: looked for ratings\.csv"):
        load_ratings(catalogue, [empty])


def test_unusual_ratings_are_stored_and_named(catalogue: Engine, tmp_path: Path) -> None:
    report = load_ratings(catalogue, [movielens(tmp_path / "ml", "1,11,4,1\n1,12,4,1\n")])
    assert [note.partition(":")[0] for note in report.notes] == [
        "fewer than 100 ratings say too little to learn from",
        "all ratings are by one user",
        "all ratings are equal",
    ]


def test_a_user_with_many_ratings_is_stored_in_parts(engine: Engine, tmp_path: Path) -> None:
    count = 100_000
    load_ratings_of = np.arange(1, count + 1, dtype=np.int32)
    ingest(engine, write(tmp_path / "dump.csv", film(1)))
    one = stored_ratings.Ratings(np.full(count, 9, np.int32), load_ratings_of, np.full(count, 50, np.uint8))
    stored, changed = stored_ratings.replace(engine, "x", [one])
    assert (stored.users, stored.ratings, changed) == (1, count, True)
    np.testing.assert_array_equal(read(engine).movie_ids, load_ratings_of)


@trying(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(1, 5), st.integers(0, 3)), min_size=1))
def test_the_last_of_each_user_and_film_is_stored(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("last")
    engine = connect(f"sqlite:///{folder}/films.db")
    ingest(engine, write(folder / "dump.csv", *(film(n, f"Film {n}") for n in range(1, 6))))
    path = folder / "r.csv"
    path.write_text("user,tmdb,rating,timestamp\n" + "".join("{},{},{},{}\n".format(*row) for row in rows))
    report = load_ratings(engine, [path], scale=5)
    expected = {(user, movie): rating for user, movie, rating, _ in sorted(rows, key=lambda row: row[3])}
    users = sorted({user for user, _ in expected})
    assert pairs(engine) == [(users.index(user), m, expected[user, m] * 20) for user, m in sorted(expected)]
    assert report.read == report.stored + report.repeated == len(rows)
    engine.dispose()


def test_a_killed_load_leaves_what_was_there(catalogue: Engine, database_url: str, tmp_path: Path) -> None:
    load_ratings(catalogue, [movielens(tmp_path / "ml", "1,11,4,1\n")])
    before = pairs(catalogue), sets(catalogue)
    program = (
        "import sys, numpy as np, time\n"
        "from sql.engine import connect\nfrom sql.ratings import Ratings, replace\n"
        "def portions():\n"
        "    for user in range(2000):\n"
        "        yield Ratings(np.full(3, user, np.int32), np.arange(3, dtype=np.int32), np.ones(3, np.uint8))\n"
        "    print('half', flush=True)\n    time.sleep(60)\n"
        "replace(connect(sys.argv[1]), 'file', portions())\n"
    )
    running = subprocess.Popen([sys.executable, "-c", program, database_url], stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"half\n"
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    until = time.monotonic() + 30
    while (pairs(catalogue), sets(catalogue)) != before and time.monotonic() < until:
        time.sleep(0.1)
    assert (pairs(catalogue), sets(catalogue)) == before


def test_the_command_reports_and_fails_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKIN_DATABASE_URL", f"sqlite:///{tmp_path}/reelkin.db")
    monkeypatch.setenv("REELKIN_DATA_DIR", str(tmp_path / "data"))
    folder = movielens(tmp_path / "ml", "1,11,4,1\n2,12,3,1\n")
    assert main(["ratings", str(folder)]) == 1
    assert "Load a dump" in capsys.readouterr().err
    assert main(["ingest", str(write(tmp_path / "dump.csv", film(1)))]) == 0
    capsys.readouterr()
    assert main(["ratings", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["read"], report["stored"], report["unmapped"], report["malformed"]) == (2, 1, 1, 0)
    assert main(["ratings", str(folder), "--scale", "0"]) == 1
