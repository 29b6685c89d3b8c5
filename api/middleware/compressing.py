"""Answers compressed for those who ask for it; the others pass without Starlette's looking at what they are."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Message, Receive, Scope, Send

SHORTEST_COMPRESSED = 1_000
"""Bytes of an answer; a shorter one fits into a packet anyway."""

VARY = (b"vary", b"Accept-Encoding")


class Compressing(GZipMiddleware):
    """Gzip where the client takes it."""

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
