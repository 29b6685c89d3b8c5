"""Milvus for tests: a real server from the wheel `milvus`, and Milvus Lite as a server of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

from tests.support.serving import eventually, free_port

BINARIES = Path(sys.prefix) / "milvus-server"
"""Where the wheel's program is unpacked, once: 250 MB."""


ETCD = """
name: default
data-dir: {data}
listen-client-urls: http://127.0.0.1:{clients}
advertise-client-urls: http://127.0.0.1:{clients}
listen-peer-urls: http://127.0.0.1:{peers}
initial-advertise-peer-urls: http://127.0.0.1:{peers}
initial-cluster: default=http://127.0.0.1:{peers}
"""


class MilvusServerProcess:
    """Milvus 2.3 as a process, which can be killed and started again with what it has stored.

    Args:
        folder: of its files.
    """

    def __init__(self, folder: Path) -> None:
        self._wheel = import_module("milvus")
        BINARIES.mkdir(exist_ok=True)
        (folder / "bin").symlink_to(BINARIES)
        clients, peers = free_port(), free_port()
        self._etcd = folder / "etcd.yaml"  # without it, all servers of a machine want the same two ports
        self._etcd.write_text(ETCD.format(clients=clients, peers=peers, data=folder / "etcd"))
        config = self._wheel.MilvusServerConfig(data_dir=str(folder), proxy_port=free_port(), etcd_port=clients)
        self._server = self._wheel.MilvusServer(config)

    @property
    def address(self) -> str:
        """As `REELKIN_MILVUS_URI` takes it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.listen_port)

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        os.environ["ETCD_CONFIG_PATH"] = str(self._etcd)
        try:
            self._server.start()
        finally:
            del os.environ["ETCD_CONFIG_PATH"]

    def stop(self) -> None:
        """End it at once; a busy machine may need longer for that than the wheel would wait."""
        if self._server.server_proc is not None:
            self._server.server_proc.kill()
            self._server.server_proc.wait()
        self._server.stop()


@contextmanager
def milvus_server(folder: Path) -> Iterator[MilvusServerProcess]:
    """A real server, until the end of the block."""
    server = MilvusServerProcess(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class LiteServer:
    """Milvus Lite as a process that serves a folder on a port: quick to start, kill and start again.

    Args:
        folder: of its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """As `REELKIN_MILVUS_URI` takes it."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(self._folder)]
        command += ["--host", "127.0.0.1", "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert eventually(self._listens)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self, hanging: bool) -> None:
        """Let it accept connections and answer nothing, or go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP if hanging else signal.SIGCONT)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
            return True
        return False


@contextmanager
def lite_server(folder: Path) -> Iterator[LiteServer]:
    """Milvus Lite as a server, until the end of the block."""
    server = LiteServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
