"""Files of other services are read for what they say, and everything else is refused with a reason."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.history.archive import LONGEST_CELL, HistoryError
from etl.transform.history.entries import Named, Says
from etl.transform.history.formats import read_history
from tests.support.histories import (
    DATASET,
    IMDB_NEW,
    IMDB_OLD,
    LETTERBOXD,
    MOVIELENS,
    ROWS,
    SIMKL,
    TRAKT,
    zipped,
)

IMDB_ALIEN = 78748


def test_letterboxd() -> None:
    entries = read_history("letterboxd-ann-2024.zip", zipped(ROWS))
    assert {entry.file for entry in entries} == {
        "ratings.csv", "watched.csv", "watchlist.csv", "likes/films.csv", "diary.csv", "reviews.csv",
    }  # fmt: skip
    alien = Named("Alien", 1979)
    said = {(entry.says, entry.rating, entry.day) for entry in entries if entry.film == alien}
    assert said == {
        (Says.RATED, 10.0, None), (Says.WATCHED, None, None), (Says.LIKED, None, None),
        (Says.DIARY, 8.0, date(2021, 3, 9)),
    }  # fmt: skip
    (review,) = [entry for entry in entries if entry.review]
    assert (review.review, review.tags, review.rewatch, review.line) == ("In space,\nno one", "cinema", True, 2)
    assert entries[0].at == datetime(2021, 3, 4)
    in_a_folder = zipped({f"letterboxd-ann/{name}": text for name, text in ROWS.items()})
    assert len(read_history("x.zip", in_a_folder)) == len(entries)


def test_a_single_file_of_letterboxd_is_known_by_its_name() -> None:
    text = f"{LETTERBOXD}\n2021-03-04,Heat,1995,x\n".encode()
    assert [read_history(name, text)[0].says for name in ("watched.csv", "watchlist.csv", "films.csv")] == [
        Says.WATCHED, Says.WATCHLIST, Says.LIKED,
    ]  # fmt: skip
    with pytest.raises(HistoryError, match="call it watched"):
        read_history("mine.csv", text)


def test_the_form_that_letterboxd_imports() -> None:
    columns = "tmdbID,imdbID,Title,Year,Rating10,WatchedDate,Rewatch,Tags,Review"
    text = f"{columns}\n348,,Alien,1979,9,2020-01-02,true,a,b\n"
    (entry,) = read_history("x.csv", text.encode())
    assert (entry.film.tmdb, entry.says, entry.rating, entry.day) == (348, Says.DIARY, 9.0, date(2020, 1, 2))
    assert (entry.rewatch, entry.tags, entry.review) == (True, "a", "b")


@pytest.mark.parametrize(("text", "film"), [(IMDB_NEW, 78748), (IMDB_OLD, 113277)])
def test_imdb_without_series(text: str, film: int) -> None:
    (entry,) = read_history("ratings.csv", text.encode())
    assert (entry.film.imdb, entry.says) == (film, Says.RATED)
    assert entry.at is not None


def test_trakt_flat_or_in_a_folder() -> None:
    entries = read_history("trakt.zip", zipped(TRAKT))
    assert [(entry.says, entry.film.tmdb) for entry in entries] == [
        (Says.RATED, 348), (Says.WATCHED, 949), (Says.DIARY, 949), (Says.WATCHLIST, 841),
    ]  # fmt: skip
    assert (entries[0].rating, entries[2].day) == (9.0, date(2021, 2, 1))
    flat = zipped({name.partition("/")[2]: items for name, items in TRAKT.items()})
    assert len(read_history("trakt.zip", flat)) == 4


def test_simkl() -> None:
    entries = read_history("simkl.csv", SIMKL.encode("utf-8-sig"))
    assert [(entry.says, entry.film.tmdb, entry.rating) for entry in entries] == [
        (Says.RATED, 348, 9.0), (Says.DIARY, 348, None),
        (Says.WATCHLIST, 841, None), (Says.NOT_INTERESTED, 949, None),
    ]  # fmt: skip


def test_movielens() -> None:
    (entry,) = read_history("movielens-ratings.csv", MOVIELENS.encode())
    assert (entry.film, entry.rating) == (Named("Alien", 1979, 348, IMDB_ALIEN), 9.0)
    (entry,) = read_history("ml.zip", zipped(DATASET))
    assert (entry.film.tmdb, entry.rating, entry.at) == (348, 9.0, datetime(2000, 7, 30, 18, 45, 3))
    with pytest.raises(HistoryError, match=r"links\.csv"):
        read_history("ratings.csv", DATASET["ratings.csv"].encode())
    two = {**DATASET, "ratings.csv": DATASET["ratings.csv"] + "2,1214,4,964982703\n"}
    with pytest.raises(HistoryError, match="several users"):
        read_history("ml.zip", zipped(two))


def test_a_rating_that_is_none_is_told_and_the_others_are_kept() -> None:
    text = f"{LETTERBOXD},Rating\n2021-03-04,Alien,1979,x,eleven\n2021-03-04,Heat,1995,x,4\n"
    entries = read_history("ratings.csv", text.encode("utf-16"))
    assert [bool(entry.problem) for entry in entries] == [True, False]
    assert "eleven" in entries[0].problem


def bomb() -> bytes:
    return zipped({"ratings.csv": f"{LETTERBOXD},Rating\n" + "\0" * 20_000_000})


def lying() -> bytes:
    """A zip whose directory says that a file of 40 MB has a hundred bytes."""
    packed = bytearray(zipped({"ratings.csv": "Date," * 8_000_000}))
    size = (40_000_000).to_bytes(4, "little")
    return bytes(packed.replace(size, (100).to_bytes(4, "little")))


def of_method(method: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("ratings.csv", "Const\n")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0" + b"\x80" * 100, "UTF-8"),
        ("Häuser".encode("cp1252"), "UTF-8"),
        (b"a,b\n1,2\n", "Letterboxd"),
        (b"{}", "export"),
        (b'{"reelkin": 99}', "export"),
        (b"PK\x03\x04 and nothing else", "damaged"),
        (zipped(ROWS)[:-40], "damaged"),
        (bomb(), "too tightly"),
        (lying(), r"damaged|too large|too tightly"),
        (of_method(zipfile.ZIP_BZIP2), "unusual"),
        (zipped({f"{i}.txt": "" for i in range(2_001)}), "2,001 files"),
        (zipped({"a.txt": "hello"}), "Letterboxd"),
        (zipped({"ratings-movies.json": "[" * 100_000}), "no JSON"),
        (zipped({"ratings-movies.json": {"a": 1}}), "no list"),
        (f"{LETTERBOXD},Rating\n2021-03-04,{'x' * (LONGEST_CELL + 1)},1979,x,5\n".encode(), "cell"),
        (f"{LETTERBOXD},Rating\n".encode() + b"2021-03-04,x,1979,x,5\n" * 100_001, "100,000 rows"),
        (b"\0" * (16 * 2**20 + 1), "bytes"),
    ],
    ids=range(18),
)
def test_what_is_no_history_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(HistoryError, match=words):
        read_history("file", data)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"{LETTERBOXD},Rating\n{text}".encode()))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        entries = read_history("ratings.csv", data)
    except (HistoryError, UnicodeEncodeError):
        return
    for entry in entries:
        assert entry.rating is None or 0.5 <= entry.rating <= 10
        entry.film.title.encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "movie",
                        "ids",
                        "tmdb",
                        "imdb",
                        "title",
                        "year",
                        "rating",
                        "rated_at",
                        "watchlist",
                        "id",
                        "waiting",
                        "said",
                        "says",
                        "diary",
                        "ratings",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_read_or_refused(content: object) -> None:
    for files in (
        {"ratings-movies.json": [content]},
        {"reelkin.json": {"reelkin": 1, "ratings": [content], "diary": content}},
    ):
        try:
            entries = read_history("x.zip", zipped({name: json.dumps(c) for name, c in files.items()}))
        except HistoryError:
            continue
        assert all(entry.film.title == entry.film.title.strip() for entry in entries)
