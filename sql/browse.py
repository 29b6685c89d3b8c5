"""Pages of films in any order, by keyset: a page costs the same wherever it is.

A filter that leaves few films is evaluated once and its films kept in order in memory; a filter that leaves
many is tested film by film along the index of the sort, where a page's worth is soon found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    select,
    union_all,
)

from contract import Filters, MovieSummary, Order, Sort, sort_title
from sql.errors import CatalogueError
from sql.matches import Question, conditions, genre_counts, hinted, matches, resolve, total
from sql.movies import catalogue_version, summaries
from sql.tables import catalogue, movies

# Up to here all matches are kept in memory; beyond, one film in twenty of a million matches, so a page of 50
# is found within a thousand films of the index.
KEPT_MATCHES = 50_000
WALKED_FILMS = 5_000
BEFORE_IDS, AFTER_IDS = 0, 2**31
LAST_LETTER = "\U0010ffff"


COLUMNS = {
    Sort.popularity: "popularity",
    Sort.rating: "rating",
    Sort.votes: "vote_count",
    Sort.year: "year",
    Sort.title: "sort_title",
}


@dataclass(frozen=True)
class PageKey:
    """Where a page begins: after (or, `backwards`, before) the film with this sort value and id."""

    value: str | int | float
    movie_id: int
    backwards: bool

    @property
    def between_films(self) -> bool:
        """Whether the key is not the place of a film, so that there may be no film before it."""
        return self.movie_id in (BEFORE_IDS, AFTER_IDS)


@dataclass(frozen=True)
class Page:
    """Films in order, and the keys of the pages before and after; None at the ends."""

    items: tuple[MovieSummary, ...]
    next: PageKey | None
    previous: PageKey | None
    total: int  # films that match the filter, on all pages


@dataclass(frozen=True)
class Turned:
    """The ids of the films on a page, in order, and the keys of the pages before and after; None at the ends."""

    ids: list[int]
    next: PageKey | None
    previous: PageKey | None


@dataclass(frozen=True)
class TermCount:
    """A genre and how many films have it."""

    name: str
    films: int


@dataclass(frozen=True)
class Step:
    """Up to `wanted` films in one direction of an order, after the key."""

    sort: Sort
    rising: bool
    key: PageKey | None
    wanted: int

    @property
    def column(self) -> str:
        """Of `movies`."""
        return COLUMNS[self.sort]


@dataclass(frozen=True)
class Spot:
    """A film's place in an order."""

    value: Any
    movie_id: int


def starting_at(value: str | float, sort: Sort, order: Order) -> PageKey:
    """The key of the page whose first film has a sort value, or the next value that a film has.

    Args:
        value: a number, or, where films are sorted by title, what titles begin with.
    """
    rising = order is Order.asc
    if isinstance(value, str):
        value = sort_title(value) + ("" if rising else LAST_LETTER)
    return PageKey(value, BEFORE_IDS if rising else AFTER_IDS, backwards=False)


def page(engine: Engine, *, filters: Filters, sort: Sort, order: Order, limit: int, key: PageKey | None) -> Page:
    """One page of the films that match.

    Args:
        limit: films on a page, 1 or more.
        key: `next` or `previous` of a page with the same filters, sort and order, or what `starting_at` says;
            None for the first page.

    Raises:
        CatalogueError: the key is not of this sort.
        DatabaseUnavailableError: the database is away.
    """
    question = Question.of(engine, catalogue_version(engine), filters)
    films = total(question)
    found = turned(lambda step: _spots(question, step, films), sort=sort, order=order, limit=limit, key=key)
    shown = summaries(engine, found.ids)
    items = tuple(shown[movie_id] for movie_id in found.ids if movie_id in shown)
    return Page(items, found.next, found.previous, films)


def turned(
    find: Callable[[Step], list[Spot]], *, sort: Sort, order: Order, limit: int, key: PageKey | None
) -> Turned:
    """The films of a page and its neighbours, wherever films are found.

    Args:
        find: takes a step.
        limit, key: see `page`.

    Raises:
        CatalogueError: the key is not of this sort.
    """
    if key is not None and isinstance(key.value, str) != (sort is Sort.title):
        raise CatalogueError(f"The page key {key.value!r} is not of the sort {sort}; begin at the first page")
    backwards = key is not None and key.backwards
    step = Step(sort, (order is Order.asc) != backwards, key, limit + 1)
    spots = find(step)
    more = len(spots) > limit
    spots = spots[:limit]
    if backwards:
        spots.reverse()
    behind = _behind(find, step)
    before, after = (more, behind) if backwards else (behind, more)
    ends = spots or ([] if key is None else [Spot(key.value, key.movie_id)])
    return Turned(
        ids=[spot.movie_id for spot in spots],
        next=PageKey(ends[-1].value, ends[-1].movie_id, False) if ends and after else None,
        previous=PageKey(ends[0].value, ends[0].movie_id, True) if ends and before else None,
    )


