"""Safe by default: limits, sizes, headers, and a log that keeps secrets."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import requests
from fastapi.testclient import TestClient

from api.app import Policy, create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.engine import connect
from tests.support import serving
from tests.support.redis_server import redis
from tests.support.sample import POSTERS, Sample

ALIEN = 348
Open = Callable[[Policy], TestClient]


@pytest.fixture
def opened(sample: Sample) -> Iterator[Open]:
    """Creates clients of apps with a policy of their own."""
    clients: list[TestClient] = []

    def client(policy: Policy) -> TestClient:
        database = connect(sample.url)
        followed = Serving(Generations(sample.folder / "generations"), database)
        made = TestClient(
            create_app(database=database, serving=followed, poster_base=POSTERS, secret="x", policy=policy)
        )
        clients.append(made.__enter__())
        return made

    yield client
    for made in clients:
        made.__exit__(None, None, None)


def test_a_client_over_the_limit_is_told_when_to_retry(opened: Open) -> None:
    client = opened(Policy(rate_limit="3/hour"))
    assert [client.get("/movies/348").status_code for _ in range(3)] == [200] * 3
    refused = client.get("/movies/348")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 3_500 < int(refused.headers["retry-after"]) <= 3_600
    assert client.get("/health").status_code == client.get("/ready").status_code == 200


def test_after_the_wait_requests_are_answered_again(opened: Open) -> None:
    client = opened(Policy(rate_limit="1/second"))
    client.get("/genres")
    assert serving.eventually(lambda: client.get("/genres").status_code == 429)
    assert serving.eventually(lambda: client.get("/genres").status_code == 200)


@pytest.mark.redis
@pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")
def test_processes_share_counts_in_redis_and_survive_its_end(
    opened: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.middleware.AGAIN_S", 0.0)
    caplog.set_level(logging.INFO, "reelkin.api")
    port = serving.free_port()
    policy = Policy(rate_limit="4/hour", redis_url=f"redis://127.0.0.1:{port}/0")

    def statuses(client: TestClient, times: int) -> list[int]:
        return [client.get("/movies/348").status_code for _ in range(times)]

    with redis(tmp_path, port):
        one, two = opened(policy), opened(policy)
        assert statuses(one, 2) + statuses(two, 3) == [200] * 4 + [429]
    # Gone: each process goes on by itself, and says so once.
    assert statuses(one, 5) == [200] * 4 + [429]
    assert [record.message for record in caplog.records if "Redis is away" in record.message][1:] == []
    with redis(tmp_path, port):
        assert statuses(two, 4) == [200] * 4
        assert statuses(one, 1) == [429]


def test_bodies_lists_and_texts_are_bounded(client: TestClient) -> None:
    def post(**body: Any) -> requests.Response | Any:
        return client.post("/movies/recommend", json=body)

    json = {"content-type": "application/json"}
    big = b" " * 2**20 + b"{}"
    for content in (big, iter([big[: 2**19]] * 3)):  # with its length, and in chunks
        refused = client.post("/movies/recommend", content=content, headers=json)
        assert (refused.status_code, refused.json()["code"]) == (413, "content_too_large")
        assert refused.headers["content-type"] == "application/problem+json"
    assert post(like=[ALIEN], text="a" * 2_001).status_code == 422
    assert post(like=list(range(1, 1_002))).status_code == 422
    assert post(like=[ALIEN], candidates=list(range(1, 10_002))).status_code == 422
    assert client.get("/movies/search", params={"q": "a" * 10_001}).status_code == 422
    assert client.get("/movies", params={"genres": ["x"] * 51}).status_code == 422


@pytest.mark.parametrize("path", ["/movies/348", "/nowhere", "/movies?limit=0", "/health", "/docs"])
def test_every_answer_is_safe_to_show(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]


def test_the_documentation_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    assert "://" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    for path in loaded:
        assert client.get(f"/{path}").status_code == 200, path
    assert "SwaggerUIBundle" in client.get("/docs/assets/swagger-ui-bundle.js").text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert client.get("/redoc").status_code == 404


def test_other_sites_may_send_requests_only_if_they_are_listed(client: TestClient, opened: Open) -> None:
    origin = {"Origin": "https://films.example"}
    asks = origin | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert "access-control-allow-origin" not in client.get("/health", headers=origin).headers
    assert client.options("/movies/recommend", headers=asks).status_code == 405
    open_to_one = opened(Policy(cors_origins=("https://films.example",)))
    assert open_to_one.get("/health", headers=origin).headers["access-control-allow-origin"] == origin["Origin"]
    assert open_to_one.options("/movies/recommend", headers=asks).status_code == 200
    other = open_to_one.get("/health", headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


def test_everything_may_lie_below_a_path(opened: Open) -> None:
    """Of a proxy that passes the path on, and of one that removes it."""
    client = opened(Policy(root_path="/films/api", rate_limit="30/hour"))
    for path in ("/movies/348", "/movies/recommend/348", "/openapi.json", "/docs", "/docs/assets/swagger-ui.css"):
        passed, removed = client.get(f"/films/api{path}"), client.get(path)
        assert passed.status_code == removed.status_code == 200, path
        if path != "/movies/recommend/348":  # says how long it took
            assert passed.content == removed.content
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/films/api"}]
    moved = client.get("/films/api/genres/?languages=ja", follow_redirects=False)
    assert moved.headers["location"] == "http://testserver/films/api/genres?languages=ja"
    assert client.get("/films/api/genres/?languages=ja").json()["genres"]
    assert client.get("/films/apinot").status_code == client.get("/films/api/nowhere").status_code == 404
    assert [client.get("/films/api/health").status_code for _ in range(40)] == [200] * 40
    assert 429 in [client.get("/films/api/genres").status_code for _ in range(31)]


def test_documents_below_a_path_load_from_there(opened: Open) -> None:
    client = opened(Policy(root_path="/films"))
    for name in re.findall(r'(?:src|href)="([^"]+)"', client.get("/films/docs").text):
        assert client.get(f"/films/{name}").status_code == 200, name
