"""What one connection may cost, and what the processes of a server owe one another.

uvicorn reads on while requests wait: its httptools protocol resumes reading after every response and whenever a
body is asked for, also when more requests of the connection are queued, so that 10 MB of pipelined requests took
700 MB. It closes a connection that is idle after a response, but not one that never sends a complete request, nor
one that does not read its answer. It reads heads and trailers of any length, each part of a header into a copy of
all before it: 10 MB took three seconds in which nothing else was answered.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import signal
import tempfile
import threading
from asyncio import BaseTransport, TimerHandle, Transport
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.web.documents import MEDIA_TYPE, as_document

HEAD_S = 10.0
"""Seconds in which the head of a request must be complete, from the connection or the request's first byte on."""

BODY_S = 60.0
"""Seconds in which the body must follow."""

ANSWER_S = 20.0
"""Seconds in which a client must go on reading an answer that is larger than the buffers."""

MOST_HEAD = 60 * 2**10
"""Bytes of the head of a request, and of what is neither head nor body: trailers, extensions of chunks. The parser
refuses addresses of 64 KiB without saying why."""

CHUNK_OVERHEAD = 6
"""Bytes that a byte of a body may take besides itself, if it is a chunk of its own."""

PIECE = 4_096
"""Bytes that are parsed at a time: no more requests are made of them than answers are missing."""

TOO_LARGE = f"the address and headers are larger than {MOST_HEAD:,} bytes; send filters in a POST body"

OPEN_FILES = 65_536
"""Files and connections that a process may have open, if the system allows that many."""

METRICS_PREFIX = "reelkin-metrics-"


class _Flow(FlowControl):
    """Pauses and resumes reading; does not resume while requests wait."""

    def __init__(self, transport: Transport, waiting: deque[Any]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's protocol, which stops reading while requests wait and closes connections that stay silent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread = b""
        self._other = 0  # bytes of the present request that are not its body
        self._expected: float | None = None  # seconds that the part of a request which is being read may take
        self._allowed: float | None = None  # those that the timer was set to
        self._timer: TimerHandle | None = None
        self._reading: TimerHandle | None = None  # ends when the client has not read for too long

    def connection_made(self, transport: BaseTransport) -> None:
        """Expect a request."""
        super().connection_made(cast("Any", transport))
        self.flow = _Flow(cast("Transport", transport), self.pipeline)
        self._allow(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._unread = b""
        self._allow(None)
        self.pipeline.clear()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Expect the client to read."""
        super().pause_writing()
        self._reading = self.loop.call_later(ANSWER_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what no request waits for; the rest is kept, and no more is read."""
        self._unread = self._unread + data if self._unread else data
        self._parse()

    def on_message_begin(self) -> None:
        """Expect the head of a request."""
        super().on_message_begin()
        self._expected, self._other = HEAD_S, 0

    def on_headers_complete(self) -> None:
        """Expect its body."""
        super().on_headers_complete()
        self._expected, self._other = BODY_S, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are not kept."""
        if self._expected == HEAD_S:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        self._other -= (1 + CHUNK_OVERHEAD) * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect nothing: an answer comes first."""
        super().on_message_complete()
        self._expected = None

    def on_response_complete(self) -> None:
        """Go on parsing if no request waits."""
        super().on_response_complete()
        if self._unread and not self.pipeline:
            self._parse()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, "bad_request", msg)

    def _refuse(self, status: HTTPStatus, code: str, why: str) -> None:
        """Answer with a problem document, unless another answer is under way, and close the connection."""
        if self.cycle is None or self.cycle.response_complete:
            document = json.dumps(as_document(status, code, why)).encode()
            head = f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\nConnection: close\r\n"
            self.transport.write(f"{head}Content-Length: {len(document)}\r\n\r\n".encode() + document)
        self.transport.close()

    def _parse(self) -> None:
        while self._unread and not self.pipeline and not self.transport.is_closing():
            piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
            super().data_received(piece)
            self._other += len(piece)
            if self._expected is not None and self._other > MOST_HEAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", TOO_LARGE)
        if self._unread or self.pipeline:
            self.flow.pause_reading()
        answering = self.cycle is not None and not self.cycle.response_complete
        # Bytes that begin no request, such as empty lines, must not keep a connection open either.
        self._allow(self._expected if self._expected is not None or answering else HEAD_S)

    def _allow(self, seconds: float | None) -> None:
        """Close the connection after some seconds, unless something else is expected before."""
        if seconds == self._allowed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._allowed = seconds
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        seconds, self._allowed = self._allowed, None
        if self.flow.read_paused:  # it may have been sent, but was not read
            self._allow(seconds)
        elif not self.transport.is_closing():
            self.transport.abort()


def allow_open_files() -> None:
    """Raise the limit on open files, which is 1,024 on many systems, as far as this process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def end_with_parent() -> None:
    """Let this worker stop when the process that started it ends, however that happens."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()


@contextmanager
def metrics_folder() -> Iterator[str]:
    """A folder in which workers keep their numbers; those of servers that were killed are deleted first."""
    for left in Path(tempfile.gettempdir()).glob(f"{METRICS_PREFIX}*"):
        owner = left.name.removeprefix(METRICS_PREFIX).partition("-")[0]
        if not (owner.isdigit() and _runs(int(owner))):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{METRICS_PREFIX}{os.getpid()}-") as folder:
        yield folder


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's
        pass
    return True
