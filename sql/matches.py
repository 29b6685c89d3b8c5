"""How many films match a filter, and which: evaluated once for each filter and version of the catalogue.

Films that match are reached from whichever condition leaves the fewest: the films of a rare term, a range of
an index, or all films when nothing is rare. Databases choose by statistics that a fresh load does not have, and
differ in what they choose; here both get the same plan.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, func, select

from sql.filters import FilterLike, Term, Terms, bounds, cache_key, conditions, language_is, resolve
from sql.tables import catalogue, movie_terms, movies

# A film reached through an index costs about four times a film of a scan (measured on both databases).
INDEX_COST = 4
CACHED_TOTALS = 1_024
CACHED_MATCHES = 16


@dataclass(frozen=True)
class Question:
    """A filter asked of one version of a catalogue; equal questions have equal answers."""

    engine: Engine
    version: str
    key: tuple[object, ...]
    filters: FilterLike = field(compare=False, hash=False, repr=False)

    @classmethod
    def of(cls, engine: Engine, version: str, filters: FilterLike) -> Question:
        """The question that a filter asks."""
        return cls(engine, version, cache_key(filters), filters)


@dataclass(frozen=True)
class Matches:
    """Films that match, in rising order of (value, id), each array as long as there are films."""

    values: list[str] | list[int] | list[float]
    ids: list[int]

    def position(self, value: str | int | float, movie_id: int, *, after: bool) -> int:
        """Where the first film after (value, movie_id) is; not `after`: the film itself, if it is there."""
        low = bisect_left(self.values, value)
        high = bisect_right(self.values, value)
        return (bisect_right if after else bisect_left)(self.ids, movie_id, low, high)


@lru_cache(CACHED_TOTALS)
def total(question: Question) -> int:
    """How many films match; without counting where the catalogue knows."""
    with question.engine.connect() as connection:
        found = resolve(connection, question.filters)
        if found.impossible:
            return 0
        known = _known_total(connection, question.filters, found)
        if known is not None:
            return known
        query = evaluation(connection, select(func.count()), question.filters, found)
        return connection.scalar(query) or 0


@lru_cache(CACHED_MATCHES)
def matches(question: Question, column: str) -> Matches:
    """All films that match, ordered by a column of `movies`."""
    with question.engine.connect() as connection:
        found = resolve(connection, question.filters)
        wanted = select(movies.c[column], movies.c.id)
        query = evaluation(connection, wanted, question.filters, found)
        rows = sorted(tuple(row) for row in connection.execute(query))
    return Matches([value for value, _ in rows], [movie_id for _, movie_id in rows])


def evaluation(connection: Connection, wanted: Select[Any], filters: FilterLike, found: Terms) -> Select[Any]:
    """`wanted`, a SELECT of columns of `movies`, restricted to the films that match, by the cheapest way."""
    most = (connection.scalar(select(catalogue.c.films_with_adult)) or 0) // INDEX_COST
    hint, cost = None, most
    for index, condition in _ranges(filters):
        reached = _reached(connection, index, condition, cost)
        if reached < cost:
            hint, cost = index, reached
    query = wanted.select_from(movies).where(conditions(filters, found))
    rarest = min(found.wanted, key=_films, default=None)
    if rarest is not None and _films(rarest) <= cost:
        carriers = select(movie_terms.c.movie_id).where(movie_terms.c.term_id.in_([t.id for t in rarest]))
        return query.where(movies.c.id.in_(carriers))
    return hinted(query, hint) if hint else by_key(query)


def hinted(query: Select[Any], index: str) -> Select[Any]:
    """The query made to read `movies` along an index."""
    return query.with_hint(movies, f"FORCE INDEX ({index})", "mysql").with_hint(
        movies, f"INDEXED BY {index}", "sqlite"
    )


def by_key(query: Select[Any]) -> Select[Any]:
    """The query made to read `movies` in order of id."""
    return query.with_hint(movies, "FORCE INDEX (PRIMARY)", "mysql").with_hint(movies, "NOT INDEXED", "sqlite")


def _films(group: tuple[Term, ...]) -> int:
    return sum(term.films_with_adult for term in group)


def _ranges(filters: FilterLike) -> list[tuple[str, ColumnElement[bool]]]:
    """The filter's conditions that an index can answer."""
    columns = movies.c
    found: list[tuple[str, ColumnElement[bool]]] = []
    for column, least, most in (
        (columns.year, filters.year_min, filters.year_max),
        (columns.runtime, filters.runtime_min, filters.runtime_max),
        (columns.vote_count, filters.votes_min, None),
        (columns.rating, filters.rating_min, None),
    ):
        limits = [column >= least] if least is not None else []
        limits += [column <= most] if most is not None else []
        if limits:
            found.append((f"ix_movies_{column.name}", and_(*limits)))
    if filters.languages:
        found.append(("ix_movies_original_language", language_is(filters)))
    return found


def _reached(connection: Connection, index: str, condition: ColumnElement[bool], most: int) -> int:
    """How many entries of an index are in a range, counted up to `most`."""
    entries = hinted(select(movies.c.id).where(condition), index).limit(most + 1).subquery()
    return connection.scalar(select(func.count()).select_from(entries)) or 0


def _known_total(connection: Connection, filters: FilterLike, found: Terms) -> int | None:
    """The total that is kept with the catalogue: of all films, or of one term; None for any other filter."""
    if len(bounds(filters)) > (1 if filters.adult else 2) or found.unwanted:
        return None
    if not found.wanted:
        column = catalogue.c.films_with_adult if filters.adult else catalogue.c.films
        return connection.scalar(select(column)) or 0
    if len(found.wanted) == 1 and len(found.wanted[0]) == 1:
        term = found.wanted[0][0]
        return term.films_with_adult if filters.adult else term.films
    return None
