"""What the processes of all hosts keep together in Redis, which may go away at any time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

logger = logging.getLogger("reelkin.api")

TIMEOUT_S = 0.25
AGAIN_S = 30.0
"""How long it is left alone once it has not answered."""


class Shared:
    """Texts by key. While Redis is away nothing is found and nothing is kept, and nobody waits for it.

    Args:
        redis_url: where.
        without: what happens then, for the log.
    """

    def __init__(self, redis_url: str, without: str) -> None:
        from redis import Redis  # 6 MB, which a process without Redis does not need

        self._without, self._away_until = without, 0.0
        self._redis: Any = Redis.from_url(
            redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, decode_responses=True
        )

    def get(self, *keys: str) -> list[str | None]:
        """What is kept under some keys; None where there is nothing."""
        found = self._try(lambda: self._redis.mget(keys))
        return [None] * len(keys) if found is None else list(found)

    def keep(self, key: str, value: str, seconds: int, *, new: bool = False) -> None:
        """Keep a value for some time; with `new` only if the key has none."""
        self._try(lambda: self._redis.set(key, value, ex=seconds, nx=new))

    def _try(self, use: Callable[[], Any]) -> Any:
        if time.monotonic() < self._away_until:
            return None
        try:
            return use()
        except Exception as error:  # of any kind: no answer may fail because of what is only kept to save time
            self._away_until = time.monotonic() + AGAIN_S
            logger.warning("Redis does not answer, %s: %s", self._without, error)
            return None


def answers(redis_url: str) -> bool:
    """Whether Redis answers now."""
    from redis import Redis

    try:
        with Redis.from_url(redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as asked:
            return bool(asked.ping())
    except Exception:  # of any kind: it does not
        return False
