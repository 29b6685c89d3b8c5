"""IVF/PQ on FAISS: cells and product-quantised codes give candidates, the stored vectors re-rank them exactly.

Films that lack blocks have shorter vectors, and an inner product over vectors of unlike length makes poor cells.
So cells are made of vectors brought to one length by an extra component, `(v, sqrt(L^2 - |v|^2))`, which is zero
in every query and leaves all products as they were (Bachrach et al. 2014, "Speeding up the Xbox recommender
system"). The components stay in the order of the blocks: four neighbours of one block (eight, for compact vectors)
share a code of four bits, which keeps more of the products than codes of the same size after a rotation do. FAISS
compares such codes 32 at a time (Andre et al. 2015, "Cache locality is not enough"), so many cells can be visited
and many candidates re-ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.arrays import mapped
from index.engines.base import Neighbours, SearchParameters, Shape
from index.engines.exact import GATHER_LIMIT, TIE_MARGIN, ExactIndex, checked_query, ranked
from index.engines.vectors import StoredVectors, Vectors, one_thread, read_over, write_faiss
from index.errors import DamagedGenerationError
from index.films.filters import Selection
from index.spaces.neighbours import WIDTH, Kin, with_mutual

FILE = "ivfpq.faiss"
KIN = "kin.npy"
BITS = 4
ROUNDS = 10
"""Of k-means, for the cells."""

TRAIN_A_CELL = 48
"""Vectors for each cell that cells are trained on, or `CODE_SAMPLE` if that is more."""

CODE_SAMPLE = 65_536
"""Vectors that the codes are trained on."""

EXACT_ROWS = 4_096
"""Filters that leave no more rows are searched exactly, unless that is more than a fifth of all."""

NARROW = 0.25
"""Filters that leave less than this share choose among the cells that hold what passes. The best-known 3 % of a
million films lie in 296 of 2,048 cells: visiting these finds 0.998 of the kin of films drawn at random, where the
nearest half of all cells held 0.79 of them and took five times as long. To wider filters most cells are open, and
looking for them would take milliseconds."""

KIN_DEPTH = 300
"""Codes re-ranked for each row whose kin are found beforehand. Others come upon what it misses (`with_mutual`)."""

KIN_BATCH = 1_024
"""Rows whose kin are found together: more have to wait for one another's memory, fewer share less of it."""

