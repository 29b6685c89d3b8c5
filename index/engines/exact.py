"""The exact engine: every stored vector is compared. The yardstick, and the engine of small catalogues."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engines.base import Neighbours, SearchParameters, Shape
from index.engines.vectors import Vectors, best_first
from index.errors import BadVectorsError
from index.films.filters import Selection

GATHER_LIMIT = 2_000
"""Up to so many surviving rows, copying them out is quicker than asking a selector about every row."""

GATHER_SHARE = 256
"""...but of fewer rows in all, only a smaller part: a copied row costs as much as asking about so many."""

TIE_MARGIN = 64
"""Candidates fetched beyond k, so that the single precision of the scan decides neither place k nor ties."""


class ExactIndex:
    """Brute force over stored vectors."""

    name = "exact"

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self.parameters: SearchParameters = {}

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """See `VectorIndex.shapes`; there is one."""
        return ({},)

    @classmethod
    def build(cls, vectors: Vectors, shape: Shape | None = None) -> Self:
        """See `VectorIndex.build`; there is nothing to do."""
        return cls(vectors)

    @classmethod
    def open(cls, vectors: Vectors, folder: Path, search: SearchParameters) -> Self:
        """See `VectorIndex.open`; the vectors are the index."""
        return cls(vectors)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def knows_kin(self) -> bool:
        """See `VectorIndex.knows_kin`."""
        return False

    def kin(self, row: int, k: int, selection: Selection | None = None) -> Neighbours | None:
        """See `VectorIndex.kin`; none are known."""
        return None

    @property
    def size_bytes(self) -> int:
        """See `VectorIndex.size_bytes`."""
        return self.vectors.size_bytes

    def finish(self, progress: Callable[[int], None]) -> None:
        """See `VectorIndex.finish`; there is nothing to do."""

    def search(
        self,
        query: NDArray[np.floating],
        k: int,
        selection: Selection | None = None,
        *,
        exact: bool = True,
    ) -> Neighbours:
        """See `VectorIndex.search`; always exact."""
        checked = checked_query(query, self.vectors.dim)
        if selection is not None and selection.count <= min(GATHER_LIMIT, len(self) // GATHER_SHARE):
            return ranked(self.vectors, checked, selection.rows, k, exact=True)
        rows = self.vectors.top(checked, k + TIE_MARGIN, selection)
        return ranked(self.vectors, checked, rows, k, exact=True)

    def save(self, folder: Path) -> None:
        """Nothing of its own to write: the vectors are the index."""

    def describe(self) -> dict[str, int]:
        """See `VectorIndex.describe`."""
        return {}

    def choices(self) -> Iterable[list[SearchParameters]]:
        """See `VectorIndex.choices`."""
        return ()


def checked_query(query: NDArray[np.floating], dim: int) -> NDArray[np.float64]:
    """The query in double precision.

    Raises:
        BadVectorsError: its shape is not (dim,), or it holds NaN or infinity.
    """
    if query.shape != (dim,):
        raise BadVectorsError(f"a query must have the shape ({dim},), not {query.shape}")
    if not np.isfinite(query).all():
        raise BadVectorsError("a query holds NaN or infinity")
    return query.astype(np.float64)


def ranked(
    vectors: Vectors, query: NDArray[np.float64], rows: NDArray[np.int64], k: int, *, exact: bool
) -> Neighbours:
    """The best k of some rows by their exact scores; `exact` says that no other row may come back."""
    scores = vectors.scores(query, rows)
    best = best_first(scores, rows)[:k]
    return Neighbours(rows[best], scores[best], exact)


def exact_rows(
    vectors: Vectors, queries: NDArray[np.float32], k: int, chunk: int = 65_536
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores and rows of the k best of all vectors for many queries at once, shapes (m, k), best first.

    In single precision, a chunk of vectors at a time: the ground truth of recall, where thousands of queries
    make one matrix product quicker than as many scans.
    """
    heap = faiss.ResultHeap(len(queries), k, keep_max=True)
    for start in range(0, len(vectors), chunk):
        block = vectors.single(slice(start, start + chunk))
        scores, rows = faiss.knn(queries, block, min(k, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
        heap.add_result(scores, rows + start)
    heap.finalize()
    return heap.D, heap.I
