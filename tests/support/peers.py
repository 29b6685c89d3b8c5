"""The engines that ours is measured against, each behind the same three calls.

A peer is built from vectors in single precision, searched one query at a time on one thread, and has a list of
settings from cheap to thorough. The graphs of HNSW are given vectors brought to one length by an extra component
(as our own engines are), because on vectors of unlike length none of them reaches the recall asked for. SymphonyQG
and SVS have an inner product of their own and are given the vectors as they are: quicker at the same recall.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
LINKS, BUILD_EFFORT = 16, 80
"""Of the graphs: more of either, and three of them are not built in half an hour at a million films."""

EFFORTS = (128, 256, 512, 1024, 2048, 4096)


class Peer(Protocol):
    """A built engine."""

    settings: Sequence[Any]

    def set(self, setting: Any) -> None: ...
    def search(self, query: Vectors, k: int) -> Rows: ...


class Flat:
    """FAISS's exact scan, single precision."""

    settings: Sequence[Any] = ("exact",)

    def __init__(self, vectors: Vectors) -> None:
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def set(self, setting: Any) -> None:
        """Nothing to set."""

    def search(self, query: Vectors, k: int) -> Rows:
        rows: Rows = self._index.search(query[None], k)[1][0]
        return rows


class FaissHnsw:
    """FAISS's HNSW over vectors in single precision."""

    settings: Sequence[Any] = EFFORTS

    def __init__(self, vectors: Vectors) -> None:
        self._index = faiss.IndexHNSWFlat(vectors.shape[1] + 1, LINKS, faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = BUILD_EFFORT
        self._index.add(one_length(vectors))

    def set(self, setting: Any) -> None:
        self._index.hnsw.efSearch = setting

    def search(self, query: Vectors, k: int) -> Rows:
        rows: Rows = self._index.search(np.append(query, np.float32(0))[None], k)[1][0]
        return rows


class Hnswlib:
    """hnswlib over vectors in single precision."""

    settings: Sequence[Any] = EFFORTS

    def __init__(self, vectors: Vectors) -> None:
        self._index = import_module("hnswlib").Index("ip", vectors.shape[1] + 1)
        self._index.init_index(len(vectors), M=LINKS, ef_construction=BUILD_EFFORT)
        self._index.add_items(one_length(vectors))
        self._index.set_num_threads(1)

    def set(self, setting: Any) -> None:
        self._index.set_ef(setting)

    def search(self, query: Vectors, k: int) -> Rows:
        rows: Rows = self._index.knn_query(np.append(query, np.float32(0)), k)[0][0].astype(np.int64)
        return rows


class USearch:
    """USearch over vectors in half precision."""

    settings: Sequence[Any] = EFFORTS

    def __init__(self, vectors: Vectors) -> None:
        self._index = import_module("usearch.index").Index(
            ndim=vectors.shape[1] + 1,
            metric="ip",
            dtype="f16",
            connectivity=LINKS,
            expansion_add=BUILD_EFFORT,
        )
        self._index.add(np.arange(len(vectors)), one_length(vectors))

    def set(self, setting: Any) -> None:
        self._index.expansion_search = setting

    def search(self, query: Vectors, k: int) -> Rows:
        found = self._index.search(np.append(query, np.float32(0)), k, threads=1)
        return np.asarray(found.keys, np.int64)


class Scann:
    """ScaNN: a tree of partitions, anisotropic hashing, exact re-ranking."""

    def __init__(self, vectors: Vectors) -> None:
        leaves = int(2 ** np.round(np.log2(2 * np.sqrt(len(vectors)))))
        self._index = (
            import_module("scann")
            .scann_ops_pybind.builder(vectors, 10, "dot_product")
            .tree(leaves, 64, training_sample_size=min(len(vectors), 250_000))
            .score_ah(2, anisotropic_quantization_threshold=0.2)
            .reorder(400)
            .build()
        )
        self.settings: Sequence[Any] = [
            (leaves // part, depth) for part in (64, 32, 16, 8, 4) for depth in (100, 200, 400, 800)
        ]
        self._setting = self.settings[0]

    def set(self, setting: Any) -> None:
        self._setting = setting

    def search(self, query: Vectors, k: int) -> Rows:
        probes, depth = self._setting
        rows, _ = self._index.search(
            query, final_num_neighbors=k, leaves_to_search=probes, pre_reorder_num_neighbors=depth
        )
        return np.asarray(rows, np.int64)


class SymphonyQg:
    """SymphonyQG: a graph whose edges hold one-bit codes, with vectors in single precision or of `bits` bits."""

    settings: Sequence[Any] = (48, 64, 96, 128, 192, 256, 384, 512, 1024, 2048)

    def __init__(self, vectors: Vectors, bits: int = 0) -> None:
        self._index = import_module("rabitqlib").SymqgIndex(vectors.shape[1], 2 * LINKS, "ip", bits)
        self._index.build(vectors, 200, os.cpu_count() or 1)
        self._effort = self.settings[0]

    def set(self, setting: Any) -> None:
        self._effort = setting

    def search(self, query: Vectors, k: int) -> Rows:
        rows = self._index.search(query[None], k, self._effort, 1)[0][0]
        return np.asarray(rows, np.int64)


class Svs:
    """SVS: a Vamana graph over vectors in half precision; its own compression runs on Intel's processors alone."""

    settings: Sequence[Any] = (64, 128, 256, 512, 1024, 2048)

    def __init__(self, vectors: Vectors) -> None:
        svs = import_module("svs")
        shape = svs.VamanaBuildParameters(alpha=0.95, graph_max_degree=2 * LINKS, window_size=BUILD_EFFORT)
        self._index = svs.Vamana.build(shape, vectors.astype(np.float16), svs.MIP, os.cpu_count() or 1)
        self._index.num_threads = 1

    def set(self, setting: Any) -> None:
        self._index.search_window_size = setting

    def search(self, query: Vectors, k: int) -> Rows:
        rows, _ = self._index.search(query[None], k)
        return np.asarray(rows[0], np.int64)


@dataclass(frozen=True)
class Entry:
    """One peer: its name in tables, the package it needs, and what builds it."""

    name: str
    package: str
    build: Callable[[Vectors], Peer]

    @property
    def installed(self) -> bool:
        """Whether its package is there."""
        return find_spec(self.package) is not None


PEERS = (
    Entry("FAISS flat", "faiss", Flat),
    Entry("ScaNN", "scann", Scann),
    Entry("FAISS HNSW", "faiss", FaissHnsw),
    Entry("hnswlib", "hnswlib", Hnswlib),
    Entry("USearch", "usearch", USearch),
    Entry("SymphonyQG", "rabitqlib", SymphonyQg),
    Entry("SymphonyQG, 8 bits", "rabitqlib", partial(SymphonyQg, bits=8)),
    Entry("SVS", "svs", Svs),
)


def one_length(vectors: Vectors) -> Vectors:
    """Vectors with one more component, which brings all to the length of the longest."""
    squared = np.einsum("ij,ij->i", vectors, vectors)
    rest = np.sqrt(np.maximum(squared.max() - squared, 0))
    return np.concatenate([vectors, rest[:, None]], axis=1)
