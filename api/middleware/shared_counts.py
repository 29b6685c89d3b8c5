"""Counts of requests that several processes keep together, in Redis."""

from __future__ import annotations

from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

TIMEOUT_S = 0.25


class SharedCounts:
    """A limiter that counts in Redis, whose library (6 MB) is imported where one is made and nowhere else.

    Attributes:
        limiter: as `limits` has it.
        lost: what it raises where Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import RedisError

        self._pool = ConnectionPool.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),  # a connection that Redis closed meanwhile is made anew
        )
        storage = RedisStorage(
            "redis://",
            implementation="redispy",
            key_prefix="reelkin",
            connection_pool=self._pool,  # type: ignore[arg-type]  # handed on to redis-py as it is
        )
        self.limiter = FixedWindowRateLimiter(storage)
        self.lost = (RedisError, OSError)

    async def close(self) -> None:
        """Leave Redis."""
        await self._pool.disconnect()
