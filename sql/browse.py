"""Pages of films in any order, by keyset: a page costs the same wherever it is.

A filter that leaves few films is evaluated once and its films kept in order in memory; a filter that leaves
many is tested film by film along the index of the sort, where a page's worth is soon found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, func, select

from sql.errors import CatalogueError
from sql.filters import FilterLike, conditions, resolve
from sql.matches import Question, evaluation, hinted, matches, total
from sql.movies import MovieSummary, catalogue_version, summaries
from sql.schema import split_names
from sql.tables import movie_texts, movies

# Up to here all matches are kept in memory; beyond, one film in twenty of a million matches, so a page of 50
# is found within a thousand films of the index.
KEPT_MATCHES = 50_000


class Sort(StrEnum):
    """What films are ordered by; ties by id."""

    popularity = "popularity"
    rating = "rating"
    votes = "votes"
    year = "year"
    title = "title"  # type: ignore[assignment]  # hides str.title, which nobody calls on it


class Order(StrEnum):
    """Rising or falling."""

    asc = "asc"
    desc = "desc"


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


@dataclass(frozen=True)
class Page:
    """Films in order, and where the pages on both sides begin; None at the ends."""

    items: tuple[MovieSummary, ...]
    next: PageKey | None
    previous: PageKey | None
    total: int  # films that match the filter, on all pages


@dataclass(frozen=True)
class TermCount:
    """A genre and how many films have it."""

    name: str
    films: int


@dataclass(frozen=True)
class _Spot:
    """A film's place in an order."""

    value: Any
    movie_id: int


def page(
    engine: Engine, *, filters: FilterLike, sort: Sort, order: Order, limit: int, key: PageKey | None
) -> Page:
    """One page of the films that match.

    Args:
        limit: films on a page, 1 or more.
        key: `next` or `previous` of a page with the same filters, sort and order; None for the first page.

    Raises:
        CatalogueError: the key is not of this sort.
        DatabaseUnavailableError: the database is away.
    """
    column = COLUMNS[sort]
    if key is not None and isinstance(key.value, str) != (sort is Sort.title):
        raise CatalogueError(f"The page key {key.value!r} is not of the sort {sort}; begin at the first page")
    question = Question.of(engine, catalogue_version(engine), filters)
    films = total(question)
    backwards = key is not None and key.backwards
    rising = (order is Order.asc) != backwards
    if films <= KEPT_MATCHES:
        spots = _kept(question, column, rising, key, limit + 1) if films else []
    else:
        spots = _walked(engine, filters, column, rising, key, limit + 1)
    more = len(spots) > limit
    spots = spots[:limit]
    if backwards:
        spots.reverse()
    shown = summaries(engine, [spot.movie_id for spot in spots])
    before = more if backwards else key is not None
    after = key is not None if backwards else more
    return Page(
        items=tuple(shown[spot.movie_id] for spot in spots if spot.movie_id in shown),
        next=PageKey(spots[-1].value, spots[-1].movie_id, False) if spots and after else None,
        previous=PageKey(spots[0].value, spots[0].movie_id, True) if spots and before else None,
        total=films,
    )


def genres(engine: Engine, filters: FilterLike) -> list[TermCount]:
    """The genres of the films that match, with most films first, then by name."""
    with engine.connect() as connection:
        found = resolve(connection, filters)
        wanted = select(movie_texts.c.genres, func.count()).group_by(movie_texts.c.genres)
        query = evaluation(connection, wanted, filters, found).where(movie_texts.c.id == movies.c.id)
        counts: Counter[str] = Counter()
        for stored, films in connection.execute(query):
            for name in split_names(stored):
                counts[name] += films
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [TermCount(name, films) for name, films in ordered]


def _kept(question: Question, column: str, rising: bool, key: PageKey | None, wanted: int) -> list[_Spot]:
    """Up to `wanted` films from the kept matches, beginning after the key, in the order of reading."""
    kept = matches(question, column)
    if rising:
        start = 0 if key is None else kept.position(key.value, key.movie_id, after=True)
        reach = range(start, min(start + wanted, len(kept.ids)))
    else:
        start = len(kept.ids) if key is None else kept.position(key.value, key.movie_id, after=False)
        reach = range(start - 1, max(start - 1 - wanted, -1), -1)
    return [_Spot(kept.values[i], kept.ids[i]) for i in reach]


def _walked(
    engine: Engine, filters: FilterLike, column: str, rising: bool, key: PageKey | None, wanted: int
) -> list[_Spot]:
    """The same along the index: first the rest of the key's ties, then what is beyond them.

    Two plain ranges, because neither database walks `(value, id) > (?, ?)` in the order of the index
    (MariaDB 10.11 reads it all).
    """
    value, movie_id = movies.c[column], movies.c.id
    with engine.connect() as connection:
        found = resolve(connection, filters)
        query = select(value, movie_id).where(conditions(filters, found))
        query = hinted(query, f"ix_movies_{column}")
        steps = [query]
        if key is not None:
            tie, beyond = (
                (movie_id > key.movie_id, value > key.value)
                if rising
                else (movie_id < key.movie_id, value < key.value)
            )
            steps = [query.where(value == key.value, tie), query.where(beyond)]
        spots: list[_Spot] = []
        for step in steps:
            ordered = step.order_by(value, movie_id) if rising else step.order_by(value.desc(), movie_id.desc())
            rows = connection.execute(ordered.limit(wanted - len(spots))).all()
            spots.extend(_Spot(*row) for row in rows)
            if len(spots) == wanted:
                break
    return spots
