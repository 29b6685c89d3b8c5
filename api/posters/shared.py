"""Answers of other services that the processes of all hosts keep together, in Redis."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from api.posters.lookup import HIT_S, MISS_S

logger = logging.getLogger("reelkin.api")

TIMEOUT_S = 0.25
AGAIN_S = 30.0


class SharedAnswers:
    """Asks Redis first, then the service, whose answer all others find there.

    Args:
        redis_url: where.
        service: its name, in keys and in the log.
        ask: the service's answer for a key, None if there is none.
    """

    def __init__(self, redis_url: str, service: str, ask: Callable[[str], str | None]) -> None:
        from redis import Redis  # 6 MB, which a process without Redis does not need

        self._service, self._ask = service, ask
        self._redis: Any = Redis.from_url(
            redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, decode_responses=True
        )
        self._away_until = 0.0

    def __call__(self, key: str) -> str | None:
        """The answer for a key; while Redis is away the service's own.

        Raises:
            AwayError, LimitError: as the service's client does.
        """
        name = f"reelkin:{self._service.lower()}:{key}"
        known = self._try(lambda: self._redis.get(name))
        if known is not None:
            return known or None
        answer = self._ask(key)
        self._try(lambda: self._redis.set(name, answer or "", ex=int(MISS_S if answer is None else HIT_S)))
        return answer

    def _try(self, use: Callable[[], Any]) -> Any:
        if time.monotonic() < self._away_until:
            return None
        try:
            return use()
        except Exception as error:  # of any kind: a poster must not fail because of the cache
            self._away_until = time.monotonic() + AGAIN_S
            logger.warning("Redis does not answer, answers of %s are not shared: %s", self._service, error)
            return None
