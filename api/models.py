"""Models of films that several resources answer with.

Fields of pydantic models made from `contract`: the columns of a film and the filters.

Types and models that the parameters of several resources share; unknown names are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
    model_validator,
)
from pydantic.types import StrictInt
from pydantic_core import to_json
from starlette.responses import Response

import contract
from api.operation.logs import Stage
from api.web.cache import query_string
from contract import (
    COLUMNS,
    FILTERS,
    MAX_ID,
    NAME_MAX,
    NAMES,
    SUMMARY,
    TITLE_MAX,
    Column,
    Filter,
    Filters,
    Match,
    split_names,
)
from index.spaces.view import View

ModelT = TypeVar("ModelT", bound=BaseModel)
Fields = Mapping[str, tuple[Any, Any]]
"""Name -> type and `Field(...)`."""

_TYPES: dict[str, Any] = {"float64": float, "bool": bool, "string": str, "date32": date, NAMES: list[str]}

POSTER_URL: tuple[Any, Any] = (
    str | None,
    Field(
        description="TMDB's address of the poster",
        examples=["https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"],
    ),
)
"""What a film over HTTP has besides its columns."""


def with_fields(fields: Fields) -> Callable[[type[ModelT]], type[ModelT]]:
    """Give a model more fields than its class lists; its name and methods stay."""

    def extended(model: type[ModelT]) -> type[ModelT]:
        definitions: dict[str, Any] = dict(fields)
        return create_model(
            model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **definitions
        )

    return extended


def shown(column: Column) -> tuple[Any, Any]:
    """A column in a response. A value that is stored as 0 because it is unknown is shown as null."""
    kind = _TYPES.get(column.type, int)
    return (
        kind | None if column.nullable or column.zero_unknown else kind,
        Field(
            validation_alias=column.name if column.source else None,
            description=column.description,
            examples=[column.example],
        ),
    )


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


MOST_NAMES = 50
MOST_FILMS = 100


def _split(value: Any) -> Any:
    """Lists repeat the parameter or are comma-separated; both at once are fine. A list too long is not read."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple):
        return values
    parts: list[Any] = []
    for item in values:
        parts += split_names(item, MOST_FILMS) if isinstance(item, str) else [item]
        if len(parts) > MOST_FILMS:
            break
    return parts


def _without_empty(parts: Any) -> Any:
    """A list without empty values, as from an empty form field or two commas in a row."""
    return [part for part in parts if part != ""] if isinstance(parts, list) else parts


def whole(value: Any) -> Any:
    """Refuse a text that is not a whole number; pydantic would accept `27205.0`."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise ValueError("is not a whole number")
    return value


def _written_out(value: Any) -> Any:
    """Refuse what is not written as a date; pydantic would take a number for seconds since 1970."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("is not a date such as 2014-11-05")
    return value


Whole = Annotated[int, BeforeValidator(whole)]
Name = Annotated[str, StringConstraints(max_length=NAME_MAX)]
Names = Annotated[
    list[Name],
    Field(max_length=MOST_NAMES, fail_fast=True),
    BeforeValidator(_split),
    AfterValidator(_without_empty),
]
MovieId = Annotated[Whole, Field(ge=1, le=MAX_ID)]
MovieIdPath = Annotated[MovieId, Path(description="TMDB's id", examples=[157336])]
SEPARATED = BeforeValidator(lambda value: _without_empty(_split(value)))
"""A list whose parameter is repeated, or has several values with commas between them."""

MovieIds = Annotated[list[MovieId], Field(max_length=MOST_FILMS, fail_fast=True), SEPARATED]
StrictMovieId = Annotated[StrictInt, Field(ge=1, le=MAX_ID)]
STRIPPED = AfterValidator(str.strip)
"""Blanks at the ends count for the length, as JSON Schema counts them, and are then taken off."""


def _some(text: str) -> str:
    if stripped := text.strip():
        return stripped
    raise ValueError("is blank")


NOT_BLANK = AfterValidator(_some)
"""The same for a text that has to say something."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=TITLE_MAX), NOT_BLANK]
Year = Annotated[Whole, Field(ge=0, le=9999)]
Day = Annotated[date, BeforeValidator(_written_out)]
Limit = Annotated[Whole, Field(ge=1, le=100)]


MOST_UNKNOWN = 20
"""Unknown names of an object that are refused one by one. More are refused together, without reading them."""


class Strict(BaseModel):
    """Refuses unknown names."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _few_names(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) > len(cls.model_fields) + MOST_UNKNOWN:
            raise ValueError(f"has {len(given):,} names; this request has {len(cls.model_fields)} parameters")
        return given


class NoParameters(Strict):
    """For routes that take none."""


NoQuery = Annotated[NoParameters, query_string(NoParameters)]
"""In the signature of such a route: `_: NoQuery`."""


def _filter(one: Filter) -> tuple[Any, Any]:
    """A filter as a field."""
    about: dict[str, Any] = {"description": one.description, "examples": [one.example]}
    if one.of_names:
        return Names, Field(default_factory=list, **about)
    if one.match is Match.WITH:
        return bool, Field(False, **about)
    if one.type is date:
        return Day | None, Field(None, **about)
    least, most = one.limits
    return (Whole if one.type is int else float) | None, Field(None, ge=least, le=most, **about)


@with_fields({name: _filter(one) for name, one in FILTERS.items()})
class FilterFields(Strict):
    """The filters of the contract, as query parameters and as the object `filters` of a body."""

    def filters(self) -> Filters:
        """The same for the index and the catalogue."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set & FILTERS.keys()}
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        return Filters(**values) if values else UNFILTERED


UNFILTERED = Filters()
