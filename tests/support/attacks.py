"""What hostile and broken clients do to a server, over real sockets, and what another client sees meanwhile."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import resource
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psutil

HOST = "127.0.0.1"
PAUSE_S = 0.02
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Seen:
    """What a client that behaves sees during an attack.

    Attributes:
        requests: how many it sent, one after the other on one connection.
        failed: how many were not answered with 200.
        p50_ms, p99_ms, max_ms: time to a whole answer, in milliseconds.
        peak_rss_mb: the largest resident memory of the server, in MiB, during the attack.
        attack_s: seconds that the attack took.
    """

    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    peak_rss_mb: int
    attack_s: float


def pipelined(port: int, path: str = "/health", size_mb: int = 10, patience_s: float = 3.0) -> int:
    """Send requests on one connection and read no answer; returns the bytes that the server took.

    Stops at `size_mb`, or when the server has taken nothing for `patience_s`.
    """
    block = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode() * 1_000
    taken = 0
    with socket.create_connection((HOST, port)) as connection:
        connection.settimeout(patience_s)
        try:
            while taken < size_mb * 2**20:
                taken += connection.send(block[taken % len(block) :])
        except (TimeoutError, OSError):
            return taken
        time.sleep(patience_s)
    return taken


@contextmanager
def silent(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Open connections that send nothing; raises the limit of open files where that is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 256:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 256), hard))
    with ExitStack() as opened:
        yield [opened.enter_context(socket.create_connection((HOST, port), timeout=5)) for _ in range(count)]


def slow(port: int, count: int, seconds: float) -> None:
    """Send the header of a request one byte every half a second, on several connections at once."""
    with silent(port, count) as connections:
        until = time.monotonic() + seconds
        for letter in cycle(b"GET /health HTTP/1.1\r\nX-Padding: " + b"x" * 1_000):
            for connection in list(connections):
                try:
                    connection.send(bytes([letter]))
                except OSError:
                    connections.remove(connection)
            if time.monotonic() > until:
                return
            time.sleep(0.5)


def at_once(port: int, requests: Sequence[tuple[str, str, bytes]]) -> list[int]:
    """Send requests (method, path, JSON body) at once, each on a connection of its own; statuses, 0 for none."""
    opened = []
    for method, path, body in requests:
        connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
        connection.request(method, path, body or None, {"Content-Type": "application/json"} if body else {})
        opened.append(connection)
    statuses = []
    for connection in opened:
        try:
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        except (OSError, http.client.HTTPException):
            statuses.append(0)
        connection.close()
    return statuses


def wrong_logins(count: int, name: str = "nobody") -> list[tuple[str, str, bytes]]:
    """Requests for sessions with wrong passwords."""
    return [
        ("POST", "/sessions", json.dumps({"name": name, "password": f"wrong {i}"}).encode()) for i in range(count)
    ]


def during(port: int, pid: int, paths: Sequence[str], attack: Callable[[], object]) -> Seen:
    """Run an attack in a process of its own and ask for the paths in turn until it has ended.

    Args:
        port: of the server, on this machine.
        pid: of the server or of its parent, whose memory is added up with that of its children.
        paths: what the client that behaves asks for; each must be answered with 200.
        attack: runs in a forked process.
    """
    process = multiprocessing.get_context("fork").Process(target=attack)
    server = psutil.Process(pid)
    waits, failed, peak, turn = [], 0, 0, cycle(paths)
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_S)
    started = time.perf_counter()
    process.start()
    while process.is_alive() or len(waits) < 2 * len(paths):
        asked = time.perf_counter()
        try:
            connection.request("GET", next(turn))
            answer = connection.getresponse()
            answer.read()
            failed += answer.status != http.client.OK
        except (OSError, http.client.HTTPException):
            failed += 1
            connection.close()
        waits.append((time.perf_counter() - asked) * 1e3)
        peak = max(peak, rss_mb(server))
        time.sleep(PAUSE_S)
    process.join()
    connection.close()
    waits.sort()
    return Seen(
        requests=len(waits),
        failed=failed,
        p50_ms=round(waits[len(waits) // 2], 2),
        p99_ms=round(waits[min(int(len(waits) * 0.99), len(waits) - 1)], 2),
        max_ms=round(waits[-1], 2),
        peak_rss_mb=peak,
        attack_s=round(time.perf_counter() - started, 1),
    )


def rss_mb(server: psutil.Process) -> int:
    """Resident memory of a process and its children without files that they map, in MiB."""
    processes = [server, *server.children(recursive=True)]
    return round(sum(_anonymous_kib(process.pid) for process in processes) / 1024)


def _anonymous_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
