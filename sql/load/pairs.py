"""Which film has which term (a genre, a company, an actor ...), and how many films that makes.

A pair of a term and a film is one int64, `term_id << 32 | movie_id`: the pairs of a million films are one array,
and its order is that of the key of the table `movie_terms`.

Which records are the same film.

Two records are one film when they share the folded title, the full release date and the runtime, all known, or
when they share an imdb id and nothing clearly contradicts it. TMDB's imdb ids are wrong at times (one is in 15
rows), so an imdb id alone proves nothing: the titles must be alike, or, where only two records share the id, the
years, without a contradiction between their dates or runtimes. Of each group the record with the most votes is the
best; among equals the one with the most columns filled, then the one with the lowest id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rapidfuzz import fuzz
from sqlalchemy import Connection, and_, func, or_, select

from contract import fold, fold_name
from sql.load.bulk import one_batch, portions, read_films
from sql.load.spool import hashes
from sql.tables import LIST_SEPARATOR, MOVIE_SCHEMA, TERM_COLUMNS, Kind, movie_texts, movies, terms

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
    group_of = {movie_id: [movie_id] for movie_id in films}
    titles, imdb = keys(records)
    for one, *others in _sharing(films, titles):
        for other in others:
            _merge(group_of, one, other)
    for same in _sharing(films, imdb):
        for one, other in combinations(same, 2):
            if _same_film(films[one], films[other], alone=len(same) == 2):
                _merge(group_of, one, other)
    best: dict[int, int] = {}
    for group in {id(group): group for group in group_of.values()}.values():
        first, *rest = sorted(group, key=lambda i: (-films[i]["vote_count"], -_filled(films[i]), i))
        best.update(dict.fromkeys(rest, first))
    return best


def _merge(group_of: dict[int, list[int]], one: int, other: int) -> None:
    """Make one group of two films' groups, in `group_of`.

    SciPy's DisjointSet does the same, but importing it takes 0.27 s and a worker imports this module.
    """
    smaller, larger = sorted((group_of[one], group_of[other]), key=len)
    if smaller is not larger:
        larger += smaller
        group_of.update(dict.fromkeys(smaller, larger))


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
        if not (new_titles.true_count or new_imdb.true_count):
            break
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


LISTS_SCHEMA = pa.schema([("id", pa.int32()), *((name, pa.string()) for name in TERM_COLUMNS.values())])
"""What pairs are made from: the id of a film, and the lists that hold terms, in stored form."""
_MOVIE_MASK = (1 << 32) - 1
_Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many films are listed, in all and of each term. A duplicate of a better record is not listed."""

    films: int  # adult films left out
    films_with_adult: int
    of_terms: Mapping[int, int]
    of_terms_with_adult: Mapping[int, int]

    @classmethod
    def of(
        cls,
        ids: NDArray[np.int32],
        adult: NDArray[np.bool_],
        duplicate: NDArray[np.bool_],
        pairs: _Pairs,
    ) -> Self:
        """Count films.

        Args:
            ids: n ids of films.
            adult: n flags: for adults only.
            duplicate: n flags: there is a better record of the same film.
            pairs: of these films, each once, in any order; pairs of other films are ignored.
        """
        term_ids, movie_ids = split_pairs(pairs)
        listed = ids[~duplicate]
        for_all = ids[~duplicate & ~adult]
        return cls(
            len(for_all),
            len(listed),
            _times(term_ids[np.isin(movie_ids, for_all)]),
            _times(term_ids[np.isin(movie_ids, listed)]),
        )

    def since(self, before: Tally) -> Tally:
        """By how much each number has grown; negative where it has fallen."""
        return Tally(
            self.films - before.films,
            self.films_with_adult - before.films_with_adult,
            _growth(self.of_terms, before.of_terms),
            _growth(self.of_terms_with_adult, before.of_terms_with_adult),
        )


