"""Answers that a generation gives are kept, and named by an ETag: asked again, they cost next to nothing.

The name is made of what is served (generation, edits, whether the database is away) and of the question, so it is
known before the answer is, and neither a swap nor an edit is ever hidden behind an old answer. The ETag is a weak
one, since `took_ms` and the compression may differ.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from cachetools import LRUCache
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.serving.serving import Serving
from api.web.metrics import Metrics

FROM_GENERATION = ("/movies/recommend", "/movies/search", "/shelves", "/stats/")
"""Beginnings of the addresses that the generation alone answers."""

MOST_BYTES = 64 * 2**20
"""Kept in each process, at the most."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class _Kept:
    """An answer as it was sent, and the route that gave it."""

    headers: Headers
    body: bytes
    route: Any


class Caching:
    """Answers from memory what it can, 304 what the client has already, and keeps the rest."""

    def __init__(self, app: ASGIApp, serving: Serving, metrics: Metrics) -> None:
        self._app, self._serving = app, serving
        self._outcomes = {name: metrics.cache.labels(name) for name in ("hit", "miss", "not_modified")}
        self._kept: LRUCache[bytes, _Kept] = LRUCache(MOST_BYTES, getsizeof=lambda kept: len(kept.body) + 1_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the question on and keep what comes back."""
        state = self._serving.state if _is_question(scope) else None
        if state is None:
            await self._app(scope, receive, send)
            return
        tag = _tag(state, scope)
        kept = self._kept.get(tag)
        if tag in _known(scope):
            self._outcomes["not_modified"].inc()
            await _send(send, HTTPStatus.NOT_MODIFIED, _named([], tag), b"")
        elif kept is not None:
            self._outcomes["hit"].inc()
            scope["route"] = kept.route
            await _send(send, HTTPStatus.OK, kept.headers, kept.body)
        else:
            self._outcomes["miss"].inc()
            await self._ask(scope, receive, send, tag, state)

    async def _ask(self, scope: Scope, receive: Receive, send: Send, tag: bytes, state: str) -> None:
        start: Message = {}
        body = b""
        # What was served while it was answered may have changed in between, and may change back later: then the
        # answer has no name and is not kept.

        async def keeping(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if start["status"] == HTTPStatus.OK and state == self._serving.state:
                    start["headers"] = _named(start["headers"], tag)
                start = {**start, "headers": list(start["headers"])}
            else:
                body += message.get("body", b"")
            await send(message)

        await self._app(scope, receive, keeping)
        if start["status"] == HTTPStatus.OK and state == self._serving.state and len(body) < MOST_BYTES:
            self._kept[tag] = _Kept(start["headers"], body, scope.get("route"))


def _is_question(scope: Scope) -> bool:
    path: str = scope.get("path", "")
    return scope["type"] == "http" and scope["method"] == "GET" and path.startswith(FROM_GENERATION)


def _tag(state: str, scope: Scope) -> bytes:
    question = "\0".join((state, scope["path"])).encode() + b"\0" + scope["query_string"]
    return b'W/"%s"' % hashlib.blake2b(question, digest_size=12).hexdigest().encode()


def _known(scope: Scope) -> list[bytes]:
    """The tags of the answers that the client has."""
    sent = (value for name, value in scope["headers"] if name == b"if-none-match")
    return [tag.strip() for value in sent for tag in value.split(b",")]


def _named(headers: Headers, tag: bytes) -> Headers:
    return [*headers, (b"etag", tag), (b"cache-control", b"no-cache")]


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
