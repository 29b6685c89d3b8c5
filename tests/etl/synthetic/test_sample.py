"""The bundled sample keeps its promises, and `etl.synthetic.sample` chooses as it says."""

from __future__ import annotations

import argparse
import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest

from etl.synthetic import sample
from etl.synthetic.sample import BLANK_COLUMNS, COLUMNS, GENRES, SampleError

BUNDLED = Path(__file__).parents[3] / "data" / "sample.csv.gz"
NAMED = (
    ("Interstellar", "2014"),
    ("The Godfather", "1972"),
    ("Spirited Away", "2001"),
    ("Amélie", "2001"),
    ("WALL·E", "2008"),
    ("The Matrix", "1999"),
    ("Se7en", "1995"),
    ("Alien", "1979"),
    ("Toy Story", "1995"),
    ("Amadeus", "1984"),
    ("Seven Samurai", "1954"),
    ("Psycho", "1960"),
    ("Metropolis", "1927"),
    ("M", "1931"),
    ("8½", "1963"),
    ("V/H/S", "2012"),
    ("9", "2009"),
    ("Ant-Man", "2015"),
    ("Schindler's List", "1993"),
    ("Moon", "2009"),
    ("Gravity", "2013"),
    ("The Martian", "2015"),
    ("2001: A Space Odyssey", "1968"),
    ("Contact", "1997"),
    ("Blade Runner", "1982"),
    ("Arrival", "2016"),
)


@pytest.fixture(scope="module")
def bundled() -> pd.DataFrame:
    return pd.read_csv(BUNDLED, dtype=str, keep_default_na=False)


def test_bundled_has_the_columns_and_the_size_promised(bundled: pd.DataFrame) -> None:
    assert tuple(bundled.columns) == COLUMNS
    assert len(bundled) == 5000
    assert bundled["id"].is_unique
    assert BUNDLED.stat().st_size < 1_500_000


def test_bundled_reads_with_the_csv_module() -> None:
    with gzip.open(BUNDLED, "rt", encoding="utf-8", newline="") as stream:
        assert {len(row) for row in csv.reader(stream)} == {24}


def test_bundled_holds_facts_only(bundled: pd.DataFrame) -> None:
    for column in BLANK_COLUMNS:
        assert (bundled[column] == "").all(), column


@pytest.mark.parametrize(("title", "year"), NAMED)
def test_bundled_holds_films_everybody_asks_for(bundled: pd.DataFrame, title: str, year: str) -> None:
    dates = bundled.loc[bundled["title"] == title, "release_date"]
    assert dates.str.startswith(year).any()


@pytest.mark.parametrize(
    ("series", "parts"),
    [("The Godfather", 3), ("Toy Story", 4), ("Harry Potter and the", 8), ("Rocky", 6), ("Alien", 4)],
)
def test_bundled_holds_whole_series(bundled: pd.DataFrame, series: str, parts: int) -> None:
    assert bundled["title"].str.startswith(series).sum() >= parts


def test_bundled_spans_genres_decades_and_languages(bundled: pd.DataFrame) -> None:
    genres = bundled["genres"].str.split(", ").explode().value_counts()
    assert set(genres.index) == set(GENRES)
    assert genres.min() >= 60
    assert genres["Animation"] >= 300
    assert genres["Documentary"] >= 100
    decades = bundled["release_date"].str[:3].value_counts()
    assert all(decades[str(decade)] >= 37 for decade in range(192, 203))
    languages = bundled["original_language"].value_counts()
    assert (languages >= 10).sum() >= 30
    assert (bundled["original_language"] != "en").mean() > 0.2


def test_bundled_is_fit_to_recommend_from(bundled: pd.DataFrame) -> None:
    assert (bundled["keywords"] != "").mean() > 0.9
    assert not (bundled["adult"] == "True").any()
    votes = bundled["vote_count"].astype(int)
    assert votes.is_monotonic_decreasing
    assert votes.min() >= 50


def test_bundled_gzip_header_carries_no_time_and_no_name() -> None:
    header = BUNDLED.read_bytes()[:10]
    assert header[3] == 0
    assert header[4:8] == bytes(4)


def _film(movie_id: int, **facts: str) -> dict[str, str]:
    film = dict.fromkeys(COLUMNS, "x")
    film |= {
        "id": str(movie_id),
        "title": f"Film {movie_id} of many",
        "vote_count": "100",
        "status": "Released",
        "release_date": "2001-02-03",
        "adult": "False",
        "original_language": "en",
        "genres": "Drama, Comedy",
    }
    return film | facts


def _write(films: list[dict[str, str]], path: Path) -> Path:
    pd.DataFrame(films, columns=list(COLUMNS)).to_csv(path, index=False)
    return path


