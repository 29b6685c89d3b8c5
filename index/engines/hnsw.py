"""HNSW on FAISS: a graph over the stored vectors, for catalogues that have memory to spare.

The graph (Malkov and Yashunin 2016) is built over vectors of one length (see `index.engines.ivfpq`) because
neighbours by inner product alone all lead to the few longest vectors. It is searched over the stored vectors
themselves, so its candidates are nearly in the right order already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engines.base import Location, Rows, SearchParameters, Shape, Spread, VectorIndex, untold
from index.engines.exact import GATHER_LIMIT, TIE_MARGIN
from index.engines.faiss_tools import read_index_of, selector
from index.engines.vectors import StoredVectors, Vectors
from index.errors import VectorIndexError
from index.films.filters import Allowed

FILE = "hnsw.faiss"
LINKS = 24
"""Links of a film on each layer but the lowest, which has twice as many."""

BUILD_EFFORT = 120
EFFORTS = (64, 128, 256, 512, 1024, 2048)
EXACT_SHARE = 0.1
"""Filters that leave less than this share are searched exactly: the search would mostly visit excluded films."""


class HnswIndex(VectorIndex):
    """Approximate candidates by walking the graph; None where few rows are allowed."""

    name = "hnsw"

    def __init__(
        self, vectors: Vectors, location: Location, parameters: SearchParameters, graph: faiss.IndexHNSW
    ) -> None:
        if not isinstance(vectors, StoredVectors):
            raise VectorIndexError(
                "the engine hnsw needs vectors in half precision: build compact ones with the engine ivfpq"
            )
        super().__init__(vectors, location, parameters)
        self._graph = graph
        self._graph.storage, self._graph.own_fields = vectors.codes, False

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """See `VectorIndex.shapes`; there is one, because a second graph takes too long."""
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
        """See `VectorIndex.build`: links every vector to its neighbours; minutes for a hundred thousand films."""
        graph = faiss.IndexHNSWSQ(vectors.width, faiss.ScalarQuantizer.QT_fp16, LINKS, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = BUILD_EFFORT
        graph.is_trained = graph.storage.is_trained = True  # half precision has nothing to learn
        longest = vectors.longest()
        for block in vectors.blocks():
            graph.add(vectors.lengthened(block, longest))
            progress(int(graph.ntotal))
        links = faiss.serialize_index(graph, faiss.IO_FLAG_SKIP_STORAGE)
        return cls(vectors, location, {"effort": EFFORTS[0]}, faiss.deserialize_index(links))

    @classmethod
    def open(cls, vectors: Vectors, location: Location, parameters: SearchParameters) -> Self:
        """See `VectorIndex.open`."""
        graph = read_index_of(len(vectors), vectors.width, location.folder / FILE)
        return cls(vectors, location, {"effort": parameters["effort"]}, graph)

    def save(self) -> None:
        """See `VectorIndex.save`: one file with the links."""
        links = faiss.serialize_index(self._graph, faiss.IO_FLAG_SKIP_STORAGE)
        (self.location.folder / FILE).write_bytes(links.tobytes())

    @property
    def size_bytes(self) -> int:
        """See `VectorIndex.size_bytes`: a link takes four bytes."""
        return 4 * int(self._graph.hnsw.neighbors.size())

    def describe(self) -> dict[str, int]:
        """See `VectorIndex.describe`."""
        return {"links": LINKS} | dict(self.parameters)

    def choices(self) -> Iterator[list[SearchParameters]]:
        """See `VectorIndex.choices`."""
        for effort in EFFORTS:
            yield [{"effort": effort}]

    def candidates(
        self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None
    ) -> NDArray[np.int64] | None:
        """See `VectorIndex.candidates`; a filter that allows a share s of the rows costs 1 / s times as much."""
        passing = len(self) if allowed is None else allowed.count
        if passing <= max(GATHER_LIMIT, EXACT_SHARE * len(self)):
            return None
        effort = round(self.parameters["effort"] * len(self) / passing)
        rows = self._walked(query[None], min(k + TIE_MARGIN, len(self)), effort, allowed)[0]
        found: NDArray[np.int64] = rows[rows >= 0]
        return found if len(found) >= k else None

    def candidates_of_many(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """See `VectorIndex.candidates_of_many`."""
        return self._walked(queries, k, self.parameters["effort"], None)

    def _walked(
        self, queries: NDArray[np.floating], k: int, effort: int, allowed: Allowed | None
    ) -> NDArray[np.int64]:
        parameters = faiss.SearchParametersHNSW(efSearch=effort, sel=selector(allowed))
        _, rows = self._graph.search(self.vectors.padded(queries), k, params=parameters)
        found: NDArray[np.int64] = rows
        return found
