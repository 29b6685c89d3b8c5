"""Numbers, dates, flags, codes, links and names: each spelling has one outcome."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.transform.values import (
    INT32_MAX,
    FilmDate,
    clean_companies,
    clean_names,
    parse_amount,
    parse_average,
    parse_count,
    parse_date,
    parse_flag,
    parse_id,
    parse_image,
    parse_imdb_id,
    parse_language,
    parse_link,
    parse_number,
    parse_score,
    parse_small_amount,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(
            ("148", 148),
            ("148.0", 148),
            (" 8.364 ", 8.364),
            ("1,000,000", 1_000_000),
            ("-5", -5),
            ("1e3", 1000),
        ),
        *((".5", 0.5), ("5.", 5), ("+7", 7), ("007", 7), ("9" * 30, int("9" * 30))),
        *(
            (bad, None)
            for bad in ("nan", "inf", "1e400", "", "x", "1,00", "1_000", "0x1A", "١٢", "9" * 5000, "$5")
        ),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "movie_id"),
    [
        *(("27205", 27205), ("27205.0", 27205), (" 5 ", 5), ("5\x00", 5), (str(INT32_MAX), INT32_MAX)),
        *((bad, None) for bad in ("", "0", "-5", "5.5", "tt5", "id", "2147483648", "1e3", "12abc", "9" * 400)),
    ],
)
def test_ids(text: str, movie_id: int | None) -> None:
    assert parse_id(text) == movie_id


@pytest.mark.parametrize(
    ("text", "value", "repaired"),
    [
        *(
            ("", None, False),
            ("0", None, False),
            ("0.0", None, False),
            ("148", 148, False),
            ("148.0", 148, False),
        ),
        *(("nan", None, True), ("-5", None, True), ("1e400", None, True), ("99999999999", None, True)),
        ("about two hours", None, True),
    ],
)
def test_minutes(text: str, value: int | None, repaired: bool) -> None:
    assert parse_small_amount(text) == (value, repaired)


def test_unknown_votes_and_popularity_are_zero() -> None:
    assert parse_count("") == (0, False)
    assert parse_count("-1") == (0, True)
    assert parse_amount("2923706026") == (2_923_706_026, False)
    assert parse_score("") == (0.0, False)
    assert parse_score("nan") == (0.0, True)
    assert parse_average("11") == (10.0, True)
    assert parse_average("-1") == (0.0, True)
    assert parse_average("8.364") == (8.364, False)


DAY = FilmDate(2010, date(2010, 7, 15))
YEAR = FilmDate(2010)


@pytest.mark.parametrize(
    ("text", "value", "repaired"),
    [
        *(
            (text, DAY, False)
            for text in ("2010-07-15", "2010-07-15T00:00:00.000Z", "2010-07-15 12:30", "20100715")
        ),
        *((text, DAY, False) for text in ("2010/7/15", "2010.07.15", " 2010-07-15\r", "7/15/2010", "15.07.2010")),
        *((text, DAY, False) for text in ("15 July 2010", "July 15, 2010", "Jul. 15 2010", "15. jul 2010")),
        *((text, YEAR, False) for text in ("2010", "2010-07", "July 2010")),
        *((text, YEAR, True) for text in ("2010-00-00", "2010-02-31", "2010-13-45", "03/04/2010")),
        ("05/05/2010", FilmDate(2010, date(2010, 5, 5)), False),
        *((text, None, False) for text in ("", "0000-00-00", "soon", "1250-01-01", "9999", "10", "2010-7-15x")),
        *((text, None, False) for text in ("15 Foo 2010", "Deck 2010", "2010/07-15", "1/1/10", "٢٠١٠")),
    ],
)
def test_dates(text: str, value: FilmDate | None, repaired: bool) -> None:
    assert parse_date(text) == (value, repaired)


@given(st.dates(date(1800, 1, 1), date(2199, 12, 31)))
def test_every_iso_date_is_itself(day: date) -> None:
    assert parse_date(day.isoformat()).value == FilmDate(day.year, day)


def test_flags_codes_and_links() -> None:
    assert [parse_flag(text).value for text in ("True", "1", "TRUE", "False", "0", "")] == [True] * 3 + [False] * 3
    assert parse_flag("perhaps") == (False, True)
    assert parse_language("EN ") == ("en", False)
    assert parse_language("english!") == ("", True)
    assert parse_imdb_id("tt1375666") == ("tt1375666", False)
    assert parse_imdb_id("1375666") == (None, True)
    assert parse_imdb_id("") == (None, False)
    assert parse_image("/oYu_Lt3.jpg") == ("/oYu_Lt3.jpg", False)
    assert parse_image("oops") == (None, True)
    assert parse_link("HTTP://a.b/c,1__2 http://d.e") == ("HTTP://a.b/c,1__2", False)
    assert parse_link("javascript:alert(1)") == (None, True)


def test_names_are_trimmed_and_unique_and_hold_no_bar() -> None:
    assert clean_names("Drama,, Comedy, , Drama,") == ("Drama", "Comedy")
    assert clean_names("ONF | NFB, 2|35") == ("ONF / NFB", "2/35")
    assert clean_names(["Korea, South", " Drama ", ""]) == ("Korea, South", "Drama")
    assert clean_names("rock &amp; roll, <b>blues</b>, \u200bjazz\xa0") == ("rock & roll", "blues", "jazz")
    assert clean_names("") == clean_names(" , ,, ") == ()


def test_legal_forms_go_back_to_their_company() -> None:
    assert clean_companies("Media Co. , Ltd., Legendary, Gaumont, S.A., A24") == (
        "Media Co., Ltd.",
        "Legendary",
        "Gaumont, S.A.",
        "A24",
    )
    assert clean_companies("Foo, Inc., LLC") == ("Foo, Inc., LLC",)
    assert clean_companies("Inc., Foo") == ("Inc.", "Foo")
    assert clean_companies("Lucky, The Inc Group, Columbia") == ("Lucky", "The Inc Group", "Columbia")


@given(st.text(st.sampled_from("ab,|_ &;<>\u200b\u3000l") | st.characters(), max_size=40))
def test_names_survive_being_cleaned_again(text: str) -> None:
    names = clean_names(text)
    assert clean_names(names) == names
    assert all(name and "|" not in name for name in names)
    assert len(set(names)) == len(names)
