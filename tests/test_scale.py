"""The queues of docs/scale.md behave as theory says, and its model finds the law that figures follow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.benchmarks.scale import FITTED, SIZES, law, model
from tests.support.queueing import closed, drawn, open_queue, spread_for


def test_waiting_clients_wait_for_one_another() -> None:
    times = np.full(4_000, 2.0)
    for clients, workers, wait in ((16, 1, 32.0), (16, 2, 16.0), (1, 1, 2.0)):
        told = closed(times, clients, workers)
        assert (told.p50_ms, told.p99_ms) == (wait, wait)
        assert told.busy == pytest.approx(1, abs=0.01)


def test_a_queue_of_random_arrivals_waits_as_long_as_theory_says() -> None:
    """Of M/M/1: exponential with the rate of service less that of arrivals (Kleinrock 1975)."""
    times = np.random.default_rng(1).exponential(1.0, 200_000)
    told = open_queue(times, 700, 1)
    assert told.busy == pytest.approx(0.7, abs=0.02)
    assert told.p50_ms == pytest.approx(math.log(2) / 0.3, rel=0.1)
    assert told.p99_ms == pytest.approx(math.log(100) / 0.3, rel=0.1)
    alone = open_queue(np.full(1_000, 1.0), 0.001, 1)
    assert (alone.p50_ms, alone.p99_ms) == (1.0, 1.0)


def test_the_spread_is_found_again() -> None:
    seen = closed(drawn({0.5: 1.0}, 0.8, 15_000), 16).p95_ms
    assert spread_for(0.5, 16, seen) == pytest.approx(0.8, abs=0.05)


def test_the_model_is_checked_on_a_size_that_it_has_not_seen() -> None:
    sizes = [{"films": n, **dict.fromkeys(FITTED, 5 + n / 2)} for n in (1_000, 2_000, 4_000, 16_000)]
    told = model(sizes, {"films": 1})
    assert (told["build_cpu_s"]["ratio"], told["build_cpu_s"]["exponent"]) == (1.0, 1.0)
    assert told["build_cpu_s"][f"{SIZES[0]:_}"] == pytest.approx(SIZES[0] / 2, rel=0.01)
    assert told["question_ms"]["exponent"] == pytest.approx(1, abs=0.05)
    assert law(sizes, "database_mb").films(505) == pytest.approx(1_000)
