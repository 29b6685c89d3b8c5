"""How many films match a filter, and which: evaluated once for each filter and version of the catalogue.

Films that match are reached from whichever condition leaves the fewest: the films of a rare term, a range of
an index, or all films when nothing is rare. Databases choose by statistics that a fresh load does not have,
and differ in what they choose; here both get the same plan.

The filters of `contract.Filters` as SQL conditions on `movies`.

A name that no film has matches nothing; as a name to exclude, it excludes nothing. An unknown value fails a bound.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any, assert_never

import pyarrow as pa
import pyarrow.compute as pc
from cachetools import LRUCache, cached
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)

from contract import COLUMNS, Filter, Filters, Match, fold_name
from sql.engine import is_mysql
from sql.tables import (
    TERM_COLUMNS,
    Kind,
    catalogue,
    column_of,
    movie_terms,
    movie_texts,
    movies,
    split_names,
    terms,
)

KINDS = {column: kind for kind, column in TERM_COLUMNS.items()}
"""The columns whose names are terms. A filter compares these by id, and every other column by value."""


@dataclass(frozen=True)
class Term:
    """A term that a filter names, and how many films have it."""

    id: int
    films: int
    films_with_adult: int


@dataclass(frozen=True)
class Terms:
    """The terms of a filter. A film must have one of each group of `wanted`, and none of `unwanted`.

    In the order in which fewest tests decide: the rarest group first, and in each group the most frequent term.
    """

    wanted: tuple[tuple[Term, ...], ...]
    unwanted: tuple[Term, ...]

    @property
    def impossible(self) -> bool:
        """Whether some group names only terms that no film has."""
        return not all(self.wanted)


def resolve(connection: Connection, filters: Filters) -> Terms:
    """Look up the names in a filter."""
    wanted: set[tuple[Term, ...]] = set()
    unwanted: set[Term] = set()
    for one, value in filters.active():
        if one.column not in KINDS:
            continue
        kind = KINDS[one.column]
        if one.match is Match.NONE:
            unwanted.update(_terms(connection, kind, value))
        else:
            groups = [(name,) for name in _folded(value)] if one.match is Match.ALL else [value]
            wanted.update(_terms(connection, kind, names) for names in groups)
    return Terms(tuple(sorted(wanted, key=films_of)), tuple(sorted(unwanted, key=_often)))


def compared(filters: Filters) -> dict[str, ColumnElement[bool]]:
    """The condition on each column that a filter compares by value."""
    found: dict[str, list[ColumnElement[bool]]] = {}
    for one, value in filters.active():
        if one.column not in KINDS:
            found.setdefault(one.column, []).append(_condition(one, value))
    return {name: _of_film(name, and_(*parts)) for name, parts in found.items()}


def films_of(group: Sequence[Term]) -> int:
    """How many films the terms of a group have, those with two of them counted twice."""
    return sum(term.films_with_adult for term in group)


def carries(group: Sequence[Term]) -> ColumnElement[bool]:
    """Whether the film of the enclosing query on `movies` has one of the terms.

    One look-up by the whole key for each term: for `term_id IN (...)` MariaDB reads all their films.
    """
    return or_(
        *(
            exists(
                select(1)
                .select_from(movie_terms)
                .where(movie_terms.c.term_id == term.id, movie_terms.c.movie_id == movies.c.id)
                .correlate(movies)
            )
            for term in group
        )
    )


def carries_listed(group: Sequence[Term]) -> ColumnElement[bool]:
    """The same as `carries`, but all films of the terms are listed once: for many terms and films, on SQLite.

    In order of id, which is a quarter faster; with `+ 0`, or SQLite would go through the listed films in place of
    the way that was chosen.
    """
    listed = select(movie_terms.c.movie_id).where(movie_terms.c.term_id.in_([term.id for term in group]))
    return (movies.c.id + 0).in_(listed.order_by(movie_terms.c.movie_id))


def conditions(
    filters: Filters, found: Terms, carries: Callable[[Sequence[Term]], ColumnElement[bool]] = carries
) -> ColumnElement[bool]:
    """The whole filter as a condition on `movies`; duplicates of better records are left out.

    Args:
        carries: the condition that a film has one of some terms.
    """
    if found.impossible:
        return false()
    parts = [
        movies.c.duplicate_of.is_(None),
        *compared(filters).values(),
        *(carries(group) for group in found.wanted),
    ]
    if found.unwanted:
        parts.append(~carries(found.unwanted))
    return and_(*parts)


def _condition(one: Filter, value: Any) -> ColumnElement[bool]:
    """What a filter demands of the column that it compares by value."""
    column = column_of(one.column)
    match one.match:
        case Match.ANY:
            return column.in_(_folded(value))
        case Match.ALL:
            return and_(*(column == name for name in _folded(value)))
        case Match.NONE:
            return or_(column.is_(None), column.not_in(_folded(value)))
        case Match.MIN:
            return and_(column >= value, *_known(column))
        case Match.MAX:
            return and_(column <= value, *_known(column))
        case Match.WITH:
            return column.is_(False)
        case _:
            assert_never(one.match)


def _known(column: Column[Any]) -> list[ColumnElement[bool]]:
    """That the value is known, where an unknown one is 0: a null fails any comparison."""
    return [column > 0] if COLUMNS[column.name].zero_unknown else []


def _of_film(name: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition on a column as one on `movies`, also where the column is in `movie_texts`."""
    if name in movies.c:
        return condition
    own = select(1).select_from(movie_texts).where(movie_texts.c.id == movies.c.id, condition)
    return exists(own.correlate(movies))


def _folded(names: Sequence[str]) -> list[str]:
    return sorted({fold_name(name) for name in names})


def _terms(connection: Connection, kind: Kind, names: Sequence[str]) -> tuple[Term, ...]:
    rows = connection.execute(
        select(terms.c.id, terms.c.films, terms.c.films_with_adult).where(
            terms.c.kind == kind.value, terms.c.folded.in_(_folded(names))
        )
    )
    return tuple(sorted((Term(*row) for row in rows), key=_often))


def _often(term: Term) -> tuple[int, int]:
    return -term.films_with_adult, term.id


# A film reached through an index costs about four times a film of a scan (measured on both databases).
INDEX_COST = 4
CACHED_ANSWERS = 1_024
CACHED_BYTES = 32 * 2**20
"""Of films that match, kept in order: at most 50,000 films mostly, in 28 bytes each with their titles."""


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

    @property
    def nbytes(self) -> int:
        """Memory that the values take."""
        return int(self._values.nbytes)

    def __getitem__(self, at: int) -> Any:
        return self._values[at].as_py()


@dataclass(frozen=True)
class Matches:
    """Films that match, in ascending order of (value, id)."""

    values: _Values
    ids: _Values

    @property
    def nbytes(self) -> int:
        """Memory that they take."""
        return self.values.nbytes + self.ids.nbytes

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


@cached(LRUCache(CACHED_BYTES, getsizeof=lambda found: found.nbytes + 1_000), lock=Lock())
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
