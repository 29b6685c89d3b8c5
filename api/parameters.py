"""What requests may carry: query parameters and bodies, validated; unknown names are refused."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.types import StrictInt

from contract import Filters

MAX_ID = 2**31 - 1
LONGEST_NAME = 200
LONGEST_TITLE = 500
MOST_NAMES = 50
MOST_FILMS = 100


def _split(value: Any) -> Any:
    """Lists repeat the parameter or are comma-separated; both at once are fine."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple):
        return values
    parts: list[Any] = []
    for item in values:
        parts += [part.strip() for part in item.split(",")] if isinstance(item, str) else [item]
    return parts


def _without_empty(parts: Any) -> Any:
    """A list without what an empty field of a form, or a comma too many, leaves in it."""
    return [part for part in parts if part != ""] if isinstance(parts, list) else parts


def whole(value: Any) -> Any:
    """Refuse a text that is no whole number; pydantic would take `27205.0` for one."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise ValueError("is not a whole number")
    return value


Whole = Annotated[int, BeforeValidator(whole)]
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
Names = Annotated[
    list[Name], BeforeValidator(_split), Field(max_length=MOST_NAMES), AfterValidator(_without_empty)
]
MovieId = Annotated[Whole, Field(ge=1, le=MAX_ID)]
MovieIdPath = Annotated[MovieId, Path(description="TMDB's id", examples=[157336])]
MovieIds = Annotated[
    list[MovieId],
    BeforeValidator(_without_empty),
    BeforeValidator(_split),
    Field(max_length=MOST_FILMS),
]
StrictMovieId = Annotated[StrictInt, Field(ge=1, le=MAX_ID)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE)]
Year = Annotated[Whole, Field(ge=0, le=9999)]
Limit = Annotated[Whole, Field(ge=1, le=100)]


class Strict(BaseModel):
    """Refuses names it does not know."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class NoParameters(Strict):
    """For routes that take none."""


class FilterFields(Strict):
    """The filters of the contract, as query parameters and as the object `filters` of a body."""

    genres: Names = Field(default_factory=list, description="any of these genres", examples=[["Science Fiction"]])
    genres_all: Names = Field(
        default_factory=list, description="all of these genres", examples=[["Adventure", "Drama"]]
    )
    without_genres: Names = Field(default_factory=list, description="none of these genres", examples=[["Horror"]])
    keywords: Names = Field(
        default_factory=list, description="any of these keywords", examples=[["space", "future"]]
    )
    without_keywords: Names = Field(
        default_factory=list, description="none of these keywords", examples=[["superhero"]]
    )
    languages: Names = Field(
        default_factory=list, description="codes of the original language", examples=[["en", "ja"]]
    )
    countries: Names = Field(
        default_factory=list,
        description="any of these countries of production",
        examples=[["United States of America"]],
    )
    year_min: Year | None = Field(None, description="first year of release", examples=[1960])
    year_max: Year | None = Field(None, description="last year of release", examples=[2019])
    runtime_min: Whole | None = Field(None, ge=0, le=100_000, description="minutes, at the least", examples=[90])
    runtime_max: Whole | None = Field(None, ge=0, le=100_000, description="minutes, at the most", examples=[200])
    votes_min: Whole | None = Field(None, ge=0, le=MAX_ID, description="votes, at the least", examples=[500])
    rating_min: float | None = Field(
        None, ge=0, le=10, description="Bayesian rating, at the least", examples=[6.5]
    )
    adult: bool = Field(False, description="let adult films in, too", examples=[False])

    def filters(self) -> Filters:
        """The same as the index and the catalogue take it."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set & FILTERS}
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        return Filters(**values) if values else UNFILTERED


FILTERS = frozenset(FilterFields.model_fields)
UNFILTERED = Filters()
