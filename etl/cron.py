"""`python -m etl cron`: a build every night, as a job of the queue that `python -m etl worker` works on."""

from __future__ import annotations

import argparse
import logging

from redis import Redis
from rq.cron import CronJob, CronScheduler
from rq.job import Job

from etl import queued
from etl.jobs import connected

NIGHTLY = "30 3 * * *"
KIND, BY = "build", "cron"


class Builds(CronJob):
    """RQ's `CronJob`, whose own jobs are pickled."""

    def enqueue(self, connection: Redis) -> Job:
        """See `CronJob.enqueue`."""
        job: Job = queued.add(queued.opened(connection), KIND, BY)
        return job


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--at", type=builds, default=NIGHTLY, metavar="TIMES", help="when, as cron writes it (default %(default)r)"
    )


def builds(times: str) -> Builds:
    """Builds at some times.

    Raises:
        ArgumentTypeError: they are not in the form of cron.
    """
    try:
        return Builds(queued.NAME, func_name=KIND, cron=times)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{times!r} are no times of cron ({error}): give minute, hour, day, month and weekday"
        ) from error


def run(args: argparse.Namespace) -> int:
    """Queue builds until stopped.

    Raises:
        JobError: there is no Redis.
    """
    with connected() as connection:
        scheduler = CronScheduler(connection, logging.WARNING)
        scheduler.get_jobs().append(args.at)
        scheduler.start()  # type: ignore[no-untyped-call]
    return 0
