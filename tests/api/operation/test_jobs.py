"""Rebuilds as jobs: a real Redis, an API, a worker, and the commands that it runs."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import psutil
import pytest
import requests
from fastapi.testclient import TestClient
from redis import Redis

from etl import queued
from etl.cron import builds
from sql.accounts import Role
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.api.editors import running
from tests.api.users import PASSWORD, add_user, headers, token
from tests.support import serving
from tests.support.redis_server import redis
from tests.support.sample import ROOT, Sample, run
from tests.support.serving import eventually

HEADER = ("id", "title", "status", "release_date", "vote_count", "genres", "overview")
FILMS = 40


@pytest.fixture
def own(tmp_path: Path) -> Sample:
    """An empty catalogue, with a small dump in its data folder."""
    with (tmp_path / "dump.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for i in range(1, FILMS + 1):
            writer.writerow((i, f"Film {i}", "Released", f"{1970 + i}-01-01", 10 * i, "Drama", f"words {i % 7}"))
    database = connect(f"sqlite:///{tmp_path}/reelkin.db")
    upgrade(database)
    database.dispose()
    return Sample(f"sqlite:///{tmp_path}/reelkin.db", tmp_path)


class Admin:
    """Jobs over HTTP."""

    def __init__(self, address: str, own: Sample) -> None:
        database = connect(own.url)
        name = add_user(database, Role.ADMIN)
        database.dispose()
        self._address = f"{address}/admin/jobs"
        session = requests.post(f"{address}/sessions", json={"name": name, "password": PASSWORD}, timeout=30)
        self._headers = headers(session.json()["token"])

    def ask(self, method: str, path: str = "", **body: Any) -> requests.Response:
        sent = body or None
        return requests.request(method, self._address + path, json=sent, headers=self._headers, timeout=30)

    def start(self, **body: Any) -> str:
        answer = self.ask("POST", **body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", f"/{job_id}").json()
        return found

    def reaches(self, job_id: str, state: str) -> bool:
        return eventually(lambda: self.job(job_id)["state"] == state, 120)


@contextmanager
def worker(own: Sample, redis_url: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m etl worker`, or another command of it."""
    environment = {"REELKIN_DATABASE_URL": own.url, "REELKIN_DATA_DIR": str(own.folder)}
    command = (sys.executable, "-m", "etl", *(command or ("worker",)))
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment | {"REELKIN_REDIS_URL": redis_url})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def command_of(process: subprocess.Popen[bytes], kind: str) -> psutil.Process | None:
    """The command that a worker runs."""
    below = psutil.Process(process.pid).children(recursive=True)
    return next((one for one in below if one.cmdline()[1:4] == ["-m", "etl", kind]), None)


@pytest.mark.redis
@pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")
def test_jobs_load_build_fail_and_are_cancelled(own: Sample, tmp_path: Path) -> None:
    port = serving.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis(tmp_path, port), serving.api(own, REELKIN_REDIS_URL=url) as address:
        admin = Admin(address, own)
        loading, building, dropped = (
            admin.start(kind="ingest", file="dump.csv"), admin.start(kind="build"), admin.start(kind="build"),
        )  # fmt: skip
        assert admin.ask("DELETE", f"/{dropped}").json()["state"] == "cancelled"
        assert admin.ask("GET").json()["workers"] == 0
        with worker(own, url) as process:
            assert admin.reaches(building, "finished"), admin.job(building)
            loaded = admin.job(loading)
            assert loaded["state"] == "finished"
            assert any(line.startswith("read") or "films" in line for line in loaded["log"])
            assert loaded["created_at"] <= loaded["started_at"] <= loaded["ended_at"]
            served = lambda: requests.get(f"{address}/ready", timeout=30).status_code == 200  # noqa: E731
            assert eventually(served), "what a job has built is served"
            assert requests.get(f"{address}/movies", timeout=30).json()["total"] == FILMS

            failing = admin.start(kind="rollback")
            assert admin.reaches(failing, "failed")
            assert "no generation before" in admin.job(failing)["error"]

            killed, stopped = admin.start(kind="build"), admin.start(kind="build")
            assert eventually(lambda: command_of(process, "build") is not None)
            running_build = command_of(process, "build")
            assert running_build is not None
            running_build.send_signal(signal.SIGKILL)
            assert admin.reaches(killed, "failed")
            assert admin.reaches(stopped, "running")
            assert admin.ask("DELETE", f"/{stopped}").status_code == 200
            assert admin.reaches(stopped, "cancelled")
            assert eventually(lambda: command_of(process, "build") is None)
            assert admin.ask("DELETE", f"/{stopped}").json()["code"] == "job_ended"
        listed = admin.ask("GET").json()
        assert [job["id"] for job in listed["jobs"]] == [stopped, killed, failing, dropped, building, loading]
        assert admin.ask("GET", "/nope").status_code == 404


