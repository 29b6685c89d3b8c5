"""The cleaning rules for everything but free text: numbers, dates, flags, codes, links, lists of names.

A rule takes the text of one value and returns a `Value`: the clean one, and whether it replaces a text that could
not be read or could not be true (a repair). An empty text means unknown, which is not a repair.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from contract import FIRST_YEAR, LAST_YEAR, LIST_MAX, NAME_MAX, URL_MAX
from etl.transform.lists import GENRE_IDS, LIST_SUSPECT, NO_NAMES, parse_list
from etl.transform.text import RAW_MAX, clean_text

INT32_MAX, INT64_MAX = 2**31 - 1, 2**63 - 1

# Values that the rules for text never change: most words and numbers, recognised at a fifth of the cost.
_PLAIN = re.compile(r"[0-9A-Za-z.:/-]*")
_PLAIN_NAME = re.compile(r"[0-9A-Za-z]+(?:[ -][0-9A-Za-z]+)*+")
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3}){1,6}", re.ASCII)
_ID = re.compile(r"(\d{1,12})(?:\.0{1,6})?", re.ASCII)
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_YEAR_FIRST = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2})(?:[T ].*)?)?)?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_IN_WORDS = re.compile(
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)? )?"
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[.,]? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})"
    r"(?: \([^()]*\)| \d\d:\d\d.*)?",
    re.ASCII | re.IGNORECASE,
)
_LINK = re.compile(r"https?://[^\s\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)
_COMPANY_FORM = (
    r"(?:inc|incorporated|l\.?l\.?[cp]|l\.?p|ltda?|limited|corp|corporation|co|gmbh|plc|pty|lda|the|s\.[al]|"
    r"s\.a\.s|s\.p\.a|s\.r\.l|a\.i\.e|[bn]\.v)\.?"
)
_BRACKETS = ("[", "{", "(", " ", "\n", "\t")
_COMPANY_FORM_ALONE = re.compile(_COMPANY_FORM, re.IGNORECASE)
# Finds the lists in which the legal form of a company may stand as a name of its own: "Gaumont, Inc."
COMPANY_SUSPECT = rf"(?i:, {_COMPANY_FORM}(?:,|$))"
# Finds the lists in which a name may need more than the cleaning of free text.
NAMES_SUSPECT = f"\\||^,|,$|[ \u3000],|{LIST_SUSPECT}"


class Value(NamedTuple):
    """A clean value, and whether it replaces one that could not be read or could not be true."""

    value: object
    repaired: bool = False


class FilmDate(NamedTuple):
    """When a film was released: `day` is None where only the year is known."""

    year: int
    day: date | None = None


def parse_number(text: str) -> float | int | None:
    """The number, exact where it is an integer; None where the text is not a finite number.

    >>> parse_number("148.0"), parse_number("1,000"), parse_number("nan"), parse_number("1e400")
    (148, 1000, None, None)
    """
    text = text.strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        return None
    if text.isdigit():
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def parse_id(text: str) -> int | None:
    """TMDB's id, 1 to 2**31 - 1, else None. pandas may have written it as "27205.0"."""
    match = _ID.fullmatch(_plain(text))
    return int(match[1]) if match and 1 <= int(match[1]) <= INT32_MAX else None


def parse_amount(text: str, maximum: int = INT64_MAX) -> Value:
    """Minutes, dollars or votes as a positive integer; None where unknown, which the dump writes as 0."""
    if not (text := _plain(text)):
        return Value(None)
    number = parse_number(text)
    if number is None or not 0 <= round(number) <= maximum:
        return Value(None, repaired=True)
    return Value(round(number) or None)


def parse_small_amount(text: str) -> Value:
    """As `parse_amount`, within 32 bits."""
    return parse_amount(text, INT32_MAX)


def parse_count(text: str) -> Value:
    """A number of votes; 0 where unknown."""
    value, repaired = parse_small_amount(text)
    return Value(value or 0, repaired)


def parse_score(text: str, maximum: float = math.inf) -> Value:
    """A popularity, 0.0 where unknown; a value above `maximum` is replaced by it."""
    if not (text := _plain(text)):
        return Value(0.0)
    number = parse_number(text)
    if number is None or number < 0:
        return Value(0.0, repaired=True)
    return Value(min(float(number), maximum), number > maximum)


def parse_average(text: str) -> Value:
    """An average of votes, 0.0 to 10.0."""
    return parse_score(text, 10.0)


def parse_rating(text: str) -> Value:
    """As `parse_average`; None where unknown."""
    value, repaired = parse_average(text)
    return Value(value or None, repaired)


