"""Directors and casts from files of their own."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from contract import Movie
from etl.__main__ import main
from etl.credits import load_credits
from etl.errors import DumpError
from etl.ingest import ingest
from sql.edits import writing
from sql.movies import loaded_version, movie
from sql.tables import stored
from tests.etl.dumps import film, write

TITLES = ("Jackie Brown", "Four Rooms", "Judgment Night", "Stalker", "Solaris", "Mirror", "Persona")


@pytest.fixture
def catalogue(engine: Engine, tmp_path: Path) -> Engine:
    """Seven films without credits."""
    rows = [film(n, title, imdb_id=f"tt{n:07}", overview="x") for n, title in enumerate(TITLES, 1)]
    ingest(engine, write(tmp_path / "dump.csv", *rows))
    return engine


def credited(engine: Engine, movie_id: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = movie(engine, movie_id)
    assert found is not None
    return found.directors, found.actors


def test_credits_by_tmdb_id_are_added_and_the_rest_of_the_film_stays(catalogue: Engine, tmp_path: Path) -> None:
    path = tmp_path / "credits.csv.gz"
    path.write_bytes(
        gzip.compress(
            b"id,director,cast\n"
            b'1,Quentin Tarantino,"Pam Grier, Samuel L. Jackson"\n'
            b'2,"Quentin Tarantino, Robert Rodriguez",Tim Roth\n'
            b"3,nan,Emilio Estevez\n4,,\n99,Nobody,Nowhere\nx,A,B\n1,Somebody Else,\n"
        )
    )
    before, version = movie(catalogue, 1), loaded_version(catalogue)
    assert before is not None
    report = load_credits(catalogue, path)
    assert credited(catalogue, 1) == (("Quentin Tarantino",), ("Pam Grier", "Samuel L. Jackson"))
    assert credited(catalogue, 2) == (("Quentin Tarantino", "Robert Rodriguez"), ("Tim Roth",))
    assert credited(catalogue, 3) == ((), ("Emilio Estevez",))
    after = movie(catalogue, 1)
    assert isinstance(after, Movie)
    assert vars(after) == vars(before) | {"directors": after.directors, "actors": after.actors}
    assert (report.read, report.matched, report.unmatched, report.duplicate, report.without_people) == (
        7,
        3,
        1,
        1,
        1,
    )
    assert report.malformed == {"neither a TMDB id nor an IMDb id": 1}
    assert (report.films.changed, report.films.unchanged) == (3, 0)
    changed = loaded_version(catalogue)
    assert changed != version  # so that `etl prepare` builds again
    again = load_credits(catalogue, path)
    assert (again.films.changed, again.films.unchanged) == (0, 3)
    assert loaded_version(catalogue) == changed


def test_credits_by_imdb_id_reach_every_record_of_the_film(catalogue: Engine, tmp_path: Path) -> None:
    ingest(catalogue, write(tmp_path / "more.csv", film(8, "Stalker again", imdb_id="tt0000004")))
    path = tmp_path / "credits.csv"
    path.write_text("imdb_id;Director;Cast\ntt0000004;Andrei Tarkovsky;['Alisa Freindlich', 'N/A']\ntt9;A;B\n")
    report = load_credits(catalogue, path)
    assert credited(catalogue, 4) == credited(catalogue, 8) == (("Andrei Tarkovsky",), ("Alisa Freindlich",))
    assert (report.matched, report.unmatched, report.films.changed) == (1, 1, 2)


def tmdb_5000(path: Path, ids: range, titles: tuple[str, ...] = TITLES) -> Path:
    """A file in the form of tmdb_5000_credits.csv."""
    rows = ["movie_id,title,cast,crew"]
    for number, title in zip(ids, titles, strict=False):
        cast = [{"name": "Second", "order": 1}, {"name": "First, Jr.", "order": 0}]
        crew = [{"job": "Editor", "name": "Cutter"}, {"job": "Director", "name": f"Director {number}"}]
        lists = (json.dumps(one).replace('"', '""') for one in (cast, crew))
        rows.append(f'{number},{title},"' + '","'.join(lists) + '"')
    path.write_text("\n".join(rows) + "\n")
    return path


def test_tmdb_5000_credits_are_read_in_the_order_of_the_credits(catalogue: Engine, tmp_path: Path) -> None:
    report = load_credits(catalogue, tmdb_5000(tmp_path / "tmdb_5000_credits.csv", range(1, 8)))
    assert report.matched == 7
    assert credited(catalogue, 7) == (("Director 7",), ("First, Jr.", "Second"))


def test_ids_that_are_not_tmdbs_are_refused(catalogue: Engine, tmp_path: Path) -> None:
    path = tmdb_5000(tmp_path / "credits.csv", range(1, 8), TITLES[::-1])
    with pytest.raises(DumpError, match=r"another title.*--force"):
        load_credits(catalogue, path)
    assert credited(catalogue, 7) == ((), ())
    assert load_credits(catalogue, path, force=True).matched == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,director,cast\n98,A,B\n99,A,B\n", "none of 2 rows .* 7 films .*TMDB's or IMDb's"),
        ("id,director,cast\nx,A,B\ny,A,B\n1,A,B\n", "2 of 3 rows cannot be used.*neither a TMDB id"),
        ("id,director,cast\n", "no row below its header"),
        ("id,title\n1,Jackie Brown\n", "neither a column director nor cast"),
        ("movie_id,director\n1,A\n", "lacks id"),
        ("director,cast\nA,B\n", "lacks id"),
    ],
)
def test_a_file_that_adds_nothing_is_refused_and_changes_nothing(
    catalogue: Engine, tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "credits.csv"
    path.write_text(text)
    version = loaded_version(catalogue)
    with pytest.raises(DumpError, match=message):
        load_credits(catalogue, path)
    assert credited(catalogue, 1) == ((), ())
    assert loaded_version(catalogue) == version


def test_films_that_were_edited_by_hand_stay(catalogue: Engine, tmp_path: Path) -> None:
    found = movie(catalogue, 1)
    assert found is not None
    with writing(catalogue) as writer:
        writer.write(stored(replace(found, directors=("By Hand",))))
    path = tmp_path / "credits.csv"
    path.write_text("id,director,cast\n1,A,B\n2,A,B\n")
    report = load_credits(catalogue, path)
    assert credited(catalogue, 1) == (("By Hand",), ())
    assert (report.films.changed, report.films.edited) == (1, 1)


def test_a_later_dump_without_credits_leaves_them(catalogue: Engine, tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_text("id,director,cast\n1,A,B\n2,C,D\n")
    load_credits(catalogue, path)
    for number in (1, 7):  # few films changed, and all of them
        rows = [film(n, title, imdb_id=f"tt{n:07}", overview=f"new {number}") for n, title in enumerate(TITLES, 1)]
        assert ingest(catalogue, write(tmp_path / "new.csv", *rows[:number])).changes.updated == number
        assert credited(catalogue, 1) == (("A",), ("B",))


def test_the_command_reports_and_fails_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKIN_DATABASE_URL", f"sqlite:///{tmp_path}/reelkin.db")
    monkeypatch.setenv("REELKIN_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "credits.csv"
    path.write_text("id,director,cast\n1,A,B\n")
    assert main(["credits", str(path)]) == 1
    assert "load a dump first" in capsys.readouterr().err
    assert main(["ingest", str(write(tmp_path / "dump.csv", film(1)))]) == 0
    capsys.readouterr()
    assert main(["credits", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["read"], report["matched"], report["changed"], report["malformed"]) == (1, 1, 1, 0)
