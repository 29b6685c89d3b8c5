"""The summary of every film as one record, and the most telling words of each.

An answer shows a dozen films from all over the catalogue, and reading memory that is not in the processor's caches
takes most of the time. A film stored in columns is in a dozen places; here it is in two: a record of its numbers,
and its texts in one piece.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from contract import NAMES, SUMMARY
from index.arrays import mapped

RECORDS = "summaries.npy"
TEXTS = "summary_texts.npy"

COLUMNS = tuple(column.name for column in SUMMARY)
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
_shown = itemgetter(*(_STORED.index(name) for name in COLUMNS))
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

    def of(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Some films, in the order asked for, as new objects."""
        records, letters, size, last = self._numbers, self._letters, _RECORD.size, len(_TEXT_NAMES)
        films = []
        for row in rows:
            values = _RECORD.unpack_from(records, row * size)
            start, length = values[-2:]
            texts: list[Any] = str(letters[start : start + length], "utf-8").split(_END, last)
            texts[last] = texts[last].split(_END) if texts[last] else []
            film = dict(zip(COLUMNS, _shown((*values, *texts)), strict=True))
            for name in _NULLABLE_NUMBERS:
                if film[name] == _UNKNOWN:
                    film[name] = None
            for name in _NULLABLE_TEXTS:
                film[name] = film[name] or None
            films.append(film)
        return films


KEPT = 12
"""Words kept of each film: those with the highest TF-IDF."""

NONE = 65_535
"""Stands where a film has fewer words."""

_WORDS, _TERMS = "words.npy", "words.txt"


class FilmWords:
    """The most telling words of n films, memory-mapped.

    Attributes:
        terms: the words that there are, position = number.
    """

    def __init__(self, terms: list[str], words: NDArray[np.uint16]) -> None:
        self.terms, self._words = terms, words

    @classmethod
    def open(cls, folder: Path) -> FilmWords:
        """Read what `save` wrote."""
        terms = (folder / _TERMS).read_text(encoding="utf-8").split("\n")
        return cls(terms, mapped(folder / _WORDS))

    def save(self, folder: Path) -> None:
        """Write the vocabulary, one word a line, and an array of shape (n, KEPT)."""
        (folder / _TERMS).write_text("\n".join(self.terms), encoding="utf-8")
        np.save(folder / _WORDS, self._words)

    def of_film(self, row: int) -> list[str]:
        """The words of one film, the most telling first."""
        return [self.terms[word] for word in self._words[row].tolist() if word != NONE]


def most_telling(weighted: csr_matrix) -> NDArray[np.uint16]:
    """The columns with the largest values of each row, largest first, shape (rows, KEPT); `NONE` fills up.

    Args:
        weighted: TF-IDF of some films, with fewer than `NONE` columns.
    """
    entries = weighted.tocoo()
    order = np.lexsort((entries.col, -entries.data, entries.row))
    rows, columns = entries.row[order], entries.col[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    telling = np.full((weighted.shape[0], KEPT), NONE, np.uint16)
    kept = place < KEPT
    telling[rows[kept], place[kept]] = columns[kept]
    return telling
