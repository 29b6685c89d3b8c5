"""Our programs as processes on free ports, and small HTTP servers, for tests that come over the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import IO

import psutil
import requests

from tests.support.sample import ROOT, Sample

START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 10
POLL_S = 0.02


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def api(sample: Sample, workers: int = 1, log: Path | None = None, **settings: str) -> Iterator[str]:
    """`python -m api` over a loaded catalogue; gives its address.

    Args:
        sample: the catalogue. A folder without a generation will do: then the API runs and is not ready.
        workers: processes.
        log: where to keep what it prints.
        settings: more variables, such as `REELKIN_TMDB_IMAGE_URL`.
    """
    port = free_port()
    environment = {"REELKIN_DATABASE_URL": sample.url, "REELKIN_DATA_DIR": str(sample.folder), **settings}
    command = ("api", "--port", str(port), "--workers", str(workers))
    with program(command, environment, f"http://127.0.0.1:{port}/health", log):
        yield f"http://127.0.0.1:{port}"


def listener(port: int) -> int:
    """The id of the process that listens on a port of this machine; with several workers, that of their parent."""
    listening = psutil.net_connections("tcp")
    return next(c.pid for c in listening if c.status == psutil.CONN_LISTEN and c.laddr.port == port and c.pid)


@contextmanager
def ui(api_url: str, script: str = "ui/app.py", **settings: str) -> Iterator[str]:
    """`python -m streamlit run ui/app.py`, or of another script, in front of an API; gives its address."""
    port = free_port()
    command = ("streamlit", "run", script, f"--server.port={port}", "--server.headless=true")
    with program(command, {"REELKIN_API_URL": api_url, **settings}, f"http://127.0.0.1:{port}/_stcore/health"):
        yield f"http://127.0.0.1:{port}"


def eventually(holds: Callable[[], bool], timeout_s: float = 30) -> bool:
    """Whether something comes to hold in time."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.2)
    return False


class Quiet(BaseHTTPRequestHandler):
    """What small servers have in common: they answer as a whole, and say nothing of it."""

    def send(self, status: int, body: bytes, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        """Send an answer with its length."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(handler: type[Quiet]) -> Iterator[str]:
    """A small server on a free port; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def answering(body: bytes, content_type: str, status: int = 200) -> Iterator[str]:
    """A server that answers every GET with the same; gives its address."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.send(status, body, {"Content-Type": content_type})

    with listening(Handler) as address:
        yield address


@contextmanager
def program(
    arguments: tuple[str, ...], environment: Mapping[str, str], ready_url: str, kept: Path | None = None
) -> Iterator[None]:
    """`python -m` with these arguments, once the address answers, until the end of the block."""
    with kept.open("w+") if kept else tempfile.TemporaryFile("w+") as log:
        command = (sys.executable, "-m", *arguments)
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
        try:
            _wait(process, ready_url, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], ready_url: str, log: IO[str]) -> None:
    """Until it answers; an error with what it printed when it does not."""
    until = time.monotonic() + START_TIMEOUT_S
    with requests.Session() as session:
        session.trust_env = False  # no proxy on the way to our own machine
        while process.poll() is None and time.monotonic() < until:
            try:
                if session.get(ready_url, timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
    log.seek(0)
    raise AssertionError(f"{ready_url} does not answer; the process printed:\n{log.read()}")
