"""`/admin/jobs`: rebuilds that an admin starts, watches and cancels; `python -m etl worker` runs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Security
from pydantic import BaseModel, Field, StringConstraints, model_validator
from pydantic.types import StrictInt

from api.models import NoQuery, Strict
from api.people.accounts import ROLE_PROBLEMS, AccountService, requires
from api.web.openapi import NOT_FOUND, PROBLEMS, problem_response
from api.web.problems import ApiError, NotFoundError
from contract import MAX_ID
from etl import queued
from sql.accounts import Role, User

TIMEOUT_S = 3.0


class Kind(StrEnum):
    """The commands of `python -m etl` that may be jobs."""

    INGEST = "ingest"
    RATINGS = "ratings"
    IMDB = "imdb"
    ENRICH = "enrich"
    BUILD = "build"
    ROLLBACK = "rollback"


READING = {Kind.INGEST, Kind.RATINGS, Kind.IMDB}
"""Those that read a file or a folder."""


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


_STATES = {
    "started": State.RUNNING,
    "finished": State.FINISHED,
    "failed": State.FAILED,
    "stopped": State.CANCELLED,
    "canceled": State.CANCELLED,
}


DataPath = Annotated[str, StringConstraints(pattern=r"^\w[\w.~ -]*(/\w[\w.~ -]*)*$", max_length=250)]


class NewJob(Strict):
    """Body of `POST /admin/jobs`."""

    kind: Kind = Field(description="the command of `python -m etl`", examples=["build"])
    file: DataPath | None = Field(
        None,
        description="what ingest, ratings and imdb read: a path below the data folder",
        examples=["TMDB_movie_dataset_v11.csv"],
    )
    profile: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")] | None = Field(
        None, description="of a build", examples=["compact"]
    )
    limit: Annotated[StrictInt, Field(ge=1, le=MAX_ID)] | None = Field(
        None, description="films that enrich asks for, at the most", examples=[1000]
    )
    generation: Annotated[str, StringConstraints(pattern=r"^\w[\w-]{0,60}$")] | None = Field(
        None, description="that rollback goes back to; the one before, if it is not given", examples=["20261121"]
    )

    @model_validator(mode="after")
    def _fitting(self) -> NewJob:
        if (self.file is not None) != (self.kind in READING):
            raise ValueError(f"{self.kind} {'needs a' if self.kind in READING else 'takes no'} `file`")
        for name, kind in (("profile", Kind.BUILD), ("limit", Kind.ENRICH), ("generation", Kind.ROLLBACK)):
            if getattr(self, name) is not None and self.kind is not kind:
                raise ValueError(f"{self.kind} takes no `{name}`")
        return self

    def options(self) -> list[str]:
        """Its arguments besides the file."""
        if self.profile is not None:
            return ["--profile", self.profile]
        if self.limit is not None:
            return ["--limit", str(self.limit)]
        return [] if self.generation is None else [self.generation]


class JobInfo(BaseModel):
    """A job."""

    id: str = Field(description="of the job", examples=["5f0c1b7e"])
    kind: str = Field(description="the command", examples=["build"])
    state: State = Field(description="where it is", examples=["running"])
    by: str = Field(description="the admin who started it", examples=["ann"])
    created_at: datetime = Field(description="when that was", examples=["2026-11-28T09:00:00Z"])
    started_at: datetime | None = Field(description="when the work began", examples=["2026-11-28T09:00:01Z"])
    ended_at: datetime | None = Field(description="when it ended", examples=[None])
    error: str | None = Field(description="why it failed", examples=[None])
    log: list[str] = Field(
        description="the last 200 lines that it printed, one for each stage",
        examples=[["read films: 160,950 in 7.0 s"]],
    )


class JobList(BaseModel):
    """The latest jobs."""

    jobs: list[JobInfo] = Field(description="the latest first, up to 100")
    workers: int = Field(description="processes of `python -m etl worker`; without one, jobs wait", examples=[1])


class NoJobsError(ApiError):
    """There is no Redis, or it does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "no_jobs"


class DoneError(ApiError):
    """A job that has ended cannot be cancelled."""

    status = HTTPStatus.CONFLICT
    code = "job_ended"


UNAVAILABLE = problem_response(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "no_jobs",
    "Redis is not set or does not answer",
    "jobs need Redis: set REELKIN_REDIS_URL and start `python -m etl worker`",
)
ENDED = problem_response(
    HTTPStatus.CONFLICT, "job_ended", "The job has ended", "the job 5f0c1b7e has ended: it is finished"
)