@pytest.mark.redis
@pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")
def test_a_job_whose_worker_is_killed_has_failed_and_can_be_run_again(own: Sample, tmp_path: Path) -> None:
    """Not before a minute and another one have passed, because clocks of hosts may differ by one."""
    port = serving.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    assert run("etl", "ingest", str(own.folder / "dump.csv"), url=own.url, folder=own.folder).returncode == 0
    with redis(tmp_path, port), serving.api(own, REELKIN_REDIS_URL=url) as address, Redis.from_url(url) as kept:
        admin = Admin(address, own)
        killed = admin.start(kind="build")
        with worker(own, url) as process:
            assert eventually(lambda: command_of(process, "build") is not None)
            for one in (psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)):
                one.kill()
        for later_s, state in ((0, "running"), (70, "running"), (60, "failed")):
            for name in kept.zrange("rq:wip:reelkin", 0, -1):
                kept.zincrby("rq:wip:reelkin", -later_s, name)
            assert admin.job(killed)["state"] == state
        assert admin.job(killed)["error"] == "its worker was killed"
        assert 0 < kept.pttl("reelkin:writer") <= 60_000
        kept.delete("reelkin:writer")  # as if that were over, too
        again = admin.start(kind="build")
        with worker(own, url):
            assert admin.reaches(again, "finished"), admin.job(again)


@pytest.mark.redis
@pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")
def test_a_build_is_queued_when_it_is_time(own: Sample, tmp_path: Path) -> None:
    port = serving.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis(tmp_path, port), Redis.from_url(url) as kept:
        queue = queued.opened(kept)
        with worker(own, url, "cron", "--at", "* * * * * */2") as nightly:  # every other second
            assert eventually(lambda: len(queued.latest(queue)) > 0)
            nightly.terminate()
            assert nightly.wait(30) == 0
        job = queued.latest(queue)[0]
        assert job.meta == {"kind": "build", "by": "cron"}
        with worker(own, url):  # there are no films: the command says so
            assert eventually(lambda: job.refresh() or job.is_failed, 60)
        assert "the catalogue is empty" in job.meta["error"]


@pytest.mark.parametrize("command", ["worker", "cron"])
def test_without_redis_there_is_one_line_that_says_so(
    own: Sample, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for address, said in (("", "set REELKIN_REDIS_URL"), ("redis://127.0.0.1:9/0", "does not answer")):
        monkeypatch.setenv("REELKIN_REDIS_URL", address)
        refused = run("etl", command, url=own.url, folder=own.folder)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
        assert said in refused.stderr


WRONG: tuple[dict[str, Any], ...] = (
    {"kind": "sample"},
    {"kind": "ingest"},
    {"kind": "build", "file": "dump.csv"},
    {"kind": "build", "generation": "x"},
    {"kind": "ingest", "file": "../dump.csv"},
    {"kind": "ingest", "file": "a/../../dump.csv"},
    {"kind": "ingest", "file": "/etc/passwd"},
    {"kind": "ingest", "file": "--prune"},
    {"kind": "rollback", "generation": "--debug"},
    {"kind": "enrich", "limit": 0},
    {"kind": "build", "profile": "x y"},
)


def test_what_is_no_job_is_refused(own: Sample) -> None:
    with running(own) as client:
        admin = held(client, own, Role.ADMIN)
        for body in WRONG:
            answer = client.post("/admin/jobs", json=body, headers=admin)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body


def held(client: TestClient, own: Sample, role: Role) -> dict[str, str]:
    database = connect(own.url)
    name = add_user(database, role)
    database.dispose()
    return headers(token(client, name))


def test_only_admins_have_jobs_and_only_with_redis(own: Sample) -> None:
    with running(own) as client:
        assert client.get("/admin/jobs").status_code == 401
        assert client.post("/admin/jobs", json={"kind": "build"}).status_code == 401
        assert client.get("/admin/jobs", headers=held(client, own, Role.EDITOR)).status_code == 403
        answer = client.get("/admin/jobs", headers=held(client, own, Role.ADMIN))
        assert (answer.status_code, answer.json()["code"]) == (503, "no_jobs")
        assert "REELKIN_REDIS_URL" in answer.json()["detail"]


@pytest.mark.parametrize("times", ["", "nightly", "30 25 * * *", "30 3"])
def test_times_that_are_none_are_refused(times: str) -> None:
    with pytest.raises(ArgumentTypeError, match="no times of cron"):
        builds(times)
