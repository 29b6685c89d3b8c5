"""Which records may be one film with given ones: those that share a key of `sql.duplicates`, or are linked so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, select

from sql.movies import IDS_AT_ONCE
from sql.schema import MOVIE_SCHEMA
from sql.tables import JOINED, column_of, movie_texts, movies

RECORD_SCHEMA = pa.schema([*MOVIE_SCHEMA, pa.field("sort_title", pa.string())])  # of `sql.duplicates.find`
Row = dict[str, Any]
_TITLE_KEY = ("sort_title", "release_date", "runtime")
_KEYED = select(*map(column_of, ("id", *_TITLE_KEY, "imdb_id", "duplicate_of"))).select_from(JOINED)
_RECORD = select(*map(column_of, (*RECORD_SCHEMA.names, "duplicate_of"))).select_from(JOINED)


@dataclass(frozen=True)
class Keyed:
    """What a record is compared by. A key is None where a part of it is unknown."""

    movie_id: int
    title_key: tuple[Any, ...] | None
    imdb_id: str | None
    duplicate_of: int | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row with these columns, of which `duplicate_of` may be missing."""
        key = tuple(row[name] for name in _TITLE_KEY)
        return cls(row["id"], key if all(key) else None, row["imdb_id"] or None, row.get("duplicate_of"))


def keyed(connection: Connection, ids: Iterable[int]) -> list[Keyed]:
    """The keys of those of the records that are there."""
    return _found(connection, movies.c.id, ids)


def related(connection: Connection, films: Iterable[Keyed]) -> dict[int, Keyed]:
    """All stored records that share a key with one of the films, or with one that does, and so on; by id."""
    found: dict[int, Keyed] = {}
    asked: set[object] = set()
    reached = list(films)
    while reached:
        titles = {film.title_key for film in reached if film.title_key} - asked
        imdb_ids = {film.imdb_id for film in reached if film.imdb_id} - asked
        asked |= titles | imdb_ids
        # The index knows titles alone, so films of other dates and lengths come along.
        alike = _found(connection, movies.c.sort_title, {key[0] for key in titles})
        same = [film for film in alike if film.title_key in titles]
        same += _found(connection, movie_texts.c.imdb_id, imdb_ids)
        reached = [film for film in same if film.movie_id not in found]
        found.update((film.movie_id, film) for film in reached)
    return found


def candidates(films: Iterable[Keyed]) -> list[int]:
    """The ids of the films that share a key with another of them."""
    known = list(films)
    times = Counter[object](key for film in known for key in (film.title_key, film.imdb_id) if key)
    return [film.movie_id for film in known if times[film.title_key] > 1 or times[film.imdb_id] > 1]


def records(connection: Connection, ids: Iterable[int]) -> dict[int, Row]:
    """Whole records by id: `RECORD_SCHEMA` and duplicate_of."""
    queries = (_RECORD.where(movies.c.id.in_(portion)) for portion in portions(ids))
    return {row["id"]: dict(row) for query in queries for row in connection.execute(query).mappings()}


def portions(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in order, as many at a time as one statement should name."""
    ordered = sorted(values)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]


def _found(connection: Connection, column: ColumnElement[Any], values: Iterable[Any]) -> list[Keyed]:
    """The records that have one of the values in an indexed column."""
    queries = (_KEYED.where(column.in_(portion)) for portion in portions(values))
    return [Keyed.of(dict(row)) for query in queries for row in connection.execute(query).mappings()]
