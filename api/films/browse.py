"""The service of the catalogue: keyset pages with opaque cursors, one film, genre counts, search by title."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from sqlalchemy import Engine

from api.films.models import BrowseQuery, GenreCount, Genres, Match, MoviePage, SearchAnswer, SearchQuery
from api.models import Movie, Posters
from api.operation.logs import Stage
from api.parameters import FilterFields
from api.serving.serving import Serving
from api.web.problems import BadCursorError, NotFoundError
from contract import Order, Sort
from sql import browse, movies
from sql.browse import PageKey
from sql.errors import DatabaseUnavailableError

MOST = 2**62
"""No number in a cursor is larger; infinity and NaN are not smaller."""


class CatalogueService:
    """Answers from the database, and searches titles in the generation."""

    def __init__(self, database: Engine, serving: Serving, posters: Posters) -> None:
        self._database, self._serving, self._posters = database, serving, posters

    def page(self, query: BrowseQuery) -> MoviePage:
        """A page of the catalogue.

        Raises:
            BadCursorError: the cursor is damaged or of another request.
        """
        order = query.order or (Order.asc if query.sort is Sort.title else Order.desc)
        fingerprint = _fingerprint(query, order)
        key = _place(query, order, fingerprint)
        with Stage("database"):
            page = browse.page(
                self._database, filters=query.filters(), sort=query.sort, order=order, limit=query.limit, key=key
            )
        return MoviePage(
            items=[self._posters.summary(vars(film)) for film in page.items],
            next=_write_cursor(page.next, fingerprint),
            previous=_write_cursor(page.previous, fingerprint),
            total=page.total,
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
            counts = {count.name: count.films for count in browse.genres(self._database, wanted)}
        except DatabaseUnavailableError:
            snapshot = self._serving.current()
            groups = snapshot.statistics.names("genres", snapshot.selection(wanted))
            counts = {group.name: group.films for group in groups}
        return Genres(genres=[GenreCount(name=name, films=films) for name, films in counts.items()])

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
        films = self._posters.summaries(generation, [match.row for match in found])
        matches = [
            Match(movie=film, score=round(match.score, 6), matched=match.matched, text=match.text)
            for match, film in zip(found, films, strict=True)
        ]
        return SearchAnswer(
            query=query.q,
            confidence=round(answer.confidence, 4) if found else 0.0,
            ambiguous=answer.ambiguous and bool(found),
            best=matches[0] if matches else None,
            matches=matches,
            generation=generation.manifest.id,
            degraded=degraded,
        )


def _fingerprint(query: BrowseQuery, order: Order) -> str:
    """A digest of what must stay the same from page to page."""
    fingerprint = repr((query.sort, order, query.filters().key()))
    return hashlib.blake2b(fingerprint.encode(), digest_size=6).hexdigest()


def _place(query: BrowseQuery, order: Order, fingerprint: str) -> PageKey | None:
    """Where the page begins: at the cursor, at a value of the sort, or with the first film."""
    if query.cursor is not None:
        return _read_cursor(query.cursor, fingerprint, query.sort)
    start = query.begins_at()
    return None if start is None else browse.starting_at(start, query.sort, order)


def _write_cursor(key: PageKey | None, fingerprint: str) -> str | None:
    if key is None:
        return None
    written = json.dumps([fingerprint, key.value, key.movie_id, key.backwards], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, fingerprint: str, sort: Sort) -> PageKey:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        written: list[Any] = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found, value, movie_id, backwards = written
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadCursorError("the cursor is damaged; start again without one") from error
    if found != fingerprint:
        raise BadCursorError("the cursor belongs to another sort, order or filters; start again without one")
    fits = type(value) is str if sort is Sort.title else type(value) in (int, float) and abs(value) < MOST
    if not fits or type(movie_id) is not int or abs(movie_id) > MOST or type(backwards) is not bool:
        raise BadCursorError("the cursor is damaged; start again without one")
    return PageKey(value=value, movie_id=movie_id, backwards=backwards)
