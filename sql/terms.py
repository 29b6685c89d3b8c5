"""Genres, keywords and countries as numbers: which film carries which term.

A pair of a term and a film is one int64, `term_id << 32 | movie_id`, so that a million films' pairs are one
array that sorts into the order of the table `movie_terms`.

Folded text: what titles are ordered and compared by, and names looked up by, on both databases alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sql.schema import LIST_SEPARATOR
from sql.tables import SORT_TITLE_MAX

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_NOT_SIMPLE = r"[^\x20-\x7e]|  |^ | $"


def fold(text: str) -> str:
    """Without case, accents, control characters and needless blanks.

    >>> fold("  Amélie   Poulain "), fold("STRASSE") == fold("Straße")
    ('amelie poulain', True)
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return _BLANKS.sub(" ", bare).strip(" ")


def fold_name(name: str) -> str:
    """The form of a genre, keyword, country or language code that names of any case share.

    >>> fold_name("Science Fiction"), fold_name("Côte d'Ivoire")
    ('science fiction', "côte d'ivoire")
    """
    return name.casefold().rstrip(" ")


def sort_title(title: str) -> str:
    """The key of title order: the folded title, or the first 120 characters of it."""
    return fold(title)[:SORT_TITLE_MAX].rstrip(" ")


def sort_titles(titles: pa.StringArray) -> pa.StringArray:
    """`sort_title` of each. Plain ASCII, most of the catalogue, never becomes a Python string."""
    slow = pc.match_substring_regex(titles, _NOT_SIMPLE)
    quick = pc.ascii_rtrim(pc.utf8_slice_codeunits(pc.ascii_lower(titles), 0, SORT_TITLE_MAX), " ")
    folded = pa.array([sort_title(t) for t in titles.filter(slow).to_pylist()], pa.string())
    return pc.replace_with_mask(quick, slow, folded)


_MOVIE_MASK = (1 << 32) - 1


class Kind(StrEnum):
    """What a term is; names of different kinds never meet."""

    GENRE = "genre"
    KEYWORD = "keyword"
    COUNTRY = "country"


COLUMNS = {Kind.GENRE: "genres", Kind.KEYWORD: "keywords", Kind.COUNTRY: "production_countries"}


class TermBook:
    """Numbers for terms: those the database has, and new ones as films bring them."""

    def __init__(self) -> None:
        self._ids: dict[tuple[Kind, str], int] = {}
        self._next = 1
        self._names: dict[int, str] = {}

    def know(self, term_id: int, kind: str, folded: str, name: str) -> None:
        """Take over a term of the database."""
        self._ids[Kind(kind), folded] = term_id
        self._names[term_id] = name
        self._next = max(self._next, term_id + 1)

    def __len__(self) -> int:
        return len(self._ids)

    def pairs(self, films: pa.RecordBatch) -> NDArray[np.int64]:
        """The pairs of the films' stored lists, not sorted; one comes twice where a film names it twice.

        Args:
            films: has the columns id and those of `COLUMNS`.
        """
        found = [self._of_column(films["id"], films[column], kind) for kind, column in COLUMNS.items()]
        return np.concatenate(found)

    def rows(self, ids: Sequence[int], films: Mapping[int, int], films_with_adult: Mapping[int, int]) -> pa.Table:
        """Terms as rows of the table `terms`, given how many films have each."""
        keys = {number: key for key, number in self._ids.items()}
        return pa.table(
            {
                "id": pa.array(ids, pa.int32()),
                "kind": pa.array([str(keys[number][0]) for number in ids], pa.string()),
                "name": pa.array([self._names[number] for number in ids], pa.string()),
                "folded": pa.array([keys[number][1] for number in ids], pa.string()),
                "films": pa.array([films.get(number, 0) for number in ids], pa.int32()),
                "films_with_adult": pa.array([films_with_adult.get(n, 0) for n in ids], pa.int32()),
            }
        )

    def _of_column(self, ids: pa.Array, stored: pa.StringArray, kind: Kind) -> NDArray[np.int64]:
        filled = pc.not_equal(stored, "")
        inner = pc.utf8_trim(stored.filter(filled), LIST_SEPARATOR)
        lists = pc.split_pattern(inner, LIST_SEPARATOR)
        names = lists.flatten().dictionary_encode()
        numbers = np.array([self._number(kind, n) for n in names.dictionary.to_pylist()], np.int64)
        films = np.repeat(ids.filter(filled).to_numpy(), pc.list_value_length(lists).to_numpy())
        if not len(films):
            return np.empty(0, np.int64)
        pairs: NDArray[np.int64] = (numbers[names.indices.to_numpy()] << 32) | films
        return pairs

    def _number(self, kind: Kind, name: str) -> int:
        key = kind, fold_name(name)
        number = self._ids.get(key)
        if number is None:
            number = self._ids[key] = self._next
            self._names[number] = name
            self._next += 1
        return number


def sorted_pairs(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs in order, each once (NumPy 2.4's `unique` hashes, which takes five times as long)."""
    ordered = np.sort(pairs)
    first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    once: NDArray[np.int64] = ordered[first]
    return once


def split_pairs(pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The term ids and the movie ids of pairs."""
    return pairs >> 32, pairs & _MOVIE_MASK
