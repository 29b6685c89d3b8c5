"""The catalogue in keyset pages with opaque cursors, one film, genre counts, and search by title."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, StringConstraints, model_validator
from sqlalchemy import Engine

from api.films import ordered
from api.models import NOT_BLANK, FilterFields, Limit, Movie, MovieSummary, Posters, Whole, Year
from api.operation.logs import Stage
from api.serving.serving import Serving
from api.web.problems import BadCursorError, NotFoundError
from contract import MAX_ID, NAME_MAX, Order, Sort
from index.answer.ranked import SHELVES, Ranked
from index.errors import GenerationError
from index.spaces.view import View
from index.titles.search import TitleMatch
from sql import browse, movies
from sql.browse import Page, PageKey, Spot, Step, Turned
from sql.errors import DatabaseUnavailableError


class BrowseQuery(FilterFields):
    """Parameters of `GET /movies`."""

    limit: Limit = Field(50, description="films on a page", examples=[20])
    cursor: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(
        None,
        description="`next` or `previous` of another page with the same sort, order and filters",
        examples=["WyJiZmY5ZTIzM2VkNjciLDE3My42OTQsNjQwMTQ2LGZhbHNlXQ"],
    )
    sort: Sort | Ranked = Field(
        Sort.popularity,
        description="what to sort by: a column, the day (`released`), a shelf's rule, or at random",
        examples=["acclaimed"],
    )
    order: Order | None = Field(None, description="desc unless sorted by title", examples=["asc"])
    start: Annotated[str, StringConstraints(min_length=1, max_length=NAME_MAX), NOT_BLANK] | None = Field(
        None,
        alias="from",
        description="begin at this value of the sort: a year, a rating, the first letters of a title",
        examples=["90"],
    )
    seed: Whole = Field(
        0, ge=0, le=MAX_ID, description="of `sort=random`: the same seed gives the same order", examples=[7]
    )

    @model_validator(mode="after")
    def _one_beginning(self) -> BrowseQuery:
        if self.start is not None and self.cursor is not None:
            raise ValueError("give `from` or `cursor`, not both: a cursor says where its page begins")
        self.begins_at()
        return self

    def begins_at(self) -> str | float | None:
        """`from` as the sort compares it.

        Raises:
            ValueError: not a number, and the sort is not by title; or films sorted in this way have no values.
        """
        if self.start is None or self.sort is Sort.title:
            return self.start
        if self.sort in UNPLACED:
            raise ValueError(f"`from` has no meaning where films are sorted by {self.sort}; leave it out")
        if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", self.start, re.ASCII) is None:
            raise ValueError(f"`from` must be a number where films are sorted by {self.sort}, not {self.start!r}")
        return float(self.start) if "." in self.start else int(self.start)


class SearchQuery(FilterFields):
    """Parameters of `GET /movies/search`."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=10_000)] = Field(
        description="a title, misspelt or not", examples=["interstelar"]
    )
    year: Year | None = Field(None, description="the year of release, if you know it", examples=[2014])
    limit: Whole = Field(10, ge=1, le=50, description="matches, at the most", examples=[5])


class MoviePage(BaseModel):
    """A page of the catalogue."""

    items: list[MovieSummary] = Field(description="the films of the page, in order")
    next: str | None = Field(
        description="send back as `cursor` for the page after; null at the end",
        examples=["WyJiZmY5ZTIzM2VkNjciLDE3My42OTQsNjQwMTQ2LGZhbHNlXQ"],
    )
    previous: str | None = Field(
        description="send back as `cursor` for the page before; null at the start", examples=[None]
    )
    total: int = Field(description="films that pass the filters", examples=[5000])


class Match(BaseModel):
    """A film whose title resembles the query."""

    movie: MovieSummary = Field(description="the film")
    score: float = Field(description="similarity of the titles and fame of the film", examples=[0.852])
    matched: str = Field(
        description="which of the film's titles: title, original_title or alternative_title", examples=["title"]
    )
    text: str = Field(description="that title; the title, if it is an alternative one", examples=["Interstellar"])


