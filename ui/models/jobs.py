"""What administrators see: rebuilds as jobs, and what visitors do today."""

from __future__ import annotations

from collections.abc import Sequence

from ui.models.films import Answer

OPEN = ("queued", "running")
"""States of a job that has not ended."""
READING = ("ingest", "ratings", "imdb")
"""Kinds of jobs that read a file or a folder below the data folder."""


class Job(Answer):
    """A rebuild.

    Attributes:
        state: queued, running, finished, failed or cancelled.
        by: the administrator who started it.
        created_at, started_at, ended_at: ISO 8601.
        error: why it failed.
        log: the last lines that it printed, one for each stage.
    """

    id: str
    kind: str
    state: str
    by: str
    created_at: str
    started_at: str | None
    ended_at: str | None
    error: str | None
    log: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether it has not ended, so that it can be cancelled."""
        return self.state in OPEN

    def progress(self, stages: Sequence[str]) -> float | None:
        """The share of a build's stages that are done, from 0 to 1; None for another job, or without stages.

        Args:
            stages: of the build before, in order.
        """
        if self.kind != "build" or not stages:
            return None
        done = sum(any(line.startswith(f"{stage}:") for line in self.log) for stage in stages)
        return done / len(stages)


class Jobs(Answer):
    """The latest jobs, the latest first, and how many processes run them."""

    jobs: tuple[Job, ...]
    workers: int


class Times(Answer):
    """Something, and how often."""

    what: str
    times: int


class Live(Answer):
    """What visitors have done today.

    Attributes:
        visitors, now: different visitors today, and in the last five minutes.
        searched, nothing: searches, and those of them that found nothing.
        opened: ids of films.
    """

    visitors: int
    now: int
    requests: int
    searched: tuple[Times, ...]
    nothing: tuple[Times, ...]
    opened: tuple[Times, ...]
