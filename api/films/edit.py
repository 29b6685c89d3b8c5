"""The service behind `POST`, `PUT`, `PATCH` and `DELETE` of films: cleaned like a dump's, in one transaction each.

A film is read, changed and written while all other writers wait, so the changes of two editors to different
columns of one film are both kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Engine

import contract
from api.films.bodies import FilmBody, FilmChanges, NewFilm
from api.models import Movie, Posters
from api.serving.announcements import EditAnnouncements
from api.web.problems import BadFilmError, NotFoundError
from etl.transform.film import BY_HAND, RAW_COLUMNS, FilmError, Reason, clean_film
from sql.schema import stored
from sql.writing import Writing, writing

FIELDS = {
    Reason.TITLE: "title",
    Reason.STATUS: "status",
    Reason.DATE: "release_date",
    Reason.NO_DATE: "release_date",
}
"""The field that each reason to refuse a film is about."""


class EditingService:
    """Writes films."""

    def __init__(self, database: Engine, announcements: EditAnnouncements, posters: Posters) -> None:
        self._database, self._announcements, self._posters = database, announcements, posters

    def add(self, film: NewFilm) -> Movie:
        """A new film.

        Raises:
            TakenError: there is a film of that id.
            BadFilmError: a value that cannot be cleaned.
        """
        clean = _clean(film.id, _dated(film.given()))
        with self._writing() as catalogue:
            catalogue.insert(clean)
            return self._written(catalogue, film.id)

    def replace(self, movie_id: int, film: FilmBody) -> Movie:
        """Replace the film with that id.

        Raises:
            NotFoundError: there is none.
            BadFilmError: see `add`; or the body has another id.
        """
        _check_id(movie_id, film)
        clean = _clean(movie_id, _dated(film.given()))
        with self._writing() as catalogue:
            _film(catalogue, movie_id)
            catalogue.write(clean)
            return self._written(catalogue, movie_id)

    def change(self, movie_id: int, changes: FilmChanges) -> Movie:
        """A film with some columns changed.

        Raises:
            NotFoundError, BadFilmError: see `replace`.
        """
        _check_id(movie_id, changes)
        with self._writing() as catalogue:
            before = _film(catalogue, movie_id)
            given = changes.given()
            if "release_date" in given and given["release_date"] is not None:
                given.setdefault("year", None)
            catalogue.write(
                _clean(movie_id, _dated({name: getattr(before, ours) for name, ours in READ.items()} | given))
            )
            return self._written(catalogue, movie_id)

    def delete(self, movie_id: int) -> Movie:
        """Delete a film; gives it as it was.

        Raises:
            NotFoundError: there is none.
        """
        with self._writing() as catalogue:
            film = _film(catalogue, movie_id)
            catalogue.delete(movie_id)
        return self._posters.movie(film)

    @contextmanager
    def _writing(self) -> Iterator[Writing]:
        """One transaction, announced, so that the next request of any process reads it."""
        with self._announcements.writing(), writing(self._database) as catalogue:
            yield catalogue

    def _written(self, catalogue: Writing, movie_id: int) -> Movie:
        return self._posters.movie(_film(catalogue, movie_id))


READ = {c.public_name: c.name for c in contract.COLUMNS.values() if not c.computed and c.name != "id"}
"""What a change keeps of the film as it was: the names in a request, and those of `contract.Movie`."""


def _film(catalogue: Writing, movie_id: int) -> contract.Movie:
    film = catalogue.movie(movie_id)
    if film is None:
        raise NotFoundError(f"there is no film with the id {movie_id}")
    return film


def _check_id(movie_id: int, film: FilmChanges) -> None:
    if film.id not in (None, movie_id):
        raise BadFilmError({"id": f"is {film.id}, but the address says {movie_id}; an id never changes"})


def _dated(given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a dump's row: there, a film of which only the year is known has that for a date."""
    day: date | None = given.get("release_date")
    year = given.get("year")
    if day is not None and year not in (None, day.year):
        raise BadFilmError({"year": f"is {year}, but the film came out on {day}; send release_date too"})
    return {name: given.get(name) for name in RAW_COLUMNS} | {"release_date": day or year or None}


def _clean(movie_id: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """The film cleaned by the rules for dumps.

    Raises:
        BadFilmError: in a dump, it would be rejected or a value replaced.
    """
    repairs: Counter[str] = Counter()
    try:
        film = clean_film(dict(row) | {"id": movie_id}, BY_HAND, repairs)
    except FilmError as error:
        raise BadFilmError({FIELDS.get(error.reason, "id"): str(error)}) from error
    if repairs:
        raise BadFilmError({name: f"{row[name]!r} is not a {name.replace('_', ' ')}" for name in sorted(repairs)})
    return stored(film)
