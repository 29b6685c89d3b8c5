"""Stored vectors: half precision, on disk in FAISS's own format, memory-mapped, searched exactly.

The file is a FAISS scalar-quantizer index (fp16, inner product), so the same bytes serve FAISS's exact search,
its re-ranking, and a NumPy view, shared between processes by the page cache. Half precision keeps three digits of
each component; every score is computed from these stored numbers in double precision, so that a pair of films
scores the same whichever way it was found.

Rows are padded with zeros to a multiple of 16 components: FAISS's fp16 kernels work on 16 at a time and fall back
to one at a time, seven times slower, for other widths. At least one component is free, for the engines that bring
vectors to one length.

How many threads FAISS uses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import BadVectorsError, DamagedGenerationError
from index.films.filters import Selection


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS use one thread, in this whole process, and then as many as before.

    For measuring, and for training many small things: its threads wait for one another by spinning, so that on
    a busy machine 84 small clusterings took 56 s on two threads and 1.3 s on one.
    """
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


LANES = 16
"""Rows are a multiple of so many components wide."""

SCORE_DIGITS = 9
"""Scores are rounded to this many digits, so that equal films tie although sums are made in another order."""


class Vectors(ABC):
    """Vectors of shape (n, dim) that are searched, read-only.

    Attributes:
        dim: dimensions of a vector.
        width: components of a vector as FAISS's indexes over these vectors take them: dim, then zeros up to a
            multiple of 16.
        components: how many components may share a code of `index.engines.ivfpq`, likeliest first.
    """

    components: tuple[int, ...] = (4, 2)

    def __init__(self, dim: int) -> None:
        self.dim, self.width = dim, -(-(dim + 1) // LANES) * LANES

    @abstractmethod
    def __len__(self) -> int: ...

    @property
    @abstractmethod
    def size_bytes(self) -> int:
        """Bytes that they take in memory."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the vectors, as `open` of the same class reads them."""

    @abstractmethod
    def single(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Copies of some vectors, shape (len(rows), dim), float32."""

    @abstractmethod
    def top(self, query: NDArray[np.float64], k: int, selection: Selection | None = None) -> NDArray[np.int64]:
        """Rows of the k largest products by a scan of all that are selected, or of all."""

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
            DamagedGenerationError: the file is missing, truncated or no such file.
        """
        return cls(_read(path))

    def save(self, path: Path) -> None:
        """Write one file.

        Raises:
            OSError: the disk is full, or the like.
        """
        write_faiss(self._index, path)

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

    def top(self, query: NDArray[np.float64], k: int, selection: Selection | None = None) -> NDArray[np.int64]:
        """See `Vectors.top`: FAISS's exact scan, without the -1 of rows that do not exist."""
        parameters = faiss.SearchParameters(sel=selection.selector) if selection is not None else None
        _, rows = self.codes.search(self.padded(query[None]), min(k, len(self)), params=parameters)
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found


def read_over(vectors: Vectors, path: Path) -> faiss.Index:
    """Read an index that FAISS wrote, of some vectors.

    Raises:
        DamagedGenerationError: the file is missing, truncated or of other vectors.
    """
    index = _read(path)
    if index.ntotal != len(vectors) or index.d != vectors.width:
        held, wanted = f"{index.ntotal} codes of width {index.d}", f"{len(vectors)} vectors of {vectors.width}"
        raise DamagedGenerationError(f"{path} holds {held} for {wanted}: build a new generation")
    return index


def write_faiss(index: faiss.Index, path: Path) -> None:
    """Write an index in FAISS's own format.

    Raises:
        OSError: the disk is full, or the like. FAISS says so by a RuntimeError with its C++ function and line.
    """
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(f"{path} cannot be written: {str(error).rpartition(': ')[2]}") from error


def best_first(scores: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions that sort by score, highest first, and among equal scores by row, lowest first.

    Rows are in the order of votes and then id, so that is how ties break.
    """
    order: NDArray[np.int64] = np.lexsort((rows, -scores))
    return order


def _read(path: Path) -> faiss.Index:
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise DamagedGenerationError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _squared(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.einsum("ij,ij->i", vectors, vectors)
    return lengths
