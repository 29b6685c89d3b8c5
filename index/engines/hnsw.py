"""HNSW on FAISS: a graph over the stored vectors, for catalogues that have memory to spare.

The graph (Malkov and Yashunin 2016) is built over vectors of one length (see `index.engines.ivfpq`) because
neighbours by inner product alone all lead to the few longest vectors. It is walked over the stored vectors
themselves, so what it finds needs no re-ranking beyond the rounding of ties.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engines.base import Neighbours, SearchParameters, Shape
from index.engines.exact import GATHER_LIMIT, TIE_MARGIN, ExactIndex, checked_query, ranked
from index.engines.vectors import StoredVectors, Vectors, read_over
from index.errors import VectorIndexError
from index.films.filters import Selection

FILE = "hnsw.faiss"
LINKS = 24
"""Links of a film on each layer but the lowest, which has twice as many."""

BUILD_EFFORT = 120
EFFORTS = (64, 128, 256, 512, 1024, 2048)
EXACT_SHARE = 0.1
"""Filters that leave less than this share are searched exactly: the walk would mostly pass through other films."""


class HnswIndex:
    """Approximate search; exact where `exact` is asked for or a filter leaves few rows."""

    name = "hnsw"

    def __init__(self, vectors: Vectors, graph: faiss.IndexHNSW, search: SearchParameters) -> None:
        if not isinstance(vectors, StoredVectors):
            raise VectorIndexError(
                "the engine hnsw walks over half-precision vectors: build compact ones for ivfpq"
            )
        self.vectors: Vectors = vectors
        self.parameters = search
        self._exact = ExactIndex(vectors)
        self._graph = graph
        self._graph.storage, self._graph.own_fields = vectors.codes, False

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """See `VectorIndex.shapes`; there is one, because a second graph takes too long."""
        return ({},)

    @classmethod
    def build(cls, vectors: Vectors, shape: Shape | None = None) -> Self:
        """Link every vector to its neighbours; minutes at a hundred thousand films."""
        graph = faiss.IndexHNSWSQ(vectors.width, faiss.ScalarQuantizer.QT_fp16, LINKS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = BUILD_EFFORT
        graph.is_trained = graph.storage.is_trained = True  # half precision has nothing to learn
        longest = vectors.longest()
        for block in vectors.blocks():
            graph.add(vectors.lengthened(block, longest))
        links = faiss.serialize_index(graph, faiss.IO_FLAG_SKIP_STORAGE)
        return cls(vectors, faiss.deserialize_index(links), {"effort": EFFORTS[0]})

    @classmethod
    def open(cls, vectors: Vectors, folder: Path, search: SearchParameters) -> Self:
        """Read what `save` wrote.

        Raises:
            DamagedGenerationError: the file is missing, truncated or of other vectors.
        """
        return cls(vectors, read_over(vectors, folder / FILE), {"effort": search["effort"]})

    def save(self, folder: Path) -> None:
        """Write the links; the vectors are saved on their own."""
        links = faiss.serialize_index(self._graph, faiss.IO_FLAG_SKIP_STORAGE)
        (folder / FILE).write_bytes(links.tobytes())

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
        """See `VectorIndex.size_bytes`: a link takes four bytes."""
        return self.vectors.size_bytes + 4 * int(self._graph.hnsw.neighbors.size())

    def describe(self) -> dict[str, int]:
        """See `VectorIndex.describe`."""
        return {"links": LINKS} | dict(self.parameters)

    def choices(self) -> Iterator[list[SearchParameters]]:
        """See `VectorIndex.choices`."""
        for effort in EFFORTS:
            yield [{"effort": effort}]

    def finish(self, progress: Callable[[int], None]) -> None:
        """See `VectorIndex.finish`; there is nothing to do."""

    def search(
        self,
        query: NDArray[np.floating],
        k: int,
        selection: Selection | None = None,
        *,
        exact: bool = False,
    ) -> Neighbours:
        """See `VectorIndex.search`; a filter that leaves a share s of the rows costs 1 / s times the effort."""
        checked = checked_query(query, self.vectors.dim)
        passing = len(self) if selection is None else selection.count
        wanted = min(k, passing)
        if wanted == 0:
            return Neighbours.none()
        if (
            exact
            or wanted > len(self) // 8
            or passing <= max(GATHER_LIMIT, EXACT_SHARE * len(self))
            or not checked.any()
        ):
            return self._exact.search(query, k, selection)
        parameters = faiss.SearchParametersHNSW(
            efSearch=round(self.parameters["effort"] * len(self) / passing),
            sel=None if selection is None else selection.selector,
        )
        _, found = self._graph.search(
            self.vectors.padded(checked[None]), min(k + TIE_MARGIN, len(self)), params=parameters
        )
        rows: NDArray[np.int64] = found[0][found[0] >= 0]
        if len(rows) < wanted:
            return self._exact.search(query, k, selection)
        return ranked(self.vectors, checked, rows, k, exact=False)
