"""Gives every request an id, times, counts and logs it, and answers 500 to unexpected errors.

Requests that end in the same turn of the event loop are counted and logged together after it: that takes half the
time that it takes between one answer and the next, and no answer waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from http import HTTPStatus
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.operation.logs import TRACE, Trace
from api.web.metrics import Metrics
from api.web.problems import problem

logger = logging.getLogger("reelkin.requests")
failures = logging.getLogger("reelkin.api")

_ID = re.compile(rb"[\w.-]{1,64}", re.ASCII)
_QUIET = {"/health", "/ready", "/metrics"}
"""Requested by machines every few seconds; logged at DEBUG."""


class Observing:
    """The outermost layer but one, so that it sees what the others answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._ended: list[tuple[Scope, Trace, int, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and record what becomes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        trace = Trace(_request_id(scope))
        token = TRACE.set(trace)
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", trace.id.encode()),
                    (b"server-timing", _server_timing(trace, time.perf_counter() - started)),
                ]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            failures.exception("%s %s failed", scope["method"], scope["path"])
            if status:
                raise  # part of the answer was sent; the server closes the connection
            answer = problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "internal_error",
                "An unexpected error; it has been logged.",
            )
            await answer(scope, receive, watched)
        finally:
            if not self._ended:
                asyncio.get_running_loop().call_soon(self._record_all)
            self._ended.append((scope, trace, status, time.perf_counter() - started))
            TRACE.reset(token)

    def _record_all(self) -> None:
        ended, self._ended = self._ended, []
        for request in ended:
            self._record(*request)

    def _record(self, scope: Scope, trace: Trace, status: int, seconds: float) -> None:
        method, path = scope["method"], scope["path"]
        self._metrics.observe(method, getattr(scope.get("route"), "path", None), status, seconds, trace.stages)
        logger.log(
            logging.DEBUG if path in _QUIET else logging.INFO,
            "%s %s %d",
            method,
            path,
            status,
            extra={
                "fields": {
                    "request_id": trace.id,
                    "method": method,
                    "path": path,
                    "status": status,
                    "ms": round(seconds * 1e3, 3),
                    "stages_ms": {name: round(spent * 1e3, 3) for name, spent in trace.stages.items()},
                }
            },
        )


def _request_id(scope: Scope) -> str:
    """The client's own id if it is short and plain enough to be echoed, else a random one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return str(value, "ascii")
    return f"{getrandbits(64):016x}"


def _server_timing(trace: Trace, total: float) -> bytes:
    parts = [*trace.stages.items(), ("total", total)]
    return ", ".join(f"{name};dur={seconds * 1e3:.3f}" for name, seconds in parts).encode()
