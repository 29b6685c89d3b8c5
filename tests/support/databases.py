"""Databases to run tests on: a SQLite file, and a throwaway database on a MySQL or MariaDB server.

The server is the first of: the one that `REELKIN_TEST_MYSQL_URL` names, one that answers on 127.0.0.1:3306 to
root without a password, a private `mariadbd` started for this test run where its program is installed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pymysql
from sqlalchemy.engine import URL, make_url

LOCAL = URL.create("mysql+pymysql", username="root", password="", host="127.0.0.1", port=3306)
START_TIMEOUT_S = 60
MISSING = "no MySQL or MariaDB server: apt-get install mariadb-server, or set REELKIN_TEST_MYSQL_URL"


@contextmanager
def mysql_server() -> Iterator[URL | None]:
    """A server's address without a database, or None where there is no server to be had."""
    given = os.environ.get("REELKIN_TEST_MYSQL_URL")
    if given:
        yield make_url(given).set(database=None)
    elif answers(LOCAL):
        yield LOCAL
    elif can_start_server():
        with private_server() as server:
            yield server.url
    else:
        yield None


@contextmanager
def throwaway_database(server: URL) -> Iterator[str]:
    """The URL of a new, empty database that is dropped afterwards."""
    name = f"reelkin_test_{uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci")
    try:
        query = {**server.query, "charset": "utf8mb4"}
        yield server.set(database=name, query=query).render_as_string(hide_password=False)
    finally:
        _execute(server, f"DROP DATABASE IF EXISTS {name}")


def can_start_server() -> bool:
    """Whether MariaDB's programs are installed."""
    return bool(shutil.which("mariadbd") and shutil.which("mariadb-install-db"))


class PrivateServer:
    """A MariaDB server of one's own, on a socket and no port, that can be stopped, killed and started again.

    Args:
        folder: for its files; a short path, since a socket's may have no more than 107 bytes.
        options: mariadbd's.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._socket = folder / "s.sock"
        # Its own account may be root, which the server refuses to run as unless told.
        common = ["--no-defaults", f"--datadir={folder / 'data'}", *(["--user=root"] if os.getuid() == 0 else [])]
        install = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        places = [f"--socket={self._socket}", f"--pid-file={folder / 'pid'}"]
        self._command = ["mariadbd", *common, "--skip-networking", *places, *options]
        self._process: subprocess.Popen[bytes] | None = None
        query = {"unix_socket": str(self._socket)}
        self.url = URL.create("mysql+pymysql", username="root", password="", query=query)

    def start(self, *options: str) -> None:
        """Start it, and wait until it answers; `options` outdo those that it was made with."""
        command = [*self._command, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (self._socket.exists() and answers(self.url)):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mariadbd did not start in {START_TIMEOUT_S} seconds")
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it; its data stay."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def kill(self) -> None:
        """Let it vanish, as in a power cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def hang(self) -> None:
        """Let it say nothing more: connections are taken, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `hang`."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)


@contextmanager
def private_server(*options: str) -> Iterator[PrivateServer]:
    """A started MariaDB server of one's own, gone afterwards; `options` are mariadbd's."""
    folder = Path(tempfile.mkdtemp(prefix="reelkin-mariadb-"))
    server = PrivateServer(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _arguments(url: URL) -> dict[str, object]:
    where: dict[str, object] = {"host": url.host or "localhost", "port": url.port or 3306}
    if "unix_socket" in url.query:
        where = {"unix_socket": url.query["unix_socket"]}
    return {**where, "user": url.username, "password": url.password or "", "connect_timeout": 3}


def answers(url: URL) -> bool:
    """Whether a server is there and lets us in."""
    try:
        pymysql.connect(**_arguments(url)).close()  # type: ignore[call-overload]
    except pymysql.Error:
        return False
    return True


def _execute(url: URL, statement: str) -> None:
    connection = pymysql.connect(**_arguments(url))  # type: ignore[call-overload]
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()
