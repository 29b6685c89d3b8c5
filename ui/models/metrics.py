"""Prometheus's text of `/metrics` as numbers: requests, errors and latencies by route, in total or in a span."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

REQUESTS = "reelkin_http_requests_total"
BUCKETS = "reelkin_http_request_seconds_bucket"
CACHE = "reelkin_cache_total"
RECALL_SUM, RECALL_COUNT = "reelkin_sampled_recall_sum", "reelkin_sampled_recall_count"
MONITORING = {"/health", "/ready", "/metrics"}
"""Routes that monitoring asks, this app included: they are not counted."""

FAULT = "5"


@dataclass(frozen=True)
class Route:
    """Requests of one route, or of several together.

    Attributes:
        requests: how many were answered.
        faults: how many of them with a 5xx status.
        buckets: cumulative counts: for each upper bound in seconds, how many took no longer.
    """

    requests: float = 0.0
    faults: float = 0.0
    buckets: Mapping[float, float] = field(default_factory=dict)

    def quantile_ms(self, share: float) -> float | None:
        """A quantile of the latencies in milliseconds; None without requests.

        Interpolated linearly inside its bucket, as Prometheus's `histogram_quantile` does.

        >>> Route(10, 0, {0.01: 5, 0.02: 10, math.inf: 10}).quantile_ms(0.75)
        15.0
        """
        bounds = sorted(self.buckets)
        total = self.buckets[bounds[-1]] if bounds else 0.0
        if not total:
            return None
        low, below = 0.0, 0.0
        for bound in bounds:
            within = self.buckets[bound]
            if within >= share * total:
                if math.isinf(bound):
                    break
                return 1e3 * (low + (bound - low) * (share * total - below) / ((within - below) or 1.0))
            low, below = bound, within
        return 1e3 * low  # beyond the last finite bound nothing more is known


@dataclass(frozen=True)
class Sample:
    """The counters at one moment, since the service started.

    Attributes:
        at: seconds of a monotonic clock.
        routes: by template.
        cache: lookups in the cache of answers, by outcome.
        recall: sum of the sampled recalls, and how many were sampled.
    """

    at: float
    routes: Mapping[str, Route]
    cache: Mapping[str, float]
    recall: tuple[float, float]


def read(exposition: str, at: float) -> Sample:
    """The numbers of a text in Prometheus's format; families that this app does not know are ignored.

    Raises:
        ValueError: it is not such a text.
        KeyError: a sample has no label that it should have.
    """
    requests: defaultdict[str, float] = defaultdict(float)
    faults: defaultdict[str, float] = defaultdict(float)
    buckets: defaultdict[str, defaultdict[float, float]] = defaultdict(lambda: defaultdict(float))
    cache: dict[str, float] = {}
    recall = {RECALL_SUM: 0.0, RECALL_COUNT: 0.0}
    for family in text_string_to_metric_families(exposition):
        for name, labels, value, *_ in family.samples:
            route = labels.get("route", "")
            if name == REQUESTS:
                requests[route] += value
                faults[route] += value if labels["status"].startswith(FAULT) else 0.0
            elif name == BUCKETS:
                buckets[route][float(labels["le"])] += value
            elif name == CACHE:
                cache[labels["outcome"]] = value
            elif name in recall:
                recall[name] = value
    routes = {
        name: Route(requests[name], faults[name], buckets[name]) for name in requests if name not in MONITORING
    }
    return Sample(at, routes, cache, (recall[RECALL_SUM], recall[RECALL_COUNT]))


def between(before: Sample, after: Sample) -> dict[str, Route]:
    """What was requested between two samples, by route; all of the later one if the service restarted."""
    if any(after.routes.get(name, Route()).requests < route.requests for name, route in before.routes.items()):
        return dict(after.routes)
    return {name: _difference(route, before.routes.get(name, Route())) for name, route in after.routes.items()}


def together(routes: Iterable[Route]) -> Route:
    """Several routes as one."""
    requests = faults = 0.0
    buckets: defaultdict[float, float] = defaultdict(float)
    for route in routes:
        requests += route.requests
        faults += route.faults
        for bound, count in route.buckets.items():
            buckets[bound] += count
    return Route(requests, faults, buckets)


def _difference(after: Route, before: Route) -> Route:
    buckets = {bound: count - before.buckets.get(bound, 0.0) for bound, count in after.buckets.items()}
    return Route(after.requests - before.requests, after.faults - before.faults, buckets)