class SearchAnswer(BaseModel):
    """Films by title, best first."""

    query: str = Field(description="the title searched for", examples=["interstelar"])
    confidence: float = Field(description="how likely the first match is meant, 0 to 1", examples=[0.999])
    ambiguous: bool = Field(description="whether another film may be meant", examples=[False])
    best: Match | None = Field(description="the first match; null if nothing resembles the title")
    matches: list[Match] = Field(description="the best first")
    nearest: list[Match] = Field(description="if nothing resembles the title: those that come nearest")
    generation: str = Field(description="the built index that answered", examples=["20261121T223936Z-775b"])
    degraded: bool = Field(description="whether the database is away", examples=[False])


class GenreCount(BaseModel):
    """A genre and how many films have it."""

    name: str = Field(description="the genre", examples=["Drama"])
    films: int = Field(description="films that have it and pass the filters", examples=[2208])


class Genres(BaseModel):
    """All genres, those with the most films first."""

    genres: list[GenreCount] = Field(description="those with the most films first")


UNPLACED = frozenset({*SHELVES, Ranked.random})
"""Orders whose values nobody knows."""
MOST = 2**62
"""No number in a cursor is larger; infinity and NaN are not smaller."""


class CatalogueService:
    """Answers from the database, and searches titles in the generation."""

    def __init__(
        self,
        database: Engine,
        serving: Serving,
        posters: Posters,
        searched: Callable[[str, bool], None] = lambda query, found: None,
    ) -> None:
        """Answer; `searched` is told of every search whether it found anything."""
        self._database, self._serving, self._posters, self._searched = database, serving, posters, searched

    def page(self, query: BrowseQuery) -> MoviePage:
        """A page of the catalogue.

        Raises:
            BadCursorError: the cursor is damaged or of another request.
        """
        order = query.order or (Order.asc if query.sort is Sort.title else Order.desc)
        fingerprint = _fingerprint(query, order)
        key = _place(query, order, fingerprint)
        filters = query.filters()
        asked: dict[str, Any] = {"sort": query.sort, "order": order, "limit": query.limit, "key": key}
        view = self._loaded()
        page: Page | Turned | ordered.OrderedPage
        if isinstance(query.sort, Ranked):
            snapshot = self._serving.current()
            with Stage("search"):
                page = ordered.page(snapshot, filters, **asked, seed=query.seed)
            items, total = self._posters.summaries(snapshot.view, page.rows), page.total
        elif view is None:
            with Stage("database"):
                page = browse.page(self._database, filters=filters, **asked)
            items, total = [self._posters.summary(vars(film)) for film in page.items], page.total
        else:
            with Stage("filter"):
                allowed = view.filters.select(filters)
                page, total = browse.turned(_walking(view, allowed.mask), **asked), allowed.count
            rows = [row for row in map(view.films.row_of, page.ids) if row is not None]
            items = self._posters.summaries(view, rows)
        return MoviePage(
            items=items,
            next=_write_cursor(page.next, fingerprint),
            previous=_write_cursor(page.previous, fingerprint),
            total=total,
        )

    def movie(self, movie_id: int) -> Movie:
        """One film with all its columns.

        Raises:
            NotFoundError: there is none of that id.
        """
        with Stage("database"):
            film = movies.movie(self._database, movie_id)
        if film is None:
            raise NotFoundError(f"there is no film with the id {movie_id}")
        return self._posters.movie(film)

    def genres(self, filters: FilterFields) -> Genres:
        """All genres with the number of films that pass; from the generation while the database is away."""
        wanted = filters.filters()
        try:
            view = self._loaded()
            if view is None:
                with Stage("database"):
                    counted = {count.name: count.films for count in browse.genres(self._database, wanted)}
                return _genres(counted)
        except DatabaseUnavailableError:
            view = self._serving.current().view
        with Stage("filter"):
            terms = view.filters.terms["genres"]
            counts = terms.counts(view.filters.select(wanted).mask).tolist()
        return _genres({name: films for name, films in zip(terms.names, counts, strict=True) if films})

    def _loaded(self) -> View | None:
        """The generation with its edits, if it was built from what is in the database; None after a new load.

        Masks and stored orders answer the worst filter in a fiftieth of the time that the database takes.

        Raises:
            DatabaseUnavailableError: the database is away.
        """
        try:
            view = self._serving.current().view
        except GenerationError:
            return None
        with Stage("database"):
            version = movies.loaded_version(self._database)
        return view if view.manifest.catalogue_version == version else None

    def search(self, query: SearchQuery) -> SearchAnswer:
        """Films whose title resembles the query."""
        generation, degraded = self._serving.current().view, self._serving.database_problem is not None
        with Stage("search"):
            allowed = generation.filters.select(query.filters()).mask
            answer = generation.titles.search(query.q, year=query.year, limit=query.limit, allowed=allowed)
        found = answer.matches
        if not answer.resolved:  # nothing resembles it as a whole; what contains it may still be what is sought
            typed = " ".join(query.q.casefold().split())
            found = tuple(match for match in found if typed in match.text.casefold())
        matches = self._matches(generation, found)
        nearest = [] if found else self._matches(generation, answer.matches)
        self._searched(query.q, bool(found))
        return SearchAnswer(
            query=query.q,
            confidence=round(answer.confidence, 4) if found else 0.0,
            ambiguous=answer.ambiguous and bool(found),
            best=matches[0] if matches else None,
            matches=matches,
            nearest=nearest,
            generation=generation.manifest.id,
            degraded=degraded,
        )

    def _matches(self, view: View, found: Sequence[TitleMatch]) -> list[Match]:
        films = self._posters.summaries(view, [match.row for match in found])
        return [
            Match(movie=film, score=round(match.score, 6), matched=match.matched, text=match.text)
            for match, film in zip(found, films, strict=True)
        ]


