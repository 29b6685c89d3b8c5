"""The filters of `contract.Filters` as masks over columns that a generation carries.

Numbers are one array each, dates among them. Names (genres, companies, people ...) are two: which terms a film
has, and which films have a term, so that a filter by a name reads only the films that have it.

Which rows a search may return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cachetools import LRUCache
from numpy.typing import NDArray

from contract import COLUMNS, FILTERS, NAMES, Column, Filter, Filters, Match
from index.arrays import mapped
from index.films.summaries import TermIndex

T = TypeVar("T")


class Allowed:
    """The rows that may be returned, out of n.

    Attributes:
        mask: shape (n,), bool; must not be changed afterwards.
        filters: a filter that every allowed row passes, for engines that evaluate filters themselves. The mask is
            what counts: it may exclude more rows, such as those edited since the build. None if no filter made it.
    """

    def __init__(self, mask: NDArray[np.bool_], filters: Filters | None = None) -> None:
        self.mask, self.filters = mask, filters
        self._derived: dict[Callable[[Allowed], Any], Any] = {}
        self._rows: NDArray[np.int64] | None = None

    @cached_property
    def count(self) -> int:
        """How many rows are allowed."""
        return int(np.count_nonzero(self.mask))

    @property
    def rows(self) -> NDArray[np.int64]:
        """The allowed rows, ascending; kept if they take less than the mask."""
        if self._rows is not None:
            return self._rows
        rows = np.flatnonzero(self.mask)
        if rows.nbytes <= self.mask.nbytes:
            self._rows = rows
        return rows

    def without(self, rows: NDArray[np.int64]) -> Allowed:
        """These rows but some."""
        mask = self.mask.copy()
        mask[rows] = False
        return Allowed(mask, self.filters)

    def derived(self, make: Callable[[Allowed], T]) -> T:
        """What `make` makes of this object, such as a packed bitmap: made once and kept, since filters repeat.

        `make` is kept, too: it must not refer back to this object, nor hold a table that caches it.
        """
        if make not in self._derived:
            self._derived[make] = make(self)
        found: T = self._derived[make]
        return found


def _named(column: Column) -> bool:
    """Whether a column holds names rather than a number."""
    return column.type in (NAMES, "string")


_COMPARED = {column.short_name: column for column in (COLUMNS[one.column] for one in FILTERS.values())}
NUMBERS = (*(name for name, column in _COMPARED.items() if not _named(column)), "released", "listed")
"""The columns of a `FilterTable` that hold one number a film."""
KINDS = tuple(name for name, column in _COMPARED.items() if _named(column))
"""The kinds of names that films are filtered by."""
PEOPLE = ("directors", "actors")
"""Kinds of names of people."""
UNDATED = -1_000_000
"""`released` of a film without a year: before any film, so that it is never new."""
CACHED_BYTES = 64 * 2**20
"""Of masks that are kept: those of the last 16 filters at a million films."""
BYTES_PER_ROW = 4
"""That a mask takes with what is derived from it: bits, its part without edited films, allowed rows."""


class FilterTable:
    """The columns of n films that filters compare, memory-mapped, with the selections of recent filters."""

    def __init__(self, numbers: dict[str, NDArray[Any]], terms: dict[str, TermIndex]) -> None:
        self._numbers, self.terms = numbers, terms
        selecting = partial(_select, numbers, terms)
        self.select = RecentMasks(selecting, CACHED_BYTES)

    @classmethod
    def build(cls, films: pa.Table, listed: NDArray[np.bool_]) -> FilterTable:
        """From films in row order (a table of `FILM_SCHEMA`) and which of them may be listed at all."""
        numbers = {name: _numbers(films, column) for name, column in _COMPARED.items() if name in NUMBERS}
        numbers |= {"released": _released(films), "listed": listed}
        return cls(numbers, {kind: TermIndex.build(_names(films, _COMPARED[kind].name)) for kind in KINDS})

    @classmethod
    def open(cls, folder: Path) -> FilterTable:
        """Memory-map what `save` wrote."""
        numbers = {name: mapped(folder / f"{name}.npy") for name in NUMBERS}
        return cls(numbers, {kind: TermIndex.open(folder / kind) for kind in KINDS})

    def save(self, folder: Path) -> None:
        """Write one `.npy` for each column of numbers and one folder for each kind of names."""
        folder.mkdir(parents=True)
        for name, values in self._numbers.items():
            np.save(folder / f"{name}.npy", values)
        for kind, terms in self.terms.items():
            terms.save(folder / kind)

    def kept(self, filters: Filters) -> Allowed | None:
        """What `select` gives if it is kept: a mask of a million films takes a millisecond to compute."""
        return self.select.kept(filters)

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column of `NUMBERS`, shape (n,); `released` counts days since 1 January 1970."""
        return self._numbers[name]


