"""Which records are the same film.

Two records are one film when they share the folded title, the full release date and the runtime, all known, or
when they share an imdb id and nothing clearly contradicts it. TMDB's imdb ids are wrong at times (one is in 15
rows), so an imdb id alone proves nothing: the titles must be alike, or, where only two records share the id, the
years, without a contradiction between their dates or runtimes. Of each group the record with the most votes is the
best; among equals the one with the most columns filled, then the one with the lowest id.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz
from scipy.cluster.hierarchy import DisjointSet
from sqlalchemy import Connection

from sql.load.bulk import one_batch, read_films
from sql.load.spool import hashes
from sql.schema import MOVIE_SCHEMA
from sql.tables import movie_texts, movies
from sql.terms import fold

# Of rapidfuzz's 0 to 100. "Mega Man" and "Megaman" have 93, "The Vaughn Sister" and "Vaughn Sisters" 90;
# "Otakus in Love" and "Koi no mon" 42.
ALIKE = 85
ALIKE_YEARS = 1
RECORD_SCHEMA = pa.schema([*MOVIE_SCHEMA, pa.field("sort_title", pa.string())])
"""What `find` compares."""
KEYED_SCHEMA = pa.schema(
    [
        ("id", pa.int32()),
        ("sort_title", pa.string()),
        ("release_date", pa.date32()),
        ("runtime", pa.int32()),
        ("imdb_id", pa.string()),
        ("duplicate_of", pa.int32()),
    ]
)
"""What records are found by, and the better record of the same film that was found before, if any."""


def keys(films: pa.RecordBatch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What records of one film share, as hashes; 0 where it is unknown.

    Args:
        films: n records with the columns sort_title, release_date, runtime and imdb_id.

    Returns:
        n hashes of title, date and runtime, and n hashes of the imdb id.
    """
    known = pc.and_(pc.is_valid(films["release_date"]), pc.is_valid(films["runtime"]))
    known = pc.and_(known, pc.not_equal(films["sort_title"], ""))
    titles = _hashed([films[name] for name in ("sort_title", "release_date", "runtime")], known)
    return titles, _hashed([films["imdb_id"]], pc.is_valid(films["imdb_id"]))


class Keys:
    """The keys of many records, 20 bytes of memory each. Grows by `add`."""

    def __init__(self) -> None:
        self._ids = [np.empty(0, np.int32)]
        self._titles = [np.empty(0, np.int64)]
        self._imdb = [np.empty(0, np.int64)]

    def add(self, films: pa.RecordBatch) -> None:
        """Note records; see `keys` for their columns."""
        titles, imdb = keys(films)
        self._ids.append(films["id"].to_numpy())
        self._titles.append(titles)
        self._imdb.append(imdb)

    def candidates(self) -> NDArray[np.int32]:
        """The ids of all records that share a key with another one."""
        ids = np.concatenate(self._ids)
        shared = np.zeros(len(ids), bool)
        for found in (np.concatenate(self._titles), np.concatenate(self._imdb)):
            _, back, counts = np.unique(found, return_inverse=True, return_counts=True)
            shared |= (counts[back] > 1) & (found != 0)
        return ids[shared]


def find(candidates: pa.Table) -> dict[int, int]:
    """The best record of each duplicate.

    Args:
        candidates: the records that share a key with another one, with the columns of `RECORD_SCHEMA`.

    Returns:
        id of a duplicate -> id of the best record of its group; the best records themselves are not in it.
    """
    records = one_batch(candidates.select(RECORD_SCHEMA.names))
    films = {record["id"]: record for record in records.to_pylist()}
    groups = DisjointSet(films)
    titles, imdb = keys(records)
    for one, *others in _sharing(films, titles):
        for other in others:
            groups.merge(one, other)
    for same in _sharing(films, imdb):
        for one, other in combinations(same, 2):
            if _same_film(films[one], films[other], alone=len(same) == 2):
                groups.merge(one, other)
    best: dict[int, int] = {}
    for group in groups.subsets():
        first, *rest = sorted(group, key=lambda i: (-films[i]["vote_count"], -_filled(films[i]), i))
        best.update(dict.fromkeys(rest, first))
    return best


def related(connection: Connection, films: pa.Table) -> pa.Table:
    """All stored records that share a key with a film, or with a record that does, and so on; each once.

    Args:
        films: a table of `KEYED_SCHEMA`; those that are not stored are not in the result.
    """
    found = KEYED_SCHEMA.empty_table()
    asked = np.zeros(1, np.int64)  # unknown keys are never asked for
    reached = films
    while reached.num_rows:
        titles, imdb = keys(one_batch(reached))
        new_titles, new_imdb = (pa.array(~np.isin(key, asked)) for key in (titles, imdb))
        asked = np.concatenate([asked, titles, imdb])
        # The index has titles only, so records of other dates and runtimes are read too, and left out here.
        names = reached["sort_title"].filter(new_titles).to_pylist()
        alike = read_films(connection, KEYED_SCHEMA, names, movies.c.sort_title)
        same_title = alike.filter(pa.array(np.isin(keys(one_batch(alike))[0], titles[titles != 0])))
        imdb_ids = reached["imdb_id"].filter(new_imdb).to_pylist()
        same_imdb = read_films(connection, KEYED_SCHEMA, imdb_ids, movie_texts.c.imdb_id)
        reached = once(pa.concat_tables([same_title, same_imdb]))
        reached = reached.filter(pa.array(~np.isin(reached["id"].to_numpy(), found["id"].to_numpy())))
        found = pa.concat_tables([found, reached])
    return found


def once(films: pa.Table) -> pa.Table:
    """Each record once, in order of id."""
    return films.take(np.unique(films["id"].to_numpy(), return_index=True)[1])


def _hashed(columns: list[pa.Array], known: pa.BooleanArray) -> NDArray[np.int64]:
    found = np.zeros(len(known), np.int64)
    found[known.to_numpy(zero_copy_only=False)] = hashes([c.filter(known) for c in columns])
    return found


def _sharing(ids: Any, found: NDArray[np.int64]) -> list[list[int]]:
    """Groups of two or more ids that have the same known key."""
    groups: dict[int, list[int]] = {}
    for movie_id, key in zip(ids, found.tolist(), strict=True):
        if key:
            groups.setdefault(key, []).append(movie_id)
    return [group for group in groups.values() if len(group) > 1]


def _same_film(one: dict[str, Any], other: dict[str, Any], *, alone: bool) -> bool:
    """Whether two records with the same imdb id are one film; `alone` if no third record has it."""
    for a in {fold(one["title"]), fold(one["original_title"])}:
        for b in {fold(other["title"]), fold(other["original_title"])}:
            if fuzz.ratio(a, b) >= ALIKE:
                return True
    if not alone or abs(one["year"] - other["year"]) > ALIKE_YEARS:
        return False
    return not any(one[c] and other[c] and one[c] != other[c] for c in ("release_date", "runtime"))


def _filled(film: dict[str, Any]) -> int:
    return sum(value is not None and value != "" for value in film.values())
