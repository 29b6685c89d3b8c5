"""The words that tell most about each film, to name those that two films share.

What is shown of every film, one film after the other: its numbers as a record, its texts in one piece.

An answer shows a dozen films from all over the catalogue, and what is not in the processor's caches is waited for.
A film in columns lies in a dozen places, here in two.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from index.arrays import mapped

RECORDS = "summaries.npy"
TEXTS = "summary_texts.npy"

COLUMNS = (
    "id",
    "title",
    "original_title",
    "year",
    "genres",
    "runtime",
    "rating",
    "vote_average",
    "vote_count",
    "popularity",
    "poster_path",
)
"""In the order in which they are shown; they mean what they do in `index.films.store.FILM_SCHEMA`."""

RECORD = np.dtype(
    [
        ("id", "<i4"),
        ("year", "<i2"),
        ("runtime", "<i4"),  # minutes; -1 = unknown
        ("rating", "<f8"),
        ("vote_average", "<f8"),
        ("vote_count", "<i4"),
        ("popularity", "<f8"),
        ("start", "<u4"),  # of its texts
        ("length", "<u4"),
    ]
)
_RECORD = struct.Struct("<ihiddidII")
_UNKNOWN = -1
_END = "\0"
"""Between the texts of a film: title, original title, path of the poster, each genre."""


class Summaries:
    """What a generation carries of n films, to show them while the database is away: `COLUMNS`.

    Attributes:
        records: shape (n,), of `RECORD`.
    """

    def __init__(self, records: NDArray[np.void], texts: NDArray[np.uint8]) -> None:
        self.records, self._texts = records, texts
        self._numbers, self._letters = records.view(np.uint8).data, texts.data

    @classmethod
    def build(cls, films: pa.Table) -> Self:
        """From a table with the columns."""
        texts = [pc.fill_null(films[name], "") for name in ("title", "original_title", "poster_path")]
        texts = [pc.replace_substring(text, _END, "") for text in texts]
        genres = pc.fill_null(pc.binary_join(films["genres"], _END), "")
        joined = pc.binary_join_element_wise(*texts, genres, _END).combine_chunks()
        lengths = pc.binary_length(joined).to_numpy(zero_copy_only=False).astype(np.int64)
        records = np.empty(len(films), RECORD)
        for name in ("id", "year", "runtime", "rating", "vote_average", "vote_count", "popularity"):
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
        numbers, letters, size = self._numbers, self._letters, _RECORD.size
        films = []
        for row in rows:
            movie_id, year, runtime, rating, mean, votes, popularity, start, length = _RECORD.unpack_from(
                numbers, row * size
            )
            title, original, poster, genres = str(letters[start : start + length], "utf-8").split(_END, 3)
            films.append(
                {
                    "id": movie_id,
                    "title": title,
                    "original_title": original,
                    "year": year,
                    "genres": genres.split(_END) if genres else [],
                    "runtime": None if runtime == _UNKNOWN else runtime,
                    "rating": rating,
                    "vote_average": mean,
                    "vote_count": votes,
                    "popularity": popularity,
                    "poster_path": poster or None,
                }
            )
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
