"""Clients that misbehave, workers that are killed, and a log without secrets; with real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.support import serving
from tests.support.sample import ROOT, Sample

ASKED = "/movies/recommend/348"


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=10)


def test_slow_and_broken_clients_delay_no_others(sample: Sample) -> None:
    with serving.api(sample) as address, ExitStack() as held:
        for place in range(200):
            idle = held.enter_context(connected(address))
            if place % 4 == 0:
                idle.sendall(b"GET /movies HTTP/1.1\r\nHost: half-a-requ")
            elif place % 4 == 1:
                idle.sendall(b"POST /movies/recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
        with connected(address) as broken:
            broken.sendall(b"\x00\x01 nothing like HTTP\r\n\r\n")
            assert broken.recv(100).startswith(b"HTTP/1.1 400")
        for _ in range(20):
            assert requests.get(address + ASKED, timeout=5).ok


@contextmanager
def logged(sample: Sample, log: Path, *options: str, **settings: str) -> Iterator[tuple[str, int]]:
    """`python -m api` with its log in a file; gives its address and process id."""
    port = serving.free_port()
    environment = {"REELKIN_DATABASE_URL": sample.url, "REELKIN_DATA_DIR": str(sample.folder), **settings}
    command = [sys.executable, "-m", "api", "--port", str(port), *options]
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=file, stderr=file)
        try:
            assert serving.eventually(lambda: answers(address), serving.START_TIMEOUT_S), log.read_text()
            yield address, process.pid
        finally:
            process.terminate()
            process.wait()


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/health", timeout=5).ok
    except requests.RequestException:
        return False


def children(pid: int) -> set[int]:
    """The workers of a server: children that are not multiprocessing's own helper."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def test_a_worker_that_is_killed_is_replaced(sample: Sample, tmp_path: Path) -> None:
    with logged(sample, tmp_path / "log", "--workers", "2") as (address, supervisor):
        before = children(supervisor)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        assert serving.eventually(lambda: len(children(supervisor) - {min(before)}) == 2, 60)
        assert serving.eventually(lambda: all(answers(address) for _ in range(20)), 60)
        assert requests.get(address + ASKED, timeout=10).ok


def test_the_log_keeps_secrets(sample: Sample, tmp_path: Path) -> None:
    secret, log = "s3cr3t-that-nobody-may-read", tmp_path / "log"
    settings = {
        "REELKIN_SECRET_KEY": f"{secret}-key",
        "REELKIN_OMDB_API_KEY": f"{secret}-omdb",
        "REELKIN_OMDB_URL": f"http://127.0.0.1:{serving.free_port()}/",  # nobody there
        "REELKIN_REDIS_URL": f"redis://user:{secret}-redis@127.0.0.1:{serving.free_port()}/0",  # nor there
        "REELKIN_RATE_LIMIT": "1000/minute",
        "REELKIN_LOG_LEVEL": "DEBUG",
    }
    with logged(sample, log, **settings) as (address, _):
        token = {"Authorization": f"Bearer {secret}-token"}
        film = {"id": 348, "title": secret}
        assert requests.post(f"{address}/movies", json=film, headers=token, timeout=10).status_code == 401
        login = {"name": "nobody", "password": f"{secret}-password"}
        assert requests.post(f"{address}/sessions", json=login, timeout=10).status_code == 401
        requests.get(f"{address}/movies/search", params={"q": secret, "token": secret}, timeout=10)
        requests.get(f"{address}/posters", params={"ids": "348"}, timeout=30)
        assert requests.get(address + ASKED, headers=token, timeout=10).ok
    written = log.read_text()
    assert "/movies/recommend/348" in written
    assert secret not in written
