"""Query strings and the filters in them. A value that cannot be used is None or left out, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from contract import FILTERS, MAX_ID, NAME_MAX, Filter, Filters, Match, split_names

Query = Mapping[str, Sequence[str]]
"""A query string: from a name to its values."""

MOST_NAMES = 50
MOST_WEIGHT = 100.0
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
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
    found = (part for value in query.get(name, ()) for part in split_names(value))
    return list(dict.fromkeys(part for part in found if part))


def names(query: Query, name: str) -> tuple[str, ...]:
    """Names, no more and no longer than the API accepts."""
    return tuple(part for part in parts(query, name) if len(part) <= NAME_MAX)[:MOST_NAMES]


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


def day(query: Query, name: str) -> date | None:
    """A date such as 2014-11-05."""
    try:
        written_out = _DAY.fullmatch(first(query, name))
        return date.fromisoformat(written_out[0]) if written_out else None
    except ValueError:
        return None


def read_filters(query: Query) -> Filters:
    """The filters of an address; a value that cannot be used is left out."""
    return Filters(**{name: _read_filter(query, one) for name, one in FILTERS.items()})


def _read_filter(query: Query, one: Filter) -> Any:
    if one.of_names:
        return names(query, one.name)
    if one.match is Match.WITH:
        return flag(query, one.name)
    if one.type is date:
        return day(query, one.name)
    most = one.limits[1]
    return whole(query, one.name, int(most)) if one.type is int else number(query, one.name, most)


def filter_parameters(filters: Filters) -> dict[str, list[str]]:
    """Filters as parameters of a query string; those that are not set are left out."""
    return written({name: _escaped(value) for name, value in vars(filters).items()})


def filter_body(filters: Filters) -> dict[str, object]:
    """Filters as the object `filters` of a request's body."""
    return {name: _plain(_escaped(value)) for name, value in vars(filters).items()}


def _escaped(value: object) -> object:
    """A value whose names survive `split_names`."""
    return tuple(name.replace(",", r"\,") for name in value) if isinstance(value, tuple) else value


def _plain(value: object) -> object:
    """A value as JSON knows it."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
