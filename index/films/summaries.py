"""The summary of every film as one record.

An answer shows a dozen films from all over the catalogue, and reading memory that is not in the processor's caches
takes most of the time. A film stored in columns is in a dozen places; here it is in two: a record of its numbers,
and its texts in one piece.

The names that films have, such as genres: the names of a film, and the films of a name.

The ids, duplicates and summaries of the films of a generation.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract import COLUMNS, NAMES, SUMMARY, Sort, fold_name
from index.arrays import mapped
from index.films.orders import Orders, Place

_INDEXED = [column for column in COLUMNS.values() if column.indexed]

FILM_SCHEMA = pa.schema(
    [pa.field(c.name, pa.list_(pa.string()) if c.type == NAMES else pa.type_for_alias(c.type)) for c in _INDEXED]
)
"""The columns that the build reads, one Arrow batch after another."""

IDS = "ids.npy"
BEST = "best_rows.npy"
BY_ID = "by_id.npy"


class FilmStore:
    """Ids and summaries of n films in row order: most votes first, then lowest id.

    Attributes:
        movie_ids: shape (n,), int64.
        best_rows: shape (n,), int32: the row of the best record of the same film, itself for most.
        orders: the films by each sort.
    """

    def __init__(
        self,
        movie_ids: NDArray[np.int64],
        best_rows: NDArray[np.int32],
        summaries: Summaries,
        by_id: NDArray[np.int64] | None = None,
        saved: Path | None = None,
    ) -> None:
        """Hold films; `by_id` are their rows in the order of their ids, and `saved` the folder of their orders.

        Both are computed when None.
        """
        self.movie_ids, self.best_rows = movie_ids, best_rows
        self._summaries = summaries
        self._by_id = np.argsort(movie_ids) if by_id is None else by_id
        self.orders = Orders(movie_ids, summaries, saved)
        self._groups: dict[int, list[int]] = {}
        for row in np.flatnonzero(best_rows != np.arange(len(best_rows))).tolist():
            best = int(best_rows[row])
            self._groups.setdefault(best, [best]).append(row)

    @classmethod
    def build(cls, films: pa.Table) -> FilmStore:
        """From a table of `FILM_SCHEMA` in row order."""
        movie_ids = films["id"].to_numpy().astype(np.int64)
        best_rows = np.arange(len(films), dtype=np.int32)
        summaries = Summaries.build(films)
        store = cls(movie_ids, best_rows, summaries)
        duplicates = np.flatnonzero(films["duplicate_of"].is_valid().to_numpy())
        for row, best_id in zip(duplicates, films["duplicate_of"].take(duplicates).to_pylist(), strict=True):
            best = store.row_of(best_id)
            best_rows[row] = row if best is None else best
        return cls(movie_ids, best_rows, summaries)

    @classmethod
    def open(cls, folder: Path) -> FilmStore:
        """Memory-map what `save` wrote."""
        ids, best, by_id = (mapped(folder / name) for name in (IDS, BEST, BY_ID))
        return cls(ids, best, Summaries.open(folder), by_id, folder)

    def save(self, folder: Path) -> None:
        """Write `.npy` files."""
        np.save(folder / IDS, self.movie_ids)
        np.save(folder / BEST, self.best_rows)
        np.save(folder / BY_ID, self._by_id)
        self._summaries.save(folder)
        self.orders.save(folder)

    def __len__(self) -> int:
        return len(self.movie_ids)

    @property
    def listed(self) -> NDArray[np.bool_]:
        """Which rows are the best record of their film, shape (n,)."""
        listed: NDArray[np.bool_] = self.best_rows == np.arange(len(self))
        return listed

    def row_of(self, movie_id: int) -> int | None:
        """The row of a film, or None."""
        ids, by_id = self.movie_ids.data, self._by_id.data
        place = bisect_left(by_id, movie_id, key=ids.__getitem__)
        if place == len(self):
            return None
        row: int = by_id[place]
        return row if ids[row] == movie_id else None

    def rows_of(self, movie_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of some films, in no order; films that do not exist are left out."""
        places = np.searchsorted(self.movie_ids, movie_ids, sorter=self._by_id)
        rows = self._by_id[np.minimum(places, len(self) - 1)]
        found: NDArray[np.int64] = rows[self.movie_ids[rows] == movie_ids]
        return found

    def best_of(self, row: int) -> int:
        """The row of the best record of the same film, itself for most."""
        return int(self.best_rows[row])

    def ties(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """See `index.spaces.view.Films.ties`: rows are in that order."""
        return (rows,)

    def along(
        self, sort: Sort, mask: NDArray[np.bool_], wanted: int, *, after: Place | None, rising: bool
    ) -> list[Place]:
        """See `index.spaces.view.Films`."""
        return self.orders.along(sort, mask, wanted, after=after, rising=rising)

    def group_of(self, row: int) -> list[int]:
        """All rows that are records of the same film as a row, itself included."""
        return self._groups.get(int(self.best_rows[row]), [row])

    def summaries(self, rows: NDArray[np.int64] | list[int]) -> list[dict[str, Any]]:
        """The summary columns of some films, in the order asked for."""
        return self._summaries.of(rows.tolist() if isinstance(rows, np.ndarray) else rows)

    def column(self, name: str) -> NDArray[Any]:
        """A numeric column of the summaries, shape (n,)."""
        return self._summaries.records[name]

    def titles(self, rows: NDArray[np.int64]) -> list[str]:
        """The titles of some films, in the order asked for."""
        return self._summaries.titles(rows.tolist())


_ARRAYS = ("film_starts", "film_terms", "term_starts", "term_films")


class TermIndex:
    """The terms of n films in compressed rows (film -> terms) and compressed columns (term -> films).

    Attributes:
        names: the terms in the catalogue's spelling, position = term.
    """

    def __init__(self, names: list[str], arrays: dict[str, NDArray[np.int32]]) -> None:
        self.names = names
        self._arrays = arrays

    @classmethod
    def build(cls, column: pa.ChunkedArray) -> TermIndex:
        """From a column of n lists of names, or of n names; names that differ in case only are one term."""
        values = column.combine_chunks()
        films = np.arange(len(values))
        if pa.types.is_list(values.type):
            films = pc.list_parent_indices(values).to_numpy(zero_copy_only=False)
            values = values.flatten()
        else:
            films = films[values.is_valid().to_numpy(zero_copy_only=False)]
            values = values.drop_null()
        encoded = values.dictionary_encode()
        names, merged = _fold(encoded.dictionary.to_pylist())
        terms = merged[encoded.indices.to_numpy(zero_copy_only=False)]
        pairs = np.unique(np.stack([films, terms], axis=1).astype(np.int64), axis=0)
        by_term = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
        arrays = {
            "film_starts": np.searchsorted(pairs[:, 0], np.arange(len(column) + 1)),
            "film_terms": pairs[:, 1],
            "term_starts": np.searchsorted(by_term[:, 1], np.arange(len(names) + 1)),
            "term_films": by_term[:, 0],
        }
        return cls(names, {name: values.astype(np.int32) for name, values in arrays.items()})

    @classmethod
    def open(cls, folder: Path) -> TermIndex:
        """Memory-map what `save` wrote."""
        names = (folder / "names.txt").read_text(encoding="utf-8")
        arrays = {name: mapped(folder / f"{name}.npy") for name in _ARRAYS}
        return cls(names.split("\n") if names else [], arrays)

    def save(self, folder: Path) -> None:
        """Write the names, one a line, and four `.npy`."""
        folder.mkdir(parents=True)
        (folder / "names.txt").write_text("\n".join(self.names), encoding="utf-8")
        for name, values in self._arrays.items():
            np.save(folder / f"{name}.npy", values)

    def __bool__(self) -> bool:
        """Whether there is any term."""
        return bool(self.names)

    def films_with(self, name: str) -> NDArray[np.int32]:
        """Rows of the films with a name in any case, ascending; none for an unknown name."""
        term = self.term_of(name)
        if term is None:
            return np.empty(0, np.int32)
        starts = self._arrays["term_starts"]
        return self._arrays["term_films"][starts[term] : starts[term + 1]]

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many films of a mask, shape (n,), have each term, shape (terms,)."""
        return np.bincount(self.pairs(mask)[1], minlength=len(self.names))

    def pairs(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Every film of a mask, shape (n,), with each of its terms: rows and terms, shape (pairs,) each."""
        rows, starts = self._arrays["term_films"], self._arrays["term_starts"]
        passed = mask[rows]
        terms = np.repeat(np.arange(len(self.names), dtype=np.int32), np.diff(starts))
        return rows[passed], terms[passed]

    def spelling(self, name: str) -> str | None:
        """A name as the catalogue spells it, or None for an unknown one."""
        term = self.term_of(name)
        return None if term is None else self.names[term]

    def ending_with(self, word: str) -> list[str]:
        """The names of several words whose last is this one, in any case: people of a surname."""
        ending, found = f" {fold_name(word)}\n", []
        at = self._folded.find(ending)
        while at >= 0:
            start = self._folded.rfind("\n", 0, at) + 1
            found.append(self.names[self._terms[self._folded[start : at + len(ending) - 1]]])
            at = self._folded.find(ending, at + 1)
        return found

    @cached_property
    def _terms(self) -> dict[str, int]:
        """The position of each name, folded; made when a name is looked up first, since few look up studios."""
        return {fold_name(name): term for term, name in reversed(list(enumerate(self.names)))}

    @cached_property
    def _folded(self) -> str:
        """All names in one text, a line each, so that one call of `str.find` searches them."""
        return "\n".join(map(fold_name, self.names)) + "\n"

    def term_of(self, name: str) -> int | None:
        """The position of a name in any case, or None for an unknown one."""
        return self._terms.get(fold_name(name))

    def of_film(self, row: int) -> list[str]:
        """The names of one film."""
        starts = self._arrays["film_starts"]
        return [self.names[term] for term in self._arrays["film_terms"][starts[row] : starts[row + 1]]]


def _fold(names: list[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Names without those that repeat an earlier one in another case, and the new position of each name."""
    first: dict[str, int] = {}
    kept: list[str] = []
    for name in names:
        if fold_name(name) not in first:
            first[fold_name(name)] = len(kept)
            kept.append(name)
    return kept, np.array([first[fold_name(name)] for name in names], dtype=np.int64)


RECORDS = "summaries.npy"
TEXTS = "summary_texts.npy"

SHOWN_COLUMNS = tuple(column.name for column in SUMMARY)
"""The columns of a summary, in the order in which they are shown; see `contract.MovieSummary`."""

_FORMATS = {"int16": "h", "int32": "i", "int64": "q", "float64": "d", "bool": "?"}
_NUMBERS = [column for column in SUMMARY if column.type in _FORMATS]
_TEXTS = [column for column in SUMMARY if column.type == "string"]
(_LIST,) = (column for column in SUMMARY if column.type == NAMES)  # the record has room for one list

RECORD = np.dtype(
    [(c.name, np.dtype(c.type).newbyteorder("<")) for c in _NUMBERS] + [("start", "<u4"), ("length", "<u4")]
)
"""The numbers of a film, and where its texts are."""

_RECORD = struct.Struct(f"<{''.join(_FORMATS[column.type] for column in _NUMBERS)}II")
_NUMBER_NAMES = tuple(column.name for column in _NUMBERS)
_TEXT_NAMES = tuple(column.name for column in _TEXTS)
_NULLABLE_NUMBERS = tuple(column.name for column in _NUMBERS if column.nullable)
_NULLABLE_TEXTS = tuple(column.name for column in _TEXTS if column.nullable)
_STORED = (*_NUMBER_NAMES, "start", "length", *_TEXT_NAMES, _LIST.name)
_shown = itemgetter(*(_STORED.index(name) for name in SHOWN_COLUMNS))
"""Takes the values of a summary, in its order, from those of `_STORED`."""
_UNKNOWN = -1
_END = "\0"
"""Between the texts of a film: those of `_TEXTS`, then the names of `_LIST`."""


class Summaries:
    """The summaries of n films, which also answer while the database is away.

    Attributes:
        records: shape (n,), of `RECORD`.
    """

    def __init__(self, records: NDArray[np.void], texts: NDArray[np.uint8]) -> None:
        self.records, self._texts = records, texts
        self._numbers, self._letters = records.view(np.uint8).data, texts.data

    @classmethod
    def build(cls, films: pa.Table) -> Self:
        """From a table with the columns."""
        texts = [pc.replace_substring(pc.fill_null(films[name], ""), _END, "") for name in _TEXT_NAMES]
        names = pc.fill_null(pc.binary_join(films[_LIST.name], _END), "")
        joined = pc.binary_join_element_wise(*texts, names, _END).combine_chunks()
        lengths = pc.binary_length(joined).to_numpy(zero_copy_only=False).astype(np.int64)
        records = np.empty(len(films), RECORD)
        for name in _NUMBER_NAMES:
            records[name] = pc.fill_null(films[name], _UNKNOWN).to_numpy()
        records["start"], records["length"] = np.cumsum(lengths) - lengths, lengths
        letters = joined.buffers()[2]
        begin = joined.offset and int(np.frombuffer(joined.buffers()[1], np.int32)[joined.offset])
        written = np.frombuffer(b"" if letters is None else letters, np.uint8)[begin : begin + int(lengths.sum())]
        return cls(records, written)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Memory-map what `save` wrote."""
        return cls(mapped(folder / RECORDS), mapped(folder / TEXTS))

    def save(self, folder: Path) -> None:
        """Write two `.npy`."""
        np.save(folder / RECORDS, self.records)
        np.save(folder / TEXTS, self._texts)

    def titles(self, rows: Iterable[int]) -> list[str]:
        """The titles of some films, in the order asked for."""
        starts, lengths, letters = self.records["start"], self.records["length"], self._letters
        spans = ((int(starts[row]), int(lengths[row])) for row in rows)
        return [str(letters[start : start + length], "utf-8").split(_END, 1)[0] for start, length in spans]

    def of(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Some films, in the order asked for, as new objects."""
        records, letters, size, last = self._numbers, self._letters, _RECORD.size, len(_TEXT_NAMES)
        films = []
        for row in rows:
            values = _RECORD.unpack_from(records, row * size)
            start, length = values[-2:]
            texts: list[Any] = str(letters[start : start + length], "utf-8").split(_END, last)
            texts[last] = texts[last].split(_END) if texts[last] else []
            film = dict(zip(SHOWN_COLUMNS, _shown((*values, *texts)), strict=True))
            for name in _NULLABLE_NUMBERS:
                if film[name] == _UNKNOWN:
                    film[name] = None
            for name in _NULLABLE_TEXTS:
                film[name] = film[name] or None
            films.append(film)
        return films
