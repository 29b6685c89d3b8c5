"""What `/metrics` reports: requests, stages, cached answers, sampled recall, and what is served.

Counters and histograms of several workers add up: where `PROMETHEUS_MULTIPROC_DIR` names a folder (`python -m api
--workers N` does so), each worker keeps its numbers in a file there and whichever answers reads them all.

Gives every request an id, times, counts and logs it, and answers 500 to unexpected errors.

Requests that end in the same turn of the event loop are counted and logged together after it: that takes half the
time that it takes between one answer and the next, and no answer waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from http import HTTPStatus
from random import getrandbits

from prometheus_client import CollectorRegistry, Counter, Histogram, Summary, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.operation.logs import SHARED, TRACE, Trace
from api.serving.serving import Serving
from api.web import shared
from api.web.problems import problem
from index.errors import GenerationError

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNKNOWN_ROUTE = "unmatched"
MOST_KINDS = 1_024


class Metrics:
    """The numbers of one app."""

    def __init__(self, serving: Serving, redis_url: str = "") -> None:
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
        self._collectors: list[Collector] = [_State(serving, redis_url)]
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

    def __init__(self, serving: Serving, redis_url: str) -> None:
        self._serving, self._redis_url = serving, redis_url

    def collect(self) -> Iterator[Metric]:
        lost = self._serving.database_problem is not None
        yield GaugeMetricFamily("reelkin_database_up", "1 while the database answers.", value=0 if lost else 1)
        if self._redis_url:
            up = shared.answers(self._redis_url)
            yield GaugeMetricFamily("reelkin_redis_up", "1 while Redis answers.", value=int(up))
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


logger = logging.getLogger("reelkin.requests")
failures = logging.getLogger("reelkin.api")

_ID = re.compile(rb"[\w.-]{1,64}", re.ASCII)
_QUIET = {"/health", "/ready", "/metrics"}
"""Requested by machines every few seconds; logged at DEBUG."""


class Observing:
    """The outermost layer but one, so that it sees what the others answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics, note: Callable[[Scope, int], None] | None = None) -> None:
        self._app, self._metrics, self._note = app, metrics, note
        self._ended: list[tuple[Scope, Trace, int, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and record what becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        trace = Trace(_request_id(scope))
        token = TRACE.set(trace)
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", trace.id.encode()),
                    (b"server-timing", _server_timing(trace, time.perf_counter() - started)),
                ]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            failures.exception("%s %s failed", scope["method"], scope["path"])
            if status:
                raise  # part of the answer was sent; the server closes the connection
            answer = problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "internal_error",
                "An unexpected error; it has been logged.",
            )
            await answer(scope, receive, watched)
        finally:
            if not self._ended:
                asyncio.get_running_loop().call_soon(self._record_all)
            self._ended.append((scope, trace, status, time.perf_counter() - started))
            TRACE.reset(token)

    def _record_all(self) -> None:
        ended, self._ended = self._ended, []
        for request in ended:
            self._record(*request)

    def _record(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        method, path = scope["method"], scope["path"]
        if self._note is not None and path not in _QUIET:
            self._note(scope, status)
        self._metrics.observe(method, getattr(scope.get("route"), "path", None), status, seconds, trace.stages)
        logger.log(
            logging.DEBUG if path in _QUIET else logging.INFO,
            "%s %s %d",
            method,
            path,
            status,
            extra={
                "fields": {
                    "request_id": trace.id,
                    "method": method,
                    "path": path,
                    "status": status,
                    "ms": round(seconds * 1e3, 3),
                    "stages_ms": {name: round(spent * 1e3, 3) for name, spent in trace.stages.items()},
                }
            },
        )


def _request_id(scope: Scope) -> str:
    """The client's own id if it is short and plain enough to be echoed, else a random one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return str(value, "ascii")
    return f"{getrandbits(64):016x}"


def _server_timing(trace: Trace, total: float) -> bytes:
    parts = [*trace.stages.items(), ("total", total)]
    return ", ".join(f"{name};dur={seconds * 1e3:.3f}" for name, seconds in parts).encode()