def _walking(view: View, mask: NDArray[np.bool_]) -> Callable[[Step], list[Spot]]:
    """What finds the films of a mask along the orders of a generation."""

    def find(step: Step) -> list[Spot]:
        after = None if step.key is None else (step.key.value, step.key.movie_id)
        places = view.films.along(step.sort, mask, step.wanted, after=after, rising=step.rising)
        return [Spot(*place) for place in places]

    return find


def _genres(counts: Mapping[str, int]) -> Genres:
    """Those with the most films first, then by name."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Genres(genres=[GenreCount(name=name, films=films) for name, films in ordered])


def _fingerprint(query: BrowseQuery, order: Order) -> str:
    """A digest of what must stay the same from page to page."""
    fingerprint = repr((query.sort, order, query.seed, query.filters().key()))
    return hashlib.blake2b(fingerprint.encode(), digest_size=6).hexdigest()


def _place(query: BrowseQuery, order: Order, fingerprint: str) -> PageKey | None:
    """Where the page begins: at the cursor, at a value of the sort, or with the first film."""
    if query.cursor is not None:
        return _read_cursor(query.cursor, fingerprint, query.sort)
    start = query.begins_at()
    if start is None:
        return None
    if isinstance(query.sort, Ranked):
        return ordered.beginning(float(start), query.sort, order)
    return browse.starting_at(start, query.sort, order)


def _write_cursor(key: PageKey | None, fingerprint: str) -> str | None:
    if key is None:
        return None
    written = json.dumps([fingerprint, key.value, key.movie_id, key.backwards], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, fingerprint: str, sort: Sort | Ranked) -> PageKey:
    """What a cursor says.

    Raises:
        BadCursorError: `_write_cursor` did not write it, or wrote it for another question.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        written: list[Any] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found, value, movie_id, backwards = written
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadCursorError("the cursor is damaged; start again without one") from error
    if found != fingerprint:
        raise BadCursorError("the cursor belongs to another sort, order or filters; start again without one")
    fits = type(value) is str if sort is Sort.title else type(value) in (int, float) and abs(value) < MOST
    if not fits or type(movie_id) is not int or abs(movie_id) > MOST or type(backwards) is not bool:
        raise BadCursorError("the cursor is damaged; start again without one")
    key = PageKey(value=value, movie_id=movie_id, backwards=backwards)
    if cursor != _write_cursor(key, fingerprint) or not _is_text(value):
        raise BadCursorError("the cursor is damaged; start again without one")
    return key


def _is_text(value: str | float) -> bool:
    """Whether a database can compare with it: JSON may hold halves of characters, which UTF-8 cannot."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True
