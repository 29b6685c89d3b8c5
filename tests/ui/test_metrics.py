"""Reading Prometheus's text: known numbers in, known numbers out."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from ui.models import operations
from ui.models.operations import Route, Sample


def exposition(*answers: tuple[str, int, float]) -> str:
    """The API's text after these answers: route, status, seconds."""
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
    return operations.read_metrics(exposition(*answers), at)


def test_routes_of_monitoring_are_not_counted() -> None:
    read = sample(("/movies", 200, 0.005), ("/movies", 503, 0.05), ("/metrics", 200, 0.005))
    assert read.routes.keys() == {"/movies"}
    assert (read.routes["/movies"].requests, read.routes["/movies"].faults) == (2, 1)


def test_a_quantile_is_interpolated_inside_its_bucket() -> None:
    route = sample(*[("/movies", 200, 0.005)] * 50, *[("/movies", 200, 0.015)] * 50).routes["/movies"]
    assert route.quantile_ms(0.5) == pytest.approx(10)
    assert route.quantile_ms(0.75) == pytest.approx(15)
    assert route.quantile_ms(0.25) == pytest.approx(5)


def test_beyond_the_last_bound_a_quantile_is_that_bound() -> None:
    assert sample(("/movies", 200, 7.0)).routes["/movies"].quantile_ms(0.5) == pytest.approx(100)


def test_no_request_has_no_latency() -> None:
    assert Route().quantile_ms(0.5) is None
    before = sample(("/movies", 200, 0.005))
    assert operations.together(operations.between(before, before).values()).quantile_ms(0.5) is None


def test_between_two_samples_only_new_requests_count() -> None:
    before = sample(("/movies", 200, 0.005))
    after = sample(("/movies", 200, 0.005), ("/movies", 200, 0.015), ("/shelves", 500, 0.015))
    asked = operations.between(before, after)
    assert (asked["/movies"].requests, asked["/shelves"].requests) == (1, 1)
    both = operations.together(asked.values())
    assert (both.requests, both.faults) == (2, 1)
    assert both.quantile_ms(0.5) == pytest.approx(15)


def test_a_restarted_service_is_counted_from_its_start() -> None:
    before = sample(*[("/movies", 200, 0.005)] * 9)
    assert operations.between(before, sample(("/movies", 200, 0.005)))["/movies"].requests == 1
