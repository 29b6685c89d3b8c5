"""Models of films that several resources answer with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from starlette.responses import Response

import contract
from api.fields import POSTER_URL, shown, with_fields
from api.operation.logs import Stage
from contract import COLUMNS, SUMMARY
from index.spaces.view import View

_SUMMARY = {column.public_name: shown(column) for column in SUMMARY if column.name != "poster_path"}


@with_fields(_SUMMARY | {"poster_url": POSTER_URL})
class MovieSummary(BaseModel):
    """A film in a list."""

    model_config = ConfigDict(from_attributes=True)


THE_MARTIAN = {
    "id": 286217,
    "title": "The Martian",
    "original_title": "The Martian",
    "year": 2015,
    "genres": ["Drama", "Adventure", "Science Fiction"],
    "runtime": 141,
    "rating": 7.568,
    "vote_average": 7.678,
    "vote_count": 18525,
    "popularity": 76.0,
    "poster_url": "https://image.tmdb.org/t/p/w342/5BHuvQ6p9kfc091Z8RiFNhCwL4b.jpg",
}
"""An example of a recommended film."""


_MOVIE = {column.public_name: shown(column) for column in COLUMNS.values() if column.shown}


@with_fields(_MOVIE | {"poster_url": POSTER_URL})
class Movie(BaseModel):
    """A film with every column of the dump."""

    model_config = ConfigDict(from_attributes=True)


class Posters:
    """Films as they are sent: with the address of the poster instead of its path."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def url(self, path: str | None) -> str | None:
        """The address of a poster, or None for a film without one."""
        return f"{self._base}/{path.lstrip('/')}" if path else None

    def movie(self, film: contract.Movie) -> Movie:
        """A film as it is sent."""
        columns = vars(film) | {"year": film.year or None, "poster_url": self.url(film.poster_path)}
        return Movie.model_validate(columns)

    def summary(self, film: Mapping[str, Any]) -> MovieSummary:
        """A summary as it is sent, from the columns of the catalogue or of a generation."""
        # Checking the values in Rust takes a third of the time that pydantic's `model_construct` does.
        return MovieSummary.model_validate(self.shown({**film}))

    def summaries(self, view: View, rows: Sequence[int]) -> list[MovieSummary]:
        """Films of a generation as they are sent."""
        return [self.summary(film) for film in view.films.summaries(list(rows))]

    def shown(self, film: dict[str, Any]) -> dict[str, Any]:
        """The same columns turned into the fields of a `MovieSummary`, in place and unchecked."""
        film["year"] = film["year"] or None
        film["genres"] = film["genres"] or []
        film["poster_url"] = self.url(film.pop("poster_path"))
        return film


def as_json(answer: BaseModel | dict[str, Any]) -> Response:
    """An answer as JSON, written without checking it against its model once more."""
    with Stage("encode"):
        written = to_json(answer)
    return Response(written, media_type="application/json")