def parse_date(text: str) -> Value:
    """The `FilmDate` of an unambiguous spelling; None where not even the year is certain.

    Where the year is certain and the day is not (2010-02-31, 03/04/2010), the year is kept: a repair.
    A year alone, or a year and a month, is not a repair.

    >>> parse_date("2010-07-15T00:00:00Z").value
    FilmDate(year=2010, day=datetime.date(2010, 7, 15))
    >>> parse_date("1998"), parse_date("0000-00-00").value
    (Value(value=FilmDate(year=1998, day=None), repaired=False), None)
    """
    text = _plain(text)
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match[1], match[3], match[4]
    elif match := _COMPACT.fullmatch(text):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        return _either_order(int(match[4]), int(match[1]), int(match[3]))
    elif match := _IN_WORDS.fullmatch(text):
        year, day = match[4], match[1] or match[3]
        month = str(_MONTHS.index(match[2][:3].lower()) // 3 + 1)
    else:
        return Value(None)
    return _film_date(int(year), int(month or 0), int(day or 0), complete=day is not None)


def _film_date(year: int, month: int, day: int, complete: bool) -> Value:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Value(None)
    if not complete:
        return Value(FilmDate(year))
    try:
        return Value(FilmDate(year, date(year, month, day)))
    except ValueError:
        return Value(FilmDate(year), repaired=True)


def _either_order(year: int, first: int, second: int) -> Value:
    """Day and month in unknown order: certain where only one order is a date, or both give the same one."""
    found = {_film_date(year, *order, complete=True) for order in ((first, second), (second, first))}
    certain = [value for value in found if not value.repaired]
    return certain[0] if len(certain) == 1 else _film_date(year, 0, 0, complete=True)


def parse_flag(text: str) -> Value:
    """True for "True", "1", "yes"; False for their opposites and for the empty text."""
    text = _plain(text).lower()
    yes = text in {"true", "1", "1.0", "t", "yes"}
    return Value(yes, not yes and text not in {"", "false", "0", "0.0", "f", "no"})


def parse_language(text: str) -> Value:
    """The code of a language in lower case; "" where unknown."""
    return _matching(_plain(text).lower(), r"[a-z]{2,3}(?:-[a-z0-9]{2,4})?", "")


def parse_imdb_id(text: str) -> Value:
    """IMDb's id, `tt` and digits; None where unknown."""
    return _matching(_plain(text).lower(), r"tt[0-9]{1,12}", None)


def parse_image(text: str) -> Value:
    """The path of an image at TMDB, `/name.jpg`; None where unknown."""
    return _matching(text.strip(), r"/[\w.-]{1,120}", None)


def parse_link(text: str) -> Value:
    """The first web address of the text; None where there is none, or one longer than `URL_MAX`."""
    match = _LINK.match(text.strip())
    link = match[0].rstrip(",;") if match else None
    if link and len(link) <= URL_MAX:
        return Value(link)
    return Value(None, repaired=bool(text.strip()))


def _plain(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else clean_text(text)


def _matching(text: str, pattern: str, otherwise: str | None) -> Value:
    if re.fullmatch(pattern, text, re.ASCII):
        return Value(text)
    return Value(otherwise, repaired=bool(text))


def clean_names(names: str | Iterable[str]) -> tuple[str, ...]:
    """The names of a list: clean, without empty ones, repeats and `|`, in their order.

    A name is cut at `NAME_MAX` characters; names beyond a stored list of `LIST_MAX` characters are left out.

    Args:
        names: the names, or the dump's text in which they are separated by ", ", or a form of `parse_list`.
            In a text, names that say that there is none (`NO_NAMES`) are left out.

    >>> clean_names("Drama, , Comedy,, Drama"), clean_names("ONF | NFB")
    (('Drama', 'Comedy'), ('ONF / NFB',))
    """
    pieces = _pieces(names)
    kept: dict[str, None] = {}
    room = LIST_MAX - 1  # a stored list begins with a bar, and a bar follows each name
    for piece in pieces:
        name = _name(piece)
        if name and name not in kept and len(name) < room:
            kept[name] = None
            room -= len(name) + 1
    return tuple(kept)


def clean_genres(names: str | Iterable[str]) -> tuple[str, ...]:
    """As `clean_names`; TMDB's ids of genres become their names.

    >>> clean_genres("[16, 10749]"), clean_genres("Drama, 35")
    (('Animation', 'Romance'), ('Drama', 'Comedy'))
    """
    pieces = [name if isinstance(name, str) else str(name) for name in _pieces(names)]
    return clean_names([GENRE_IDS.get(name.strip(), name) for name in pieces])


def _pieces(names: str | Iterable[str]) -> Iterable[str]:
    if not isinstance(names, str):
        return names
    listed = parse_list(names) if names[:1] in _BRACKETS else None
    pieces = clean_text(names, RAW_MAX).split(", ") if listed is None else listed
    return [piece for piece in pieces if piece not in NO_NAMES]


def _name(piece: str) -> str:
    if _PLAIN_NAME.fullmatch(piece) and len(piece) <= NAME_MAX:
        return piece
    while (name := clean_text(piece, NAME_MAX).replace("|", "/").strip(", \u3000")) != piece:
        piece = name
    return name


def clean_companies(names: str | Iterable[str]) -> tuple[str, ...]:
    """As `clean_names`; a legal form that the dump's commas cut off is joined to its company again.

    >>> clean_companies("Gaumont, Lucas Film, Inc., Wanda Media Co., Ltd.")
    ('Gaumont', 'Lucas Film, Inc.', 'Wanda Media Co., Ltd.')
    """
    if not isinstance(names, str):
        return clean_names(names)
    if names[:1] in _BRACKETS and (listed := parse_list(names)) is not None:
        return clean_names([name for name in listed if name not in NO_NAMES])
    glued: list[str] = []
    for piece in _pieces(names):
        form = _name(piece)
        if glued and _COMPANY_FORM_ALONE.fullmatch(form):
            glued[-1] = f"{glued[-1].rstrip(', ')}, {form}"
        else:
            glued.append(piece)
    return clean_names(glued)
