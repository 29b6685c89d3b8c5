"""A build by several processes is the same as by one, whatever happens to them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import Client

from etl.errors import BuildError
from etl.workers import workers
from index.encode.blocks import DEFAULT
from index.engines.base import Spread
from index.generation.builder import GenerationBuilder
from index.generation.tuning import SMALLEST_INDEX
from index.spaces.space import CONTENT
from index.titles.fold import fold
from tests.support.films import make_films
from tests.support.sample import ROOT
from tests.support.serving import eventually, free_port

SAME = (f"{CONTENT}/vectors.faiss", f"{CONTENT}/ivfpq.faiss", f"{CONTENT}/neighbours.npy", "words.npy")
SPREAD = ("encode films", "train index", "find neighbours")


def test_merged_is_as_made_alone_though_workers_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker is killed in each stage that is spread: it costs a retry, and all files are the same."""
    monkeypatch.setattr("index.generation.builder.CHUNK", 300)
    monkeypatch.setattr("index.generation.table_builder.BATCH", 300)
    # What is chosen by time may differ from build to build.
    monkeypatch.setattr("index.generation.tuning._timed", lambda space, sample, choices: [1.0] * len(choices))
    films, killed = make_films(SMALLEST_INDEX).to_batches(), list[str]()

    def kill(stage: str, done: int, total: int | None) -> None:
        if stage in SPREAD and done and stage not in killed:
            killed.append(stage)
            children = psutil.Process().children(recursive=True)
            next(child for child in children if "spawn_main" in " ".join(child.cmdline())).kill()

    def build(folder: Path, spread: Spread | None) -> Path:
        GenerationBuilder(folder, DEFAULT, "test", kill if spread else lambda *_: None, spread=spread).build(films)
        return folder

    alone = build(tmp_path / "alone", None)
    with workers(2, None, tmp_path) as spread:
        merged = build(tmp_path / "merged", spread)
    assert killed == list(SPREAD)
    for name in SAME:
        assert (merged / name).read_bytes() == (alone / name).read_bytes(), name


@contextmanager
def machines(count: int) -> Iterator[str]:
    """A scheduler with workers, started as in docs/operations.md; gives its address."""
    port = free_port()
    address, dask = f"tcp://127.0.0.1:{port}", (sys.executable, "-m", "dask")
    scheduler = (*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    worker = (*dask, "worker", address, "--nthreads", "1", "--no-dashboard")
    with ExitStack() as running:
        for command in (scheduler, *[worker] * count):
            process = running.enter_context(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL))
            running.callback(process.terminate)
        with Client(address, timeout=60) as client:
            assert eventually(lambda: len(client.nthreads()) == count)
        yield address


def test_parts_are_done_by_the_workers_of_a_scheduler(tmp_path: Path) -> None:
    texts = [f"Amélie {n}" for n in range(20)]
    with machines(2) as scheduler, workers(None, scheduler, tmp_path) as spread:
        assert spread is not None
        assert list(spread(fold, texts)) == [fold(text) for text in texts]
        assert os.getpid() not in set(spread(process_of, texts))


def process_of(_: str) -> int:
    return os.getpid()


def test_what_is_wrong_with_a_scheduler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.workers.CONNECT_S", 5)
    with machines(0) as idle, pytest.raises(BuildError, match=f"{idle} has no workers"):
        enter(idle, tmp_path)
    with pytest.raises(BuildError, match="nowhere://x"):
        enter("nowhere://x", tmp_path)


def enter(scheduler: str, folder: Path) -> None:
    with workers(None, scheduler, folder):
        pass


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.workers.CONNECT_S", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(BuildError, match=address):
        enter(address, tmp_path)


def test_a_server_that_is_no_scheduler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that says nothing, and one that says what Dask takes for the length of a message."""
    monkeypatch.setattr("etl.workers.CONNECT_S", 1)
    for said in (b"", b"\xff" * 64):
        with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool:
            address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
            taken = pool.submit(server.accept)
            with pytest.raises(BuildError, match=rf"no Dask scheduler answers at {address} \(.*`python -m dask"):
                asked = pool.submit(enter, address, tmp_path)
                with taken.result()[0] as connection:
                    connection.sendall(said)
                    asked.result(10)
