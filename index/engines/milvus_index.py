"""IVF in Milvus: a collection for each vector space of a generation.

The collection holds, for every row, its vector brought to one length (see `index.engines.ivfpq`), indexed in
cells. It gives candidates; they are ranked by the vectors of the generation's folder, so scores, explanations and
exact answers are those of every other engine. A filter is applied to the candidates here: more of them are asked
for, up to what Milvus returns at most; where that is not enough, or few rows are allowed, these are all compared.

Each process searches the collection of the generation that it serves, by name. The alias `reelkin_<space>` points
to that of the published generation, for other programs. A collection that was dropped while a process still served
its generation is replaced by comparing every allowed row.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pymilvus import CollectionSchema, DataType, FieldSchema
from pymilvus.milvus_client import IndexParams

from index.engines.base import Location, Rows, SearchParameters, Shape, Spread, VectorIndex, untold
from index.engines.exact import GATHER_LIMIT, TIE_MARGIN
from index.engines.milvus_server import SEARCH_S, WORK_S, server_at
from index.engines.vectors import Vectors
from index.errors import DamagedGenerationError, EngineUnavailableError
from index.films.filters import Allowed

logger = logging.getLogger("reelkin.index")

PREFIX = "reelkin_"
ROW, VECTOR, COUNT = "row", "vector", "count(*)"
KINDS = {8: "IVF_SQ8", 32: "IVF_FLAT"}
"""Bits of a component -> kind of index. Both are real in Milvus Lite, which takes IVF_PQ, SCANN and DISKANN and
then compares everything; HNSW finds less where lengths differ."""

BATCH_BYTES = 8 * 2**20
"""Of vectors sent at once."""

INDEX_S = 7_200.0
"""For the index of a collection."""

SEGMENT_ROWS = 120_000
"""Milvus 2.3 indexes a collection in segments of about as many vectors of 270 components, each with nlist cells of
its own, so that a larger collection needs no more cells. Of 160,950 films, 1,024 cells took 78 s of processor time
to make and 6.3 ms of it a search for a recall of 0.97, 256 cells 17 s and 6 ms."""

MOST = 16_384
"""Milvus returns no more rows of one query."""

EXACT_SHARE = 0.1
"""Filters that leave less than this share are compared here: ten times as many candidates would have to come."""

NPROBES = (8, 16, 32, 64, 128, 256, 512, 1024)
DEPTHS = (50, 100, 400)


class MilvusIndex(VectorIndex):
    """Approximate candidates from a collection; None where few rows are allowed.

    Attributes:
        shape: nlist (cells of each segment) and bits (of a component).
    """

    name = "milvus"

    def __init__(self, vectors: Vectors, location: Location, parameters: SearchParameters, shape: Shape) -> None:
        super().__init__(vectors, location, parameters)
        self.shape = shape
        self._server, self._collection = server_at(location.address), collection_of(location)
        self._verified, self._search_s = False, SEARCH_S

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """See `VectorIndex.shapes`; there is one, because vectors would have to be sent again for another."""
        rows = min(max(len(vectors), 1), SEGMENT_ROWS)
        nlist = int(2 ** max(np.round(np.log2(2 * np.sqrt(rows))), 4))
        return ({"nlist": nlist, "bits": 8},)

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        location: Location,
        shape: Shape | None = None,
        progress: Rows = untold,
        spread: Spread | None = None,
    ) -> Self:
        """See `VectorIndex.build`: sends all vectors, and waits until they are indexed and loaded."""
        (sizes,) = (shape,) if shape else cls.shapes(vectors)
        index = cls(vectors, location, {"nprobe": min(32, sizes["nlist"]), "depth": DEPTHS[1]}, sizes)
        index._search_s = WORK_S  # one slow answer must not end a build
        cls.drop(location)
        index._send(progress)
        index._make_index()
        index._verify()
        return index

    @classmethod
    def open(cls, vectors: Vectors, location: Location, parameters: SearchParameters) -> Self:
        """See `VectorIndex.open`.

        While the server does not answer, what needs no search is answered; the collection is checked before its
        first search.
        """
        shape = {name: parameters[name] for name in ("nlist", "bits")}
        index = cls(vectors, location, {name: parameters[name] for name in ("nprobe", "depth")}, shape)
        try:
            index._verify()
        except LookupError as error:
            raise DamagedGenerationError(
                f"Milvus at {location.address} has no collection {index._collection}: "
                "build a new generation with `python -m etl build`"
            ) from error
        except EngineUnavailableError as error:
            logger.warning("%s (opened without it)", error)
        return index

    def save(self) -> None:
        """See `VectorIndex.save`; Milvus has kept everything."""

    @classmethod
    def reach(cls, address: str) -> None:
        """See `VectorIndex.reach`."""
        server_at(address).ask("list_collections")

    @classmethod
    def publish(cls, location: Location) -> None:
        """See `VectorIndex.publish`: the alias of the space points to this collection."""
        server, names = server_at(location.address), {"alias": PREFIX + location.folder.name}
        names["collection_name"] = collection_of(location)
        try:
            server.ask("alter_alias", **names)
        except (EngineUnavailableError, LookupError):  # the first one
            server.ask("create_alias", **names)

    @classmethod
    def drop(cls, location: Location) -> None:
        """See `VectorIndex.drop`: the collection, with an alias that still points to it."""
        server, name = server_at(location.address), collection_of(location)
        if server.ask("has_collection", collection_name=name):
            for alias in server.ask("describe_collection", collection_name=name).get("aliases", ()):
                server.ask("drop_alias", alias=alias)
            server.ask("drop_collection", WORK_S, collection_name=name)

    @property
    def size_bytes(self) -> int:
        """See `VectorIndex.size_bytes`: nothing in this process."""
        return 0

    def describe(self) -> dict[str, int]:
        """See `VectorIndex.describe`."""
        return dict(self.shape) | dict(self.parameters)

    def choices(self) -> Iterator[list[SearchParameters]]:
        """See `VectorIndex.choices`: more cells, and for each number of cells fewer candidates to rank."""
        for nprobe in sorted({min(nprobe, self.shape["nlist"]) for nprobe in NPROBES}):
            yield [{"nprobe": nprobe, "depth": depth} for depth in reversed(DEPTHS)]

    def check(self) -> None:
        """See `VectorIndex.check`."""
        self._server.try_again()
        try:
            if self._server.ask("has_collection", collection_name=self._collection):
                return self._verify()
        except LookupError:
            pass
        raise EngineUnavailableError(
            f"Milvus at {self.location.address} no longer has the collection {self._collection}: "
            "build a new generation with `python -m etl build`"
        )

    def candidates(
        self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None
    ) -> NDArray[np.int64] | None:
        """See `VectorIndex.candidates`; a filter that passes a share s asks for 1 / s times as many rows."""
        passing = len(self) if allowed is None else allowed.count
        if passing <= max(GATHER_LIMIT, EXACT_SHARE * len(self)):
            return None
        share, nlist = passing / len(self), self.shape["nlist"]
        depth = max(self.parameters["depth"], round((k + TIE_MARGIN) / share))
        nprobe = min(nlist, round(self.parameters["nprobe"] / share**0.5))
        while depth <= MOST:
            found = self._nearest(query[None], depth, nprobe)
            if found is None:
                return None
            rows = np.unique(found[found >= 0])
            rows = rows if allowed is None else rows[allowed.mask[rows]]
            if len(rows) >= k:
                return rows
            depth, nprobe = 4 * depth, min(nlist, 4 * nprobe)
        return None

    def candidates_of_many(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64] | None:
        """See `VectorIndex.candidates_of_many`."""
        return self._nearest(queries, max(k, self.parameters["depth"]), self.parameters["nprobe"])

    def _nearest(self, queries: NDArray[np.floating], depth: int, nprobe: int) -> NDArray[np.int64] | None:
        """Rows near to some queries, shape (len(queries), depth), -1 where fewer were found; None: it is gone."""
        try:
            self._verify()
            answers = self._server.ask(
                "search",
                self._search_s,
                collection_name=self._collection,
                data=list(self.vectors.padded(queries)),
                anns_field=VECTOR,
                limit=min(depth, MOST),
                search_params={"metric_type": "IP", "params": {"nprobe": nprobe}},
                consistency_level="Eventually",  # nothing changes after the build
            )
        except LookupError:
            self._verified = False
            return None
        except EngineUnavailableError:
            self._verified = False
            raise
        rows = np.full((len(queries), depth), -1, np.int64)
        for place, hits in enumerate(answers):
            rows[place, : len(hits.ids)] = hits.ids
        return rows

    def _send(self, progress: Rows) -> None:
        vectors, name = self.vectors, self._collection
        schema = CollectionSchema(
            [
                FieldSchema(ROW, DataType.INT64, is_primary=True),
                FieldSchema(VECTOR, DataType.FLOAT_VECTOR, dim=vectors.width),
            ]
        )
        self._server.ask("create_collection", WORK_S, collection_name=name, schema=schema)
        longest = vectors.longest()
        for block in vectors.blocks(BATCH_BYTES // (4 * vectors.width)):
            rows = range(block.start, min(block.stop, len(vectors)))
            batch = zip(rows, vectors.lengthened(block, longest), strict=True)
            self._server.ask(
                "insert", WORK_S, collection_name=name, data=[{ROW: row, VECTOR: vector} for row, vector in batch]
            )
            progress(rows.stop)
        self._server.ask("flush", WORK_S, collection_name=name)

    def _make_index(self) -> None:
        """Index the collection and wait for it."""
        chosen = IndexParams()
        chosen.add_index(
            VECTOR,
            index_type=KINDS[self.shape["bits"]],
            index_name=VECTOR,
            metric_type="IP",
            # One level deeper than pymilvus's own form, which Milvus Lite ignores; 2.3 reads no numbers here.
            params={"params": {"nlist": str(self.shape["nlist"])}},
        )
        names = {"collection_name": self._collection}
        self._server.ask("create_index", WORK_S, index_params=chosen, sync=False, **names)
        until = time.monotonic() + INDEX_S
        while self._index()["pending_index_rows"] > 0:
            if time.monotonic() > until:
                raise EngineUnavailableError(f"Milvus at {self.location.address} did not index {self._collection}")
            time.sleep(0.2)

    def _index(self) -> dict[str, Any]:
        """What Milvus says of the index; nothing where there is none."""
        named = {"collection_name": self._collection, "index_name": VECTOR}
        described = self._server.ask("describe_index", WORK_S, **named) or {}
        found: dict[str, Any] = described | described.get("params", {})
        return found

    def _verify(self) -> None:
        """Check that the collection is what was built, and load it: once, and again after a search has failed.

        Raises:
            LookupError: it is not there.
            DamagedGenerationError: it is another one.
            EngineUnavailableError: the server does not answer.
        """
        if self._verified:
            return
        server, name = self._server, self._collection
        fields = server.ask("describe_collection", collection_name=name)["fields"]
        widths = {field["name"]: field.get("params", {}).get("dim") for field in fields}
        index = self._index()
        found = {
            "width": int(widths.get(VECTOR) or 0),
            "kind": index.get("index_type"),
            "metric": index.get("metric_type"),
            "nlist": int(index.get("nlist", 0)),
        }
        wanted = {"width": self.vectors.width, "kind": KINDS[self.shape["bits"]], "metric": "IP"}
        wanted["nlist"] = self.shape["nlist"]
        if found != wanted:
            raise self._damaged(f"has the layout {found}, not {wanted}")
        server.ask("load_collection", WORK_S, collection_name=name)
        counted = server.ask("query", WORK_S, collection_name=name, filter="", output_fields=[COUNT])
        if counted[0][COUNT] < len(self.vectors):
            raise self._damaged(f"holds {counted[0][COUNT]} rows of {len(self.vectors)}")
        self._verified = True

    def _damaged(self, what: str) -> DamagedGenerationError:
        return DamagedGenerationError(
            f"the collection {self._collection} of Milvus at {self.location.address} {what}: "
            "build a new generation with `python -m etl build`"
        )


def collection_of(location: Location) -> str:
    """The name of the collection of an index: letters, digits and underscores only, as Milvus demands."""
    return PREFIX + re.sub(r"\W", "_", location.name, flags=re.ASCII)
