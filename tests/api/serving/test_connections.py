"""Connections that send too much, too slowly or nothing, and servers that are killed: over real sockets."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from api.serving.connections import ANSWER_S, HEAD_S, METRICS_PREFIX, MOST_HEAD, PIECE, metrics_folder
from tests.support import serving
from tests.support.sample import Sample
from tests.support.serving import eventually

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
MOST_GROWTH = 100 * 2**20


@pytest.fixture(scope="module")
def address(sample: Sample) -> Iterator[str]:
    with serving.api(sample) as found:
        yield found


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    found = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def ended(client: socket.socket) -> bool:
    """Whether the server closes a connection within its timeout; reads what comes before."""
    try:
        while client.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def server(address: str) -> psutil.Process:
    return psutil.Process(serving.listener(int(urlsplit(address).port or 0)))


def test_requests_in_a_row_are_all_answered_in_order(address: str) -> None:
    with connected(address) as client:
        asked = [f"GET /movies/{i} HTTP/1.1\r\nHost: x\r\nX-Request-ID: id-{i}\r\n\r\n" for i in range(400)]
        client.sendall("".join(asked).encode() + b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        client.settimeout(60)
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    assert [int(i) for i in re.findall(rb"x-request-id: id-(\d+)", received, re.IGNORECASE)] == list(range(400))
    assert received.endswith(b'{"status":"ok"}')


def test_a_body_in_small_parts_is_read_as_a_whole(address: str) -> None:
    body = b'{"like": [348], "k": 3, "exclude": [' + b", ".join(b"%d" % i for i in range(1, 900)) + b"]}"
    head = "POST /movies/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    with connected(address) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 500):
            client.sendall(body[start : start + 500])
        received = b"".join(iter(lambda: client.recv(65_536), b""))
    assert received.startswith(b"HTTP/1.1 200")


def test_a_flood_of_requests_does_not_fill_memory(address: str) -> None:
    process = server(address)
    requests.get(f"{address}/health", timeout=10)
    before, most = process.memory_info().rss, 0
    with connected(address) as client:
        client.settimeout(0.5)
        data, sent = HEALTH * 2_000, 0
        for _ in range(150):  # up to 10 MB, and no answer is read
            try:
                sent += client.send(data)
            except TimeoutError:
                break  # the server reads no more
            most = max(most, process.memory_info().rss)
        assert sent > 0
        assert requests.get(f"{address}/health", timeout=30).ok
        most = max(most, process.memory_info().rss)
    assert most - before < MOST_GROWTH


POST = b"POST /movies/recommend HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "endless"),
    [
        (b"GET /movies?q=", b"a" * 4_096),
        (HEALTH[:-2] + b"X-One: ", b"a" * 4_096),
        (HEALTH[:-2], b"X-Many: " + b"a" * 100 + b"\r\n"),
        (CHUNKED + b"1;", b"extension" * 400),
        (CHUNKED + b"1\r\n{\r\n0\r\nX-Trailer: ", b"a" * 4_096),
        (CHUNKED + b"1\r\n{\r\n0\r\n", b"X-Trailer: " + b"a" * 100 + b"\r\n"),
    ],
    ids=["address", "header", "headers", "extension", "trailer", "trailers"],
)
def test_a_head_without_end_is_refused(address: str, begun: bytes, endless: bytes) -> None:
    """Each part was copied into all before it, on the event loop, and all of it was kept."""
    process, sent = server(address), len(begun)
    before = process.memory_info().rss
    with connected(address) as client:
        client.sendall(begun)
        try:
            while sent < 64 * 2**20:
                client.sendall(endless)
                sent += len(endless)
        except OSError:
            pass  # closed
    assert sent < 16 * 2**20  # the buffers of the system, besides what the server takes
    assert requests.get(f"{address}/health", timeout=5).ok
    assert process.memory_info().rss - before < MOST_GROWTH / 4


def test_a_head_that_is_too_large_is_told_so(address: str) -> None:
    large = "a" * (MOST_HEAD + PIECE)
    for path, headers in ((f"/movies?genres={large}", {}), ("/health", {"X-Large": large})):
        refused = requests.get(address + path, headers=headers, timeout=10)
        assert (refused.status_code, refused.json()["code"]) == (431, "head_too_large")
        assert refused.headers["Content-Type"] == "application/problem+json"
    assert requests.get(f"{address}/health", headers={"X-Large": "a" * (MOST_HEAD - 5_000)}, timeout=10).ok
    with connected(address) as client:
        client.sendall(b"this is no HTTP\r\n\r\n")
        assert b'"code": "bad_request"' in client.recv(65_536)


def test_a_body_in_the_smallest_parts_is_read(address: str) -> None:
    """Of a thousand chunks of one byte more than MOST_HEAD is not the body."""
    body = b'{"like": [348], "text": "' + b"a robot " * 200 + b'"}'
    chunks = b"".join(b"000001\r\n%c\r\n" % letter for letter in body)
    padding = b"000001\r\n \r\n" * 8_000
    with connected(address) as client:
        client.sendall(CHUNKED + padding + chunks + b"0\r\n\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200")


def test_a_client_that_does_not_read_is_closed(address: str) -> None:
    process = server(address)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect((str(urlsplit(address).hostname), int(urlsplit(address).port or 0)))
        client.settimeout(1)
        with pytest.raises(TimeoutError):
            while True:
                client.send(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        here = client.getsockname()
        others = lambda: {tuple(one.raddr) for one in process.net_connections() if one.raddr}  # noqa: E731
        assert here in others()
        assert eventually(lambda: here not in others(), timeout_s=6 * ANSWER_S)


def test_connections_that_send_no_complete_request_are_closed(address: str) -> None:
    with ExitStack() as opened:
        silent = opened.enter_context(connected(address))
        half = opened.enter_context(connected(address))
        half.sendall(HEALTH[:20])
        after_an_answer = opened.enter_context(connected(address))
        after_an_answer.sendall(HEALTH)
        assert after_an_answer.recv(65_536).startswith(b"HTTP/1.1 200")
        after_an_answer.sendall(HEALTH[:20])
        slow, lines = opened.enter_context(connected(address)), opened.enter_context(connected(address))
        slow.sendall(HEALTH[:-2])
        sending = {slow: b"X-More: of the head\r\n", lines: b"\r\n"}
        until = time.monotonic() + 6 * HEAD_S
        while sending and time.monotonic() < until:
            for client, part in list(sending.items()):
                try:
                    client.sendall(part)
                except OSError:
                    del sending[client]
            time.sleep(0.5)
        assert not sending
        assert all(ended(client) for client in (silent, half, after_an_answer))
    assert requests.get(f"{address}/health", timeout=10).ok


@contextmanager
def few_files(soft: int) -> Iterator[None]:
    """A low limit on open files for processes that are started meanwhile, which they may raise."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_more_idle_connections_than_files_lock_nobody_out(sample: Sample) -> None:
    own = len(list(Path("/proc/self/fd").iterdir()))  # files that other tests have open in this process
    with few_files(own + 200), serving.api(sample) as address, ExitStack() as idle:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        for _ in range(own + 400):
            idle.enter_context(connected(address))
        assert requests.get(f"{address}/health", timeout=10).ok


def alive(process: psutil.Process) -> bool:
    """Whether a process runs: one that has ended may wait for ever to be asked how."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def workers(parent: psutil.Process) -> list[psutil.Process]:
    """The workers of a server that have the thread which waits for the parent's end, and more."""
    return [child for child in parent.children() if child.num_threads() > 3]


def test_workers_end_with_their_parent_and_leave_nothing(sample: Sample) -> None:
    with serving.api(sample, workers=2) as address:
        worker = server(address)
        parent = worker.parent()
        assert parent is not None
        # A worker that has not started yet ends when it has; only then is this about those that serve.
        assert eventually(lambda: len(workers(parent)) == 2, timeout_s=90)
        family = workers(parent)
        folders = set(Path(tempfile.gettempdir()).glob(f"{METRICS_PREFIX}{parent.pid}-*"))
        assert folders
        os.kill(parent.pid, signal.SIGKILL)
        assert eventually(lambda: not any(alive(process) for process in family), timeout_s=90)
        port = int(urlsplit(address).port or 0)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    with metrics_folder():  # what the next server does first
        assert not any(folder.exists() for folder in folders)
