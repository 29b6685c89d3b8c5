"""What only an engine on a server can do: be away, hold something else, be switched while it is searched."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymilvus import CollectionSchema, DataType, FieldSchema, MilvusClient
from pymilvus.milvus_client import IndexParams

from index.engines.base import Location
from index.engines.milvus_index import MilvusIndex, collection_of
from index.engines.milvus_server import server_at
from index.engines.vectors import StoredVectors
from index.errors import DamagedGenerationError, EngineUnavailableError
from index.films.filters import Allowed
from index.spaces.space import VectorSpace
from tests.support.milvus_servers import LiteServer, lite_server
from tests.support.serving import answering, eventually, free_port
from tests.support.spaces import clustered

ROWS, DIM = 4_000, 24
SHAPE = {"nlist": 16, "bits": 8}
SWAPS, SEARCHES = 20, 1_000


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[LiteServer]:
    with lite_server(tmp_path / "films.db") as server:
        yield server


def location(address: str, generation: str) -> Location:
    return Location(Path(generation) / "content", address)


def built(where: Location, seed: int = 3) -> VectorSpace:
    """A space of some vectors, indexed there."""
    vectors = StoredVectors.from_array(clustered(ROWS, DIM, seed=seed))
    index = MilvusIndex.build(vectors, where, SHAPE)
    index.parameters = {"nprobe": 16, "depth": 100}
    return VectorSpace("content", vectors, index)


def query(space: VectorSpace, row: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return space.vectors.single(np.array([row]))[0]


def aliased(client: MilvusClient, asked: Any) -> list[int]:
    """What another program finds by the alias."""
    wide = np.zeros((1, 32), np.float32)
    wide[0, :DIM] = asked
    return list(client.search("reelkin_content", data=list(wide), limit=10, anns_field="vector")[0].ids)


def test_a_thousand_searches_over_twenty_swaps(milvus_server: str) -> None:
    """Every answer is of one generation, by the alias and in a process that follows what is published."""
    places = [location(milvus_server, f"20261128T12000{n}Z-{n:04x}") for n in range(2)]
    spaces = [built(place, seed) for seed, place in enumerate(places)]
    asked = [query(spaces[0], row) for row in range(0, ROWS, 80)]
    expected = [[space.search(one, 10).rows.tolist() for one in asked] for space in spaces]
    client = MilvusClient(milvus_server)
    MilvusIndex.publish(places[0])
    by_alias = []
    for place in places:
        MilvusIndex.publish(place)
        by_alias.append([aliased(client, one) for one in asked])
    served, wrong, done = [0], [], threading.Event()

    def swap() -> None:
        for turn in range(SWAPS):
            MilvusIndex.publish(places[turn % 2])
            served[0] = turn % 2
            time.sleep(0.1)
        done.set()

    swapping = threading.Thread(target=swap)
    swapping.start()
    searches = 0
    while searches < SEARCHES or not done.is_set():
        at, now = searches % len(asked), served[0]
        if spaces[now].search(asked[at], 10).rows.tolist() != expected[now][at]:
            wrong.append(("own", now, at))
        if searches % 2 and aliased(client, asked[at]) not in (by_alias[0][at], by_alias[1][at]):
            wrong.append(("alias", now, at))
        searches += 1
    swapping.join()
    assert wrong == []


def test_a_collection_that_was_dropped_is_replaced_by_comparing_all(lite: LiteServer) -> None:
    where = location(lite.address, "20261128T120000Z-0000")
    space = built(where)
    before = space.search(query(space, 9), 10)
    MilvusIndex.publish(where)
    MilvusIndex.drop(where)  # with its alias
    after = space.search(query(space, 9), 10)
    assert (before.exact, after.exact) == (False, True)
    assert after.rows.tolist() == space.search(query(space, 9), 10, exact=True).rows.tolist()
    with pytest.raises(EngineUnavailableError, match=f"no longer has the collection {collection_of(where)}"):
        space.engine.check()
    with pytest.raises(DamagedGenerationError, match=r"has no collection.*build a new generation"):
        MilvusIndex.open(space.vectors, where, space.engine.describe())
    MilvusIndex.drop(where)  # what is not there is no error


@contextmanager
def unavailable(address: str, within_s: float) -> Iterator[None]:
    started = time.monotonic()
    with pytest.raises(EngineUnavailableError, match=address):
        yield
    assert time.monotonic() - started < within_s


def test_while_it_is_away_the_rest_is_answered_and_it_comes_back_by_itself(lite: LiteServer) -> None:
    made = built(location(lite.address, "20261128T120000Z-0000"))
    served = MilvusIndex.open(made.vectors, made.engine.location, made.engine.describe())
    space, asked = VectorSpace("content", made.vectors, served), query(made, 9)
    before, few = space.search(asked, 10), Allowed(np.arange(ROWS) < 100)
    for leave in (lite.kill, lambda: lite.hang(True)):
        leave()
        with unavailable(lite.address, within_s=20):
            space.search(asked, 10)
        with unavailable(lite.address, within_s=1):  # nobody waits for it again
            space.search(asked, 10)
        assert len(space.search(asked, 10, few).rows) == 10
        assert space.search(asked, 10, exact=True).exact
        with unavailable(lite.address, within_s=20):
            space.engine.check()
        opened = MilvusIndex.open(space.vectors, space.engine.location, space.engine.describe())
        if leave == lite.kill:
            lite.start()
        else:
            lite.hang(False)

        def back() -> bool:
            try:
                space.engine.check()
            except EngineUnavailableError:
                return False
            return True

        assert eventually(back, timeout_s=10)
        for engine in (space.engine, opened):
            after = VectorSpace("content", space.vectors, engine).search(asked, 10)
            assert (after.rows.tolist(), after.exact) == (before.rows.tolist(), False)


def test_a_build_goes_on_when_its_server_comes_back(lite: LiteServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.engines.milvus_index.BATCH_BYTES", 128_000)  # 1,000 rows
    back = threading.Timer(1.5, lite.start)

    def killed(done: int) -> None:
        if done == 1_000:
            lite.kill()
            back.start()

    vectors = StoredVectors.from_array(clustered(ROWS, DIM))
    index = MilvusIndex.build(vectors, location(lite.address, "20261128T120000Z-0000"), SHAPE, killed)
    back.join()
    space = VectorSpace("content", vectors, index)
    found, best = (space.search(query(space, 9), 10, exact=exact) for exact in (False, True))
    assert (found.rows[0], found.exact) == (best.rows[0], False)


def test_wrong_addresses_are_told(tmp_path: Path) -> None:
    vectors = StoredVectors.from_array(clustered(100, DIM))
    nobody = f"http://127.0.0.1:{free_port()}"
    with unavailable(nobody, within_s=20):
        MilvusIndex.build(vectors, location(nobody, "generation"), SHAPE)
    with answering(b"{}", "application/json") as address, unavailable(address, within_s=20):
        MilvusIndex.build(vectors, location(address, "generation"), SHAPE)
    folder = tmp_path / "used.db"
    held = (
        f"from milvus_lite.db import MilvusLite; held = MilvusLite({str(folder)!r}); print(1, flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(EngineUnavailableError, match=r"used\.db.*only one process at a time"):
            MilvusIndex.build(vectors, location(str(folder), "generation"), SHAPE)
        other.communicate(b"\n")


@pytest.mark.parametrize(
    ("kind", "width", "rows", "message"),
    [
        ("IVF_SQ8", 48, 100, r"'width': 48.*not.*'width': 32"),
        ("IVF_PQ", 32, 100, r"IVF_PQ.*not.*IVF_SQ8"),  # which Milvus Lite takes, and then compares everything
        ("IVF_SQ8", 32, 99, "holds 99 rows of 100"),
    ],
)
def test_a_collection_of_another_layout_is_refused(
    milvus_lite: str, kind: str, width: int, rows: int, message: str
) -> None:
    where, server = location(milvus_lite, f"other{kind}{width}{rows}"), server_at(milvus_lite)
    fields = [FieldSchema("row", DataType.INT64, is_primary=True)]
    fields.append(FieldSchema("vector", DataType.FLOAT_VECTOR, dim=width))
    names = {"collection_name": collection_of(where)}
    server.ask("create_collection", schema=CollectionSchema(fields), **names)
    made = {"index_type": kind, "metric_type": "IP", "params": {"params": {"nlist": "16"}}}
    params = IndexParams()
    params.add_index("vector", index_name="vector", **made)
    server.ask("create_index", index_params=params, **names)
    vectors = np.ones((rows, width), np.float32)
    server.ask("insert", data=[{"row": row, "vector": vector} for row, vector in enumerate(vectors)], **names)
    server.ask("flush", **names)
    stored = StoredVectors.from_array(clustered(100, DIM))
    with pytest.raises(DamagedGenerationError, match=message):
        MilvusIndex.open(stored, where, SHAPE | {"nprobe": 8, "depth": 100})


def test_progress_is_told_and_both_kinds_are_indexed(milvus_lite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.engines.milvus_index.BATCH_BYTES", 128_000)  # 1,000 rows
    vectors = StoredVectors.from_array(clustered(2_500, DIM))
    for bits in (8, 32):
        told: list[int] = []
        index = MilvusIndex.build(
            vectors, location(milvus_lite, f"told{bits}"), {"nlist": 16, "bits": bits}, told.append
        )
        space = VectorSpace("content", vectors, index)
        found, best = (space.search(query(space, 7), 5, exact=exact) for exact in (False, True))
        assert (found.rows[0], found.exact) == (best.rows[0], False)
        assert told == [1_000, 2_000, 2_500]
