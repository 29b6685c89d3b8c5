"""A film is cleaned or rejected with a reason; a batch does to its rows what `clean_film` does to each."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contract
from contract import LIST_MAX, NAME_MAX
from etl.transform.batch import KEPT, REASONS, clean_batch
from etl.transform.film import (
    CLASSIC,
    COLUMNS,
    DEFAULT,
    RAW_COLUMNS,
    FilmError,
    Reason,
    Rules,
    clean_film,
)
from sql.tables import MAX_LENGTHS, stored
from tests.etl.dumps import film
from tests.etl.transform.test_transform_text import DIRTY, GENUINE, TEXTS


def test_a_raw_row_has_the_columns_of_the_dump_and_all_others_of_a_film() -> None:
    assert RAW_COLUMNS[: len(COLUMNS)] == COLUMNS
    of_a_film = {column.public_name for column in contract.COLUMNS.values() if not column.computed}
    assert set(RAW_COLUMNS) == of_a_film - {"year"}


def test_a_film_of_the_dump() -> None:
    repairs: Counter[str] = Counter()
    raw = film(27205, "Inception ", vote_average="8.364", vote_count="34495", status="Released", adult="False")
    raw |= {
        "runtime": "148.0",
        "budget": "-1",
        "revenue": "0",
        "popularity": "nan",
        "original_language": "EN",
    }
    raw |= {"genres": "Action, Science Fiction", "imdb_id": "1375666", "poster_path": "/o.jpg"}
    clean = clean_film(raw, repairs=repairs)
    assert (clean.id, clean.title, clean.original_title) == (27205, "Inception", "Inception")
    assert (clean.year, clean.release_date, clean.status) == (2010, date(2010, 7, 15), "Released")
    assert (clean.vote_average, clean.vote_count, clean.popularity) == (8.364, 34495, 0.0)
    assert (clean.runtime, clean.budget, clean.revenue) == (148, None, None)
    assert (clean.imdb_id, clean.poster_path, clean.homepage) == (None, "/o.jpg", None)
    assert (clean.genres, clean.keywords, clean.original_language) == (("Action", "Science Fiction"), (), "en")
    assert repairs == {"budget": 1, "popularity": 1, "imdb_id": 1}


def test_a_film_written_over_http_has_values_of_their_own_types() -> None:
    clean = clean_film(
        {"id": 5, "title": "Heat", "release_date": date(1995, 12, 15), "adult": True, "vote_average": 7.9}
        | {"vote_count": 10, "runtime": None, "production_companies": ["Forward Pass, Inc.", "Regency"]}
    )
    assert (clean.year, clean.adult, clean.vote_average, clean.runtime) == (1995, True, 7.9, None)
    assert clean.production_companies == ("Forward Pass, Inc.", "Regency")


def test_each_title_stands_in_for_the_other() -> None:
    assert clean_film(film(1, "", original_title="Le Samouraï")).title == "Le Samouraï"
    assert clean_film(film(1, "Heat", original_title="<br>")).original_title == "Heat"


def test_no_votes_have_no_average() -> None:
    assert clean_film(film(1, vote_average="8.5", vote_count="0")).vote_average == 0.0


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (film("tt5"), Reason.ID),
        (film(1, " <br> "), Reason.TITLE),
        (film(1, status="Planned"), Reason.STATUS),
        (film(1, release_date=""), Reason.NO_DATE),
        (film(1, release_date="0000-00-00"), Reason.NO_DATE),
        (film(1, release_date="soon"), Reason.DATE),
        (film("x", "", status="Rumored", release_date=""), Reason.ID),
        (film(1, "", status="Rumored", release_date=""), Reason.TITLE),
    ],
)
def test_what_cannot_be_loaded_says_why(raw: dict[str, str], reason: Reason) -> None:
    with pytest.raises(FilmError) as caught:
        clean_film(raw)
    assert caught.value.reason is reason


def test_the_classic_profile_strips_titles_and_wants_a_status() -> None:
    released = film(1, "V/H/S: <b>8½</b> of Ant-Man", status="Released")
    assert clean_film(released, CLASSIC).title == "VHS 8½ of AntMan"
    assert clean_film(released).title == "V/H/S: 8½ of Ant-Man"
    with pytest.raises(FilmError, match="not released"):
        clean_film(film(1), CLASSIC)
    with pytest.raises(FilmError, match="no title"):
        clean_film(released | {"title": "???"}, CLASSIC)


def by_rows(raw: list[dict[str, str]], rules: Rules) -> tuple[list[dict[str, object]], list[str], Counter[str]]:
    films, verdicts, repairs = [], [], Counter[str]()
    for row in raw:
        counted = Counter[str]()
        try:
            films.append(stored(clean_film(row, rules, counted)))
            repairs += counted
            verdicts.append("kept")
        except FilmError as error:
            verdicts.append(error.reason.value)
    return films, verdicts, repairs


def by_batch(raw: list[dict[str, str]], rules: Rules) -> tuple[list[dict[str, object]], list[str], Counter[str]]:
    table = pa.table({name: pa.array([row[name] for row in raw], pa.string()) for name in RAW_COLUMNS})
    batch = clean_batch(table, rules)
    verdicts = ["kept" if verdict == KEPT else REASONS[verdict].value for verdict in batch.verdicts]
    return batch.films.to_pylist(), verdicts, batch.repairs


TEXT = TEXTS.filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)) | st.sampled_from(
    [text for text in [*GENUINE, *DIRTY] if text.isprintable()]
)
NAMES = st.lists(
    TEXT
    | st.sampled_from(["Drama", "drama", "Inc.", "LLC", "The", "Co. ", "A|B", ",", " ", "x" * 198, "x" * 205]),
    max_size=8,
).map(", ".join)
NUMBER = st.sampled_from(["", "0", "7", "148.0", "-5", "nan", "1e400", "2,000", "9" * 12, "9" * 25, "12\0", "x"])
NUMBER |= st.floats(0, 12).map(str) | st.integers(0, 10**10).map(str)
DATE = st.sampled_from(["", "2010", "2010-07-15", "0000-00-00", "2010-02-31", "03/04/2010", "July 2010", "x"])
CELLS: dict[str, st.SearchStrategy[str]] = {
    "id": st.integers(1, 999).map(str) | st.sampled_from(["7.0", "", "x", "2147483648", " 5"]),
    "release_date": DATE | st.dates(date(1990, 1, 1)).map(str),
    "status": st.sampled_from(["Released", "", "released ", "Planned"]),
    "adult": st.sampled_from(["True", "False", "", "1", "0", "?"]),
    "original_language": st.sampled_from(["en", "JA", "", "english", "zh-cn"]),
    "imdb_id": st.sampled_from(["tt0111161", "", "TT1 ", "111161"]),
    "homepage": st.sampled_from(
        ["", "http://a.b/c_d,e", " Http://x", "http://a,", "www.x.y", "http://" + "x" * 1100]
    ),
    "poster_path": st.sampled_from(["/a.jpg", "", " /b_c.jpg", "a", "/" + "x" * 121]),
    "backdrop_path": st.sampled_from(["/a.jpg", "", "/é.jpg"]),
    **dict.fromkeys(("vote_average", "vote_count", "revenue", "budget", "runtime", "popularity"), NUMBER),
    **dict.fromkeys(("title", "original_title", "overview", "tagline"), TEXT),
}
ROWS = st.lists(st.fixed_dictionaries({name: CELLS.get(name, NAMES) for name in RAW_COLUMNS}), max_size=6)


@settings(max_examples=100, deadline=None)
@given(ROWS, st.sampled_from([DEFAULT, CLASSIC]))
def test_a_batch_is_its_rows(raw: list[dict[str, str]], rules: Rules) -> None:
    assert by_batch(raw, rules) == by_rows(raw, rules)


def test_every_day_and_every_day_that_is_none_is_dated_alike() -> None:
    days = [
        f"{y}-{m:02}-{d:02}" for y in (1799, 1899, 1900, 2000, 2099, 2100) for m in range(14) for d in range(33)
    ]
    raw = [film(n, release_date=day) for n, day in enumerate(days, 1)]
    assert by_batch(raw, DEFAULT) == by_rows(raw, DEFAULT)


def test_long_values_are_cut_alike() -> None:
    many = ", ".join(f"name {n}" for n in range(3_000))
    raw = film(1, "é" * 600, overview="ab " * 9_000, tagline="x" * 3_000, keywords=many)
    raw |= {"production_companies": f"{'y' * 300}, z", "genres": "g" * 5_000}
    assert by_batch([raw], DEFAULT) == by_rows([raw], DEFAULT)
    clean = clean_film(raw)
    for name, most in MAX_LENGTHS.items():
        assert len(stored(clean)[name] or "") <= most
    assert clean.keywords[:2] == ("name 0", "name 1") and len(stored(clean)["keywords"]) > LIST_MAX - 20
    assert clean.production_companies == ("y" * NAME_MAX, "z")
