"""A synthetic dump reads like a real one, and its figures are those published of the full dump."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import itertools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from etl.synthetic import synthesize
from etl.synthetic.sample import COLUMNS, GENRES
from etl.synthetic.shares import Quantiles, vote_counts
from etl.synthetic.synthesize import SynthesizeError
from etl.synthetic.world import load_words

ROWS = 20_000
FULL = 1_289_061


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "dump.csv"
    synthesize.synthesize(ROWS, out)
    return out


@pytest.fixture(scope="module")
def films(dump: Path) -> pd.DataFrame:
    frame = pd.read_csv(dump, dtype=str, keep_default_na=False)
    frame["votes"] = frame["vote_count"].astype(int)
    frame["released"] = (frame["status"] == "Released") & (frame["release_date"] != "") & (frame["title"] != "")
    return frame


def test_every_row_has_24_fields_for_the_csv_module(dump: Path) -> None:
    with dump.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, strict=True))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == ROWS + 1
    assert {len(row) for row in rows} == {24}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_films(tmp_path: Path) -> None:
    contents = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        synthesize.synthesize(500, tmp_path / f"{name}.csv", seed)
        contents.append((tmp_path / f"{name}.csv").read_bytes())
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_compressed_dumps_hold_the_same_rows(tmp_path: Path) -> None:
    for suffix in (".csv", ".csv.gz", ".csv.zst"):
        synthesize.synthesize(300, tmp_path / f"dump{suffix}", 1)
    plain = (tmp_path / "dump.csv").read_bytes()
    assert gzip.decompress((tmp_path / "dump.csv.gz").read_bytes()) == plain
    packed = (tmp_path / "dump.csv.zst").read_bytes()
    assert zstandard.ZstdDecompressor().stream_reader(packed).read() == plain


@pytest.mark.parametrize(
    ("column", "published"),
    [
        ("genres", 677_660),
        ("production_companies", 526_683),
        ("production_countries", 643_007),
        ("keywords", 305_240),
    ],
)
def test_released_films_state_as_much_as_in_the_full_dump(
    films: pd.DataFrame, column: str, published: int
) -> None:
    stated = (films.loc[films["released"], column] != "").mean()
    assert stated == pytest.approx(published / 1_018_562, abs=0.02)


def test_dates_and_overviews_are_as_frequent_as_in_the_full_dump(films: pd.DataFrame) -> None:
    assert (films["release_date"] != "").mean() == pytest.approx(1_035_149 / FULL, abs=0.01)
    assert films["released"].mean() == pytest.approx(1_019_644 / FULL, abs=0.01)
    assert (films["overview"] != "").mean() == pytest.approx(0.8, abs=0.03)
    assert films["overview"][films["overview"] != ""].str.len().median() == pytest.approx(230, abs=40)
    years = films["release_date"].str.fullmatch(r"\d{4}").sum()
    assert 0 < years < 0.002 * ROWS


def test_votes_have_the_tail_of_the_full_dump_and_most_voted_come_first(films: pd.DataFrame) -> None:
    assert films["votes"].iloc[50:].max() <= films["votes"].iloc[:50].min()
    for votes, published in ((1, 339_000), (10, 45_384), (100, 15_973), (1000, 3_953)):
        assert (films["votes"] >= votes).sum() == pytest.approx(published * ROWS / FULL, rel=0.03, abs=2)
    popularity = films["popularity"].astype(float)
    assert popularity.min() == 0.6
    assert popularity.max() > 100 * popularity.median()


def test_a_good_third_of_the_films_is_thin(films: pd.DataFrame) -> None:
    silent = (films[["keywords", "production_companies", "tagline"]] == "").all(axis=1)
    assert 0.35 < silent.mean() < 0.5
    assert (silent & (films["overview"].str.len() < 100)).mean() > 0.2


def test_a_title_would_repeat_about_ninety_times_in_a_million(films: pd.DataFrame) -> None:
    common = load_words().repeated_titles[:40]
    times = films["title"].isin(common).sum() / len(common)
    assert times * 1_000_000 / ROWS == pytest.approx(90, abs=30)


def test_titles_ids_and_imdb_ids_repeat_as_they_do_in_the_real_one(films: pd.DataFrame) -> None:
    assert 0.9 < films["title"].nunique() / ROWS < 0.99
    assert 0 < ROWS - films["id"].nunique() < 0.002 * ROWS
    imdb = films["imdb_id"][films["imdb_id"] != ""]
    assert imdb.str.fullmatch(r"tt\d{7,8}").all()
    assert 0 < len(imdb) - imdb.nunique() < 0.004 * ROWS
    again = films[films["id"].duplicated(keep=False)].groupby("id")
    assert (again["title"].nunique() == 1).all()


def test_there_are_sequels_unreleased_and_adult_films(films: pd.DataFrame) -> None:
    titles = set(films["title"])
    assert sum(title.endswith(" 2") and title[:-2] in titles for title in titles) > 10
    unreleased = films[films["status"] != "Released"]
    assert 0.01 < len(unreleased) / ROWS < 0.06
    assert (unreleased["release_date"][unreleased["release_date"] != ""] >= "2026").all()
    assert 0.05 < (films["adult"] == "True").mean() < 0.11
    assert set(films["genres"].str.split(", ").explode()) - {""} >= set(GENRES)


@pytest.mark.parametrize(
    ("code", "script", "countries"),
    [
        ("ja", r"[\u3040-\u30ff\u4e00-\u9fff]", {"Japan"}),
        ("ko", r"[\uac00-\ud7af]", {"South Korea"}),
        ("ru", r"[\u0400-\u04ff]", {"Russia", "Soviet Union"}),
        ("ar", r"[\u0600-\u06ff]", {"Egypt", "Lebanon", "Morocco", "Tunisia", "Syria"}),
        ("hi", r"[\u0900-\u097f]", {"India"}),
        ("zh", r"[\u4e00-\u9fff]", {"China", "Taiwan", "Hong Kong"}),
    ],
)
def test_language_script_and_country_agree(
    films: pd.DataFrame, code: str, script: str, countries: set[str]
) -> None:
    own = films[films["original_language"] == code]
    assert len(own) > 50
    assert own["original_title"].str.contains(script).all()
    assert 0.2 < (own["title"] == own["original_title"]).mean() < 0.8
    assert set(own["production_countries"].str.split(", ").str[0]) - {""} <= countries


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("overview", "\n"),
        ("overview", "\r\n"),
        ("overview", '"'),
        ("overview", "  "),
        ("overview", "</?[a-z]+ ?/?>"),
        ("overview", "&amp;"),
        ("overview", "[\x00-\x08\x0e-\x1f]"),
        ("overview", "\u200b"),
        ("title", "_"),
        ("keywords", ",,"),
        ("genres", ", ,"),
        ("production_companies", ",,"),
    ],
)
def test_some_text_is_dirty(films: pd.DataFrame, column: str, pattern: str) -> None:
    assert 0 < films[column].str.contains(pattern).mean() < 0.15


def _content_words(films: pd.DataFrame) -> list[set[str]]:
    """The words of each overview that stand in fewer than one in twenty."""
    words = [set(re.findall(r"[a-z]{3,}", text.lower())) for text in films["overview"]]
    often = Counter(itertools.chain.from_iterable(words))
    return [{word for word in own if often[word] < len(words) / 20} for own in words]


def test_films_of_one_genre_share_more_words_than_others(films: pd.DataFrame) -> None:
    told = films[(films["overview"].str.len() > 150) & (films["genres"] != "")].head(2000)
    words = _content_words(told)
    genres = [set(value.split(", ")) for value in told["genres"]]
    same: list[float] = []
    apart: list[float] = []
    rng = np.random.default_rng(0)
    for a, b in rng.integers(len(words), size=(60_000, 2)):
        shared = len(words[a] & words[b]) / (1 + min(len(words[a]), len(words[b])))
        (same if genres[a] & genres[b] else apart).append(shared)
    assert np.mean(same) > 1.3 * np.mean(apart)


def _leaning(keywords: list[set[str]], genres: list[set[str]]) -> float:
    """How far the shares of genres among the films of a keyword are from those of all films, summed; the mean."""
    of_all = Counter(itertools.chain.from_iterable(genres))
    films = Counter(itertools.chain.from_iterable(keywords))
    together = {keyword: Counter[str]() for keyword in films}
    for words, own in zip(keywords, genres, strict=True):
        for word in words:
            together[word].update(own)
    return float(
        np.mean(
            [
                sum(abs(together[keyword][genre] / times - of_all[genre] / len(genres)) for genre in of_all)
                for keyword, times in films.items()
                if times >= 20
            ]
        )
    )


def test_keywords_go_with_genres(films: pd.DataFrame) -> None:
    both = films[(films["keywords"] != "") & (films["genres"] != "")]
    keywords, genres = ([set(value.split(", ")) - {""} for value in both[c]] for c in ("keywords", "genres"))
    assert _leaning(keywords, genres) > 1.15 * _leaning(keywords, genres[7:] + genres[:7])


@pytest.mark.parametrize("column", ["overview", "tagline", "title"])
def test_text_takes_up_the_keywords_of_its_film(films: pd.DataFrame, column: str) -> None:
    told = films[(films[column] != "") & (films["keywords"] != "")].head(3000)
    keywords = [set(re.findall(r"[a-z]{3,}", value)) for value in told["keywords"]]
    texts = [set(re.findall(r"[a-z]{3,}", value.lower())) for value in told[column]]
    own = np.mean([bool(a & b) for a, b in zip(keywords, texts, strict=True)])
    other = np.mean([bool(a & b) for a, b in zip(keywords, texts[7:] + texts[:7], strict=True)])
    assert own > 2 * other


def test_the_vocabulary_has_a_long_tail(films: pd.DataFrame) -> None:
    counts = Counter(re.findall(r"\w+", " ".join(films["overview"]).lower()))
    assert len(counts) > 10_000
    assert sum(times == 1 for times in counts.values()) > 0.3 * len(counts)
    assert counts["the"] > 1000 * np.median(list(counts.values()))


@pytest.mark.parametrize(
    ("rows", "name", "seed", "told"),
    [
        (0, "a.csv", 0, "got 0 rows"),
        (5, "a.csv", -1, "seed -1"),
        (5, "a.json", 0, r"\.csv, \.csv\.gz or \.csv\.zst"),
        (5, "a.gz", 0, r"\.csv, \.csv\.gz or \.csv\.zst"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is(
    rows: int, name: str, seed: int, told: str, tmp_path: Path
) -> None:
    with pytest.raises(SynthesizeError, match=told):
        synthesize.synthesize(rows, tmp_path / name, seed)
    assert not list(tmp_path.iterdir())


def test_a_dump_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesize.synthesize(10, tmp_path / "dump.csv", report=interrupt)
    assert not list(tmp_path.iterdir())


def test_one_row_is_a_dump(tmp_path: Path) -> None:
    synthesize.synthesize(1, tmp_path / "one.csv")
    with (tmp_path / "one.csv").open(newline="") as stream:
        assert [len(row) for row in csv.reader(stream)] == [24, 24]


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    synthesize.configure(parser)
    args = parser.parse_args(["50", str(tmp_path / "dump.csv"), "--seed", "3"])
    assert synthesize.run(args) == 0
    told = capsys.readouterr()
    assert "50 films" in told.out
    assert told.err == "synthesize: 50 of 50 films\n"


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=20))
def test_csv_lines_survive_the_csv_module(rows: list[tuple[str, str]]) -> None:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    text = synthesize.csv_lines(columns).decode()
    assert [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))] == rows


@given(st.integers(1, 50_000))
def test_vote_counts_fall_and_keep_their_tail(rows: int) -> None:
    votes = vote_counts(rows)
    assert votes.shape == (rows,)
    assert (np.diff(votes) <= 0).all()
    assert abs(int((votes >= 10).sum()) - 45_384 * rows / FULL) <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=10).map(sorted))
def test_quantiles_are_met(at: list[float]) -> None:
    drawn = Quantiles(tuple(at)).draw(np.random.default_rng(0), 2000)
    assert drawn.min() >= at[0] - 1e-6
    assert drawn.max() <= at[-1] + 1e-6
    middle = (len(at) - 1) // 2
    below = float((drawn < at[middle] + 1e-6).mean())
    assert below >= middle / (len(at) - 1) - 0.05