def _select(numbers: Mapping[str, NDArray[Any]], terms: Mapping[str, TermIndex], filters: Filters) -> Allowed:
    """The rows that pass.

    A function, not a method: the cache would keep its own table alive, and a generation that is no longer served
    would stay mapped until Python collects reference cycles.
    """
    mask = np.array(numbers["listed"])
    for one, value in filters.active():
        column = COLUMNS[one.column]
        if one.of_names:
            _compare_names(mask, terms[column.short_name], one, value)
        else:
            _compare_numbers(mask, numbers[column.short_name], one, value)
    return Allowed(mask, filters)


def _compare_names(mask: NDArray[np.bool_], terms: TermIndex, one: Filter, wanted: tuple[str, ...]) -> None:
    """Clear the rows of a mask that fail a filter by names."""
    match one.match:
        case Match.ANY:
            mask &= _having(terms, wanted, len(mask))
        case Match.ALL:
            for name in wanted:
                mask &= _having(terms, (name,), len(mask))
        case Match.NONE:
            mask &= ~_having(terms, wanted, len(mask))
        case _:
            raise ValueError(f"the filter {one.name} compares names by {one.match}, which fits numbers only")


def _compare_numbers(mask: NDArray[np.bool_], values: NDArray[Any], one: Filter, value: Any) -> None:
    """Clear the rows of a mask that fail a filter by a number; in a column with unknown values, these are 0."""
    column = COLUMNS[one.column]
    if isinstance(value, date):
        value = value.year * 10_000 + value.month * 100 + value.day
    match one.match:
        case Match.MIN:
            mask &= values >= value
        case Match.MAX:
            mask &= values <= value
        case Match.WITH:
            mask &= ~values
            return
        case _:
            raise ValueError(f"the filter {one.name} compares numbers by {one.match}, which fits names only")
    if column.zero_unknown or column.nullable:
        mask &= values > 0


def _having(terms: TermIndex, names: Iterable[str], rows: int) -> NDArray[np.bool_]:
    found = np.zeros(rows, np.bool_)
    for name in names:
        found[terms.films_with(name)] = True
    return found


def _numbers(films: pa.Table, column: Column) -> NDArray[Any]:
    """A column as an array; 0 or False where the value is unknown. A date is a number such as 20141105."""
    if column.type == "date32":
        dates = films[column.name]
        months = pc.add(pc.multiply(pc.year(dates), 100), pc.month(dates))
        days: NDArray[Any] = pc.fill_null(pc.add(pc.multiply(months, 100), pc.day(dates)), 0).to_numpy()
        return days.astype(np.int32)
    filled = pc.fill_null(films[column.name], False if column.type == "bool" else 0)
    values: NDArray[Any] = filled.to_numpy().astype(column.type)
    return values


def _names(films: pa.Table, name: str) -> pa.ChunkedArray:
    """A column of lists of names, or of single names, where an empty text becomes null."""
    column = films[name]
    return column if COLUMNS[name].type == NAMES else pc.if_else(pc.equal(column, ""), None, column)


def _released(films: pa.Table) -> NDArray[np.int32]:
    """The day of release, the first of January where the year alone is known."""
    year = _numbers(films, COLUMNS["year"]).astype(np.int64)
    new_year = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    dates = films["release_date"]
    days = pc.fill_null(dates.cast(pa.int32()), UNDATED).to_numpy()
    return np.where(dates.is_valid().to_numpy(), days, np.where(year > 0, new_year, UNDATED)).astype(np.int32)


class RecentMasks:
    """The films that pass some filters, computed once for as long as it is among the last ones asked for.

    Args:
        select: computes them.
        most_bytes: how much is kept.
    """

    def __init__(self, select: Callable[[Filters], Allowed], most_bytes: int) -> None:
        self._select, self._lock = select, Lock()
        self._recent: LRUCache[Filters, Allowed] = LRUCache(
            most_bytes, getsizeof=lambda kept: BYTES_PER_ROW * len(kept.mask) + 1_000
        )

    def __call__(self, filters: Filters, /) -> Allowed:
        """The films that pass; the same object again while it is kept."""
        found = self.kept(filters)
        if found is None:
            found = self._select(filters)
            with self._lock, suppress(ValueError):  # it may be larger than all that is kept
                found = self._recent.setdefault(filters, found)
        return found

    def kept(self, filters: Filters) -> Allowed | None:
        """The same if it is kept, else None."""
        with self._lock:
            found: Allowed | None = self._recent.get(filters)
        return found
