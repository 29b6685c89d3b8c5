"""IMDb's public files: titles, people and ratings of the films of the catalogue."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from contract import Movie
from etl.__main__ import main
from etl.errors import DumpError
from etl.imdb import load_imdb
from etl.ingest import ingest
from sql.edits import writing
from sql.movies import alternative_titles, loaded_version, movie
from sql.tables import movie_titles, stored
from tests.etl.dumps import film, write

AKAS = "titleId ordering title region language types attributes isOriginalTitle".split()
RATINGS = "tconst averageRating numVotes".split()
CREW = "tconst directors writers".split()
PRINCIPALS = "tconst ordering nconst category job characters".split()
NAMES = "nconst primaryName birthYear deathYear primaryProfession knownForTitles".split()
NOTHING = r"\N"

TABLES: dict[str, tuple[Sequence[str], list[list[str]]]] = {
    "title.akas": (
        AKAS,
        [
            ["tt0000001", "1", "Seven Samurai", "US", NOTHING, "imdbDisplay", NOTHING, "0"],
            ["tt0000001", "3", "Die sieben Samurai", "DE", "de", NOTHING, NOTHING, "0"],
            ["tt0000001", "2", "Shichinin no samurai", NOTHING, NOTHING, "original", NOTHING, "1"],
            ["tt0000001", "4", "DIE SIEBEN SAMURAI", "AT", NOTHING, NOTHING, NOTHING, "0"],
            ["tt0000001", "5", 'The "Seven"', "GB", NOTHING, NOTHING, NOTHING, "0"],
            ["tt0000002", "1", "Idi i smotri", "XWW", "en", NOTHING, NOTHING, "0"],
            ["tt0000009", "1", "Of no film here", "US", NOTHING, NOTHING, NOTHING, "0"],
            ["tt0000002", "too few fields"],
        ],
    ),
    "title.ratings": (
        RATINGS,
        [["tt0000001", "8.6", "370000"], ["tt0000003", "7.1", "12"], ["tt0000002", "x", "5"], ["tt9", "1.0", "1"]],
    ),
    "title.crew": (
        CREW,
        [
            ["tt0000001", "nm0000041", NOTHING],
            ["tt0000002", "nm0000042,nm0000043", "nm0000041"],
            ["tt0000003", NOTHING, NOTHING],
        ],
    ),
    "title.principals": (
        PRINCIPALS,
        [["tt0000001", str(n), f"nm{100 + n:07}", "actor", NOTHING, '["X"]'] for n in range(14, 0, -1)]
        + [
            ["tt0000001", "15", "nm0000101", "self", NOTHING, NOTHING],
            ["tt0000001", "16", "nm0000041", "director", NOTHING, NOTHING],
            ["tt0000002", "1", "nm0000777", "actress", NOTHING, NOTHING],
            ["tt0000002", "2", "nm0000120", "actress", NOTHING, NOTHING],
        ],
    ),
    "name.basics": (
        NAMES,
        [[f"nm{100 + n:07}", f"Actor {n}", *[NOTHING] * 4] for n in range(1, 21)]
        + [["nm0000041", "Akira Kurosawa", "1910", "1998", "director", NOTHING]]
        + [["nm0000042", "Elem | Klimov,", *[NOTHING] * 4], ["nm0000043", NOTHING, *[NOTHING] * 4]],
    ),
}


def written(folder: Path, *names: str, packed: bool = True) -> Path:
    """A folder with some of the files."""
    folder.mkdir(exist_ok=True)
    for name in names or TABLES:
        header, rows = TABLES[name]
        text = "".join("\t".join(row) + "\n" for row in [list(header), *rows]).encode()
        if packed:
            (folder / f"{name}.tsv.gz").write_bytes(gzip.compress(text))
        else:
            (folder / f"{name}.tsv").write_bytes(text)
    return folder


@pytest.fixture
def catalogue(engine: Engine, tmp_path: Path) -> Engine:
    """Four films, two of them records of the same one."""
    rows = [
        film(11, "Seven Samurai", imdb_id="tt0000001", original_title="七人の侍", overview="x"),
        film(12, "Come and See", imdb_id="tt0000002", release_date="1985"),
        film(13, "Mirror", imdb_id="tt0000003", release_date="1975"),
        film(14, "The Samurai", imdb_id="tt0000001", release_date="1954"),
    ]
    ingest(engine, write(tmp_path / "dump.csv", *rows))
    return engine


def told(engine: Engine, movie_id: int) -> Movie:
    found = movie(engine, movie_id)
    assert found is not None
    return found


def titles(engine: Engine, movie_id: int) -> list[str]:
    query = select(movie_titles.c.title).where(movie_titles.c.movie_id == movie_id)
    with engine.connect() as connection:
        return list(connection.scalars(query.order_by(movie_titles.c.position)))


def test_all_files_are_joined_by_imdb_id(catalogue: Engine, tmp_path: Path) -> None:
    version = loaded_version(catalogue)
    report = load_imdb(catalogue, written(tmp_path / "imdb"), scratch=tmp_path)
    samurai, see, mirror = (told(catalogue, number) for number in (11, 12, 13))
    assert samurai.directors == ("Akira Kurosawa",)
    assert samurai.actors == tuple(f"Actor {n}" for n in range(1, 11))
    assert (see.directors, see.actors) == (("Elem / Klimov",), ("Actor 20",))
    assert (samurai.imdb_rating, samurai.imdb_votes) == (8.6, 370_000)
    assert (mirror.imdb_rating, mirror.imdb_votes, mirror.directors) == (7.1, 12, ())
    assert (see.imdb_rating, see.imdb_votes) == (None, None)
    assert titles(catalogue, 11) == ["Shichinin no samurai", "Die sieben Samurai", 'The "Seven"']
    assert titles(catalogue, 14) == ["Seven Samurai", *titles(catalogue, 11)]  # another record of the same film
    assert titles(catalogue, 12) == ["Idi i smotri"]
    assert told(catalogue, 14).actors == samurai.actors
    assert report.files["title.akas"].read == 8
    assert report.files["title.akas"].malformed == {"wrong number of fields": 1}
    assert report.files["title.akas"].matched == 6
    assert (report.files["title.ratings"].matched, report.files["title.crew"].matched) == (2, 2)
    assert report.files["title.ratings"].malformed == {"no rating from 0 to 10, or no number of votes": 1}
    assert (report.films, report.people.changed, report.ratings.changed, report.titles.changed) == (4, 3, 3, 3)
    assert (report.stored_titles, report.people_without_name) == (8, 2)
    assert loaded_version(catalogue) != version


def test_a_second_load_changes_nothing(catalogue: Engine, tmp_path: Path) -> None:
    folder = written(tmp_path / "imdb")
    load_imdb(catalogue, folder)
    before, version = [told(catalogue, n) for n in (11, 12, 13, 14)], loaded_version(catalogue)
    report = load_imdb(catalogue, folder)
    assert [report.people.changed, report.ratings.changed, report.titles.changed] == [0, 0, 0]
    assert [report.people.unchanged, report.ratings.unchanged, report.titles.unchanged] == [3, 3, 3]
    assert [told(catalogue, n) for n in (11, 12, 13, 14)] == before
    assert loaded_version(catalogue) == version


def test_alternative_titles_that_changed_are_replaced(catalogue: Engine, tmp_path: Path) -> None:
    folder = written(tmp_path / "imdb")
    load_imdb(catalogue, folder)
    text = "\t".join(AKAS) + "\ntt0000001\t1\tLos siete samuráis\tES\tes\t\\N\t\\N\t0\n"
    (folder / "title.akas.tsv.gz").write_bytes(gzip.compress(text.encode()))
    report = load_imdb(catalogue, folder)
    assert titles(catalogue, 11) == ["Los siete samuráis"]
    assert titles(catalogue, 12) == []
    assert (report.titles.changed, report.stored_titles) == (3, 2)


@pytest.mark.parametrize("name", [*TABLES, ""])
def test_any_subset_of_the_files_is_loaded(name: str, catalogue: Engine, tmp_path: Path) -> None:
    names = [one for one in TABLES if one != name]
    report = load_imdb(catalogue, written(tmp_path / "imdb", *names, packed=False))
    assert report.missing == ((name,) if name else ())
    samurai = told(catalogue, 11)
    assert (samurai.imdb_rating == 8.6) == (name != "title.ratings")
    assert bool(titles(catalogue, 11)) == (name != "title.akas")
    # Without title.crew directors are taken from title.principals; without name.basics nobody has a name.
    assert (samurai.directors == ("Akira Kurosawa",)) == (name != "name.basics")
    assert bool(samurai.actors) == (name not in ("name.basics", "title.principals"))


def test_films_edited_by_hand_and_later_dumps_keep_what_is_there(catalogue: Engine, tmp_path: Path) -> None:
    with writing(catalogue) as writer:
        writer.write(stored(replace(told(catalogue, 11), directors=("By Hand",))))
    report = load_imdb(catalogue, written(tmp_path / "imdb"))
    assert (told(catalogue, 11).directors, told(catalogue, 11).imdb_rating) == (("By Hand",), None)
    assert (report.people.edited, report.people.changed) == (1, 2)
    ingest(catalogue, write(tmp_path / "dump.csv", film(12, "Come and See", imdb_id="tt0000002", overview="new")))
    assert told(catalogue, 12).overview == "new"
    assert told(catalogue, 12).directors == ("Elem / Klimov",)


def test_folders_that_cannot_be_loaded_are_refused(catalogue: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "imdb"
    with pytest.raises(DumpError, match="is no folder"):
        load_imdb(catalogue, folder)
    folder.mkdir()
    with pytest.raises(DumpError, match=r"none of IMDb's files: title\.akas\.tsv\.gz"):
        load_imdb(catalogue, folder)
    path = folder / "title.ratings.tsv"
    path.write_text("tconst\tnumVotes\n")
    with pytest.raises(DumpError, match="lacks the column averageRating"):
        load_imdb(catalogue, folder)
    path.write_text("tconst\taverageRating\tnumVotes\ntt0000008\t7.0\t5\n")
    with pytest.raises(DumpError, match=r"no row of title\.ratings belongs to one of the 4 films"):
        load_imdb(catalogue, folder)
    path.unlink()
    packed = gzip.compress(b"tconst\taverageRating\tnumVotes\n" + b"tt0000001\t7.0\t5\n" * 9)
    (folder / "title.ratings.tsv.gz").write_bytes(packed[:-9])
    with pytest.raises(DumpError, match="cut off"):
        load_imdb(catalogue, folder)
    assert told(catalogue, 11).imdb_rating is None


def test_the_command_prints_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKIN_DATABASE_URL", f"sqlite:///{tmp_path}/reelkin.db")
    monkeypatch.setenv("REELKIN_DATA_DIR", str(tmp_path / "data"))
    folder = written(tmp_path / "imdb")
    assert main(["imdb", str(folder)]) == 1
    assert "load a dump" in capsys.readouterr().err
    assert main(["ingest", str(write(tmp_path / "dump.csv", film(1, "Samurai", imdb_id="tt0000001")))]) == 0
    capsys.readouterr()
    assert main(["imdb", str(folder)]) == 0
    assert "alternative titles stored: 4" in capsys.readouterr().out
    assert main(["imdb", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["people"]["unchanged"], report["files"]["name.basics"]["matched"]) == (1, 11)


def test_alternative_titles_are_read_page_by_page_in_order(catalogue: Engine, tmp_path: Path) -> None:
    load_imdb(catalogue, written(tmp_path / "imdb", "title.akas"))
    whole = [row for batch in alternative_titles(catalogue) for row in batch.to_pylist()]
    assert [row["title"] for row in whole if row["movie_id"] == 11] == titles(catalogue, 11)
    for size in (1, 2, 3, 8):
        assert [row for batch in alternative_titles(catalogue, size) for row in batch.to_pylist()] == whole
