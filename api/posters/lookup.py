"""Answers of other services, asked for in the background within one deadline; hits, misses, failures are kept."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from cachetools import TLRUCache

T = TypeVar("T")

logger = logging.getLogger("reelkin.api")

AT_ONCE = 16
DEADLINE_S = 0.6
"""How long an answer waits for the service; what comes later is cached for the next one."""

TIMEOUT_S = 5.0
MOST_WAITING = 1_000
KEPT = 100_000
HIT_S, MISS_S, FAILURE_S = 7 * 86_400.0, 86_400.0, 300.0
LIMIT_PAUSE_S = 3_600.0
"""OMDB does not say when its daily limit is reset (its issue 335), so it is tried again every hour."""

AWAY_PAUSE_S = 30.0


class AwayError(Exception):
    """The service cannot be reached, or its answer is not understood."""


class LimitError(Exception):
    """The limit of the key is reached, or the key is wrong."""


class Lookup(Generic[T]):
    """Finds many things at once, within one deadline, and caches hits, misses and failures.

    Args:
        service: its name, for the log.
        ask: the answer for a key, None if there is none; raises an `AwayError` or a `LimitError`.
        deadline_s: how long `find` waits, in seconds.
        clock: monotonic seconds.
        kept: how many answers.
    """

    def __init__(
        self,
        service: str,
        ask: Callable[[str], T | None],
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.monotonic,
        kept: int = KEPT,
    ) -> None:
        self._service, self._answer, self._deadline_s, self._clock = service, ask, deadline_s, clock
        self._lock = threading.Lock()
        self._known: TLRUCache[str, tuple[T | None, float]] = TLRUCache(
            kept, ttu=lambda _, entry, now: now + entry[1], timer=clock
        )
        self._waiting: dict[str, Future[None]] = {}
        self._paused_until = 0.0
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=service.lower())

    def find(self, keys: Iterable[str]) -> dict[str, T]:
        """What is found within the deadline, by key; the rest is fetched in the background."""
        wanted = list(keys)
        with self._lock:
            waiting = [self._ask_later(key) for key in wanted if key not in self._known]
        wait([future for future in waiting if future is not None], self._deadline_s)
        with self._lock:
            found = {key: self._known.get(key, (None, 0.0))[0] for key in wanted}
        return {key: answer for key, answer in found.items() if answer is not None}

    def close(self) -> None:
        """Send no more requests; does not wait for those in flight."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask_later(self, key: str) -> Future[None] | None:
        """The lookup of a key, with the lock held; None while the service is paused."""
        if key not in self._waiting:
            if self._clock() < self._paused_until or len(self._waiting) >= MOST_WAITING:
                return None
            self._waiting[key] = self._pool.submit(self._ask, key)
        return self._waiting[key]

    def _ask(self, key: str) -> None:
        entry: tuple[T | None, float] | None = None
        try:
            if self._clock() >= self._paused_until:
                answer = self._answer(key)
                entry = answer, MISS_S if answer is None else HIT_S
        except LimitError as error:
            self._pause(LIMIT_PAUSE_S, error)
        except AwayError as error:
            entry = None, FAILURE_S
            self._pause(AWAY_PAUSE_S, error)
        finally:
            with self._lock:
                self._waiting.pop(key, None)
                if entry is not None:
                    self._known[key] = entry

    def _pause(self, seconds: float, error: Exception) -> None:
        with self._lock:
            if self._clock() < self._paused_until:
                return
            self._paused_until = self._clock() + seconds
        logger.warning("%s is not used for %d seconds: %s", self._service, seconds, error)
