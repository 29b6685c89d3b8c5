"""IVF/PQ on FAISS: cells and product-quantised codes give candidates.

Films that lack blocks have shorter vectors, and an inner product over vectors of unequal length makes poor cells.
So cells are made of vectors brought to one length by an extra component, `(v, sqrt(L^2 - |v|^2))`, which is zero
in every query and leaves all products as they were (Bachrach et al. 2014, "Speeding up the Xbox recommender
system"). The components stay in the order of the blocks: four neighbours of one block (eight, for compact vectors)
share a code of four bits, which keeps more of the products than codes of the same size after a rotation do. FAISS
compares such codes 32 at a time (Andre et al. 2015, "Cache locality is not enough"), so many cells can be visited
and many candidates re-ranked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from contract import Filters
from index.engines.base import Location, Rows, SearchParameters, Shape, Spread, VectorIndex, untold
from index.engines.exact import GATHER_LIMIT, TIE_MARGIN
from index.engines.faiss_tools import one_thread, read_index, read_index_of, selector, write_index
from index.engines.vectors import StoredVectors, Vectors
from index.films.filters import Allowed

FILE = "ivfpq.faiss"
BITS = 4
ROUNDS = 10
"""Of k-means, for the cells."""

TRAIN_A_CELL = 48
"""Vectors for each cell that cells are trained on, or `CODE_SAMPLE` if that is more."""

CODE_SAMPLE = 65_536
"""Vectors that the codes are trained on."""

EXACT_ROWS = 4_096
"""Filters that leave no more rows are searched exactly, unless that is more than a fifth of all rows."""

ENOUGH_RATIO = 1.5
"""A filter may pull away from the query, as `year_min=2015` does from a film of 1950: what is nearest of the rest
then lies in cells that are no longer the nearest ones. It does not if, near the query, it leaves this many times
its share of all rows, as of dramas near a drama; or, where it leaves most rows, `ENOUGH_SHARE` of those near the
query and `ENOUGH_PART` of its share."""

ENOUGH_SHARE, ENOUGH_PART = 0.95, 0.98
"""With 0.75 and 0.9, recall was 0.946 for films of before 1946 among those since; the mean search of such filters
took three quarters of the time."""

NEARLY_ALL = 0.995
"""Share of all rows from which on nobody looks whether a filter pulls."""

DEFAULT_FILTERS, DEFAULT_SHARE = Filters(), 0.75
"""They leave out adult films, which are near one another and pull no other film: nobody looks there either, unless
the mask leaves less than this share of all rows for another reason, as a list of candidates does."""

GROWTH = 3
"""How many times as many cells the next step of a search visits. With twice as many, recall for films of 1950 in
films since 2000 was 0.963 in place of 0.983: a step that finds nothing new says more if it is larger."""

TABLE_DEPTH = 300
"""Codes re-ranked for each row of the table of neighbours, which finds what it misses from the other side
(`index.generation.table_builder.with_mutual`)."""

NPROBES = (8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
DEPTHS = (100, 200, 400, 800, 1600)
COMPACT_DEPTHS = (*DEPTHS, 3200)
"""Of compact vectors, whose codes are twice as coarse: with 1,600 of a million films two in a hundred are lost."""

SINGLE_ERROR = 1e-4
"""How far a product in single precision may be off, at the most, over the length of the query: a thousand times
the error of a number, for vectors no longer than 1."""


class IvfPqIndex(VectorIndex):
    """Approximate candidates from the cells nearest to the query; None where few rows are allowed."""

    name = "ivfpq"

    def __init__(
        self, vectors: Vectors, location: Location, parameters: SearchParameters, ivf: faiss.IndexIVFPQFastScan
    ) -> None:
        super().__init__(vectors, location, parameters)
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
    def build(
        cls,
        vectors: Vectors,
        location: Location,
        shape: Shape | None = None,
        progress: Rows = untold,
        spread: Spread | None = None,
    ) -> Self:
        """See `VectorIndex.build`: trained on rows drawn at random, then all rows are added."""
        sizes = shape or next(cls.shapes(vectors))
        width, longest, nlist = vectors.width, vectors.longest(), sizes["nlist"]
        drawn = np.random.default_rng(0).permutation(len(vectors))[: max(TRAIN_A_CELL * nlist, CODE_SAMPLE)]
        sample = vectors.lengthened(drawn, longest)
        if len(sample) == 0:  # FAISS trains on no fewer vectors than there are centres
            sample = np.zeros((max(nlist, 2**BITS), width), np.float32)
        ivf = faiss.IndexIVFPQFastScan(
            _cells(sample, nlist), width, nlist, sizes["code_size"] * 8 // BITS, BITS, faiss.METRIC_INNER_PRODUCT
        )
        # Codes of whole vectors rank better than codes of residuals: recall 0.974 against 0.957 for known films
        # with 64 of 2,048 cells visited and 200 re-ranked, at a million.
        ivf.by_residual = False
        ivf.pq.cp.min_points_per_centroid = 1
        with one_thread():
            ivf.train(sample[:CODE_SAMPLE])
        if spread is None or vectors.path is None:
            for block in vectors.blocks():
                ivf.add(vectors.lengthened(block, longest))
                progress(int(ivf.ntotal))
        else:
            ivf = _merged(ivf, vectors, spread, progress)
        return cls(vectors, location, {"nprobe": min(16, nlist), "depth": DEPTHS[1]}, ivf)

    def updated(self, vectors: Vectors, location: Location, unchanged: NDArray[np.int64]) -> Self:
        """See `VectorIndex.updated`: centres, cells and codes stay, other rows are added to the cells."""
        ivf = read_index(self.location.folder / FILE, change=True)
        kept = np.flatnonzero(unchanged >= 0)
        now = np.full(len(self), -1, np.int64)
        now[unchanged[kept]] = kept
        ivf.remove_ids(np.flatnonzero(now < 0))
        for cell in range(ivf.nlist):
            if size := ivf.invlists.list_size(cell):
                ids = faiss.rev_swig_ptr(ivf.invlists.get_ids(cell), size)
                ids[:] = now[ids]
        added = np.flatnonzero(unchanged < 0)
        ivf.add_with_ids(vectors.lengthened(added, self.vectors.longest()), added)
        return type(self)(vectors, location, dict(self.parameters), ivf)

    @classmethod
    def open(cls, vectors: Vectors, location: Location, parameters: SearchParameters) -> Self:
        """See `VectorIndex.open`: memory-mapped."""
        ivf = read_index_of(len(vectors), vectors.width, location.folder / FILE)
        return cls(vectors, location, {name: parameters[name] for name in ("nprobe", "depth")}, ivf)

    def save(self) -> None:
        """See `VectorIndex.save`: one file with the cells and the codes."""
        write_index(self._ivf, self.location.folder / FILE)

    @property
    def size_bytes(self) -> int:
        """See `VectorIndex.size_bytes`: codes, ids (8 a row), the cell of each row (2), and the centres."""
        return len(self) * (int(self._ivf.code_size) + 10) + 4 * self.nlist * self.vectors.width

    @property
    def nlist(self) -> int:
        """How many cells there are."""
        return int(self._ivf.nlist)

    def describe(self) -> dict[str, int]:
        """See `VectorIndex.describe`."""
        return {"nlist": self.nlist, "code_size": int(self._ivf.M2) * BITS // 8} | dict(self.parameters)

    def choices(self) -> Iterator[list[SearchParameters]]:
        """See `VectorIndex.choices`: more cells, and for each number of cells fewer codes to re-rank."""
        depths = COMPACT_DEPTHS if self._refined is None else DEPTHS
        for nprobe in sorted({min(nprobe, self.nlist) for nprobe in NPROBES}):
            yield [{"nprobe": nprobe, "depth": depth} for depth in reversed(depths)]

    def candidates(
        self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None
    ) -> NDArray[np.int64] | None:
        """See `VectorIndex.candidates`.

        Where rows near the query are excluded, or fewer than k are found, more cells are visited, until a step
        changes nothing among the best k or half of all cells have been visited. Cells that hold no allowed row do
        not count: the best-known 3 % of a million films lie in 296 of 2,048 cells.
        """
        passing = len(self) if allowed is None else allowed.count
        if passing <= max(GATHER_LIMIT, min(EXACT_ROWS, len(self) // 5)):
            return None
        step = _Step(self.parameters["nprobe"], self.parameters["depth"])
        shares = None if allowed is None or self._is_wide(allowed) else allowed.derived(self._shares)
        cells = None if allowed is None or shares is None or shares.all() else allowed.derived(self._holding)
        most = self.nlist if cells is None else cells.count
        pulled = shares is not None and self._share_near(query, shares) < _enough(passing / len(self))
        before: NDArray[np.float32] | None = None
        while True:
            rows, best = self._nearest(query, k, step, allowed, cells)
            if len(rows) >= k:
                settled = before is not None and np.array_equal(before, best)
                if not pulled or settled or step.nprobe >= min(most, self.nlist // 2):
                    return rows
            elif step.nprobe >= most:
                return None
            step, before = step.next(), best

    def candidates_of_many(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64] | None:
        """See `VectorIndex.candidates_of_many`; compact vectors are not re-ranked here, so k would be too few."""
        if self._refined is None:
            return None
        depth = max(min(self.parameters["depth"], TABLE_DEPTH), k)
        refining = faiss.IndexRefineSearchParameters(
            k_factor=depth / k, base_index_params=faiss.SearchParametersIVF(nprobe=self.parameters["nprobe"])
        )
        _, rows = self._refined.search(self.vectors.padded(queries), k, params=refining)
        found: NDArray[np.int64] = rows
        return found

    def batch_order(self) -> NDArray[np.integer]:
        """See `VectorIndex.batch_order`: rows of one cell read the same memory."""
        return np.argsort(self._cell_of, kind="stable")

    def _nearest(
        self, query: NDArray[np.float64], k: int, step: _Step, allowed: Allowed | None, cells: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows that may be the best k of the best codes of a step, and the scores of the best k of them.

        If `cells` are given, in the nearest of these. Vectors in half precision narrow the choice here; of compact
        ones all rows are ranked later.
        """
        chosen = faiss.SearchParametersIVF(
            nprobe=min(step.nprobe, self.nlist),
            sel=selector(allowed),
            quantizer_params=None if cells is None else faiss.SearchParameters(sel=selector(cells)),
        )
        wanted = k + TIE_MARGIN
        padded, depth = self.vectors.padded(query[None]), max(step.depth, wanted)
        if self._refined is None:
            scores, rows = self._ivf.search(padded, depth, params=chosen)
            found: NDArray[np.bool_] = rows[0] >= 0
        else:
            refining = faiss.IndexRefineSearchParameters(k_factor=depth / wanted, base_index_params=chosen)
            scores, rows = self._refined.search(padded, wanted, params=refining)
            # The scores descend: rows clearly below place k cannot be among the best k.
            bound = scores[0, k - 1] - SINGLE_ERROR * np.sqrt(query @ query)
            found = (rows[0] >= 0) & (scores[0] >= bound)
        nearest: NDArray[np.int64] = rows[0][found]
        return nearest, scores[0, :k]

    def _is_wide(self, allowed: Allowed) -> bool:
        """Whether so much is allowed that nothing can be pulled away."""
        least = DEFAULT_SHARE if allowed.filters == DEFAULT_FILTERS else NEARLY_ALL
        return allowed.count > least * len(self)

    def _shares(self, allowed: Allowed) -> NDArray[np.float32]:
        """The share of the rows of each cell that are allowed, shape (nlist,)."""
        passing = np.bincount(self._cell_of[allowed.mask], minlength=self.nlist)
        shares: NDArray[np.float32] = (passing / np.maximum(self._sizes, 1)).astype(np.float32)
        return shares

    def _share_near(self, query: NDArray[np.float64], shares: NDArray[np.float32]) -> float:
        """The share of rows that are allowed near a query."""
        near = max(self.parameters["nprobe"] // 4, 1)
        _, cells = self._ivf.quantizer.search(self.vectors.padded(query[None]), near)
        return float(shares[cells[0]].mean())

    def _holding(self, allowed: Allowed) -> Allowed:
        """The cells that hold any allowed row."""
        return Allowed(allowed.derived(self._shares) > 0)

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.bincount(self._cell_of, minlength=self.nlist)

    @cached_property
    def _cell_of(self) -> NDArray[np.uint16]:
        """The cell of each row, shape (n,): made at the first filter, in 0.05 s for a million films."""
        cells, lists = np.zeros(len(self), np.uint16), self._ivf.invlists
        for cell in range(self.nlist):
            if size := lists.list_size(cell):
                cells[faiss.rev_swig_ptr(lists.get_ids(cell), size)] = cell
        return cells


def _enough(share: float) -> float:
    """The share of rows near a query that a filter leaves if it does not pull, given its share of all rows."""
    return min(ENOUGH_RATIO * share, max(ENOUGH_SHARE, ENOUGH_PART * share))


@dataclass(frozen=True)
class _Step:
    """How far a search goes: cells to visit, and codes to re-rank."""

    nprobe: int
    depth: int

    def next(self) -> _Step:
        """A step further."""
        return _Step(GROWTH * self.nprobe, 2 * self.depth)


@dataclass(frozen=True)
class _Part:
    """Rows to add to a trained index, which holds none."""

    trained: NDArray[np.uint8]
    vectors: Path
    rows: slice
    longest: float


def _added(part: _Part) -> NDArray[np.uint8]:
    """The index of some rows, by themselves."""
    ivf, vectors = faiss.deserialize_index(part.trained), StoredVectors.open(part.vectors)
    ivf.add_with_ids(
        vectors.lengthened(part.rows, part.longest), np.arange(*part.rows.indices(len(vectors)), dtype=np.int64)
    )
    shard: NDArray[np.uint8] = faiss.serialize_index(ivf)
    return shard


def _merged(
    trained: faiss.IndexIVFPQFastScan, vectors: Vectors, spread: Spread, progress: Rows
) -> faiss.IndexIVFPQFastScan:
    """A trained index with all rows, added by other processes: byte for byte as if they had been added here.

    FAISS merges indexes of plain codes, which are packed afterwards.
    """
    merged = faiss.IndexIVFPQ(
        trained.quantizer, trained.d, trained.nlist, trained.pq.M, BITS, faiss.METRIC_INNER_PRODUCT
    )
    merged.pq, merged.by_residual, merged.is_trained = trained.pq, False, True
    assert vectors.path is not None
    empty, path, longest = faiss.serialize_index(merged), vectors.path.absolute(), vectors.longest()
    for shard in spread(_added, [_Part(empty, path, block, longest) for block in vectors.blocks()]):
        merged.merge_from(faiss.deserialize_index(shard), 0)
        progress(int(merged.ntotal))
    return faiss.deserialize_index(faiss.serialize_index(faiss.IndexIVFPQFastScan(merged)))


def _cells(sample: NDArray[np.float32], nlist: int) -> faiss.IndexFlatIP:
    """The centres of cells of vectors of one length, by spherical k-means."""
    width = sample.shape[1]
    cells, clustering = faiss.IndexFlatIP(width), faiss.Clustering(width, nlist)
    clustering.niter, clustering.spherical = ROUNDS, True
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, len(sample)
    clustering.train(sample, cells)
    return cells
