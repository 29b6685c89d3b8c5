"""A Redis server of a test's own, and who works for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from rq import Worker

from tests.support.sample import ROOT
from tests.support.serving import eventually


@contextmanager
def redis(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A private Redis server."""
    command = ["redis-server", *(options or ("--save", "")), "--port", str(port), "--dir", str(folder)]
    command += ["--logfile", "redis.log"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        answers = ["redis-cli", "-p", str(port), "ping"]
        assert eventually(lambda: subprocess.run(answers, capture_output=True).stdout == b"PONG\n")
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def worker(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """`python -m etl worker`, once it waits for jobs in the Redis of its environment."""
    process = subprocess.Popen((sys.executable, *command[1:]), cwd=ROOT, env=os.environ | environment)
    try:
        with Redis.from_url(environment["REELKIN_REDIS_URL"]) as connection:
            assert eventually(lambda: Worker.count(connection) > 0)
        yield
    finally:
        process.terminate()
        assert process.wait(60) == 0
