"""What the operator's page reads from Prometheus's text: known numbers in, known numbers out."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from ui.models import metrics as live
from ui.models.metrics import Route, Sample


def exposition(*answers: tuple[str, int, float]) -> str:
    """What our API would say after these answers: route, status, seconds."""
    registry = CollectorRegistry()
    labels = ("method", "route")
    requests = Counter("reelkin_http_requests", "Requests.", (*labels, "status"), registry=registry)
    seconds = Histogram(
        "reelkin_http_request_seconds", "Seconds.", labels, buckets=(0.01, 0.02, 0.1), registry=registry
    )
    for route, status, took in answers:
        requests.labels("GET", route, str(status)).inc()
        seconds.labels("GET", route).observe(took)
    return generate_latest(registry).decode()


def sample(*answers: tuple[str, int, float], at: float = 0.0) -> Sample:
    return live.read(exposition(*answers), at)


def test_routes_are_counted_without_those_that_watchers_ask() -> None:
    read = sample(("/movies", 200, 0.005), ("/movies", 503, 0.05), ("/metrics", 200, 0.005))
    assert read.routes.keys() == {"/movies"}
    assert (read.routes["/movies"].requests, read.routes["/movies"].faults) == (2, 1)


def test_a_quantile_lies_in_its_bucket_in_proportion() -> None:
    route = sample(*[("/movies", 200, 0.005)] * 50, *[("/movies", 200, 0.015)] * 50).routes["/movies"]
    assert route.quantile_ms(0.5) == pytest.approx(10)
    assert route.quantile_ms(0.75) == pytest.approx(15)
    assert route.quantile_ms(0.25) == pytest.approx(5)


def test_beyond_the_last_bound_the_bound_is_all_that_is_known() -> None:
    assert sample(("/movies", 200, 7.0)).routes["/movies"].quantile_ms(0.5) == pytest.approx(100)


def test_nothing_asked_has_no_latency() -> None:
    assert Route().quantile_ms(0.5) is None
    before = sample(("/movies", 200, 0.005))
    assert live.together(live.between(before, before).values()).quantile_ms(0.5) is None


def test_between_two_looks_only_what_came_since_counts() -> None:
    before = sample(("/movies", 200, 0.005))
    after = sample(("/movies", 200, 0.005), ("/movies", 200, 0.015), ("/shelves", 500, 0.015))
    asked = live.between(before, after)
    assert (asked["/movies"].requests, asked["/shelves"].requests) == (1, 1)
    both = live.together(asked.values())
    assert (both.requests, both.faults) == (2, 1)
    assert both.quantile_ms(0.5) == pytest.approx(15)


def test_a_service_that_began_anew_is_counted_from_its_beginning() -> None:
    before = sample(*[("/movies", 200, 0.005)] * 9)
    assert live.between(before, sample(("/movies", 200, 0.005)))["/movies"].requests == 1
