"""Which records may be one film with given ones: those that share a key, or are linked so.

Which records are the same film twice.

Two records are one film when they share the folded title, the full release date and the runtime, all known;
or when they share an imdb id and nothing clearly speaks against it. TMDB's imdb ids are wrong at times (one
stands in 15 rows), so an imdb id alone proves nothing: the titles must be alike, or, where only two records
share the id, the years, without their dates and runtimes contradicting each other. Of each group the record
with the most votes is the best; then the one with the most columns filled; then the one with the lowest id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Connection, select

from sql.load.spool import hashes
from sql.movies import IDS_AT_ONCE
from sql.schema import MOVIE_SCHEMA
from sql.tables import JOINED, column_of, movie_texts, movies
from sql.terms import fold

# Of rapidfuzz's 0 to 100. "Mega Man" and "Megaman" have 93, "The Vaughn Sister" and "Vaughn Sisters" 90;
# "Otakus in Love" and "Koi no mon" 42.
ALIKE = 85
ALIKE_YEARS = 1


@dataclass
class Keys:
    """What equal films have equal, as numbers, for all films; 0 where unknown. Grows by `add`."""

    _ids: list[NDArray[np.int32]] = field(default_factory=list)
    _titles: list[NDArray[np.int64]] = field(default_factory=list)
    _imdb: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, films: pa.RecordBatch) -> None:
        """Note films: columns id, sort_title, release_date, runtime, imdb_id."""
        known = pc.and_(pc.is_valid(films["release_date"]), pc.is_valid(films["runtime"]))
        known = pc.and_(known, pc.not_equal(films["sort_title"], ""))
        self._ids.append(films["id"].to_numpy())
        self._titles.append(_hashed([films[c] for c in ("sort_title", "release_date", "runtime")], known))
        self._imdb.append(_hashed([films["imdb_id"]], pc.is_valid(films["imdb_id"])))

    def candidates(self) -> NDArray[np.int32]:
        """The ids of all films that share a key with another film."""
        if not self._ids:
            return np.empty(0, np.int32)
        ids = np.concatenate(self._ids)
        shared = np.zeros(len(ids), bool)
        for parts in (self._titles, self._imdb):
            _, back, counts = np.unique(np.concatenate(parts), return_inverse=True, return_counts=True)
            shared |= (counts[back] > 1) & (np.concatenate(parts) != 0)
        return ids[shared]


def find(candidates: pa.Table) -> dict[int, int]:
    """The best record of each duplicate.

    Args:
        candidates: the rows of `Keys.candidates`, with the columns of `MOVIE_SCHEMA` and sort_title.

    Returns:
        id of a duplicate -> id of the best of its group; the best ones themselves are not in it.
    """
    films = {row["id"]: row for row in candidates.to_pylist()}
    groups = _Groups()
    by_title: dict[tuple[Any, ...], list[int]] = {}
    by_imdb: dict[str, list[int]] = {}
    for film in films.values():
        key = film["sort_title"], film["release_date"], film["runtime"]
        if all(key):
            by_title.setdefault(key, []).append(film["id"])
        if film["imdb_id"]:
            by_imdb.setdefault(film["imdb_id"], []).append(film["id"])
    for same in by_title.values():
        for other in same[1:]:
            groups.join(same[0], other)
    for same in by_imdb.values():
        for one, other in combinations(same, 2):
            if _same_film(films[one], films[other], alone=len(same) == 2):
                groups.join(one, other)
    best: dict[int, int] = {}
    for group in groups.all():
        first, *rest = sorted(group, key=lambda i: (-films[i]["vote_count"], -_filled(films[i]), i))
        best.update(dict.fromkeys(rest, first))
    return best


def _hashed(columns: list[pa.Array], known: pa.BooleanArray) -> NDArray[np.int64]:
    keys = np.zeros(len(known), np.int64)
    keys[known.to_numpy(zero_copy_only=False)] = hashes([c.filter(known) for c in columns])
    return keys


def _same_film(one: dict[str, Any], other: dict[str, Any], *, alone: bool) -> bool:
    """Whether two records with the same imdb id are one film; `alone` if no third one has it."""
    for a in {fold(one["title"]), fold(one["original_title"])}:
        for b in {fold(other["title"]), fold(other["original_title"])}:
            if fuzz.ratio(a, b) >= ALIKE:
                return True
    if not alone or abs(one["year"] - other["year"]) > ALIKE_YEARS:
        return False
    return not any(one[c] and other[c] and one[c] != other[c] for c in ("release_date", "runtime"))


def _filled(film: dict[str, Any]) -> int:
    return sum(value is not None and value != "" for value in film.values())


class _Groups:
    """Union-find over ids."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def join(self, one: int, other: int) -> None:
        self._parent[self._root(one)] = self._root(other)

    def all(self) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        for member in self._parent:
            groups.setdefault(self._root(member), []).append(member)
        return list(groups.values())

    def _root(self, member: int) -> int:
        parent = self._parent.setdefault(member, member)
        while parent != member:
            member, parent = parent, self._parent[parent]
        return parent


RECORD_SCHEMA = pa.schema([*MOVIE_SCHEMA, pa.field("sort_title", pa.string())])  # of `sql.load.duplicates.find`
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
