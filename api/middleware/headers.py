"""Headers that keep browsers from guessing, framing and telling others where a visitor came from."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PAGE = (b"content-security-policy", b"frame-ancestors 'none'")
"""For `/docs` and `/redoc`, which load scripts."""

PAGES = {"/docs", "/docs/oauth2-redirect", "/redoc"}


class SafeHeaders:
    """Adds them to every answer."""

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
