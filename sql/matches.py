"""How many films match a filter, and which: evaluated once for each filter and version of the catalogue.

Films that match are reached from whichever condition leaves the fewest: the films of a rare term, a range of
an index, or all films when nothing is rare. Databases choose by statistics that a fresh load does not have,
and differ in what they choose; here both get the same plan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Connection, Engine, Select, Subquery, func, select

from contract import Filters
from sql.engine import is_mysql
from sql.filters import Term, Terms, carries, carries_listed, compared, conditions, films_of, resolve
from sql.schema import split_names
from sql.tables import catalogue, movie_terms, movies, terms
from sql.terms import Kind

# A film reached through an index costs about four times a film of a scan (measured on both databases).
INDEX_COST = 4
CACHED_ANSWERS = 1_024
CACHED_MATCHES = 16


@dataclass(frozen=True)
class Question:
    """A filter and one version of a catalogue; equal questions have equal answers."""

    engine: Engine
    version: str
    key: tuple[object, ...]
    filters: Filters = field(compare=False, hash=False, repr=False)

    @classmethod
    def of(cls, engine: Engine, version: str, filters: Filters) -> Question:
        """The question for a filter."""
        return cls(engine, version, filters.key(), filters)


class _Values:
    """An Arrow array as a sequence for `bisect`: a million titles take 20 MB instead of 80."""

    def __init__(self, values: pa.Array) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, at: int) -> Any:
        return self._values[at].as_py()


@dataclass(frozen=True)
class Matches:
    """Films that match, in ascending order of (value, id)."""

    values: _Values
    ids: _Values

    def position(self, value: str | int | float, movie_id: int, *, after: bool) -> int:
        """The position of the first film after (value, movie_id); without `after`, of that film itself."""
        low = bisect_left(self.values, value)
        high = bisect_right(self.values, value)
        return (bisect_right if after else bisect_left)(self.ids, movie_id, low, high)


@lru_cache(CACHED_ANSWERS)
def total(question: Question) -> int:
    """How many films match; not counted if the total is stored with the catalogue."""
    with question.engine.connect() as connection:
        found = resolve(connection, question.filters)
        if found.impossible:
            return 0
        known = _known_total(connection, question.filters, found)
        if known is not None:
            return known
        query = _evaluation(connection, [func.count()], question.filters, found)
        return connection.scalar(query) or 0


@lru_cache(CACHED_MATCHES)
def matches(question: Question, column: str) -> Matches:
    """All films that match, ordered by a column of `movies`."""
    with question.engine.connect() as connection:
        found = resolve(connection, question.filters)
        query = _evaluation(connection, [movies.c[column], movies.c.id], question.filters, found)
        rows = connection.execute(query).all()
    if not rows:  # films have changed since the total; the next request reads another version
        return Matches(_Values(pa.array([], pa.int32())), _Values(pa.array([], pa.int32())))
    table = pa.table({"value": [row[0] for row in rows], "id": [row[1] for row in rows]})
    order = pc.sort_indices(table, [("value", "ascending"), ("id", "ascending")])
    ordered = table.take(order).combine_chunks()
    return Matches(*(_Values(column.chunk(0)) for column in ordered.columns))


@lru_cache(CACHED_ANSWERS)
def genre_counts(question: Question) -> dict[str, int]:
    """Films of each genre, among those that match."""
    with question.engine.connect() as connection:
        found = resolve(connection, question.filters)
        if found.impossible:
            return {}
        if _plain(question.filters, found) and not found.wanted:
            films = terms.c.films_with_adult if question.filters.adult else terms.c.films
            listed = select(terms.c.name, films).where(terms.c.kind == Kind.GENRE.value, films > 0)
            return dict(connection.execute(listed).all())
        query = _evaluation(connection, [movies.c.genres, func.count()], question.filters, found)
        counts: Counter[str] = Counter()
        for stored, films in connection.execute(query.group_by(movies.c.genres)):
            counts.update(dict.fromkeys(split_names(stored), films))
    return counts


def hinted(query: Select[Any], index: str) -> Select[Any]:
    """The query made to read `movies` along an index."""
    return query.with_hint(movies, f"FORCE INDEX ({index})", "mysql").with_hint(
        movies, f"INDEXED BY {index}", "sqlite"
    )


def by_key(query: Select[Any]) -> Select[Any]:
    """The query made to read `movies` in order of id, without another index."""
    return query.with_hint(movies, "FORCE INDEX (PRIMARY)", "mysql").with_hint(movies, "NOT INDEXED", "sqlite")


def _evaluation(connection: Connection, wanted: list[Any], filters: Filters, found: Terms) -> Select[Any]:
    """SELECT columns of `movies` for the films that match, by the cheapest way."""
    everything = connection.scalar(select(catalogue.c.films_with_adult)) or 0
    hint, cost = None, everything // INDEX_COST
    for index, condition in _ranges(filters):
        reached = _reached(connection, index, condition, cost)
        if reached < cost:
            hint, cost = index, reached
    rarest, *others = found.wanted or ((),)
    if rarest and films_of(rarest) <= cost:
        carriers = _carriers(rarest)
        joined = carriers.join(movies, movies.c.id == carriers.c.movie_id)
        carried = _carried(connection, films_of(rarest))
        query = select(*wanted).where(conditions(filters, Terms(tuple(others), found.unwanted), carried))
        return by_key(query.select_from(joined).prefix_with("STRAIGHT_JOIN", dialect="mysql"))
    carried = _carried(connection, cost if hint else everything)
    query = select(*wanted).where(conditions(filters, found, carried)).select_from(movies)
    return hinted(query, hint) if hint else by_key(query)


def _carried(connection: Connection, tested: int) -> Callable[[Sequence[Term]], ColumnElement[bool]]:
    """The condition that a film has one of some terms, for a query that tests so many films.

    Forty rare keywords looked up for each of a million films take ten seconds, listed once a tenth of one.
    MariaDB would read the list again for each film.
    """

    def condition(group: Sequence[Term]) -> ColumnElement[bool]:
        many = (len(group) - 1) * tested > films_of(group)
        return carries_listed(group) if many and not is_mysql(connection.engine) else carries(group)

    return condition


def _carriers(group: tuple[Term, ...]) -> Subquery:
    """The ids of the films that have one of the terms, each once."""
    rows = select(movie_terms.c.movie_id).where(movie_terms.c.term_id.in_([term.id for term in group]))
    return (rows if len(group) == 1 else rows.distinct()).subquery()


def _ranges(filters: Filters) -> list[tuple[str, ColumnElement[bool]]]:
    """The filter's conditions that an index can answer."""
    indexes = {index.name for index in movies.indexes}
    conditions = ((f"ix_movies_{name}", condition) for name, condition in compared(filters).items())
    return [(index, condition) for index, condition in conditions if index in indexes]


def _reached(connection: Connection, index: str, condition: ColumnElement[bool], most: int) -> int:
    """How many entries of an index are in a range, counted up to `most`."""
    entries = hinted(select(movies.c.id).where(condition), index).limit(most + 1).subquery()
    return connection.scalar(select(func.count()).select_from(entries)) or 0


def _plain(filters: Filters, found: Terms) -> bool:
    """Whether the filter has no conditions but `adult` and wanted terms."""
    return compared(filters).keys() <= {"adult"} and not found.unwanted


def _known_total(connection: Connection, filters: Filters, found: Terms) -> int | None:
    """The total stored with the catalogue: of all films, or of one term; None for any other filter."""
    if not _plain(filters, found) or len(found.wanted) > 1:
        return None
    if not found.wanted:
        column = catalogue.c.films_with_adult if filters.adult else catalogue.c.films
        return connection.scalar(select(column)) or 0
    term, *others = found.wanted[0]
    if others:
        return None
    return term.films_with_adult if filters.adult else term.films
