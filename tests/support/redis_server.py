"""A Redis server of a test's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.serving import eventually


@contextmanager
def redis(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A private Redis server."""
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder), "--logfile", "redis.log"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        answers = ["redis-cli", "-p", str(port), "ping"]
        assert eventually(lambda: subprocess.run(answers, capture_output=True).stdout == b"PONG\n")
        yield process
    finally:
        process.kill()
        process.wait()
