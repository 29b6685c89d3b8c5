"""Which records are the same film twice.

Two records are one film when they share the folded title, the full release date and the runtime, all known;
or when they share an imdb id and nothing clearly speaks against it. TMDB's imdb ids are wrong at times (one
stands in 15 rows), so an imdb id alone proves nothing: the titles must be alike, or, where only two records
share the id, the years, without their dates and runtimes contradicting each other. Of each group the record
with the most votes is the best; then the one with the most columns filled; then the one with the lowest id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz

from sql.rows import hashes
from sql.text import fold

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