def genres(engine: Engine, filters: Filters) -> list[TermCount]:
    """The genres of the films that match, those with the most films first, then by name."""
    counts = genre_counts(Question.of(engine, catalogue_version(engine), filters))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [TermCount(name, films) for name, films in ordered]


def _behind(find: Callable[[Step], list[Spot]], step: Step) -> bool:
    """Whether any film lies on the other side of where a step begins."""
    if step.key is None or not step.key.between_films:
        return step.key is not None  # the key's own film does
    return bool(find(replace(step, rising=not step.rising, wanted=1)))


def _spots(question: Question, step: Step, films: int) -> list[Spot]:
    if not films:
        return []
    if films > KEPT_MATCHES:
        with question.engine.connect() as connection:
            everything = connection.scalar(select(catalogue.c.films_with_adult)) or 0
            wanted = conditions(question.filters, resolve(connection, question.filters))
            # A third of this is enough if matches are spread evenly.
            window = 3 * step.wanted * everything // films
            for size in (window, max(WALKED_FILMS, window)):
                walked = _walked(connection, wanted, step, size)
                if walked is not None:
                    return walked
    return _kept(question, step)


def _kept(question: Question, step: Step) -> list[Spot]:
    """A step over the kept matches."""
    kept = matches(question, step.column)
    key = step.key
    if step.rising:
        start = 0 if key is None else kept.position(key.value, key.movie_id, after=True)
        reach = range(start, min(start + step.wanted, len(kept.ids)))
    else:
        start = len(kept.ids) if key is None else kept.position(key.value, key.movie_id, after=False)
        reach = range(start - 1, max(start - 1 - step.wanted, -1), -1)
    return [Spot(kept.values[i], kept.ids[i]) for i in reach]


def _walked(connection: Connection, wanted: ColumnElement[bool], step: Step, size: int) -> list[Spot] | None:
    """A step along the index of the sort, or None where too few of the next `size` films match.

    That happens when what is filtered by goes with what is sorted by: among the least popular films, none of
    the first 300,000 has ten votes.
    """
    window = _window(step.column, step.rising, begun=step.key is not None)
    place: dict[str, str | float] = {"size": size}
    if step.key is not None:
        place |= {"key_value": step.key.value, "key_id": step.key.movie_id}
    rows = connection.execute(_within(window, wanted, step), place | {"wanted": step.wanted}).all()
    if len(rows) < step.wanted and connection.scalar(_length(window), place) == size:
        return None
    return [Spot(*row) for row in rows]


@lru_cache
def _window(column: str, rising: bool, *, begun: bool) -> Subquery:
    """The next `size` entries of the index: first those with the same value as the key, then those after it.

    Two plain ranges in one statement, because MariaDB reads the whole index for `(value, id) > (?, ?)`. Made
    once, since SQLAlchemy takes longer to put it together than a database to answer it.

    Args:
        begun: whether there is a key: the parameters `key_value` and `key_id`.
    """
    value, movie_id, size = movies.c[column], movies.c.id, bindparam("size", type_=Integer)
    query = hinted(select(value.label("value"), movie_id), f"ix_movies_{column}")
    query = _in_order(query, value, movie_id, rising).limit(size)
    if not begun:
        return query.subquery()
    key_value, key_id = bindparam("key_value", type_=value.type), bindparam("key_id", type_=movie_id.type)
    tie, beyond = (movie_id > key_id, value > key_value) if rising else (movie_id < key_id, value < key_value)
    ranges = [query.where(value == key_value, tie).subquery(), query.where(beyond).subquery()]
    both = union_all(*(select(part) for part in ranges)).subquery()
    return _in_order(select(both), both.c.value, both.c.id, rising).limit(size).subquery()


@lru_cache
def _length(window: Subquery) -> Select[Any]:
    """How many entries a window has: fewer than `size` at the end of the order."""
    return select(func.count()).select_from(window)


def _within(window: Subquery, wanted: ColumnElement[bool], step: Step) -> Select[Any]:
    """The first `wanted` films of a window that match, in order."""
    value, movie_id = window.c.value, window.c.id
    query = (
        select(value, movie_id)
        .select_from(window.join(movies, movies.c.id == movie_id))
        .where(wanted)
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .limit(bindparam("wanted", type_=Integer))
    )
    return _in_order(query, value, movie_id, step.rising)


def _in_order(
    query: Select[Any], value: ColumnElement[Any], movie_id: ColumnElement[int], rising: bool
) -> Select[Any]:
    return query.order_by(value, movie_id) if rising else query.order_by(value.desc(), movie_id.desc())
