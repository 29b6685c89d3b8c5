"""What `/metrics` reports: requests, stages, cached answers, sampled recall, and what is served.

Counters and histograms of several workers add up: where `PROMETHEUS_MULTIPROC_DIR` names a folder (`python -m api
--workers N` does so), each worker keeps its numbers in a file there and whichever answers reads them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from prometheus_client import CollectorRegistry, Counter, Histogram, Summary, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.operation.logs import SHARED
from api.serving.serving import Serving
from index.errors import GenerationError

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNKNOWN_ROUTE = "unmatched"
MOST_KINDS = 1_024


class Metrics:
    """The numbers of one app."""

    def __init__(self, serving: Serving) -> None:
        own = CollectorRegistry()
        requests = Counter(
            "reelkin_http_requests", "Requests answered.", ("method", "route", "status"), registry=own
        )
        seconds = Histogram(
            "reelkin_http_request_seconds",
            "Time to answer, by route.",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=own,
        )
        stages = Histogram(
            "reelkin_stage_seconds", "Time spent in a stage.", ("stage",), buckets=BUCKETS_S, registry=own
        )
        # `labels` looks its series up with a lock at every call, so they are cached: requests are of few kinds.
        self._series = lru_cache(MOST_KINDS)(partial(_series, requests, seconds))
        self._stage = lru_cache(MOST_KINDS)(stages.labels)
        self.cache = Counter(
            "reelkin_cache", "Requests looked up in the answer cache, by outcome.", ("outcome",), registry=own
        )
        self.limited = Counter("reelkin_rate_limited", "Requests refused by the rate limit.", registry=own)
        self.recall = Summary(
            "reelkin_sampled_recall",
            "Recall@k of sampled requests against exact search; sum over count is the mean.",
            registry=own,
        )
        self._collectors: list[Collector] = [_State(serving)]
        if not os.environ.get(SHARED):
            self._collectors.append(own)

    def observe(
        self, method: str, route: str | None, status: int, seconds: float, stages: Mapping[str, float]
    ) -> None:
        """Count an answered request; `route` is its template, None where no route matched."""
        answered, took = self._series(method, route or UNKNOWN_ROUTE, status)
        answered.inc()
        took.observe(seconds)
        for stage, spent in stages.items():
            self._stage(stage).observe(spent)

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format."""
        registry = CollectorRegistry()
        for collector in self._collectors:
            registry.register(collector)
        if os.environ.get(SHARED):
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _series(
    requests: Counter, seconds: Histogram, method: str, route: str, status: int
) -> tuple[Counter, Histogram]:
    """What counts one kind of request."""
    return requests.labels(method, route, str(status)), seconds.labels(method, route)


class _State(Collector):
    """What is served now; every worker reports the same."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def collect(self) -> Iterator[Metric]:
        lost = self._serving.database_problem is not None
        yield GaugeMetricFamily("reelkin_database_up", "1 while the database answers.", value=0 if lost else 1)
        info = GaugeMetricFamily(
            "reelkin_generation_info", "1 for the generation that is served.", labels=("id", "profile")
        )
        films = GaugeMetricFamily("reelkin_generation_films", "Films in the generation that is served.")
        recall = GaugeMetricFamily(
            "reelkin_generation_recall", "Recall@10 measured by the build.", labels=("space", "queries")
        )
        edited = GaugeMetricFamily(
            "reelkin_overlay_films", "Films edited since the build, which are searched beside the generation."
        )
        age = GaugeMetricFamily("reelkin_overlay_age_seconds", "Time since the first of these edits; 0 without.")
        try:
            overlay = self._serving.current().overlay
        except GenerationError:
            pass  # nothing is served: the families stay empty
        else:
            manifest = overlay.generation.manifest
            edited.add_metric((), len(overlay.edited))
            age.add_metric((), overlay.age_s or 0)
            info.add_metric((manifest.id, manifest.profile), 1)
            films.add_metric((), manifest.rows)
            for name, space in manifest.spaces.items():
                for queries, measured in space.recall.items():
                    recall.add_metric((name, queries), measured)
        yield from (info, films, recall, edited, age)
