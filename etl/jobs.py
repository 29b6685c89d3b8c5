"""Rebuilds as jobs: `python -m etl worker` runs what `POST /admin/jobs` asks for.

A job is one command of `python -m etl` in a process of its own, so that it answers, fails and is killed as on the
command line. What it prints is kept with the job. One command works at a time, whatever the number of workers.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from redis import Redis, RedisError
from rq import Worker, get_current_job
from rq.job import Job

import settings
from etl import queued
from etl.errors import EtlError

LINES = 200
"""Lines of output that are kept of each job."""

WRITER = "reelkin:writer"
WRITER_S = 60
"""How long a worker that was killed keeps the others waiting."""

MONITOR_S = 5
"""A worker says as often that its job goes on, for a minute and `CLOCKS_S` more: then the job has failed."""

CLOCKS_S = 60
"""How much the clocks of hosts may differ: whether a job has failed is decided by another's."""


class JobError(EtlError):
    """The command of a job failed; the message is the last line that it printed."""


def configure_worker(parser: argparse.ArgumentParser) -> None:
    """`python -m etl worker` has no options of its own."""


def run_worker(_: argparse.Namespace) -> int:
    """Run jobs until stopped.

    Raises:
        JobError: there is no Redis.
    """
    with connected() as connection:
        logging.getLogger("rq").setLevel(logging.WARNING)
        queue = queued.opened(connection)
        worker = _Worker(
            [queue], connection=connection, serializer=queue.serializer, job_monitoring_interval=MONITOR_S
        )
        worker.work()
    return 0


class _Worker(Worker):
    """RQ's, whose jobs do not fail because a clock is ahead."""

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """See `Worker.get_heartbeat_ttl`."""
        return super().get_heartbeat_ttl(job, working_time) + CLOCKS_S


@contextmanager
def connected() -> Iterator[Redis]:
    """The Redis of the settings.

    Raises:
        JobError: it is not set, or does not answer.
    """
    url = settings.load().redis_url
    if not url:
        raise JobError(f"jobs need Redis: set {settings.PREFIX}REDIS_URL, such as redis://127.0.0.1:6379/0")
    with Redis.from_url(url) as connection:
        try:
            connection.ping()
            yield connection
        except RedisError as error:
            raise JobError(
                f"Redis does not answer or refuses ({error}): start it, or correct {settings.PREFIX}REDIS_URL"
            ) from error


def run(kind: str, file: str, options: Sequence[str]) -> None:
    """Run one command; RQ calls this in a process of its own.

    Args:
        kind: the command.
        file: what it reads, a path relative to the data folder; "" for nothing.
        options: its other arguments.

    Raises:
        JobError: it failed.
    """
    job = get_current_job()
    assert job is not None
    found = [str(_below(settings.load().data_dir, file))] if file else []
    lines: list[str] = []
    with _alone(job.connection):
        command = [sys.executable, "-m", "etl", kind, *found, *options]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines = [*lines, line.rstrip()][-LINES:]
                _keep(job, log=lines)
    code = process.returncode
    if code:
        said = lines[-1] if code > 0 and lines else f"the command ended with {code}"
        _keep(job, error=said)
        raise JobError(said)
    _keep(job, done=True)


def _keep(job: Job, **facts: Any) -> None:
    """Note something in a job; while Redis is full or away the work goes on all the same."""
    job.meta.update(facts)
    with suppress(RedisError):
        job.save_meta()  # type: ignore[no-untyped-call]


def _below(folder: Path, name: str) -> Path:
    """A file of the data folder.

    Raises:
        JobError: the name leads out of it.
    """
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise JobError(f"{name} is not below the data folder")
    return path


@contextmanager
def _alone(connection: Redis) -> Iterator[None]:
    """Wait until no other worker runs a command, and let none begin meanwhile."""
    lock = connection.lock(WRITER, timeout=WRITER_S, thread_local=False)
    lock.acquire()
    ended = threading.Event()

    def extend() -> None:
        while not ended.wait(WRITER_S / 4):
            with suppress(RedisError):
                lock.extend(WRITER_S, replace_ttl=True)

    threading.Thread(target=extend, name="extend-lock", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        with suppress(RedisError):
            lock.release()
