"""Keeps answers that the generation gives, and names them by an ETag: repeated requests cost next to nothing.

The ETag is made of what is served (generation, sequence of the last edit, whether the database is away) and of the
question. So it is known before the answer is, it is the same on every host, and no swap and no edit is ever hidden
by an old answer. It is a weak one, since `took_ms` and the compression may differ.

An answer to a request with a token may be meant for one person. It is neither kept nor named, and told to be
private, so that no cache, ours or one on the way, gives it to another person.
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

BY_CALLER = (b"vary", b"Authorization")
PRIVATE: Headers = [BY_CALLER, (b"cache-control", b"private, no-cache")]


@dataclass(frozen=True)
class _Kept:
    """An answer as it was sent, and the route that gave it."""

    headers: Headers
    body: bytes
    route: Any


class Caching:
    """Answers from memory if possible, 304 if the client has the answer already, and keeps the others."""

    def __init__(self, app: ASGIApp, serving: Serving, metrics: Metrics) -> None:
        self._app, self._serving = app, serving
        self._outcomes = {name: metrics.cache.labels(name) for name in ("hit", "miss", "not_modified")}
        self._kept: LRUCache[bytes, _Kept] = LRUCache(MOST_BYTES, getsizeof=lambda kept: len(kept.body) + 1_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on and keep what comes back."""
        if scope["type"] == "http" and _has_token(scope):
            await self._app(scope, receive, _with_headers(send, PRIVATE))
            return
        state = self._serving.state if _is_question(scope) else None
        if state is None:
            await self._app(scope, receive, send)
            return
        tag = _tag(state, scope)
        kept = self._kept.get(tag)
        if tag in _known(scope):
            self._outcomes["not_modified"].inc()
            await _send(send, HTTPStatus.NOT_MODIFIED, _named(tag), b"")
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
        # What is served may change while the answer is made, and change back later: then the answer gets no name
        # and is not kept.

        async def keeping(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if start["status"] == HTTPStatus.OK and state == self._serving.state:
                    start["headers"] = [*start["headers"], *_named(tag)]
                start = {**start, "headers": list(start["headers"])}
            else:
                body += message.get("body", b"")
            await send(message)

        await self._app(scope, receive, keeping)
        if start["status"] == HTTPStatus.OK and state == self._serving.state and len(body) < MOST_BYTES:
            self._kept[tag] = _Kept(start["headers"], body, scope.get("route"))


def _has_token(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


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


def _named(tag: bytes) -> Headers:
    return [(b"etag", tag), (b"cache-control", b"no-cache"), BY_CALLER]


def _with_headers(send: Send, headers: Headers) -> Send:
    async def adding(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return adding


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
