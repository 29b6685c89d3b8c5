"""Two API processes with folders of their own, one database and one Redis: each knows what the other knows."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import requests
from redis import Redis

from sql.accounts import Role
from sql.engine import connect
from tests.api.editors import ALIEN
from tests.api.users import PASSWORD, add_user, headers
from tests.support import serving
from tests.support.redis_server import redis
from tests.support.sample import Sample, copied, run

pytestmark = [pytest.mark.redis, pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")]
SECRET = "one key for both hosts, so that a session is valid on each"


@dataclass(frozen=True)
class Hosts:
    """Both of them, what they share, and the process of Redis."""

    one: str
    other: str
    own: Sample
    redis_url: str
    redis: int

    def user(self, role: Role) -> str:
        """The name of a new user."""
        database = connect(self.own.url)
        name = add_user(database, role)
        database.dispose()
        return name


@pytest.fixture(scope="module")
def hosts(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Both hosts; the last test kills their Redis."""
    folder: Path = tmp_path_factory.mktemp("hosts")
    own, port = copied(sample, folder), serving.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with redis(folder, port) as process, ExitStack() as running:
        addresses = []
        for name in ("one", "other"):
            shutil.copytree(own.folder / "generations", folder / name / "generations", symlinks=True)
            host = Sample(own.url, folder / name)
            more = {"REELKIN_SECRET_KEY": SECRET, "REELKIN_REDIS_URL": url}
            addresses.append(running.enter_context(serving.api(host, **more)))
        yield Hosts(*addresses, own, url, process.pid)


def ask(method: str, address: str, held: dict[str, str] | None = None, **more: Any) -> requests.Response:
    return requests.request(method, address, headers=held, timeout=30, **more)


def signed_in(host: str, name: str) -> dict[str, str]:
    answer = ask("POST", f"{host}/sessions", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return headers(answer.json()["token"])


def title(host: str) -> str:
    return str(ask("GET", f"{host}/movies/{ALIEN}").json()["title"])


def test_what_is_written_through_one_is_found_through_the_other(hosts: Hosts) -> None:
    editor = signed_in(hosts.one, hosts.user(Role.EDITOR))
    question = f"movies/recommend?id={ALIEN}&k=5"

    def tags() -> set[str | None]:
        """There is none while a host takes an edit in."""
        return {ask("GET", f"{host}/{question}").headers.get("ETag") for host in (hosts.one, hosts.other)}

    (before,) = tags()
    for host, other, name in ((hosts.one, hosts.other, "First Name"), (hosts.other, hosts.one, "Second Name")):
        changed = ask("PATCH", f"{host}/movies/{ALIEN}", editor, json={"title": name})
        assert changed.status_code == 200, changed.text
        assert title(other) == name

        def found(other: str = other, name: str = name) -> bool:
            best = ask("GET", f"{other}/movies/search", params={"q": name}).json()["best"]
            return bool(best and best["movie"]["id"] == ALIEN)

        assert serving.eventually(found)
    assert before
    assert serving.eventually(lambda: len(tags() - {None, before}) == 1 == len(tags()))


def test_a_members_token_and_lists_are_the_same_on_both_until_they_end(
    hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = hosts.user(Role.MEMBER)
    held = signed_in(hosts.one, name)
    for host, rating in ((hosts.one, 9), (hosts.other, 2.5)):
        assert ask("PUT", f"{host}/me/ratings/{ALIEN}", held, json={"rating": rating}).status_code == 200
        for each in (hosts.one, hosts.other):
            assert ask("GET", f"{each}/me/ratings/{ALIEN}", held).json()["rating"] == rating
    monkeypatch.setenv("REELKIN_REDIS_URL", hosts.redis_url)
    promoted = run("api", "set-role", name, "--role", "admin", url=hosts.own.url, folder=hosts.own.folder)
    assert promoted.returncode == 0, promoted.stderr
    assert ask("GET", f"{hosts.other}/me", held).json()["role"] == "admin"
    again = signed_in(hosts.other, name)
    assert ask("GET", f"{hosts.one}/me", again).status_code == 200
    assert ask("DELETE", f"{hosts.one}/sessions", again).status_code == 204
    assert ask("GET", f"{hosts.other}/me", again).status_code == 401
    assert ask("GET", f"{hosts.other}/me", held).status_code == 200
    assert ask("DELETE", f"{hosts.other}/me", held).status_code == 204
    assert ask("GET", f"{hosts.one}/me", held).status_code == 401


def test_while_redis_is_full_both_go_on_and_no_job_is_started(hosts: Hosts) -> None:
    admin = signed_in(hosts.one, hosts.user(Role.ADMIN))
    with Redis.from_url(hosts.redis_url) as full:
        full.config_set("maxmemory", 1)
        try:
            editor = signed_in(hosts.one, hosts.user(Role.EDITOR))
            for host, other, name in ((hosts.one, hosts.other, "Full"), (hosts.other, hosts.one, "Full Again")):
                changed = ask("PATCH", f"{host}/movies/{ALIEN}", editor, json={"title": name})
                assert changed.status_code == 200, changed.text
                assert title(other) == name
                assert ask("GET", f"{other}/movies/recommend/{ALIEN}").status_code == 200
            assert ask("GET", f"{hosts.other}/admin/live", admin).status_code == 200
            refused = ask("POST", f"{hosts.one}/admin/jobs", admin, json={"kind": "build"})
            assert (refused.status_code, refused.json()["code"]) == (503, "no_jobs")
            assert "is full" in refused.json()["detail"]
            assert ask("DELETE", f"{hosts.one}/sessions", editor).status_code == 204
            assert ask("GET", f"{hosts.other}/me", editor).status_code == 401
        finally:
            full.config_set("maxmemory", 0)
    assert ask("POST", f"{hosts.one}/admin/jobs", admin, json={"kind": "build"}).status_code == 202


def test_without_redis_both_go_on_and_their_metrics_say_so(hosts: Hosts) -> None:
    editor = signed_in(hosts.one, hosts.user(Role.EDITOR))
    assert ask("GET", f"{hosts.other}/me", editor).status_code == 200
    assert "reelkin_redis_up 1.0" in ask("GET", f"{hosts.one}/metrics").text
    os.kill(hosts.redis, signal.SIGKILL)
    for host in (hosts.one, hosts.other):
        assert ask("GET", f"{host}/me", editor).status_code == 200
        assert "reelkin_redis_up 0.0" in ask("GET", f"{host}/metrics").text
    changed = ask("PATCH", f"{hosts.one}/movies/{ALIEN}", editor, json={"title": "Without Redis"})
    assert changed.status_code == 200, changed.text
    assert serving.eventually(lambda: title(hosts.other) == "Without Redis")
    assert ask("DELETE", f"{hosts.one}/sessions", editor).status_code == 204
    assert ask("GET", f"{hosts.other}/me", editor).status_code == 401
