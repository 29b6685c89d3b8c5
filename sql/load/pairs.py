"""Which film has which term (genre, keyword or country), and how many films that makes.

A pair of a term and a film is one int64, `term_id << 32 | movie_id`: the pairs of a million films are one array,
and its order is that of the key of the table `movie_terms`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from contract import fold_name
from sql.load.bulk import portions
from sql.schema import LIST_SEPARATOR
from sql.tables import terms
from sql.terms import COLUMNS, Kind

LISTS_SCHEMA = pa.schema([("id", pa.int32()), *((name, pa.string()) for name in COLUMNS.values())])
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
        found = [
            self._of_column(batch["id"], batch[column], kind)
            for batch in ([films] if isinstance(films, pa.RecordBatch) else films.to_batches())
            for kind, column in COLUMNS.items()
        ]
        return np.concatenate([np.empty(0, np.int64), *found])

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

    def _of_column(self, ids: pa.Array, stored: pa.StringArray, kind: Kind) -> _Pairs:
        filled = pc.not_equal(stored, "")
        inner = pc.utf8_trim(stored.filter(filled), LIST_SEPARATOR)
        lists = pc.split_pattern(inner, LIST_SEPARATOR)
        names = lists.flatten().dictionary_encode()
        numbers = self._numbers(kind, names.dictionary.to_pylist())
        films = np.repeat(ids.filter(filled).to_numpy(), pc.list_value_length(lists).to_numpy())
        if not len(films):
            return np.empty(0, np.int64)
        pairs: _Pairs = (numbers[names.indices.to_numpy()] << 32) | films
        return pairs

    def _numbers(self, kind: Kind, names: list[str]) -> NDArray[np.int64]:
        keys = [(kind, fold_name(name)) for name in names]
        self._look_up(kind, {key[1] for key in keys if key not in self._ids})
        for key, name in zip(keys, names, strict=True):
            if key not in self._ids:
                self._ids[key] = self._next
                self._names[self._next] = name
                self._next += 1
        return np.array([self._ids[key] for key in keys], np.int64)

    def _look_up(self, kind: Kind, folded: Iterable[str]) -> None:
        if self._connection is None:
            return
        columns = (terms.c.id, terms.c.folded, terms.c.name, terms.c.films, terms.c.films_with_adult)
        for portion in portions(folded):
            query = select(*columns).where(terms.c.kind == kind.value, terms.c.folded.in_(portion))
            for number, key, name, films, films_with_adult in self._connection.execute(query):
                self._ids[kind, key] = number
                self._names[number] = name
                self._stored[number] = films, films_with_adult


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
