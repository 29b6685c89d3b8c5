"""The filters: one definition each, from which query strings, the address and request bodies derive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from ui.models.query import MAX_ID, Query, flag, names, number, whole, written

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


def read(query: Query) -> Filters:
    """The filters of an address; a value that cannot be used is left out."""
    return Filters(**{one.name: one.metadata["read"](query, one.name) for one in fields(Filters)})


def parameters(filters: Filters) -> dict[str, list[str]]:
    """Filters as parameters of a query string; those that are not set are left out."""
    return written(vars(filters))


def body(filters: Filters) -> dict[str, object]:
    """Filters as the object `filters` of a request's body."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(filters).items()}
