"""Layers around all routes: a limit on bodies, compression, headers for browsers, and HEAD.

Starlette's own layers are used where they fit; `Compressing` spares only a request that does not take gzip their
wrapping of every message.

How many requests one client may send: `REELKIN_RATE_LIMIT`, counted in Redis or in this process.

If Redis does not answer, the API must go on: requests are then counted in this process, and Redis is tried again
after `AGAIN_S`.
"""

from __future__ import annotations

import logging
import math
import time
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from cachetools import TTLCache
from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.metrics import Metrics
from api.web.problems import problem
from settings import TrustedProxies, client_network

TIMEOUT_S = 0.25


class SharedCounts:
    """Counts in Redis for several processes. Its library (6 MB) is imported only when one is created.

    Attributes:
        limiter: as `limits` has it.
        lost: what it raises if Redis does not answer.
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
            retry=Retry(NoBackoff(), 1),  # a connection that Redis closed is opened again
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
        """Close the connections to Redis."""
        await self._pool.disconnect()


logger = logging.getLogger("reelkin.api")

EXEMPT = {"/health", "/ready", "/metrics"}
"""Requested by monitoring."""

AGAIN_S = 5.0


MOST_CLIENTS = 100_000
"""Clients that one process counts; of more, those that it saw first are forgotten."""


class OwnCounts:
    """Counts of this process, in windows that begin with their first event; a clock set back changes nothing."""

    def __init__(self, item: RateLimitItem) -> None:
        self._most, self._seconds = item.amount, item.get_expiry()
        self._windows: TTLCache[str, list[float]] = TTLCache(MOST_CLIENTS, self._seconds, timer=time.monotonic)

    def wait_s(self, client: str, cost: int = 1) -> int:
        """Count `cost` events; 0 while there are no more than the rate, else seconds until the window ends."""
        window = self._windows.get(client)
        if window is None:
            window = self._windows[client] = [0, time.monotonic() + self._seconds]
        window[0] = max(0, window[0] + cost)
        return 0 if window[0] <= self._most else max(1, math.ceil(window[1] - time.monotonic()))

    def forget(self, client: str) -> None:
        """Begin to count a client anew."""
        self._windows.pop(client, None)


class RateLimit:
    """A number of requests per client and window; a window begins with its first request.

    Args:
        rate: `N/second`, `N/minute` or `N/hour`.
        redis_url: where several processes count together; "" to count in this one.
        times: how often the rate may be reached.
    """

    def __init__(self, rate: str, redis_url: str = "", times: int = 1) -> None:
        item = parse(rate)
        self._item = type(item)(item.amount * times, item.multiples)
        self._own = OwnCounts(self._item)
        self._shared = SharedCounts(redis_url) if redis_url else None
        self._lost = False
        self._again_at = 0.0

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._shared is not None:
            await self._shared.close()

    async def wait_s(self, client: str, cost: int = 1) -> int:
        """Count a request; 0 if it may pass, else the whole seconds after which the next one may.

        Args:
            client: its address, or another key.
            cost: for how many it counts; a negative number takes some back.
        """
        if self._shared is not None and time.monotonic() >= self._again_at:
            try:
                wait = await self._hit(self._shared.limiter, client, cost)
            except self._shared.lost as error:
                self._again_at = time.monotonic() + AGAIN_S
                if not self._lost:
                    logger.warning("Redis does not answer, each process counts requests by itself: %s", error)
                self._lost = True
            else:
                if self._lost:
                    logger.info("Redis answers again and counts requests")
                self._lost = False
                return wait
        return self._own.wait_s(client, cost)

    async def forget(self, client: str) -> None:
        """Begin to count a client anew."""
        self._own.forget(client)
        if self._shared is not None:
            with suppress(*self._shared.lost):
                await self._shared.limiter.clear(self._item, client)

    async def _hit(self, limiter: FixedWindowRateLimiter, client: str, cost: int) -> int:
        if await limiter.hit(self._item, client, cost=cost):
            return 0
        reset_at = (await limiter.get_window_stats(self._item, client)).reset_time
        return min(max(1, math.ceil(reset_at - time.time())), self._item.get_expiry())


class Forwarded:
    """Takes the client's address from `X-Forwarded-For` where a trusted proxy says it, and from nobody else."""

    def __init__(self, app: ASGIApp, proxies: TrustedProxies) -> None:
        self._app, self._proxies = app, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its client."""
        if scope["type"] == "http" and scope.get("client"):
            sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
            if sent:
                client = self._proxies.client(scope["client"][0], ",".join(sent))
                scope = {**scope, "client": (client, scope["client"][1])}
        await self._app(scope, receive, send)


class Prefixed:
    """Serves below a path, whether the proxy in front removes it or not; redirects lead there.

    Args:
        app: serves at the root.
        root_path: such as `/films`.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the path, and put it before the place that the answer names."""

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [self._placed(*header) for header in message["headers"]]}
            await send(message)

        if scope["type"] == "http":
            path, raw, root = scope["path"], scope["raw_path"], self._root
            if path.startswith(f"{root}/") and raw.startswith(f"{root}/".encode()):
                scope = {**scope, "path": path.removeprefix(root), "raw_path": raw.removeprefix(root.encode())}
        await self._app(scope, receive, named)

    def _placed(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name != b"location":
            return name, value
        place = urlsplit(value.decode("latin-1"))
        return name, place._replace(path=self._root + place.path).geturl().encode("latin-1")


def client_of(scope: Scope) -> str:
    """What counts as one client: see `settings.client_network`."""
    return client_network(scope["client"][0]) if scope.get("client") else "unknown"


class Limiting:
    """Answers 429 to a client that sends too many requests."""

    def __init__(self, app: ASGIApp, limit: RateLimit, metrics: Metrics) -> None:
        self._app, self._limit, self._metrics = app, limit, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request, and pass it on if it is within the limit."""
        if scope["type"] != "http" or scope["path"] in EXEMPT:
            await self._app(scope, receive, send)
            return
        wait = await self._limit.wait_s(client_of(scope))
        if not wait:
            await self._app(scope, receive, send)
            return
        self._metrics.limited.inc()
        response = problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_requests",
            f"too many requests from this client; try again in {wait} s",
            headers={"Retry-After": str(wait)},
        )
        await response(scope, receive, send)


