"""A film in a request: every column of the dump under its own name, validated before it is cleaned."""

from __future__ import annotations

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

from api.fields import Fields, with_fields
from api.parameters import Strict, StrictMovieId
from contract import COLUMNS, NAME_MAX, TITLE_MAX, Column
from sql.schema import join_names

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


def _of_most(length: int) -> AfterValidator:
    """Checks that a list fits its column, of so many characters in all."""

    def fit(names: list[str]) -> list[str]:
        if len(join_names(names)) > length:
            raise ValueError(f"is too long: all names together may have {length} characters")
        return names

    return AfterValidator(fit)


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_MAX)]
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
            return Annotated[list[OneName], _of_most(column.longest)]
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
