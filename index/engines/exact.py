"""Exact search: every allowed vector is compared. It measures recall and searches small catalogues."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engines.base import Location, Rows, SearchParameters, Shape, Spread, VectorIndex, untold
from index.engines.vectors import Vectors
from index.films.filters import Allowed

GATHER_LIMIT = 2_000
"""Up to so many allowed rows, copying them out is quicker than asking a selector about every row."""

GATHER_SHARE = 256
"""The same limit as a share of all rows, 1 / 256: copying a row costs as much as asking about so many."""

TIE_MARGIN = 64
"""Candidates returned beyond k, so that the single precision of a scan decides neither place k nor ties."""


class ExactIndex(VectorIndex):
    """No index: the space compares all vectors."""

    name = "exact"

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """See `VectorIndex.shapes`; there is one."""
        return ({},)

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        location: Location,
        shape: Shape | None = None,
        progress: Rows = untold,
        spread: Spread | None = None,
    ) -> Self:
        """See `VectorIndex.build`; there is nothing to do."""
        return cls(vectors, location, {})

    @classmethod
    def open(cls, vectors: Vectors, location: Location, parameters: SearchParameters) -> Self:
        """See `VectorIndex.open`; there is nothing to read."""
        return cls(vectors, location, {})

    def save(self) -> None:
        """See `VectorIndex.save`; there is nothing to write."""

    @property
    def size_bytes(self) -> int:
        """See `VectorIndex.size_bytes`."""
        return 0

    def candidates(self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None) -> None:
        """See `VectorIndex.candidates`: comparing every row is always the better choice."""

    def candidates_of_many(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """See `VectorIndex.candidates_of_many`."""
        return exact_rows(self.vectors, queries, min(k + TIE_MARGIN, max(len(self), 1)))[1]


def compared(
    vectors: Vectors, query: NDArray[np.float64], k: int, allowed: Allowed | None = None
) -> NDArray[np.int64]:
    """Rows among which the k nearest of the allowed rows are for certain, by comparing all of these.

    Args:
        vectors: of n rows.
        query: shape (dim,).
        k: at least 1.
        allowed: which rows to compare; None for all.

    Returns:
        Shape (m,), in no particular order.
    """
    if allowed is not None and allowed.count <= min(GATHER_LIMIT, len(vectors) // GATHER_SHARE):
        return allowed.rows
    return vectors.top(query, k + TIE_MARGIN, allowed)


def exact_rows(
    vectors: Vectors, queries: NDArray[np.float32], k: int, chunk: int = 65_536
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores and rows of the k nearest of all vectors for many queries at once, shapes (m, k), best first.

    In single precision, a chunk of vectors at a time: for thousands of queries one matrix product is quicker than
    as many scans. Where there are fewer than k vectors, the last rows are -1.
    """
    heap = faiss.ResultHeap(len(queries), k, keep_max=True)
    for start in range(0, len(vectors), chunk):
        block = vectors.single(slice(start, start + chunk))
        scores, rows = faiss.knn(queries, block, min(k, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(scores, rows + start)
    heap.finalize()
    return heap.D, heap.I
