"""How large a request may be: what announces more is refused unread, what turns out larger is read no further."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MOST_BYTES = 2**20
"""Of a body; 20,000 ids are 200 KB."""

TOO_LARGE = f"the body is larger than {MOST_BYTES:,} bytes; ask in parts"


class BodyLimit:
    """Answers 413 to a body that is too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that ends in time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > MOST_BYTES:
            refusal = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content_too_large", TOO_LARGE)
            await refusal(scope, receive, send)
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
