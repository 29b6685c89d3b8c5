"""The filters of `contract.Filters` as SQL conditions on `movies`.

A name that no film has matches nothing; as a name to exclude, it excludes nothing. An unknown value fails a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy import Column, ColumnElement, Connection, and_, exists, false, or_, select

from contract import COLUMNS, Filter, Filters, Match, fold_name
from sql.tables import column_of, movie_terms, movie_texts, movies, terms
from sql.terms import COLUMNS as TERM_COLUMNS
from sql.terms import Kind

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
