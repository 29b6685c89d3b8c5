"""The names that films have, such as genres: the names of a film, and the films of a name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract import fold_name
from index.arrays import mapped

_ARRAYS = ("film_starts", "film_terms", "term_starts", "term_films")


class TermIndex:
    """The terms of n films in compressed rows (film -> terms) and compressed columns (term -> films).

    Attributes:
        names: the terms in the catalogue's spelling, position = term.
    """

    def __init__(self, names: list[str], arrays: dict[str, NDArray[np.int32]]) -> None:
        self.names = names
        self._arrays = arrays
        self._terms = {fold_name(name): term for term, name in reversed(list(enumerate(names)))}

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
