"""The columns of a clean film as Arrow types: what `etl` hands to `sql` and `sql` hands back.

List columns travel in stored form: `|Drama|Comedy|`, or the empty string for none. Names never hold a `|`
(`etl.transform` replaces it), so a filter can search for `|Drama|` and a reader can split without escaping.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from contract import COLUMNS, NAMES, Column, Film

LIST_SEPARATOR = "|"
LIST_COLUMNS = tuple(name for name, column in COLUMNS.items() if column.type == NAMES)

MAX_LENGTHS = {name: column.longest for name, column in COLUMNS.items() if column.longest}
"""The most characters of each text; of a list, in stored form."""


def stored_type(column: Column) -> pa.DataType:
    """The Arrow type of a column in stored form."""
    return pa.type_for_alias("string" if column.type == NAMES else column.type)


MOVIE_SCHEMA = pa.schema(
    [
        pa.field(name, stored_type(column), nullable=column.nullable)
        for name, column in COLUMNS.items()
        if not column.computed
    ]
)
"""The columns of `contract.Film`, lists in stored form."""


def join_names(names: Iterable[str]) -> str:
    """The stored form of a list of clean names.

    >>> join_names(["Drama", "Comedy"]), join_names([])
    ('|Drama|Comedy|', '')
    """
    joined = LIST_SEPARATOR.join(names)
    return f"{LIST_SEPARATOR}{joined}{LIST_SEPARATOR}" if joined else ""


def split_names(stored: str) -> list[str]:
    """The names of a stored list.

    >>> split_names("|Drama|Comedy|"), split_names("")
    (['Drama', 'Comedy'], [])
    """
    return stored.strip(LIST_SEPARATOR).split(LIST_SEPARATOR) if stored else []


def stored(film: Film) -> dict[str, Any]:
    """The columns of `MOVIE_SCHEMA` of a film, lists in stored form."""
    return {name: join_names(value) if name in LIST_COLUMNS else value for name, value in vars(film).items()}
