"""Fields of pydantic models made from `contract`: the columns of a film and the filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, Field, create_model

from contract import NAMES, Column

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