def _chosen(films: list[dict[str, str]], count: int, folder: Path) -> pd.DataFrame:
    out = folder / "sample.csv.gz"
    assert sample.sample(_write(films, folder / "dump.csv"), out, count) == count
    return pd.read_csv(out, dtype=str, keep_default_na=False)


@pytest.mark.parametrize(
    "facts",
    [
        {"adult": "True"},
        {"release_date": ""},
        {"release_date": "1999"},
        {"status": "Rumored"},
        {"title": " "},
        {"genres": ""},
        {"genres": "Drama, 000 on the Black (1966)"},
        {"vote_count": "49"},
        {"vote_count": ""},
        {"id": "not an id"},
    ],
)
def test_films_that_are_not_eligible_stay_out(facts: dict[str, str], tmp_path: Path) -> None:
    films = [_film(1, **{"vote_count": "9999"} | facts), _film(2)]
    with pytest.raises(SampleError, match=r"asked for 2 films, but .* holds 1"):
        sample.sample(_write(films, tmp_path / "dump.csv"), tmp_path / "out.csv.gz", 2)
    assert list(_chosen(films, 1, tmp_path)["id"]) == ["2"]


def test_the_most_voted_are_chosen_in_order_and_each_once(tmp_path: Path) -> None:
    films = [_film(n, vote_count=str(1000 + n % 7)) for n in range(1, 30)] + [_film(7)]
    chosen = _chosen(films, 20, tmp_path)
    votes = chosen["vote_count"].astype(int)
    assert votes.is_monotonic_decreasing
    assert votes.min() >= 1002
    assert chosen["id"].is_unique
    assert (chosen[list(BLANK_COLUMNS)] == "").all(axis=None)


def test_a_film_without_keywords_yields_to_one_with(tmp_path: Path) -> None:
    films = [_film(1, vote_count="150", keywords=""), _film(2, vote_count="100")]
    assert list(_chosen(films, 1, tmp_path)["id"]) == ["2"]


def test_quotas_bring_in_what_votes_alone_would_not(tmp_path: Path) -> None:
    films = [_film(n, vote_count="5000") for n in range(1, 200)]
    films += [_film(n, vote_count="60", genres="Animation") for n in range(200, 220)]
    chosen = _chosen(films, 100, tmp_path)
    assert (chosen["genres"] == "Animation").sum() == 6  # 300 in 5,000


def test_the_rest_of_a_series_comes_along(tmp_path: Path) -> None:
    films = [_film(n, vote_count=str(5000 - n)) for n in range(1, 60)]
    films += [
        _film(100, title="Alien", vote_count="9000", genres="Horror"),
        _film(101, title="Alien: Resurrection", vote_count="300", genres="Horror"),
        _film(102, title="Alien 3", vote_count="300", genres="Horror, Drama"),
        _film(103, title="Alien: The Musical", vote_count="300", genres="Music"),
        _film(104, title="Alien IV", vote_count="60", genres="Horror"),
    ]
    assert {"100", "101", "102"} < set(_chosen(films, 40, tmp_path)["id"])
    assert not {"103", "104"} & set(_chosen(films, 40, tmp_path)["id"])


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Rocky IV", "rocky"),
        ("The Godfather Part II", "the godfather"),
        ("Toy Story 3", "toy story"),
        ("Harry Potter and the Goblet of Fire", "harry potter"),
        ("Mission: Impossible - Fallout", "mission"),
        ("Kill Bill: Vol. 2", "kill bill"),
        ("IV", "iv"),
        ("300", "300"),
        ("9", "9"),
    ],
)
def test_franchise_key(title: str, key: str) -> None:
    assert sample.franchise_key(title) == key


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.zst", ".csv.xz"])
def test_the_same_dump_gives_the_same_bytes_however_packed(suffix: str, tmp_path: Path) -> None:
    films = [_film(n) for n in range(1, 30)]
    first, second = tmp_path / "first.csv.gz", tmp_path / "second"
    sample.sample(_write(films, tmp_path / "dump.csv"), first, 10)
    sample.sample(_write(films[::-1], tmp_path / f"packed{suffix}"), second, 10)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("content", ["", "id,title\n1,Up\n", ",".join(COLUMNS) + "\n"])
def test_what_is_no_dump_is_named(content: str, tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_text(content)
    with pytest.raises(SampleError, match=r"dump\.csv"):
        sample.sample(dump, tmp_path / "out.csv.gz", 1)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump, out = _write([_film(n) for n in range(1, 10)], tmp_path / "dump.csv"), tmp_path / "out.csv.gz"
    parser = argparse.ArgumentParser()
    sample.configure(parser)
    assert sample.run(parser.parse_args([str(dump), str(out), "--films", "3"])) == 0
    assert "3 films" in capsys.readouterr().out
    assert parser.parse_args(["a", "b"]).films == 5000
