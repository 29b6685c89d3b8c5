"""Request ids, timings, logs and metrics."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
from collections.abc import Iterator

import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.operation.logs import JsonFormatter
from api.recommend.service import RecallSampler
from api.serving.edits import Snapshot
from index.answer.recommend import Question
from index.generation.manifest import Generation
from index.generation.overlay import Overlay
from index.generation.publish import Generations
from tests.support import serving
from tests.support.sample import Sample

ALIEN = 348


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Name and label values -> value, of everything in `/metrics`."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, object]]]:
    """The log as the JSON formatter writes it, parsed."""
    written: list[dict[str, object]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(JsonFormatter().format(record)))

    handler, logger = Keep(), logging.getLogger("reelkin")
    caplog.set_level(logging.INFO, "reelkin")
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


def test_a_request_is_known_by_the_id_that_the_client_gave(client: TestClient) -> None:
    assert client.get("/health", headers={"X-Request-ID": "from-me.1"}).headers["x-request-id"] == "from-me.1"
    for forged in ("two words", "x" * 65, 'a"b'):
        answered = client.get("/health", headers={"X-Request-ID": forged}).headers["x-request-id"]
        assert re.fullmatch("[0-9a-f]{16}", answered)


def test_timings_name_the_stages(client: TestClient) -> None:
    timing = client.get("/movies/recommend", params={"title": "alien"}).headers["server-timing"]
    assert re.findall(r"(\w+);dur=[\d.]+", timing) == ["resolve", "neighbours", "hydrate", "encode", "total"]
    timing = client.get("/movies/recommend", params={"title": "alien", "k": 90}).headers["server-timing"]
    assert re.findall(r"(\w+);dur=[\d.]+", timing)[-5:] == ["neighbours", "search", "hydrate", "encode", "total"]


def test_a_log_line_tells_of_the_request_without_its_query(
    client: TestClient, lines: list[dict[str, object]]
) -> None:
    client.get("/movies/search?q=my-secret-wish", headers={"X-Request-ID": "abc", "Authorization": "Bearer s3cr"})
    (line,) = [line for line in lines if line["logger"] == "reelkin.requests"]
    assert (line["request_id"], line["path"], line["status"]) == ("abc", "/movies/search", 200)
    assert "search" in line["stages_ms"]  # type: ignore[operator]
    assert not re.search("my-secret-wish|s3cr", json.dumps(lines))


def test_an_unexpected_error_is_logged_with_the_request_id_and_answered_as_a_problem(
    app: FastAPI, client: TestClient, lines: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault made for this test")

    monkeypatch.setattr("api.films.browse.browse.turned", broken)
    response = client.get("/movies", headers={"X-Request-ID": "boom"})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["x-request-id"] == "boom"
    assert "made for this test" not in response.text
    (line,) = [line for line in lines if "exception" in line]
    assert line["request_id"] == "boom"
    assert "made for this test" in str(line["exception"])


def test_metrics_count_requests_by_route_and_name_what_is_served(client: TestClient) -> None:
    before = samples(client.get("/metrics").text)
    client.get(f"/movies/recommend/{ALIEN}?k=7&exact=true")  # not in the cache: no other test asks this
    client.get("/movies/999999999")
    client.get("/nowhere/at/all")
    after = samples(client.get("/metrics").text)

    def grown(*key: str) -> float:
        return after[key] - before.get(key, 0)

    route = "/movies/recommend/{movie_id}"
    assert grown("reelkin_http_requests_total", "GET", route, "200") == 1
    assert grown("reelkin_http_request_seconds_count", "GET", route) == 1
    assert grown("reelkin_http_requests_total", "GET", "/movies/{movie_id}", "404") == 1
    assert grown("reelkin_http_requests_total", "GET", "unmatched", "404") == 1
    assert grown("reelkin_stage_seconds_count", "search") == 1
    generation = client.get("/ready").json()["generation"]
    assert after["reelkin_generation_info", generation, "default"] == 1
    assert after["reelkin_database_up",] == 1
    assert after["reelkin_generation_films",] == 5_000


def test_recall_is_sampled_against_exact_search(sample: Sample) -> None:
    generation = Generation.open(Generations(sample.folder / "generations").current())
    served, seen = Snapshot.of(Overlay.over(generation)), []
    sampler = RecallSampler(seen.append)
    question = Question(likes=(0,), k=4)
    answer = dataclasses.replace(served.recommender.recommend(question), exact=False)
    worst = served.recommender.recommend(dataclasses.replace(question, k=8)).films[4:]
    for films in (answer.films, answer.films[:2] + worst[:2], answer.films[:1]):
        sampler.offer(served, question, dataclasses.replace(answer, films=films))
        sampler.sample()
    sampler.sample()  # nothing was offered since
    assert seen == [1.0, 0.5, 0.25]


def test_workers_add_up(sample: Sample) -> None:
    with serving.api(sample, workers=2) as address, requests.Session() as session:
        for _ in range(40):
            # A connection each, so that both workers get some.
            assert requests.get(f"{address}/movies/{ALIEN}", timeout=10).ok
        key = "reelkin_http_requests_total", "GET", "/movies/{movie_id}", "200"
        assert samples(session.get(f"{address}/metrics", timeout=10).text)[key] == 40
