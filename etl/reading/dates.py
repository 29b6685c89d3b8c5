"""How a column of dates is read: the order of day and month, centuries, numbers of days or seconds.

The order of day and month is decided for the whole column: one date with a day above 12 decides it, and two that
contradict each other mean that it cannot be told. Then, as for a century that nothing decides, only what is
certain is kept, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from contract import FIRST_YEAR, LAST_YEAR

FORMS = {
    "iso": "dates as they are (ISO and other unambiguous spellings)",
    "mdy": "month, day, year",
    "dmy": "day, month, year",
    "unclear": "day and month in an order that cannot be told: the year is kept",
    "excel": "Excel's day numbers",
    "epoch": "seconds since 1970",
    "epoch-ms": "milliseconds since 1970",
}
"""The choices of `--dates` (without "unclear"), in words."""

ORDER_UNCLEAR = "release_date: day and month cannot be told apart, year kept"
CENTURY_UNCLEAR = "release_date: two-digit year taken as 20xx"
_PARTS = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,].*)?", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3,9})[- ,]+(\d{4}|\d{2})", re.ASCII)
_FLOAT = re.compile(r"([+-]?\d{1,14})(?:\.0*)?", re.ASCII)
_EXCEL_START = date(1899, 12, 30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def choose(values: Iterable[str]) -> str:
    """The form of a column: a key of `FORMS`, from some of its values."""
    texts = [text.strip() for text in values if text.strip()]
    parts = [match for text in texts if (match := _PARTS.fullmatch(text))]
    if len(parts) * 2 > len(texts):
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


def rewriter(form: str, today: date) -> Callable[[str, str, str], tuple[str, str]]:
    """The function that rewrites a value.

    Args:
        form: a key of `FORMS`.
        today: a released film of a later year must be of the century before.

    Returns:
        a function of the text, the film's status and its year in another column ("" if there is none), which
        returns the date as ISO text (or a year, or the text unchanged) and what to count, "" for nothing.
    """

    def rewrite(text: str, status: str, year: str) -> tuple[str, str]:
        text = text.strip()
        if not text:
            return _year(year), ""
        if match := _WORDS.fullmatch(text):
            month = match[2][:3].lower()
            if month not in _MONTHS:
                return text, ""
            full, note = _century(match[3], year, status, today)
            return _iso(full, _MONTHS.index(month) + 1, int(match[1])), note
        if match := _PARTS.fullmatch(text):
            return _parts(match, form, status, year, today)
        if match := _FLOAT.fullmatch(text):
            return _number(int(match[1]), text, form), ""
        return text, ""

    return rewrite


def _parts(match: re.Match[str], form: str, status: str, year: str, today: date) -> tuple[str, str]:
    first, second = int(match[1]), int(match[3])
    full, note = _century(match[4], year, status, today)
    if form == "iso":  # the order may be clear from this date alone
        return f"{first}/{second}/{full:04}", note
    if form not in ("mdy", "dmy"):
        if first == second:
            return _iso(full, first, second), note
        return f"{full:04}", ORDER_UNCLEAR
    month, day = (first, second) if form == "mdy" else (second, first)
    if month > 12:  # this value contradicts the column
        return f"{full:04}", ORDER_UNCLEAR
    return _iso(full, month, day), note


def _century(digits: str, year: str, status: str, today: date) -> tuple[int, str]:
    """The year of two digits: that of another column, else of the last hundred years, counted if doubtful."""
    number = int(digits)
    if len(digits) == 4:
        return number, ""
    stated = _year(year)
    if stated and int(stated) % 100 == number:
        return int(stated), ""
    planned = status.strip().casefold() not in ("", "released")
    if 2000 + number > today.year + (5 if planned else 0):
        return 1900 + number, ""
    return 2000 + number, CENTURY_UNCLEAR


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
