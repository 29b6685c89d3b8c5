"""Live statistics: what visitors do is counted, and who they are is kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import requests
from redis import Redis

from api.operation import live
from api.operation.live import Live
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import PASSWORD, add_user, headers
from tests.support import serving
from tests.support.redis_server import redis
from tests.support.sample import Sample, copied

ALIEN = 348
NOBODY_KNOWS = "qqqqzzzz xxyyzz"


def visit(address: str, visitor: str, path: str) -> requests.Response:
    return requests.get(address + path, headers={"X-Forwarded-For": visitor}, timeout=30)


class Served:
    """An API that trusts this machine to name its visitors, and what its admin sees."""

    def __init__(self, address: str, own: Sample) -> None:
        database = connect(own.url)
        name = add_user(database, Role.ADMIN)
        database.dispose()
        self.address = address
        opened = requests.post(f"{address}/sessions", json={"name": name, "password": PASSWORD}, timeout=30)
        self.held = headers(opened.json()["token"])

    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.address}/admin/live", headers=self.held, timeout=30).json()
        return found

    def everybody(self, visitors: int, path: str) -> None:
        for i in range(visitors):
            assert visit(self.address, f"203.0.113.{i}", path).ok


@pytest.fixture(scope="module")
def own(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder: Path = tmp_path_factory.mktemp("live")
    return copied(sample, folder)


@pytest.fixture(params=["alone", pytest.param("together", marks=pytest.mark.redis)])
def served(request: pytest.FixtureRequest, own: Sample, tmp_path: Path) -> Iterator[Served]:
    trusting = {"REELKIN_TRUSTED_PROXIES": "127.0.0.1"}
    if request.param == "alone":
        with serving.api(own, **trusting) as address:
            yield Served(address, own)
        return
    if which("redis-server") is None:
        pytest.skip("no redis-server")
    port = serving.free_port()
    with (
        redis(tmp_path, port),
        serving.api(own, 2, REELKIN_REDIS_URL=f"redis://127.0.0.1:{port}/0", **trusting) as address,
    ):
        yield Served(address, own)
        kept = Redis(port=port)
        stored = b" ".join([*kept.scan_iter(), *(kept.dump(key) or b"" for key in kept.scan_iter("*live*"))])
        assert b"203.0.113" not in stored


def test_visits_are_counted_and_few_are_not_told(served: Served) -> None:
    served.everybody(6, "/movies/search?q=Alien")
    served.everybody(6, f"/movies/search?q={NOBODY_KNOWS}")
    served.everybody(4, "/movies/search?q=my+own+name")
    served.everybody(3, f"/movies/{ALIEN}")
    expected = {"searched": ["alien", NOBODY_KNOWS], "nothing": [NOBODY_KNOWS], "opened": [str(ALIEN)]}
    told = lambda: {name: sorted(one["what"] for one in served.seen()[name]) for name in expected}  # noqa: E731
    assert serving.eventually(lambda: told() == expected, 10), served.seen()
    found = served.seen()
    assert (found["visitors"], found["now"]) == (7, 7)  # with the admin
    assert found["requests"] >= 19
    assert found["opened"] == [{"what": str(ALIEN), "times": 3}]
    assert requests.delete(f"{served.address}/admin/live", headers=served.held, timeout=30).status_code == 204
    assert served.seen()["searched"] == []
    assert visit(served.address, "203.0.113.1", "/admin/live").status_code == 401


def test_counting_may_be_off(own: Sample) -> None:
    with serving.api(own, REELKIN_LIVE_STATISTICS="off") as address:
        served = Served(address, own)
        assert served.seen()["status"] == 404
        assert "REELKIN_LIVE_STATISTICS" in served.seen()["detail"]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MOST", 50)
    counted = Live()
    for i in range(200):
        counted.note(
            {"client": (f"198.51.100.{i}", 1), "path": "/movies/search", "query_string": f"q=film+{i}".encode()},
            200,
        )
        if i % 10 == 9:
            counted.count()
    seen = counted.seen()
    assert (seen.visitors, seen.requests, seen.searched) == (50, 200, [])


def test_a_redis_that_is_away_keeps_nobody_waiting() -> None:
    counted = Live(f"redis://127.0.0.1:{serving.free_port()}/0")
    counted.note({"client": ("198.51.100.1", 1), "path": "/movies/348", "query_string": b""}, 200)
    seen = counted.seen()
    assert (seen.visitors, seen.opened) == (1, [("348", 1)])


def test_another_day_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Live()
    counted.note({"client": ("198.51.100.1", 1), "path": "/movies/348", "query_string": b""}, 200)
    assert counted.seen().visitors == 1
    monkeypatch.setattr(live, "_now", lambda: (99_999, 99_999 * 1_440))
    assert counted.seen().visitors == 0
