"""Queues in front of workers, simulated: requests arrive at random; the first free worker takes the next.

Service times are drawn from log-normal distributions: their means are what workers were measured to take, and one
spread, found where clients that wait for their answers see the p95 that was measured, is that of all.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

REQUESTS = 60_000
SEED = 20_261
SPREADS = tuple(step / 20 for step in range(1, 41))
"""Standard deviations of the logarithm that are tried."""


@dataclass(frozen=True)
class Waits:
    """What clients wait, in milliseconds, and the share of time that workers work."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    busy: float


def drawn(mix: Mapping[float, float], spread: float, count: int, seed: int = SEED) -> NDArray[np.float64]:
    """Service times in milliseconds, shape (count,).

    Args:
        mix: mean in milliseconds -> share of the requests.
        spread: standard deviation of the logarithm.
        count: how many.
        seed: of the random choices.

    >>> round(float(drawn({2.0: 1.0}, 0.5, 200_000).mean()), 1)
    2.0
    """
    random = np.random.default_rng(seed)
    means = random.choice(np.array(list(mix)), count, p=np.array(list(mix.values())) / sum(mix.values()))
    return means * random.lognormal(-(spread**2) / 2, spread, count)


def closed(times: NDArray[np.float64], clients: int, workers: int = 1) -> Waits:
    """Clients that each send the next request when the last one is answered, as load generators do."""
    free, clock, waits = [0.0] * workers, [0.0] * clients, []
    for time in times.tolist():
        sent = heapq.heappop(clock)
        done = max(sent, heapq.heappop(free)) + time
        heapq.heappush(free, done)
        heapq.heappush(clock, done)
        waits.append(done - sent)
    return _told(waits[len(waits) // 10 :], float(times.sum()), max(free), workers)


def open_queue(times: NDArray[np.float64], per_second: float, workers: int, seed: int = SEED) -> Waits:
    """Visitors who do not wait for one another: arrivals are a Poisson process."""
    random = np.random.default_rng(seed + 1)
    arrivals = np.cumsum(random.exponential(1e3 / per_second, len(times)))
    free, waits = [0.0] * workers, []
    for sent, time in zip(arrivals.tolist(), times.tolist(), strict=True):
        done = max(sent, heapq.heappop(free)) + time
        heapq.heappush(free, done)
        waits.append(done - sent)
    return _told(waits[len(waits) // 10 :], float(times.sum()), max(free), workers)


def spread_for(mean_ms: float, clients: int, p95_ms: float) -> float:
    """The spread of service times at which waiting clients see a p95."""
    seen = [closed(drawn({mean_ms: 1.0}, spread, REQUESTS // 4), clients).p95_ms for spread in SPREADS]
    for (low, at_low), (high, at_high) in pairwise(zip(SPREADS, seen, strict=True)):
        if at_low <= p95_ms <= at_high:
            return low + (high - low) * (p95_ms - at_low) / (at_high - at_low)
    return SPREADS[0] if p95_ms < seen[0] else SPREADS[-1]


def _told(waits: list[float], worked: float, until: float, workers: int) -> Waits:
    p50, p95, p99 = np.percentile(waits, [50, 95, 99]).tolist()
    return Waits(round(p50, 2), round(p95, 2), round(p99, 2), round(worked / (until * workers), 3))