class TermBook:
    """Terms and their ids.

    Args:
        connection: to a catalogue, of which the terms keep their ids; None to number all terms from 1 on.
    """

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection
        self._ids: dict[tuple[Kind, str], int] = {}
        self._names: dict[int, str] = {}
        self._stored: dict[int, tuple[int, int]] = {}  # films, films with adult
        self._next = 1
        if connection is not None:
            self._next += connection.scalar(select(func.max(terms.c.id))) or 0

    def pairs(self, films: pa.RecordBatch | pa.Table) -> _Pairs:
        """The pairs of films, not sorted; one comes twice where a film names a term twice.

        Args:
            films: has the columns of `LISTS_SCHEMA`.
        """
        found = [np.empty(0, np.int64)]
        for batch in [films] if isinstance(films, pa.RecordBatch) else films.to_batches():
            lists = {kind: _Lists.of(batch["id"], batch[column]) for kind, column in TERM_COLUMNS.items()}
            self._look_up({kind: some.names() for kind, some in lists.items()})
            found += [some.pairs(self._numbers(kind, some.names())) for kind, some in lists.items()]
        return np.concatenate(found)

    def rows(self, tally: Tally) -> pa.Table:
        """Rows of the table `terms`, in order of id: the new terms, and those whose counts change.

        Args:
            tally: what to add to the counts that the catalogue holds.
        """
        touched = {*tally.of_terms, *tally.of_terms_with_adult}
        ids = sorted(touched | (self._names.keys() - self._stored.keys()))
        keys = {number: key for key, number in self._ids.items()}
        counts = [self._stored.get(number, (0, 0)) for number in ids]
        films = [n + tally.of_terms.get(i, 0) for i, (n, _) in zip(ids, counts, strict=True)]
        with_adult = [n + tally.of_terms_with_adult.get(i, 0) for i, (_, n) in zip(ids, counts, strict=True)]
        return pa.table(
            {
                "id": pa.array(ids, pa.int32()),
                "kind": pa.array([keys[number][0].value for number in ids], pa.string()),
                "name": pa.array([self._names[number] for number in ids], pa.string()),
                "folded": pa.array([keys[number][1] for number in ids], pa.string()),
                "films": pa.array(films, pa.int32()),
                "films_with_adult": pa.array(with_adult, pa.int32()),
            }
        )

    def _numbers(self, kind: Kind, names: list[str]) -> NDArray[np.int64]:
        keys = [(kind, fold_name(name)) for name in names]
        for key, name in zip(keys, names, strict=True):
            if key not in self._ids:
                self._ids[key] = self._next
                self._names[self._next] = name
                self._next += 1
        return np.array([self._ids[key] for key in keys], np.int64)

    def _look_up(self, names: Mapping[Kind, list[str]]) -> None:
        """Read the stored terms of these names: of all kinds in one statement, if they are few."""
        if self._connection is None:
            return
        wanted = ((kind, fold_name(name)) for kind, some in names.items() for name in some)
        found = select(*(terms.c[name] for name in ("id", "kind", "folded", "name", "films", "films_with_adult")))
        for portion in portions(key for key in wanted if key not in self._ids):
            of_kind = {kind: [folded for other, folded in portion if other is kind] for kind, _ in portion}
            these = (and_(terms.c.kind == kind.value, terms.c.folded.in_(some)) for kind, some in of_kind.items())
            for number, kind, key, name, *counts in self._connection.execute(found.where(or_(*these))):
                self._ids[Kind(kind), key] = number
                self._names[number] = name
                self._stored[number] = counts[0], counts[1]


@dataclass(frozen=True)
class _Lists:
    """A list column of films: who names what, each name once."""

    films: NDArray[np.int32]  # one a name that a film names
    indices: NDArray[np.int32]  # of the name
    dictionary: pa.StringArray

    @classmethod
    def of(cls, ids: pa.Array, stored: pa.StringArray) -> _Lists:
        """From the column in stored form."""
        filled = pc.not_equal(stored, "")
        lists = pc.split_pattern(pc.utf8_trim(stored.filter(filled), LIST_SEPARATOR), LIST_SEPARATOR)
        names = lists.flatten().dictionary_encode()
        films = np.repeat(ids.filter(filled).to_numpy(), pc.list_value_length(lists).to_numpy())
        return cls(films, names.indices.to_numpy(), names.dictionary)

    def names(self) -> list[str]:
        """The different names."""
        found: list[str] = self.dictionary.to_pylist()
        return found

    def pairs(self, numbers: NDArray[np.int64]) -> _Pairs:
        """The pairs, from the number of each name."""
        return (numbers[self.indices] << 32) | self.films


def sorted_pairs(pairs: _Pairs) -> _Pairs:
    """The pairs in order, each once (NumPy 2.4's `unique` hashes, which takes five times as long)."""
    ordered = np.sort(pairs)
    first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    once: _Pairs = ordered[first]
    return once


def split_pairs(pairs: _Pairs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The term ids and the movie ids of pairs."""
    return pairs >> 32, pairs & _MOVIE_MASK


def _times(term_ids: NDArray[np.int64]) -> dict[int, int]:
    numbers, counts = np.unique(term_ids, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _growth(now: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    grown = Counter(now)
    grown.subtract(before)
    return {number: by for number, by in grown.items() if by}
