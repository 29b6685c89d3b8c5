"""Logins: few at a time, none of a name or an address that failed too often; and who may name a client."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests
from limits import parse

from api.web.middleware import OwnCounts
from settings import TrustedProxies, client_network
from sql.accounts import Role, list_users
from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.api.users import PASSWORD, add_user
from tests.support import serving
from tests.support.attacks import at_once, wrong_logins
from tests.support.sample import ROOT, Sample


@pytest.fixture
def own(tmp_path: Path) -> Sample:
    """An empty catalogue of its own."""
    return Sample(f"sqlite:///{tmp_path / 'reelkin.db'}", tmp_path)


@pytest.fixture
def name(own: Sample) -> Iterator[str]:
    """A member of it."""
    database = connect(own.url)
    upgrade(database)
    yield add_user(database, Role.MEMBER)
    database.dispose()


def log_in(address: str, name: str, password: str = PASSWORD, **headers: str) -> requests.Response:
    return requests.post(
        f"{address}/sessions", json={"name": name, "password": password}, headers=headers, timeout=60
    )


def test_a_name_is_closed_after_too_many_failures(own: Sample, name: str) -> None:
    with serving.api(own, REELKIN_LOGIN_LIMIT="4/hour", REELKIN_TRUSTED_PROXIES="127.0.0.1") as address:
        failed = [log_in(address, name, f"wrong {i}", **{"X-Forwarded-For": f"203.0.113.{i}"}) for i in range(6)]
        assert [answer.status_code for answer in failed] == [401] * 4 + [429] * 2
        right = log_in(address, name, **{"X-Forwarded-For": "203.0.113.99"})
        assert (right.status_code, right.json()["code"]) == (429, "too_many_requests")
        assert 3_500 < int(right.headers["Retry-After"]) <= 3_600
        other = log_in(address, "nobody", **{"X-Forwarded-For": "203.0.113.99"})
        assert other.status_code == 401


def test_an_address_is_closed_after_too_many_failures_and_headers_do_not_help(own: Sample, name: str) -> None:
    with serving.api(own, REELKIN_LOGIN_LIMIT="2/hour") as address:
        failed = [
            log_in(address, f"nobody{i}", **{"X-Forwarded-For": f"203.0.113.{i}"}).status_code for i in range(7)
        ]
        assert failed == [401] * 6 + [429]
        assert log_in(address, name).status_code == 429


def test_an_address_creates_few_accounts(own: Sample, name: str) -> None:
    with serving.api(own, REELKIN_LOGIN_LIMIT="1/hour", REELKIN_SIGN_UP="open") as address:
        made = [
            requests.post(f"{address}/users", json={"name": f"new{i}", "password": PASSWORD}, timeout=60)
            for i in range(4)
        ]
        assert [answer.status_code for answer in made] == [201] * 3 + [429]
        assert log_in(address, "new0").status_code == 201


def test_who_knows_the_password_is_never_closed_out(own: Sample, name: str) -> None:
    with serving.api(own, REELKIN_LOGIN_LIMIT="2/hour") as address:
        for _ in range(5):  # its address may fail six times
            assert log_in(address, name, "mistyped").status_code == 401
            assert log_in(address, name).status_code == 201


def test_many_guesses_are_too_many_by_default(own: Sample, name: str) -> None:
    with serving.api(own) as address:
        statuses = [log_in(address, name, f"wrong {i}").status_code for i in range(35)]
        assert statuses == [401] * 30 + [429] * 5
        assert log_in(address, name).status_code == 429
    with serving.api(own, REELKIN_LOGIN_LIMIT="off") as address:
        assert {log_in(address, name, f"wrong {i}").status_code for i in range(33)} == {401}
        assert log_in(address, name).status_code == 201


def test_many_logins_at_once_do_not_keep_others_waiting(own: Sample) -> None:
    with serving.api(own) as address:
        port, statuses = int(address.rpartition(":")[2]), []
        attack = threading.Thread(target=lambda: statuses.extend(at_once(port, wrong_logins(48))))
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        attack.start()
        answered = 0
        while attack.is_alive():
            connection.request("GET", "/health")
            response = connection.getresponse()
            assert response.status == 200
            response.read()
            answered += 1
        attack.join()
        connection.close()
    assert set(statuses) == {401, 429}
    assert statuses.count(429) >= 48 - 30
    assert answered > 10


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        ((), "198.51.100.1", "10.0.0.1"),
        (("10.0.0.2",), "198.51.100.1", "10.0.0.1"),
        (("10.0.0.1",), "198.51.100.1", "198.51.100.1"),
        (("10.0.0.1",), "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (("10.0.0.0/8",), "198.51.100.1, garbage", "10.0.0.1"),
        (("10.0.0.0/8",), "0.0.0.0/0", "10.0.0.1"),
        (("10.0.0.0/8",), "", "10.0.0.1"),
        (("::/0", "0.0.0.0/0"), "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (("10.0.0.1",), "2001:db8::7", "2001:db8::7"),
    ],
)
def test_who_is_the_client(proxies: tuple[str, ...], forwarded: str, client: str) -> None:
    assert TrustedProxies(proxies).client("10.0.0.1", forwarded) == client


def test_an_ipv4_peer_of_an_ipv6_socket_is_trusted() -> None:
    assert TrustedProxies(["10.0.0.1"]).client("::ffff:10.0.0.1", "203.0.113.7") == "203.0.113.7"


def test_a_household_of_ipv6_is_one_client() -> None:
    assert client_network("2001:db8:0:1::1") == client_network("2001:db8:0:1:ffff::9")
    assert client_network("2001:db8:0:1::1") != client_network("2001:db8:0:2::1")
    assert client_network("fe80::1%eth0") == client_network("fe80::2")


def test_only_a_trusted_proxy_changes_who_is_counted(own: Sample) -> None:
    def statuses(address: str, clients: list[str]) -> list[int]:
        return [
            requests.get(f"{address}/sessions", headers={"X-Forwarded-For": client}, timeout=60).status_code
            for client in clients
        ]

    with serving.api(own, REELKIN_RATE_LIMIT="2/hour") as address:
        assert statuses(address, ["198.51.100.1", "198.51.100.2", "198.51.100.3"]) == [405, 405, 429]
    trusting = {"REELKIN_RATE_LIMIT": "2/hour", "REELKIN_TRUSTED_PROXIES": "127.0.0.0/8"}
    with serving.api(own, **trusting) as address:
        assert statuses(address, ["198.51.100.1", "198.51.100.2", "1.1.1.1, 198.51.100.1"]) == [405] * 3
        assert statuses(address, ["2.2.2.2, 198.51.100.1"]) == [429]
        assert statuses(address, [f"2001:db8::{i:x}" for i in range(1, 4)]) == [405, 405, 429]


def test_a_clock_set_back_locks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    counts = OwnCounts(parse("1/second"))
    assert counts.wait_s("a") == 0
    assert counts.wait_s("a") == 1
    monkeypatch.setattr(time, "time", lambda: now - 3_600)
    assert counts.wait_s("a") == 1
    assert serving.eventually(lambda: counts.wait_s("a", 0) == 0 and counts.wait_s("a") == 0)


def test_what_is_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.web.middleware.MOST_CLIENTS", 10)
    counts = OwnCounts(parse("5/hour"))
    for i in range(100):
        counts.wait_s(str(i))
    assert len(counts._windows) == 10


def command(own: Sample, *arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m api` with a command."""
    environment = {"REELKIN_DATABASE_URL": own.url, "REELKIN_DATA_DIR": str(own.folder)}
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env=environment,
        input=password + "\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_users_are_listed_changed_and_deleted(own: Sample) -> None:
    ask: Callable[..., subprocess.CompletedProcess[str]] = partial(command, own)
    assert ask("create-user", "bea", "--role", "member", password=PASSWORD).returncode == 0
    assert ask("create-user", "ann", "--role", "admin", password=PASSWORD).returncode == 0
    assert ask("list-users").stdout == "ann  admin\nbea  member\n"
    with serving.api(own) as address:
        held = {"Authorization": f"Bearer {log_in(address, 'bea').json()['token']}"}
        film = {"id": 1, "title": "One"}
        assert requests.post(f"{address}/movies", json=film, headers=held, timeout=60).status_code == 403
        changed = ask("set-role", "bea", "--role", "editor")
        assert (changed.returncode, changed.stdout) == (0, "bea is editor now\n")
        assert requests.post(f"{address}/movies", json=film, headers=held, timeout=60).status_code != 403
        assert ask("delete-user", "bea").stdout == "deleted bea\n"
        assert requests.delete(f"{address}/sessions", headers=held, timeout=60).status_code == 401
        assert log_in(address, "bea").status_code == 401
    assert json.loads(ask("list-users", "--json").stdout) == [{"name": "ann", "role": "admin"}]
    for arguments in (("delete-user", "bea"), ("set-role", "bea", "--role", "admin")):
        missing = ask(*arguments)
        assert missing.returncode == 1
        assert missing.stderr.count("\n") == 1
        assert "list-users" in missing.stderr
    database = connect(own.url)
    assert [user.name for user in list_users(database)] == ["ann"]
    database.dispose()