class JobService:
    """Jobs in Redis, through RQ. Its library is imported when the first one is asked for.

    Args:
        redis_url: "" for none.
    """

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._queue: Any = None

    def start(self, wanted: NewJob, user: User) -> JobInfo:
        """Queue a job.

        Raises:
            NoJobsError: Redis is missing or away.
        """
        with self._redis() as queue:
            return _info(queued.add(queue, wanted.kind.value, user.name, wanted.file or "", wanted.options()))

    def all(self) -> JobList:
        """The latest jobs."""
        from rq import Worker

        with self._redis() as queue:
            jobs = [_info(job) for job in queued.latest(queue)]
            return JobList(jobs=jobs, workers=Worker.count(queue=queue))

    def one(self, job_id: str) -> JobInfo:
        """A job.

        Raises:
            NotFoundError: there is none of that id.
        """
        with self._redis() as queue:
            return _info(_fetched(queue, job_id))

    def cancel(self, job_id: str) -> JobInfo:
        """End a job, or take it from the queue.

        Raises:
            NotFoundError: there is none of that id.
            DoneError: it has ended.
        """
        from rq.command import send_stop_job_command

        with self._redis() as queue:
            job = _fetched(queue, job_id)
            state = _state(job)
            if state is State.QUEUED:
                job.cancel()
            elif state is State.RUNNING:
                send_stop_job_command(queue.connection, job.id, serializer=queue.serializer)
            else:
                raise DoneError(f"the job {job_id} has ended: it is {state}")
            return _info(job)

    @contextmanager
    def _redis(self) -> Iterator[Any]:
        """The queue, in which jobs whose worker was killed have failed; errors of Redis are ours."""
        if not self._url:
            raise NoJobsError("jobs need Redis: set REELKIN_REDIS_URL and start `python -m etl worker`")
        from redis import Redis, RedisError
        from redis.exceptions import OutOfMemoryError
        from rq.registry import StartedJobRegistry

        if self._queue is None:
            connection = Redis.from_url(self._url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
            self._queue = queued.opened(connection)
        try:
            StartedJobRegistry(queue=self._queue).cleanup()
            yield self._queue
        except OutOfMemoryError as error:
            raise NoJobsError("Redis, which keeps the jobs, is full: raise its maxmemory") from error
        except RedisError as error:
            raise NoJobsError("Redis, which keeps the jobs, does not answer; try again when it does") from error


def _fetched(queue: Any, job_id: str) -> Any:
    from rq.exceptions import NoSuchJobError
    from rq.job import Job

    try:
        return Job.fetch(job_id, connection=queue.connection, serializer=queue.serializer)
    except NoSuchJobError:
        raise NotFoundError(f"there is no job {job_id[:100]!r}") from None


def _state(job: Any) -> State:
    if job.meta.get("done"):  # RQ may take a job for abandoned that has done its work
        return State.FINISHED
    return _STATES.get(job.get_status(refresh=False).value, State.QUEUED)


def _info(job: Any) -> JobInfo:
    state, log = _state(job), job.meta.get("log", [])
    return JobInfo(
        id=job.id,
        kind=job.meta.get("kind", ""),
        state=state,
        by=job.meta.get("by", ""),
        created_at=_utc(job.created_at),
        started_at=None if job.started_at is None else _utc(job.started_at),
        ended_at=None if job.ended_at is None else _utc(job.ended_at),
        error=job.meta.get("error", "its worker was killed") if state is State.FAILED else None,
        log=log,
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


JobId = Annotated[str, Path(pattern=r"^[\w-]{1,64}$", description="id of a job", examples=["5f0c1b7e"])]


def router(jobs: JobService, accounts: AccountService) -> APIRouter:
    """The routes of jobs, for admins."""
    admin = requires(accounts, Role.ADMIN)
    signed_in: Any = Security(admin)
    routes = APIRouter(
        prefix="/admin/jobs",
        tags=["operation"],
        responses=PROBLEMS | ROLE_PROBLEMS | UNAVAILABLE,
        dependencies=[Security(admin)],
    )

    @routes.post("", status_code=HTTPStatus.ACCEPTED)
    def start(job: NewJob, _: NoQuery, user: User = signed_in) -> JobInfo:
        """Start a job.

        A command of `python -m etl` that a worker runs, one at a time. What is built is served when it is done.
        """
        return jobs.start(job, user)

    @routes.get("")
    def every(_: NoQuery) -> JobList:
        """List the jobs.

        The latest first, up to a hundred of the last thirty days.
        """
        return jobs.all()

    @routes.get("/{job_id}", responses=NOT_FOUND)
    def one(job_id: JobId, _: NoQuery) -> JobInfo:
        """Show a job.

        With what it has printed.
        """
        return jobs.one(job_id)

    @routes.delete("/{job_id}", responses=NOT_FOUND | ENDED)
    def cancel(job_id: JobId, _: NoQuery) -> JobInfo:
        """Cancel a job.

        One that is running is stopped; what it has not finished changes nothing.
        """
        return jobs.cancel(job_id)

    return routes
