"""The service itself: the answers of `/ready` and `/generations`, and the numbers in the text of `/metrics`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from ui.models.films import Answer, MovieSummary


class CurvePoint(Answer):
    """Recall and cost of one choice of an engine's parameters.

    Attributes:
        known: recall@10 of well-known films.
        random: recall@10 of random films.
        ms: median milliseconds of a query.
        bytes_per_film: in memory.
    """

    parameters: dict[str, int]
    known: float
    random: float
    ms: float
    bytes_per_film: float


class Generation(Answer):
    """A built generation; all but the first three fields are None where it is damaged.

    Attributes:
        problem: what is damaged, if anything is.
        created_at: ISO 8601.
        recall: recall@10 of `known` films, and of `random` ones.
        build_s: seconds of the whole build; `stages_s` of each of its stages.
    """

    id: str
    served: bool
    problem: str | None
    created_at: str | None
    rows: int | None
    profile: str | None
    engine: str | None
    parameters: dict[str, int] | None
    recall: dict[str, float] | None
    curve: tuple[CurvePoint, ...] | None
    build_s: float | None
    stages_s: dict[str, float] | None
    size_bytes: int | None


class Generations(Answer):
    """All generations, the newest first."""

    generations: tuple[Generation, ...]


class SomeFilms(Answer):
    """How many films, and the best known of them."""

    count: int
    films: tuple[MovieSummary, ...]


class ChangedFilm(Answer):
    """A film with different neighbours: how many of the ten were `kept`, which `went`, and which `came`."""

    movie: MovieSummary
    kept: int
    went: tuple[MovieSummary, ...]
    came: tuple[MovieSummary, ...]


class Changes(Answer):
    """What a generation changed against the one before it.

    Attributes:
        went: films that only the earlier one has.
        came: films that only the later one has.
        compared: how many films' ten neighbours were compared.
        kept: mean number of neighbours, of ten, that both have; None where nothing was compared.
        unchanged: how many of the compared films have the same ten neighbours.
        changed: the films that changed most.
    """

    went: SomeFilms
    came: SomeFilms
    compared: int
    kept: float | None
    unchanged: int
    changed: tuple[ChangedFilm, ...]


class Accounts(Answer):
    """Who may have an account: `sign_up` is off, invited or open; `admin`, whether there is an administrator."""

    sign_up: str
    admin: bool


class Ready(Answer):
    """Whether requests can be answered in full: an answer, or the problem document that stands for it.

    Attributes:
        database: "ok", or what is wrong.
        generation: the one that is served, if one is.
        problem: why the published one is not served, if it is not.
        lag: films in the database less films in the index.
        edits: films edited since the build, searched in the overlay.
        edits_age_s: seconds since the first of them.
        neighbours: whether the nearest films of each film are found already.
    """

    database: str
    generation: str | None
    problem: str | None
    lag: int | None
    edits: int | None = None
    edits_age_s: int | None = None
    neighbours: bool | None = None


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


def read_metrics(exposition: str, at: float) -> Sample:
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
