"""Stored vectors: half precision, on disk in FAISS's own format, memory-mapped, searched exactly.

The file is a FAISS scalar-quantizer index (fp16, inner product), so the same bytes serve FAISS's exact search,
its re-ranking, and a NumPy view, shared between processes by the page cache. Half precision keeps three digits of
each component. Every score is computed from these stored numbers in double precision, so a pair of films has the
same score however it was found.

Rows are padded with zeros to a multiple of 16 components: FAISS's fp16 kernels work on 16 at a time and fall back
to one at a time, seven times slower, for other widths. At least one component is free, for the engines that bring
vectors to one length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engines.faiss_tools import read_index, selector, write_index
from index.errors import BadVectorsError, DamagedGenerationError
from index.films.filters import Allowed

LANES = 16
"""Rows are padded to a multiple of so many components."""

SCORE_DIGITS = 9
"""Scores are rounded to this many digits, so that equal films tie although sums are added in another order."""


class Vectors(ABC):
    """Vectors of shape (n, dim) that are searched, read-only.

    Attributes:
        dim: dimensions of a vector.
        width: components of a vector as FAISS's indexes over these vectors take them: dim, then zeros up to a
            multiple of 16.
        components: how many components may share a code of `index.engines.ivfpq`, the best choice first.
        path: of the file that they were saved to or opened from; None if other processes cannot open them.
    """

    components: tuple[int, ...] = (4, 2)
    path: Path | None = None

    def __init__(self, dim: int) -> None:
        self.dim, self.width = dim, -(-(dim + 1) // LANES) * LANES

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def size_bytes(self) -> int:
        """Bytes of memory."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the vectors, as `open` of the same class reads them."""

    @abstractmethod
    def single(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Copies of some vectors, shape (len(rows), dim), float32."""

    @abstractmethod
    def top(self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None) -> NDArray[np.int64]:
        """Rows of the k largest products by a scan of all rows, or of all allowed ones; fewer where there are."""

    def double(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        """The same in double precision, as scores are computed."""
        return self.single(rows).astype(np.float64)

    def padded(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Vectors of shape (m, dim) as FAISS's indexes over `codes` take them: shape (m, width), float32."""
        wide = np.zeros((len(vectors), self.width), np.float32)
        wide[:, : self.dim] = vectors
        return wide

    def blocks(self, size: int = 65_536) -> Iterator[slice]:
        """All rows, some at a time."""
        for start in range(0, len(self), size):
            yield slice(start, start + size)

    def longest(self) -> float:
        """The length of the longest vector; 0 where there is none."""
        squares = (float(_squared(self.single(block)).max()) for block in self.blocks())
        return float(np.sqrt(max(squares, default=0.0)))

    def lengthened(self, rows: NDArray[np.int64] | slice, longest: float) -> NDArray[np.float32]:
        """Some rows as `padded` gives them, brought to one length by the first free component."""
        wide = self.padded(self.single(rows))
        wide[:, self.dim] = np.sqrt(np.maximum(longest**2 - _squared(wide), 0))
        return wide

    def scores(self, query: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The exact score of each row: its inner product with the query, in double precision, rounded."""
        scores: NDArray[np.float64] = np.round(self.double(rows) @ query, SCORE_DIGITS)
        return scores


class StoredVectors(Vectors):
    """Vectors of shape (n, dim), float16, read-only.

    Attributes:
        matrix: a view of the stored numbers; owned by this object.
        codes: FAISS's index of the same numbers, `width` components a row.
    """

    def __init__(self, index: faiss.IndexPreTransform) -> None:
        self._index = index
        self.codes: faiss.IndexScalarQuantizer = faiss.downcast_index(index.index)
        count, dim = int(index.ntotal), int(index.d)
        super().__init__(dim)
        if self.codes.d != self.width:
            raise DamagedGenerationError(
                f"vectors of {dim} components are stored {self.codes.d} wide, not {self.width}"
            )
        if count:
            raw = faiss.rev_swig_ptr(self.codes.codes.data(), count * self.width * 2)
            self.matrix: NDArray[np.float16] = raw.view(np.float16).reshape(count, self.width)[:, :dim]
        else:
            self.matrix = np.empty((0, dim), np.float16)

    @classmethod
    def from_array(cls, vectors: NDArray[np.floating]) -> StoredVectors:
        """Hold a copy of vectors of shape (n, dim) in half precision.

        Raises:
            BadVectorsError: not two-dimensional, no dimensions, or not finite.
        """
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise BadVectorsError(f"vectors must have the shape (n, dim), not {vectors.shape}")
        return cls.from_blocks([vectors], vectors.shape[1])

    @classmethod
    def from_blocks(cls, blocks: Iterable[NDArray[np.floating]], dim: int) -> StoredVectors:
        """The same from parts of shape (m, dim), one after the other."""
        width = -(-(dim + 1) // LANES) * LANES
        codes = faiss.IndexScalarQuantizer(width, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        codes.is_trained = True  # half precision has nothing to learn
        padding = faiss.RemapDimensionsTransform(dim, width, False)
        faiss.copy_array_to_vector(np.r_[0:dim, np.full(width - dim, -1)].astype(np.int32), padding.map)
        index = faiss.IndexPreTransform(padding, codes)
        for block in blocks:
            single = np.ascontiguousarray(block, dtype=np.float32)
            if not np.isfinite(single).all():
                raise BadVectorsError("vectors hold NaN or infinity")
            index.add(single)
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> StoredVectors:
        """Memory-map a file that `save` wrote.

        Raises:
            DamagedGenerationError: the file is missing, truncated or not such a file.
        """
        opened = cls(read_index(path))
        opened.path = path
        return opened

    def save(self, path: Path) -> None:
        """Write one file.

        Raises:
            OSError: the disk is full, or similar.
        """
        write_index(self._index, path)
        self.path = path

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def size_bytes(self) -> int:
        """See `Vectors.size_bytes`."""
        return 2 * self.width * len(self)

    def single(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """See `Vectors.single`."""
        return self.matrix[rows].astype(np.float32)

    def double(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        """See `Vectors.double`."""
        return self.matrix[rows].astype(np.float64)

    def top(self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None) -> NDArray[np.int64]:
        """See `Vectors.top`: FAISS's exact scan, without the -1 of missing rows."""
        if len(self) == 0:  # FAISS refuses k = 0
            return np.empty(0, np.int64)
        parameters = None if allowed is None else faiss.SearchParameters(sel=selector(allowed))
        _, rows = self.codes.search(self.padded(query[None]), min(k, len(self)), params=parameters)
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found


def _squared(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.einsum("ij,ij->i", vectors, vectors)
    return lengths
