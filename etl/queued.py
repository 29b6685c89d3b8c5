"""The queue of jobs in Redis, which the API and `python -m etl cron` fill and `python -m etl worker` works on.

RQ stores each job as JSON: the name of a function and plain values. Its default, pickle, would let anyone who can
write to Redis run any code in a worker. RQ is imported when the queue is first opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

NAME = "reelkin"

KEPT = 100
"""Jobs that are listed, the latest first."""

KEPT_S = 30 * 24 * 3600
"""How long what became of a job is kept."""

LIST = "reelkin:jobs"


def opened(connection: Any) -> Any:
    """RQ's `Queue` of a connection to Redis."""
    from rq import Queue
    from rq.serializers import JSONSerializer

    return Queue(NAME, connection=connection, serializer=JSONSerializer)


def add(queue: Any, kind: str, by: str, file: str = "", options: Sequence[str] = ()) -> Any:
    """Queue a job, which is RQ's `Job`.

    Args:
        queue: as `opened` gives it.
        kind: the command of `python -m etl`.
        by: who wants it.
        file: what it reads, relative to the data folder; "" for nothing.
        options: its other arguments.

    Raises:
        RedisError: Redis is away, or full.
    """
    job = queue.enqueue_call(
        "etl.jobs.run",  # by name: only the worker imports it
        args=(kind, file, list(options)),
        timeout=-1,
        result_ttl=KEPT_S,
        failure_ttl=KEPT_S,
        job_id=uuid4().hex[:16],
        meta={"kind": kind, "by": by},
    )
    queue.connection.lpush(LIST, job.id)
    queue.connection.ltrim(LIST, 0, KEPT - 1)
    return job


def latest(queue: Any) -> list[Any]:
    """The latest jobs, the newest first."""
    from rq.job import Job

    ids = [one.decode() for one in queue.connection.lrange(LIST, 0, KEPT - 1)]
    found = Job.fetch_many(ids, connection=queue.connection, serializer=queue.serializer)
    return [job for job in found if job is not None]
