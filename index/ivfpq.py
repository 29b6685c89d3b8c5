"""IVF/PQ on FAISS: cells and product-quantised codes give candidates, the stored vectors re-rank them exactly.

Films that lack blocks have shorter vectors, and an inner product over vectors of unlike length makes poor cells.
So the codes are made of vectors brought to one length by an extra dimension, `(v, sqrt(L^2 - |v|^2))`, which is
zero in every query and leaves all products as they were (Bachrach et al. 2014, "Speeding up the Xbox recommender
system"). A random rotation then spreads the blocks evenly over the sub-quantisers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import DamagedGenerationError
from index.exact import ExactIndex, checked_query, ranked
from index.protocol import Neighbours
from index.selection import Selection
from index.vectors import StoredVectors

FILE = "ivfpq.faiss"
EXACT_SHARE = 0.02
"""Filters that leave less than this share of the rows are searched exactly: few cells hold what they want."""


@dataclass(frozen=True)
class IvfPqParameters:
    """What is fixed when the index is built.

    Attributes:
        nlist: cells.
        code_size: bytes of one code, one per sub-quantiser.
        train: vectors that cells and codes are trained on.
    """

    nlist: int
    code_size: int
    train: int

    @classmethod
    def for_rows(cls, rows: int, code_size: int = 64) -> IvfPqParameters:
        """Sizes by the number of rows: about four cells per root of n, as FAISS's guidelines have it."""
        nlist = int(2 ** np.clip(np.round(np.log2(4 * np.sqrt(max(rows, 1)))), 4, 14))
        return cls(nlist, code_size, min(rows, max(64 * nlist, 65_536)))


@dataclass(frozen=True)
class SearchParameters:
    """What is chosen by measuring, see `index.tuning`.

    Attributes:
        nprobe: cells visited.
        depth: candidates that are re-ranked exactly, at the least.
    """

    nprobe: int
    depth: int


class IvfPqIndex:
    """Approximate search; exact where `exact` is asked for or a filter leaves few rows."""

    name = "ivfpq"

    def __init__(self, vectors: StoredVectors, index: faiss.IndexPreTransform, search: SearchParameters) -> None:
        self.vectors = vectors
        self.parameters = search
        self._exact = ExactIndex(vectors)
        self._index = index
        self._ivf = faiss.downcast_index(index.index)

    @classmethod
    def build(cls, vectors: StoredVectors, parameters: IvfPqParameters, seed: int = 0) -> IvfPqIndex:
        """Train on evenly drawn rows and add all of them."""
        longest = float(np.sqrt(max(_squared_lengths(block).max() for block in _blocks(vectors))))
        width = -(-(vectors.dim + 1) // parameters.code_size) * parameters.code_size
        quantizer = faiss.IndexFlatIP(width)
        ivf = faiss.IndexIVFPQ(
            quantizer, width, parameters.nlist, parameters.code_size, 8, faiss.METRIC_INNER_PRODUCT
        )
        ivf.cp.seed = ivf.pq.cp.seed = seed + 1
        ivf.cp.spherical = True
        ivf.cp.min_points_per_centroid = ivf.pq.cp.min_points_per_centroid = 1
        rotation = faiss.RandomRotationMatrix(vectors.dim + 1, width)
        rotation.init(seed + 1)
        index = faiss.IndexPreTransform(rotation, ivf)
        drawn = np.random.default_rng(seed).choice(len(vectors), parameters.train, replace=False)
        index.train(_lengthened(vectors.single(np.sort(drawn)), longest))
        for block in _blocks(vectors):
            index.add(_lengthened(block, longest))
        return cls(vectors, index, SearchParameters(nprobe=min(16, parameters.nlist), depth=200))

    @classmethod
    def open(cls, vectors: StoredVectors, folder: Path, search: SearchParameters) -> IvfPqIndex:
        """Memory-map what `save` wrote.

        Raises:
            DamagedGenerationError: the file is missing, truncated or of other vectors.
        """
        path = folder / FILE
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise DamagedGenerationError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
        if index.ntotal != len(vectors):
            raise DamagedGenerationError(f"{path} holds {index.ntotal} codes for {len(vectors)} vectors")
        return cls(vectors, index, search)

    def save(self, folder: Path) -> None:
        """Write the codes; the vectors are saved on their own."""
        faiss.write_index(self._index, str(folder / FILE))

    def __len__(self) -> int:
        return len(self.vectors)

    def describe(self) -> dict[str, int]:
        """What the manifest records: how it was built and how it is searched."""
        built = {"nlist": self.nlist, "code_size": int(self._ivf.pq.M)}
        return built | {"nprobe": self.parameters.nprobe, "depth": self.parameters.depth}

    @property
    def nlist(self) -> int:
        """Cells of the index."""
        return int(self._ivf.nlist)

    def search(
        self, query: NDArray[np.floating], k: int, selection: Selection | None = None, *, exact: bool = False
    ) -> Neighbours:
        """See `VectorIndex.search`."""
        checked = checked_query(query, self.vectors.dim)
        wanted = min(k, len(self) if selection is None else selection.count)
        if wanted == 0:
            return Neighbours.none()
        if exact or wanted > len(self) // 8 or (selection and selection.count < EXACT_SHARE * len(self)):
            return self._exact.search(query, k, selection)
        share = 1.0 if selection is None else selection.count / len(self)
        nprobe = min(self.nlist, int(self.parameters.nprobe / share**0.5))
        while True:
            rows = self.candidates(checked, max(self.parameters.depth, 4 * k), nprobe, selection)
            if len(rows) >= wanted or nprobe >= self.nlist:
                return ranked(self.vectors, checked, rows, k)
            nprobe = min(self.nlist, 4 * nprobe)

    def candidates(
        self, query: NDArray[np.float64], depth: int, nprobe: int, selection: Selection | None = None
    ) -> NDArray[np.int64]:
        """Rows of the best `depth` codes in the `nprobe` nearest cells, without those that do not exist."""
        parameters = faiss.SearchParametersPreTransform(
            index_params=faiss.SearchParametersIVF(
                nprobe=nprobe, sel=None if selection is None else selection.selector
            )
        )
        lengthened = np.append(query, 0.0).astype(np.float32)[None, :]
        _, rows = self._index.search(lengthened, depth, params=parameters)
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found


def _blocks(vectors: StoredVectors, size: int = 65_536) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(vectors), size):
        yield vectors.single(slice(start, start + size))


def _squared_lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.einsum("ij,ij->i", vectors, vectors)
    return lengths


def _lengthened(vectors: NDArray[np.float32], longest: float) -> NDArray[np.float32]:
    rest = np.sqrt(np.maximum(longest**2 - _squared_lengths(vectors), 0))
    return np.ascontiguousarray(np.concatenate([vectors, rest[:, None]], axis=1), dtype=np.float32)