MOST_BYTES = 2**20
"""Of a body; 20,000 ids are 200 KB."""

UPLOADS = {"/me/imports": 17 * 2**20}
"""Routes that take files, and how many bytes of them with what is around."""


class BodyLimit:
    """Answers 413 to a body that is too large: unread if its length is announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body of limited length."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = UPLOADS.get(scope["path"], MOST_BYTES)
        too_large = f"the body is larger than {most:,} bytes; send it in parts"
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > most:
            response = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content_too_large", too_large)
            await response(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
            return message

        await self._app(scope, counted, send)


SHORTEST_COMPRESSED = 1_000
"""Bytes of an answer; a shorter one fits into one packet."""

VARY = (b"vary", b"Accept-Encoding")


class Compressing(GZipMiddleware):
    """Gzip if the client accepts it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back compressed or as it is."""
        if scope["type"] != "http" or _takes_gzip(scope):
            await super().__call__(scope, receive, send)
            return

        async def plain(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), VARY]
            await send(message)

        await self.app(scope, receive, plain)


def _takes_gzip(scope: Scope) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PAGE = (
    b"content-security-policy",
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; frame-ancestors 'none'",
)
"""For `/docs`, which loads scripts of this server."""

PAGES = {"/docs"}


class SafeHeaders:
    """Adds headers that keep browsers from guessing types, framing, and naming this site to others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with more headers."""
        policy = PAGE if scope.get("path") in PAGES else NOTHING

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *ALWAYS, policy]
            await send(message)

        await self._app(scope, receive, guarded)


class HeadAsGet:
    """Answers HEAD on every route that has GET: the server sends the headers of the answer without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, HEAD as GET."""
        await self._app({**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope, receive, send)
