"""How a column of dates is read: the order of day and month, centuries, numbers of days or seconds.

The order of day and month is decided for the whole column: one date with a day above 12 decides it, and two that
contradict each other mean that it cannot be told. Then, as for a century that nothing decides, only what is
certain is kept, and counted.

The century of a two-digit year is that of a column of years, else what the film and its column show: a released
film is not of the future, IMDb gave its first 100,000 ids to films of the last century (of 20,132 films of the
real dump all but 8), and a column whose films end years ago has none of the years after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from contract import FIRST_YEAR, LAST_YEAR

FORMS = {
    "iso": "dates as they are (ISO and other unambiguous spellings)",
    "mdy": "month, day, year",
    "dmy": "day, month, year",
    "ymd": "year of two digits, month, day",
    "unclear": "day and month in an order that cannot be told: the year is kept",
    "excel": "Excel's day numbers",
    "epoch": "seconds since 1970",
    "epoch-ms": "milliseconds since 1970",
}
"""The choices of `--dates` (without "unclear"), in words."""

ORDER_UNCLEAR = "release_date: day and month cannot be told apart, year kept"
CENTURY_UNCLEAR = "release_date: two-digit year taken as 20xx"
CENTURY_OF_COLUMN = "release_date: two-digit year taken as 19xx, as the file has no films so new"
EXCEL_AMONG_OTHERS = "release_date: Excel's day number among other dates, year kept"
CENTURY_OF_IMDB = "release_date: two-digit year taken as 19xx, as the IMDb id is of an old film"
_PARTS = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,].*)?", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3,9})[- ,]+(\d{4}|\d{2})", re.ASCII)
_FLOAT = re.compile(r"([+-]?\d{1,14})(?:\.0*)?", re.ASCII)
_EXCEL_START = date(1899, 12, 30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IMDB_ID = re.compile(r"tt(\d{1,9})", re.ASCII)
_IMDB_OF_19XX = 100_000  # smaller numbers of IMDb's ids are of films of the last century
_RARE = 50  # a year with fewer films than the fullest one divided by this is none of the column's
_ORDERS = ("mdy", "dmy", "ymd", "unclear")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def choose(values: Iterable[str]) -> str:
    """The form of a column: a key of `FORMS`, from some of its values."""
    texts = [text.strip() for text in values if text.strip()]
    parts = [match for text in texts if (match := _PARTS.fullmatch(text))]
    if len(parts) * 2 > len(texts):
        if any(int(match[1]) > 31 for match in parts):
            return "ymd"  # 99-03-30
        first = any(int(match[1]) > 12 for match in parts)
        second = any(int(match[3]) > 12 for match in parts)
        return {(True, False): "dmy", (False, True): "mdy"}.get((first, second), "unclear")
    numbers = [int(match[1]) for text in texts if (match := _FLOAT.fullmatch(text))]
    if len(numbers) * 2 <= len(texts):
        return "iso"
    size = sorted(abs(number) for number in numbers)[len(numbers) // 2]
    if size >= 10**10 and not _all_compact(numbers):
        return "epoch-ms"
    if size >= 10**6 and not _all_compact(numbers):
        return "epoch"
    return "excel" if 10_000 <= size < 100_000 else "iso"


def _all_compact(numbers: list[int]) -> bool:
    """Whether the numbers are dates such as 20100715."""
    return all(
        FIRST_YEAR <= number // 10_000 <= LAST_YEAR and 1 <= number // 100 % 100 <= 12 for number in numbers
    )


def newest(values: Iterable[str], form: str, today: date) -> int:
    """The last year that a column of two-digit years has films of, and one more for what was still to come.

    It is the last year with a `_RARE`th of the films of the fullest year, so few films say nothing.

    >>> newest(["1/31/11"] * 100 + ["9/5/25"], "mdy", date(2026, 1, 1))
    2012
    """
    years: Counter[int] = Counter()
    for text in values:
        if (match := _PARTS.fullmatch(text.strip())) or (match := _WORDS.fullmatch(text.strip())):
            digits = match[1] if form == "ymd" else match[match.lastindex or 0]
            if len(digits) <= 2 and 2000 + int(digits) <= today.year:
                years[2000 + int(digits)] += 1
    full = max(years.values(), default=0)
    return min(max((y for y, films in years.items() if films * _RARE >= full), default=today.year) + 1, today.year)


Rewriter = Callable[[str, str, str, str], tuple[str, str]]


def rewriter(form: str, today: date, last: int) -> Rewriter:
    """The function that rewrites a value.

    Args:
        form: a key of `FORMS`.
        today: a released film of a later day must be of the century before.
        last: the last year that the column has films of, see `newest`.

    Returns:
        a function of the text, the film's status, its year in another column and its IMDb id ("" if there is
        none), which returns the date as ISO text (or a year, or the text unchanged) and what to count, "" for
        nothing.
    """

    def century(digits: str, month: int, day: int, known: tuple[str, str, str]) -> tuple[int, str]:
        """The year of two digits or four, and what to count."""
        status, year, imdb_id = known
        number = int(digits)
        if len(digits) == 4:
            return number, ""
        stated = _year(year)
        if stated and int(stated) % 100 == number:
            return int(stated), ""
        planned = status.strip().casefold() not in ("", "released")
        latest = (today.year + (5 if planned else 0), 12 if planned else today.month, 31 if planned else today.day)
        if (2000 + number, month, day) > latest:
            return 1900 + number, ""
        imdb = _IMDB_ID.fullmatch(imdb_id.strip())
        if imdb and int(imdb[1]) < _IMDB_OF_19XX:
            return 1900 + number, CENTURY_OF_IMDB
        if 2000 + number > last and not planned:
            return 1900 + number, CENTURY_OF_COLUMN
        return 2000 + number, CENTURY_UNCLEAR

    def rewrite(text: str, status: str, year: str, imdb_id: str) -> tuple[str, str]:
        text, known = text.strip(), (status, year, imdb_id)
        if not text:
            return _year(year), ""
        if match := _WORDS.fullmatch(text):
            if (month := match[2][:3].lower()) not in _MONTHS:
                return text, ""
            at = _MONTHS.index(month) + 1
            full, note = century(match[3], at, int(match[1]), known)
            return _iso(full, at, int(match[1])), note
        if match := _PARTS.fullmatch(text):
            month, day, digits = _ordered(match, form)
            full, note = century(digits, month or 1, day or 1, known)
            if month and day:
                return _iso(full, month, day), note
            if form == "iso":  # the order may be clear from this date alone
                return f"{match[1]}/{match[3]}/{full:04}", note
            return f"{full:04}", ORDER_UNCLEAR
        if match := _FLOAT.fullmatch(text):
            number = int(match[1])
            if form in _ORDERS and LAST_YEAR < number < 100_000:  # Excel swaps day and month where it reads a date
                return _number(number, text, "excel")[:4], EXCEL_AMONG_OTHERS
            return _number(number, text, form), ""
        return text, ""

    return rewrite


def _ordered(match: re.Match[str], form: str) -> tuple[int, int, str]:
    """Month, day and the digits of the year of a date in parts; 0, 0 where month and day cannot be told apart."""
    first, second, third = match[1], match[3], match[4]
    if form == "ymd" and len(third) == 2:
        month, day, year = int(second), int(third), first
    elif form == "mdy" or (form != "dmy" and first == second and form != "iso"):
        month, day, year = int(first), int(second), third
    elif form == "dmy":
        month, day, year = int(second), int(first), third
    else:
        return 0, 0, third
    return (month, day, year) if 1 <= month <= 12 else (0, 0, year)  # else the value contradicts the column


def _number(number: int, text: str, form: str) -> str:
    try:
        if form == "excel" and 0 < number < 200_000:
            return (_EXCEL_START + timedelta(days=number)).isoformat()
        if form == "epoch":
            return (_EPOCH + timedelta(seconds=number)).date().isoformat()
        if form == "epoch-ms":
            return (_EPOCH + timedelta(milliseconds=number)).date().isoformat()
    except OverflowError:
        return text
    return str(number)  # a year such as 1995.0, or 20100715


def _iso(year: int, month: int, day: int) -> str:
    return f"{year:04}-{month:02}-{day:02}"


def _year(text: str) -> str:
    match = _FLOAT.fullmatch(text.strip())
    return match[1] if match and match[1].isdigit() and FIRST_YEAR <= int(match[1]) <= LAST_YEAR else ""
