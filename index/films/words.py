"""The most telling words of each film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from index.arrays import mapped

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

    def of_rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The numbers of some films' words, shape (len(rows), KEPT), a copy; `NONE` fills up."""
        numbers: NDArray[np.uint16] = self._words[rows]
        return numbers

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
