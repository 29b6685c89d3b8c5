"""Layers around all routes: a limit on bodies, compression, headers for browsers, and HEAD.

Starlette's own layers are used where they fit; `Compressing` spares only a request that does not take gzip their
wrapping of every message.
"""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.web.problems import problem

MOST_BYTES = 2**20
"""Of a body; 20,000 ids are 200 KB."""

TOO_LARGE = f"the body is larger than {MOST_BYTES:,} bytes; send it in parts"


class BodyLimit:
    """Answers 413 to a body that is too large: unread if its length is announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body of limited length."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > MOST_BYTES:
            response = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content_too_large", TOO_LARGE)
            await response(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
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
PAGE = (b"content-security-policy", b"frame-ancestors 'none'")
"""For `/docs` and `/redoc`, which load scripts."""

PAGES = {"/docs", "/docs/oauth2-redirect", "/redoc"}


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
