"""Films written by hand: `POST`, `PUT`, `PATCH` and `DELETE`, validated and cleaned like those of a dump.

A film is read, changed and written while all other writers wait, so the changes of two editors to different
fields of one film are both kept.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.types import StrictBool, StrictFloat, StrictInt
from sqlalchemy import Engine

import contract
from api.models import Fields, Movie, Posters, Strict, StrictMovieId, Title, with_fields
from api.serving.announcements import EditAnnouncements
from api.web.problems import BadFilmError, DataFolderError, NotFoundError
from contract import COLUMNS, NAME_MAX, Column
from etl.transform.film import (
    BY_HAND,
    NAME_RULES,
    RAW_COLUMNS,
    RAW_NAMES,
    FilmError,
    Reason,
    clean_film,
    clean_names,
    clean_text,
)
from sql.edits import Writing, writing
from sql.tables import join_names, stored

WHOLE: dict[str, JsonValue] = {
    "title": "The Long Winter Night",
    "release_date": "2026-11-01",
    "runtime": 102,
    "original_language": "is",
    "genres": ["Drama"],
    "keywords": ["winter", "night"],
    "production_countries": ["Iceland"],
}
"""A film to write, as an example."""

logger = logging.getLogger("reelkin.api")


def _of_most(length: int) -> AfterValidator:
    """Checks that a list fits its column, of so many characters in all."""

    def fit(names: list[str]) -> list[str]:
        if len(join_names(names)) > length:
            raise ValueError(f"is too long: all names together may have {length} characters")
        return names

    return AfterValidator(fit)


OneName = Annotated[str, StringConstraints(min_length=1, max_length=NAME_MAX)]

_DESCRIPTIONS = {
    "title": "cleaned like a title of the dump",
    "original_title": "the title where it is empty",
    "year": "where only the year of release is known",
    "release_date": "year, month and day",
    "status": "Released, or empty: the catalogue has no others",
    "genres": "TMDB's names",
    "directors": "who directed it",
    "actors": "the leading actors first",
}
"""Where a column means something else in a request than in an answer."""


def _type(column: Column) -> Any:
    """What a request may write into a column."""
    match column.type:
        case "string":
            return Annotated[str, StringConstraints(max_length=column.longest)]
        case "names":
            names = column.longest // 2  # each name is followed by a separator
            return Annotated[list[OneName], Field(max_length=names, fail_fast=True), _of_most(column.longest)]
        case "bool":
            return StrictBool
        case "date32":
            return date
    number: Any = StrictFloat | StrictInt if column.type == "float64" else StrictInt
    if column.limits is None:
        return number
    least, most = column.limits
    return Annotated[number, Field(ge=least, le=most)]


def _fields() -> Fields:
    """The columns that a request may write: `year` last, since it is compared with `release_date`."""
    written = [column for column in COLUMNS.values() if not (column.computed or column.name in ("id", "year"))]
    return {
        column.public_name: (
            Title if column.name == "title" else _type(column) | None,
            Field(
                "" if column.name == "title" else None,
                description=_DESCRIPTIONS.get(column.name, column.description),
                examples=[column.example],
            ),
        )
        for column in (*written, COLUMNS["year"])
    }


@with_fields(_fields())
class FilmChanges(Strict):
    """Body of `PATCH /movies/{id}`: what is not named stays, and null clears a column."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runtime": 169, "keywords": ["space", "wormhole"]}]}
    )

    id: StrictMovieId | None = Field(None, description="the same as in the address", examples=[157336])
    rating: StrictFloat | StrictInt | None = Field(
        None, description="computed from the votes; ignored", examples=[8.286]
    )
    poster_url: str | None = Field(
        None,
        description="made from poster_path; ignored",
        examples=["https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"],
    )

    @field_validator("year", check_fields=False)
    @classmethod
    def _of_its_date(cls, year: int | None, known: ValidationInfo) -> int | None:
        day = known.data.get("release_date")
        if day is not None and year not in (None, day.year):
            raise ValueError(f"is {year}, and release_date is {day}; send one of them")
        return year

    def given(self) -> dict[str, Any]:
        """The columns that the request names."""
        ignored = {"id", "rating", "poster_url"}
        return {name: getattr(self, name) for name in self.model_fields_set - ignored}


class FilmBody(FilmChanges):
    """Body of `PUT /movies/{id}`: a whole film; what is not named is unknown."""

    model_config = ConfigDict(json_schema_extra={"examples": [WHOLE]})

    title: Title = Field(description="cleaned like a title of the dump", examples=["Interstellar"])


class NewFilm(FilmBody):
    """Body of `POST /movies`: a whole film with its id."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 2_000_000_001, **WHOLE}]})

    id: StrictMovieId = Field(description="TMDB's id, or one that is not used", examples=[2_000_000_001])


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
        with ExitStack() as entered:
            try:
                entered.enter_context(self._announcements.writing())
            except OSError as error:
                logger.error("edits cannot be announced, so none is made: %s", error)
                raise DataFolderError(
                    "the data folder of this server cannot be written (read-only or full): nothing was changed"
                ) from error
            yield entered.enter_context(writing(self._database))

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
    for name in ("title", "original_title", "status", "overview", "tagline"):
        if (row.get(name) or "").strip() and not clean_text(row[name]):
            repairs[name] += 1
    link = (row.get("homepage") or "").strip()
    if link and film.homepage != link:  # of a text that begins with an address, a dump keeps the address
        repairs["homepage"] += 1
    for name in NAME_RULES:
        given = row.get(RAW_NAMES[name]) or ()
        if any(one.strip() and not clean_names([one]) for one in given):
            repairs[RAW_NAMES[name]] += 1
    if repairs:
        raise BadFilmError({name: f"{row[name]!r} is not a {name.replace('_', ' ')}" for name in sorted(repairs)})
    return stored(film)
