"""The filters of the HTTP contract as SQL conditions, and as a key for caches.

Lists are `any of` (`genres_all`: all of; `without_`: none of), bounds are inclusive, names match whatever
their case. A value that no film has matches nothing; in a `without_` it excludes nothing. An unknown runtime
fails a bound on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, and_, exists, false, or_, select

from sql.tables import movie_terms, movies, terms
from sql.terms import Kind, fold_name


class FilterLike(Protocol):
    """What a filter has; `index.films.filters.Filters` is one."""

    @property
    def genres(self) -> tuple[str, ...]: ...
    @property
    def genres_all(self) -> tuple[str, ...]: ...
    @property
    def without_genres(self) -> tuple[str, ...]: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...
    @property
    def without_keywords(self) -> tuple[str, ...]: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def countries(self) -> tuple[str, ...]: ...
    @property
    def year_min(self) -> int | None: ...
    @property
    def year_max(self) -> int | None: ...
    @property
    def runtime_min(self) -> int | None: ...
    @property
    def runtime_max(self) -> int | None: ...
    @property
    def votes_min(self) -> int | None: ...
    @property
    def rating_min(self) -> float | None: ...
    @property
    def adult(self) -> bool: ...


@dataclass(frozen=True)
class Term:
    """A term that a filter names, and how many films have it."""

    id: int
    films: int
    films_with_adult: int


@dataclass(frozen=True)
class Terms:
    """The terms of a filter. Each group of `wanted` must meet a film; `unwanted` must not."""

    wanted: tuple[tuple[Term, ...], ...]
    unwanted: tuple[Term, ...]

    @property
    def impossible(self) -> bool:
        """Whether some group names only terms that no film has."""
        return not all(self.wanted)


def resolve(connection: Connection, filters: FilterLike) -> Terms:
    """Look up the names in a filter."""
    groups = [
        (Kind.GENRE, filters.genres),
        *((Kind.GENRE, (name,)) for name in filters.genres_all),
        (Kind.KEYWORD, filters.keywords),
        (Kind.COUNTRY, filters.countries),
    ]
    wanted = tuple(_terms(connection, kind, names) for kind, names in groups if names)
    unwanted = [
        *_terms(connection, Kind.GENRE, filters.without_genres),
        *_terms(connection, Kind.KEYWORD, filters.without_keywords),
    ]
    return Terms(wanted, tuple(unwanted))


def bounds(filters: FilterLike) -> list[ColumnElement[bool]]:
    """The conditions on columns of `movies`, among them that duplicates stay behind their best record."""
    columns = movies.c
    conditions: list[ColumnElement[bool]] = [columns.duplicate_of.is_(None)]
    if not filters.adult:
        conditions.append(columns.adult.is_(False))
    if filters.languages:
        conditions.append(language_is(filters))
    for column, least in (
        (columns.year, filters.year_min),
        (columns.runtime, filters.runtime_min),
        (columns.vote_count, filters.votes_min),
        (columns.rating, filters.rating_min),
    ):
        if least is not None:
            conditions.append(column >= least)
    for column, most in ((columns.year, filters.year_max), (columns.runtime, filters.runtime_max)):
        if most is not None:
            conditions.append(column <= most)
    return conditions


def language_is(filters: FilterLike) -> ColumnElement[bool]:
    """Whether the original language is one of the filter's codes."""
    return movies.c.original_language.in_(sorted({fold_name(code) for code in filters.languages}))


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


def conditions(filters: FilterLike, found: Terms) -> ColumnElement[bool]:
    """The whole filter as a condition on `movies`."""
    if found.impossible:
        return false()
    parts = [*bounds(filters), *(carries(group) for group in found.wanted)]
    if found.unwanted:
        parts.append(~carries(found.unwanted))
    return and_(*parts)


def cache_key(filters: FilterLike) -> tuple[object, ...]:
    """Equal for filters that mean the same."""
    names = ("genres", "genres_all", "without_genres", "keywords", "without_keywords", "countries")
    numbers = ("year_min", "year_max", "runtime_min", "runtime_max", "votes_min", "rating_min", "adult")
    lists = (getattr(filters, name) for name in (*names, "languages"))
    return (
        *(tuple(sorted({fold_name(value) for value in values})) for values in lists),
        *(getattr(filters, name) for name in numbers),
    )


def _terms(connection: Connection, kind: Kind, names: Sequence[str]) -> tuple[Term, ...]:
    if not names:
        return ()
    rows = connection.execute(
        select(terms.c.id, terms.c.films, terms.c.films_with_adult).where(
            terms.c.kind == kind.value, terms.c.folded.in_(sorted({fold_name(name) for name in names}))
        )
    )
    return tuple(Term(*row) for row in rows)
