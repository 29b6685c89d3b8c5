"""Types and models that the parameters of several resources share; unknown names are refused."""

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

from api.fields import with_fields
from api.web.query import query_string
from contract import FILTERS, MAX_ID, NAME_MAX, TITLE_MAX, Filter, Filters, Match

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
    """A list without empty values, as from an empty form field or two commas in a row."""
    return [part for part in parts if part != ""] if isinstance(parts, list) else parts


def whole(value: Any) -> Any:
    """Refuse a text that is not a whole number; pydantic would accept `27205.0`."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise ValueError("is not a whole number")
    return value


Whole = Annotated[int, BeforeValidator(whole)]
Name = Annotated[str, StringConstraints(max_length=NAME_MAX)]
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
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_MAX)]
Year = Annotated[Whole, Field(ge=0, le=9999)]
Limit = Annotated[Whole, Field(ge=1, le=100)]


class Strict(BaseModel):
    """Refuses unknown names."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


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