NPROBES = (8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
DEPTHS = (100, 200, 400, 800, 1600)


SINGLE_ERROR = 1e-4
"""How far a product in single precision may be off, at the most, over the length of the query: a thousand times
the error of a number, for vectors no longer than 1."""


class IvfPqIndex:
    """Approximate search; exact where `exact` is asked for or a filter leaves few rows."""

    name = "ivfpq"

    def __init__(
        self,
        vectors: Vectors,
        ivf: faiss.IndexIVFPQFastScan,
        search: SearchParameters,
        kin: Kin | None = None,
    ) -> None:
        self.vectors = vectors
        self.parameters = search
        self._kin = kin
        self._exact = ExactIndex(vectors)
        self._ivf = ivf
        self._refined = faiss.IndexRefine(ivf, vectors.codes) if isinstance(vectors, StoredVectors) else None

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterator[Shape]:
        """See `VectorIndex.shapes`.

        About two cells per root of n, since choosing cells costs time too; then, for a recall that this does not
        reach, longer codes, where the vectors allow them, and half as many cells. Twice as many were slower at the
        same recall, at a million films 3.1 ms where these took 2.7, and take more than twice as long to make.
        """
        nlist = int(2 ** np.clip(np.round(np.log2(2 * np.sqrt(max(len(vectors), 1)))), 4, 14))
        sizes = [vectors.width * BITS // (8 * together) for together in vectors.components]
        yield from ({"nlist": nlist, "code_size": size} for size in sizes)
        yield {"nlist": nlist // 2, "code_size": sizes[-1]}

    @classmethod
    def build(cls, vectors: Vectors, shape: Shape | None = None) -> Self:
        """Train on evenly drawn rows and add all of them."""
        sizes = shape or next(cls.shapes(vectors))
        width, longest, nlist = vectors.width, vectors.longest(), sizes["nlist"]
        drawn = np.random.default_rng(0).permutation(len(vectors))[: max(TRAIN_A_CELL * nlist, CODE_SAMPLE)]
        sample = vectors.lengthened(drawn, longest)
        ivf = faiss.IndexIVFPQFastScan(
            _cells(sample, nlist), width, nlist, sizes["code_size"] * 8 // BITS, BITS, faiss.METRIC_INNER_PRODUCT
        )
        # Codes of whole vectors rank better than codes of residuals: recall 0.974 against 0.957 for known films
        # with 64 of 2,048 cells visited and 200 re-ranked, at a million.
        ivf.by_residual = False
        ivf.pq.cp.min_points_per_centroid = 1
        with one_thread():
            ivf.train(sample[:CODE_SAMPLE])
        for block in vectors.blocks():
            ivf.add(vectors.lengthened(block, longest))
        return cls(vectors, ivf, {"nprobe": min(16, nlist), "depth": DEPTHS[1]})

    @classmethod
    def open(cls, vectors: Vectors, folder: Path, search: SearchParameters) -> Self:
        """Memory-map what `save` wrote.

        Raises:
            DamagedGenerationError: the file is missing, truncated or of other vectors.
        """
        ivf = read_over(vectors, folder / FILE)
        kin = Kin(mapped(folder / KIN)) if (folder / KIN).exists() else None
        if kin is not None and kin.table.shape != (len(vectors), 2, WIDTH):
            raise DamagedGenerationError(f"{folder / KIN} holds {kin.table.shape} for {len(vectors)} vectors")
        return cls(vectors, ivf, {name: search[name] for name in ("nprobe", "depth")}, kin)

    def finish(self, progress: Callable[[int], None]) -> None:
        """See `VectorIndex.finish`: finds the kin of every row, unless the vectors are to take little memory."""
        if self._refined is None:
            return
        depth = max(min(self.parameters["depth"], KIN_DEPTH), WIDTH)
        refining = faiss.IndexRefineSearchParameters(
            k_factor=depth / WIDTH,
            base_index_params=faiss.SearchParametersIVF(nprobe=self.parameters["nprobe"]),
        )
        rows, scores = np.empty((len(self), WIDTH), np.int32), np.empty((len(self), WIDTH), np.float32)
        by_cell = np.argsort(self._cell_of, kind="stable")
        batches = [by_cell[start : start + KIN_BATCH] for start in range(0, len(self), KIN_BATCH)]
        done = 0
        for some in batches:
            queries = self.vectors.padded(self.vectors.single(some))
            scores[some], rows[some] = self._refined.search(queries, WIDTH, params=refining)
            progress(done := done + len(some))
        self._kin = Kin.of(self.vectors, with_mutual(rows, scores), batches)

    def save(self, folder: Path) -> None:
        """Write the codes and the kin; the vectors are saved on their own."""
        write_faiss(self._ivf, folder / FILE)
        if self._kin is not None:
            np.save(folder / KIN, self._kin.table)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def knows_kin(self) -> bool:
        """See `VectorIndex.knows_kin`."""
        return self._kin is not None

    def kin(self, row: int, k: int, selection: Selection | None = None) -> Neighbours | None:
        """See `VectorIndex.kin`."""
        return None if self._kin is None else self._kin.nearest(row, k, selection)

    @property
    def size_bytes(self) -> int:
        """See `VectorIndex.size_bytes`: codes, ids (8), cells (2), kin, and the centres besides the vectors."""
        centres, kin = 4 * self.nlist * self.vectors.width, 0 if self._kin is None else self._kin.table.nbytes
        return self.vectors.size_bytes + len(self) * (int(self._ivf.code_size) + 10) + centres + kin

    def describe(self) -> dict[str, int]:
        """See `VectorIndex.describe`."""
        return {"nlist": self.nlist, "code_size": int(self._ivf.M2) * BITS // 8} | dict(self.parameters)

    def choices(self) -> Iterator[list[SearchParameters]]:
        """See `VectorIndex.choices`: more cells, and for each number of cells a shallower re-rank."""
        for nprobe in sorted({min(nprobe, self.nlist) for nprobe in NPROBES}):
            yield [{"nprobe": nprobe, "depth": depth} for depth in reversed(DEPTHS)]

    @property
    def nlist(self) -> int:
        """Cells of the index."""
        return int(self._ivf.nlist)

    def search(
        self,
        query: NDArray[np.floating],
        k: int,
        selection: Selection | None = None,
        *,
        exact: bool = False,
    ) -> Neighbours:
        """See `VectorIndex.search`.

        A filter that leaves a share s of the rows has nprobe / sqrt(s) cells visited, because what is left of the
        nearest films lies farther away; but no more than a quarter of all cells for that reason.
        """
        checked = checked_query(query, self.vectors.dim)
        passing = len(self) if selection is None else selection.count
        wanted = min(k, passing)
        if wanted == 0:
            return Neighbours.none()
        few = max(GATHER_LIMIT, min(EXACT_ROWS, len(self) // 5))
        if exact or wanted > len(self) // 8 or passing <= few or not checked.any():
            return self._exact.search(query, k, selection)
        share, nprobe = passing / len(self), self.parameters["nprobe"]
        nprobe = max(nprobe, min(self.nlist // 4, round(nprobe / share**0.5)))
        cells = self._holding(selection) if selection is not None and share < NARROW else None
        while True:
            rows = self._candidates(checked, k, nprobe, selection, cells)
            if len(rows) >= wanted:
                return ranked(self.vectors, checked, rows, k, exact=False)
            if nprobe >= self.nlist:
                return self._exact.search(query, k, selection)
            nprobe = min(self.nlist, 4 * nprobe)

    def _candidates(
        self,
        query: NDArray[np.float64],
        k: int,
        nprobe: int,
        selection: Selection | None,
        cells: Selection | None,
    ) -> NDArray[np.int64]:
        """The rows that may be the best k of the `depth` best codes in the `nprobe` nearest cells.

        Where `cells` are given, in the nearest of these.

        Vectors in half precision choose them here already; of compact ones all rows are ranked later.
        """
        chosen = faiss.SearchParametersIVF(
            nprobe=nprobe,
            sel=None if selection is None else selection.selector,
            quantizer_params=None if cells is None else faiss.SearchParameters(sel=cells.selector),
        )
        wanted = k + TIE_MARGIN
        padded, depth = self.vectors.padded(query[None]), max(self.parameters["depth"], wanted)
        if self._refined is None:
            _, rows = self._ivf.search(padded, depth, params=chosen)
            found: NDArray[np.bool_] = rows[0] >= 0
        else:
            refining = faiss.IndexRefineSearchParameters(k_factor=depth / wanted, base_index_params=chosen)
            scores, rows = self._refined.search(padded, wanted, params=refining)
            # The scores descend: what is clearly below place k needs no second look.
            bound = scores[0, k - 1] - SINGLE_ERROR * np.sqrt(query @ query)
            found = (rows[0] >= 0) & (scores[0] >= bound)
        return rows[0][found]  # type: ignore[no-any-return]

    def _holding(self, selection: Selection) -> Selection:
        """The cells that hold any of the selected rows."""
        return Selection(np.bincount(self._cell_of[selection.rows], minlength=self.nlist) > 0)

    @cached_property
    def _cell_of(self) -> NDArray[np.uint16]:
        """The cell of each row, shape (n,): made when a filter first asks, in 0.05 s for a million films."""
        cells, lists = np.zeros(len(self), np.uint16), self._ivf.invlists
        for cell in range(self.nlist):
            if size := lists.list_size(cell):
                cells[faiss.rev_swig_ptr(lists.get_ids(cell), size)] = cell
        return cells


def _cells(sample: NDArray[np.float32], nlist: int) -> faiss.IndexFlatIP:
    """The centres of cells of vectors of one length, by spherical k-means."""
    width = sample.shape[1]
    cells, clustering = faiss.IndexFlatIP(width), faiss.Clustering(width, nlist)
    clustering.niter, clustering.spherical = ROUNDS, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, len(sample)
    clustering.train(sample, cells)
    return cells
