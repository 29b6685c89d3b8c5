"""Query strings and the filters in them. A value that cannot be used is None or left out, never an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

Query = Mapping[str, Sequence[str]]
"""A query string: from a name to its values."""

MAX_ID = 2**31 - 1
MOST_NAMES = 50
LONGEST_NAME = 200
MOST_WEIGHT = 100.0
_WEIGHT = re.compile(r"([a-z_]{1,40}):(\d{1,3}(?:\.\d{1,4})?)", re.ASCII)


def encode(query: Query) -> str:
    """A query string, without the question mark.

    >>> encode({"genres": ["Drama", "Science Fiction"]})
    'genres=Drama&genres=Science+Fiction'
    """
    return urlencode(query, doseq=True)


def written(values: Mapping[str, object]) -> dict[str, list[str]]:
    """Values as parameters; None, False, "" and empty tuples are left out.

    >>> written({"genres": ("Drama", "War"), "year_min": 1950, "adult": False, "weights": {"text": 2.0}})
    {'genres': ['Drama', 'War'], 'year_min': ['1950'], 'weights': ['text:2']}
    """
    query = {}
    for name, value in values.items():
        if value is None or value is False or value == "":
            continue
        items: Sequence[object] = value if isinstance(value, tuple) else (value,)
        if isinstance(value, Mapping):
            items = tuple(f"{key}:{number:g}" for key, number in value.items())
        if items:
            query[name] = ["true" if item is True else str(item) for item in items]
    return query


def first(query: Query, name: str) -> str:
    """The first value of a parameter, or ""."""
    return next(iter(query.get(name, ())), "").strip()


def flag(query: Query, name: str) -> bool:
    """Whether a parameter is `true`."""
    return first(query, name) == "true"


def parts(query: Query, name: str) -> list[str]:
    """The values of a parameter, repeated or comma-separated, as the API reads them; each once."""
    found = (part.strip() for value in query.get(name, ()) for part in value.split(","))
    return list(dict.fromkeys(part for part in found if part))


def names(query: Query, name: str) -> tuple[str, ...]:
    """Names, no more and no longer than the API accepts."""
    return tuple(part for part in parts(query, name) if len(part) <= LONGEST_NAME)[:MOST_NAMES]


def ids(query: Query, name: str) -> tuple[int, ...]:
    """Ids of films, no more than the API accepts."""
    found = (whole({name: [part]}, name, MAX_ID) for part in parts(query, name))
    return tuple(dict.fromkeys(number for number in found if number))[:MOST_NAMES]


def weights(query: Query, name: str) -> dict[str, float]:
    """Factors of blocks, written `genres:2,text:0.5`."""
    found = (_WEIGHT.fullmatch(part) for part in parts(query, name))
    return {match[1]: float(match[2]) for match in found if match and float(match[2]) <= MOST_WEIGHT}


def whole(query: Query, name: str, most: int) -> int | None:
    """A whole number from 0 to `most`."""
    text = first(query, name)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))):
        return None
    number = int(text)
    return number if number <= most else None


def number(query: Query, name: str, most: float) -> float | None:
    """A number from 0 to `most`."""
    try:
        found = float(first(query, name))
    except ValueError:
        return None
    return found if 0 <= found <= most else None


LATEST_YEAR = 9999
LONGEST_RUNTIME_MIN = 100_000
BEST_RATING = 10.0

Reader = Callable[[Query, str], Any]


def _names() -> Any:
    return field(default=(), metadata={"read": names})


def _whole(most: int) -> Any:
    return field(default=None, metadata={"read": lambda query, name: whole(query, name, most)})


@dataclass(frozen=True)
class Filters:
    """Which films may be shown: lists mean any of, `genres_all` all of, `without_` none of; runtime in minutes."""

    genres: tuple[str, ...] = _names()
    genres_all: tuple[str, ...] = _names()
    without_genres: tuple[str, ...] = _names()
    keywords: tuple[str, ...] = _names()
    without_keywords: tuple[str, ...] = _names()
    languages: tuple[str, ...] = _names()
    countries: tuple[str, ...] = _names()
    year_min: int | None = _whole(LATEST_YEAR)
    year_max: int | None = _whole(LATEST_YEAR)
    runtime_min: int | None = _whole(LONGEST_RUNTIME_MIN)
    runtime_max: int | None = _whole(LONGEST_RUNTIME_MIN)
    votes_min: int | None = _whole(MAX_ID)
    rating_min: float | None = field(
        default=None, metadata={"read": lambda query, name: number(query, name, BEST_RATING)}
    )
    adult: bool = field(default=False, metadata={"read": flag})


def read_filters(query: Query) -> Filters:
    """The filters of an address; a value that cannot be used is left out."""
    return Filters(**{one.name: one.metadata["read"](query, one.name) for one in fields(Filters)})


def filter_parameters(filters: Filters) -> dict[str, list[str]]:
    """Filters as parameters of a query string; those that are not set are left out."""
    return written(vars(filters))


def filter_body(filters: Filters) -> dict[str, object]:
    """Filters as the object `filters` of a request's body."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(filters).items()}
