"""Every form in which files of films are found is read right, counted, or refused with the reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Engine

from etl.__main__ import main
from etl.errors import DumpError
from etl.ingest import ingest
from etl.reading.readings import Choices, OpenedFile
from etl.transform.batch import clean_batch
from etl.transform.film import DEFAULT, RAW_COLUMNS
from tests.etl.dumps import film, write
from tests.etl.file_table import FILES
from tests.etl.form_table import VALUES
from tests.etl.forms import FILMS, FileForm, crawled, text_of

INTRODUCTION = """\
# Files that are read

What `python -m etl ingest` makes of the forms in which files of films are found. A value is read right, or
counted in the report, or its row is rejected with a reason, or the file is refused. What most rows of a column
show decides how the column is read; the decision is printed, and `--lists`, `--dates`, `--numbers` and `--ratings`
set it by hand. `python -m etl inspect FILE` shows how a file would be read, and writes nothing.

A load with no film, or with more than half of its rows rejected for one cause, fails and changes nothing;
`--force` loads what can be loaded.

A file needs the columns `id` (TMDB's) and `title`. Other columns that it lacks are empty and named in the report.

`python -m etl credits FILE` adds directors and casts from a file of their own, by the same rules: `id` (TMDB's)
or `imdb_id`, and `director`, `cast` or `crew`. Of `tmdb_5000_credits.csv` the column `movie_id` is taken for
TMDB's id, since the titles beside it show that it is; a file whose titles contradict its ids is refused.

These tables are made by `tests/etl/test_forms.py`, which feeds every form in them.
"""
FORMS = VALUES + FILES
DOCS = Path(__file__).parents[2] / "docs" / "files.md"


def cleaned(path: Path) -> tuple[dict[int, dict[str, object]], OpenedFile]:
    """The clean films of a file, by id."""
    with OpenedFile(path, DEFAULT) as opened:
        films = [film for block in opened.blocks() for film in opened.clean(block).films.to_pylist()]
    return {film["id"]: film for film in films}, opened


def expected() -> dict[int, dict[str, object]]:
    """The films as the v11 dump gives them."""
    table = pa.table({name: pa.array([row.get(name, "") for row in FILMS], pa.string()) for name in RAW_COLUMNS})
    return {film["id"]: film for film in clean_batch(table).films.to_pylist()}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_is_read_right_counted_or_refused(form: FileForm, tmp_path: Path) -> None:
    path = form.write(tmp_path)
    if form.refused:
        with pytest.raises(DumpError, match=re.escape(form.refused)):
            cleaned(path)
        return
    found, opened = cleaned(path)
    wanted = expected()
    for (movie_id, column), value in form.differs.items():
        wanted[movie_id][column] = value
    for one in (*wanted.values(), *found.values()):
        for column in form.lacks:
            one.pop("year" if column == "release_date" else column)
            one.pop(column, None)
    assert found == wanted
    for part in form.counted:
        assert any(part in name for name in opened.readings.counts), opened.readings.counts


@pytest.mark.parametrize(("films", "year"), [(1200, 1925), (6, 2025)])
def test_the_years_of_a_column_show_the_century(films: int, year: int, tmp_path: Path) -> None:
    """Six films say nothing about where a column ends; either way the doubtful year is counted."""
    path = tmp_path / "films.csv"
    path.write_text(text_of(crawled(films, 2016)))
    found, opened = cleaned(path)
    assert found[1]["year"] == year
    assert found[1000]["year"] == 2016
    assert sum(opened.readings.counts.values()) == films + 1


def test_few_or_bad_ratings_up_to_five_stay_as_they_are(tmp_path: Path) -> None:
    """Six good films prove no scale, nor do many of the worst; by hand any column can be read so."""
    few = [row | {"vote_average": "4.5"} for row in FILMS]
    bad = [row | {"vote_average": "2.1"} for row in FILMS] * 10
    path = tmp_path / "films.csv"
    for rows, ratings, expected in ((few, None, 4.5), (bad, None, 2.1), (few, 5, 9.0), (bad, 5, 4.2)):
        path.write_text(text_of(rows))
        with OpenedFile(path, DEFAULT, Choices(ratings=ratings)) as opened:
            films = [film for block in opened.blocks() for film in opened.clean(block).films.to_pylist()]
        assert {film["vote_average"] for film in films} == {expected}


def test_inspect_shows_how_a_file_would_be_read_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REELKIN_DATABASE_URL", f"sqlite:///{tmp_path}/reelkin.db")
    monkeypatch.setenv("REELKIN_DATA_DIR", str(tmp_path / "data"))
    form = next(form for form in FORMS if "movies_metadata" in form.name)
    path = form.write(tmp_path)
    assert main(["inspect", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Python lists of objects" in out and "Inception" in out and "6 can be loaded" in out
    assert main(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["films"] == len(FILMS)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([film(1), film(2, release_date="soon"), film(3, release_date="later")], "'bad date'.*soon.*--dates"),
        ([film("x")], "1 of 1 rows.*'bad id'.*whole numbers"),
    ],
)
def test_a_load_that_loses_most_rows_fails_unless_forced(
    rows: list[dict[str, str]], message: str, sqlite: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path / "dump.csv", *rows)
    with pytest.raises(DumpError, match=message):
        ingest(sqlite, path)
    assert ingest(sqlite, path, force=True).read == len(rows)


def test_the_table_in_docs_names_every_form() -> None:
    """Write it again with `python -m tests.etl.test_forms`."""
    assert DOCS.read_text(encoding="utf-8") == document()


def document() -> str:
    """docs/files.md: every form of the tests and what becomes of it."""
    lines = INTRODUCTION.splitlines()
    for group in dict.fromkeys(form.group for form in FORMS):
        lines += ["", f"## {group}", "", "| form | what becomes of it |", "|---|---|"]
        rows = [form for form in FORMS if form.group == group]
        lines += [f"| {form.name.replace('|', chr(92) + '|')} | {form.becomes} |" for form in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCS.write_text(document(), encoding="utf-8")
