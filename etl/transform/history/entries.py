"""What one row of a history says of a film, and the reading of its cells."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from contract import MAX_ID, TITLE_MAX

_IMDB = re.compile(r"tt(\d{6,10})")
EARLIEST = date(1900, 1, 1)


class Says(StrEnum):
    """What a row is about; the values of `sql.marks.MarkKind`, and a diary entry."""

    RATED = "ratings"
    WATCHED = "watched"
    WATCHLIST = "watchlist"
    NOT_INTERESTED = "not-interested"
    LIKED = "likes"
    DIARY = "diary"


@dataclass(frozen=True)
class Named:
    """How a row names its film; at least one of them is known.

    Attributes:
        title: as written, "" if there is none.
        year: of release, None if it is not known.
        tmdb: TMDB's id, None if it is not known.
        imdb: the number of IMDb's id, None if it is not known.
    """

    title: str
    year: int | None = None
    tmdb: int | None = None
    imdb: int | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that a row says of a film.

    Attributes:
        file: the file.
        line: the row's number in it; the headings are 1. Of JSON the place of the item, from 1.
        film: how the film is named.
        says: what about.
        rating: 0.5 to 10 in halves; None if the row has none.
        at: when it was said, UTC in whole seconds; None if the row does not tell.
        day: of a diary entry: when the film was watched.
        rewatch: of a diary entry: not for the first time.
        tags, review: of a diary entry, as written.
        problem: why the row cannot be used; "" if it can.
    """

    file: str
    line: int
    film: Named
    says: Says
    rating: float | None = None
    at: datetime | None = None
    day: date | None = None
    rewatch: bool = False
    tags: str = ""
    review: str = ""
    problem: str = ""


def title_of(text: object) -> str:
    """A title, without what no database takes; cut off where it is too long."""
    if not isinstance(text, str):
        return ""
    return clean(text).strip()[:TITLE_MAX]


def clean(text: str) -> str:
    """A text without NULs and halves of characters.

    >>> clean("a\\0b")
    'ab'
    """
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def number_of(text: object, highest: int = MAX_ID) -> int | None:
    """A whole number from 1 to `highest`, or None.

    >>> number_of("1999"), number_of(603), number_of("x"), number_of("-3")
    (1999, 603, None, None)
    """
    written = str(text)[:30].strip()
    if isinstance(text, bool) or not written.isascii() or not written.removesuffix(".0").isdigit():
        return None
    number = int(written.removesuffix(".0"))
    return number if 1 <= number <= highest else None


def year_of(text: object) -> int | None:
    """A year from 1870 on, or None."""
    year = number_of(text, 2_100)
    return year if year is not None and year >= 1870 else None


def imdb_of(text: object) -> int | None:
    """The number of IMDb's id.

    >>> imdb_of("tt0133093"), imdb_of("133093"), imdb_of("nm0000206")
    (133093, 133093, None)
    """
    written = str(text)[:200]
    found = _IMDB.search(written)
    return int(found[1]) if found else number_of(written, 10**10)


def rating_of(text: object, times: float) -> float | None:
    """A rating on the scale to ten in halves; None for none.

    Args:
        text: the cell.
        times: what the service's ratings are multiplied by: 2 where five stars are the most.

    Raises:
        ValueError: it is no rating.

    >>> rating_of("3.5", 2), rating_of("", 2), rating_of("7", 1)
    (7.0, None, 7.0)
    """
    if text is None or (isinstance(text, str) and not text.strip()):
        return None
    try:
        value = float(str(text)[:20].replace(",", ".")) * times
    except ValueError:
        value = math.nan
    if isinstance(text, bool) or not 0 <= value <= 10:  # neither nan
        raise ValueError(f"{str(text)[:20]!r} is no rating from 0.5 to {10 / times:g}")
    return max(0.5, round(value * 2) / 2) if value else None


def day_of(text: object) -> date | None:
    """The day of a date or of a moment, or None.

    >>> day_of("2021-03-04"), day_of("2014-09-01T09:10:11.000Z"), day_of("soon")
    (datetime.date(2021, 3, 4), datetime.date(2014, 9, 1), None)
    """
    moment = moment_of(text)
    return None if moment is None else moment.date()


def moment_of(text: object) -> datetime | None:
    """A moment in UTC, in whole seconds and without its zone; of a day its beginning. None: it is none.

    Moments to come and those before there were films are taken for none.
    """
    written = text.strip()[:40] if isinstance(text, str) else ""
    if not written:
        return None
    for read in (datetime.fromisoformat, _in_words):
        try:
            moment = read(written)
            moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        except (ValueError, OverflowError):
            continue
        moment = moment.replace(microsecond=0)
        return moment if moment.date() >= EARLIEST and moment <= datetime.now(UTC).replace(tzinfo=None) else None
    return None


def _in_words(text: str) -> datetime:
    """As older files of IMDb have it: "Sat Mar  1 00:00:00 2014"."""
    return datetime.strptime(text, "%a %b %d %H:%M:%S %Y")  # the zone is not told
