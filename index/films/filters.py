"""Filters: the fourteen of the HTTP contract, evaluated over columns that a generation carries.

Numbers are one array each. Names (genres, keywords, countries) are two: which terms a film has, and which films
have a term, so that a filter by a name touches only the films that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.arrays import mapped
from index.films.allowed import Allowed
from index.films.terms import TermIndex

NUMBERS = ("year", "released", "runtime", "votes", "rating", "adult", "listed")
KINDS = ("genres", "keywords", "countries", "original_language")
PEOPLE = ("directors", "actors")
"""Names that nobody filters by, but that explain."""
UNDATED = -1_000_000
"""`released` of a film without a year: before any film, so that it is never new."""
CACHED_MASKS = 64
"""Masks kept: a mask is a byte a film, so 64 of them are 65 MB at a million films."""


@dataclass(frozen=True)
class Filters:
    """What must hold for a film to come back. Names match whatever their case; bounds are inclusive.

    A film whose year or runtime is unknown fails a bound on it. `rating_min` is on the Bayesian rating.
    """

    genres: tuple[str, ...] = ()
    genres_all: tuple[str, ...] = ()
    without_genres: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    without_keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    runtime_min: int | None = None
    runtime_max: int | None = None
    votes_min: int | None = None
    rating_min: float | None = None
    adult: bool = False


class FilterTable:
    """The filterable columns of n films, memory-mapped, with the recently asked selections."""

    def __init__(self, numbers: dict[str, NDArray[Any]], terms: dict[str, TermIndex]) -> None:
        self._numbers, self.terms = numbers, terms
        selecting = partial(_select, numbers, terms)
        self.select: Callable[[Filters], Allowed] = lru_cache(maxsize=CACHED_MASKS)(selecting)

    @classmethod
    def build(cls, films: pa.Table, listed: NDArray[np.bool_]) -> FilterTable:
        """From films in row order (a table of `FILM_SCHEMA`) and which of them may be listed at all."""
        numbers: dict[str, NDArray[Any]] = {
            "year": _column(films, "year", np.int16),
            "released": _released(films),
            "runtime": _column(films, "runtime", np.int32),
            "votes": _column(films, "vote_count", np.int32),
            "rating": _column(films, "rating", np.float64),
            "adult": _column(films, "adult", np.bool_),
            "listed": listed,
        }
        columns = {
            "genres": films["genres"],
            "keywords": films["keywords"],
            "countries": films["production_countries"],
            **{kind: films[kind] for kind in PEOPLE},
            "original_language": pc.if_else(
                pc.equal(films["original_language"], ""), None, films["original_language"]
            ),
        }
        return cls(numbers, {kind: TermIndex.build(column) for kind, column in columns.items()})

    @classmethod
    def open(cls, folder: Path) -> FilterTable:
        """Memory-map what `save` wrote."""
        numbers = {name: mapped(folder / f"{name}.npy") for name in NUMBERS}
        return cls(numbers, {kind: TermIndex.open(folder / kind) for kind in (*KINDS, *PEOPLE)})

    def save(self, folder: Path) -> None:
        """Write one `.npy` a column and one folder a kind of names."""
        folder.mkdir(parents=True)
        for name, values in self._numbers.items():
            np.save(folder / f"{name}.npy", values)
        for kind, terms in self.terms.items():
            terms.save(folder / kind)

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column of `NUMBERS`, shape (n,); `released` counts days since 1 January 1970."""
        return self._numbers[name]


def _select(numbers: Mapping[str, NDArray[Any]], terms: Mapping[str, TermIndex], filters: Filters) -> Allowed:
    """The rows that pass.

    It is no method: the cache would hold its own table, and a generation that nobody serves any more would stay
    mapped until Python looks for circles.
    """
    mask = np.array(numbers["listed"])
    if not filters.adult:
        mask &= ~numbers["adult"]
    for name, low, high in (
        ("year", filters.year_min, filters.year_max),
        ("runtime", filters.runtime_min, filters.runtime_max),
        ("votes", filters.votes_min, None),
        ("rating", filters.rating_min, None),
    ):
        _bound(mask, numbers[name], low, high, unknown=name in ("year", "runtime"))
    for kind, wanted in (
        ("genres", filters.genres),
        ("keywords", filters.keywords),
        ("countries", filters.countries),
        ("original_language", filters.languages),
    ):
        if wanted:
            mask &= _having(terms[kind], wanted, len(mask))
    for genre in filters.genres_all:
        mask &= _having(terms["genres"], (genre,), len(mask))
    mask &= ~_having(terms["genres"], filters.without_genres, len(mask))
    mask &= ~_having(terms["keywords"], filters.without_keywords, len(mask))
    return Allowed(mask, filters)


def _bound(
    mask: NDArray[np.bool_], values: NDArray[Any], low: float | None, high: float | None, *, unknown: bool
) -> None:
    """Take from a mask what is out of bounds, and where 0 means unknown, that too."""
    if low is not None:
        mask &= values >= low
    if high is not None:
        mask &= values <= high
    if unknown and (low is not None or high is not None):
        mask &= values > 0


def _having(terms: TermIndex, names: Iterable[str], rows: int) -> NDArray[np.bool_]:
    found = np.zeros(rows, np.bool_)
    for name in names:
        found[terms.films_with(name)] = True
    return found


def _column(films: pa.Table, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    values = pc.fill_null(films[name], False if dtype is np.bool_ else 0)
    column: NDArray[Any] = values.to_numpy().astype(dtype)
    return column


def _released(films: pa.Table) -> NDArray[np.int32]:
    """The day of release, the first of January where the year alone is known."""
    year = _column(films, "year", np.int64)
    new_year = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    dates = films["release_date"]
    days = pc.fill_null(dates.cast(pa.int32()), UNDATED).to_numpy()
    return np.where(dates.is_valid().to_numpy(), days, np.where(year > 0, new_year, UNDATED)).astype(np.int32)
