"""Logs, and the trace of a request that they show: its id, and how long each stage of the answer took.

A log is one JSON object per line, or plain lines on a terminal. It holds no query, body or header; what a record
has besides its message comes as `extra={"fields": {...}}`. The middleware begins a trace, services record the time
of their stages in it, in whatever thread they run, and logs, `Server-Timing` and `/metrics` report it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client finds the folder that workers share."""


@dataclass
class Trace:
    """One request.

    Attributes:
        id: what the client sent as `X-Request-ID`, or one of ours.
        stages: name -> seconds so far.
    """

    id: str
    stages: dict[str, float] = field(default_factory=dict)


TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The request that this task, or the thread that works for it, is answering."""


class Stage:
    """Times a `with` block as a stage of the request: `with Stage("search"): ...`."""

    def __init__(self, name: str) -> None:
        self._name, self._started = name, 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        trace = TRACE.get()
        if trace is not None:
            spent = time.perf_counter() - self._started
            trace.stages[self._name] = trace.stages.get(self._name, 0.0) + spent


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor, starts a line or turns the direction of text: a stranger's path may hold it."""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode  # `json.dumps` would make one for every line
PLAIN = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, with the id of the request that it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        written: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        trace = TRACE.get()
        if trace is not None:
            written["request_id"] = trace.id
        written |= getattr(record, "fields", {})
        if record.exc_info:
            written["exception"] = self.formatException(record.exc_info)
        return _CONTROLS.sub(_escaped, _encode(written))


class PlainFormatter(logging.Formatter):
    """A record as a line for a terminal; only the lines of a traceback are lines of their own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (a name of `logging`)
        """The line."""
        return _CONTROLS.sub(_escaped, super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The lines of a traceback."""
        return "\n".join(_CONTROLS.sub(_escaped, line) for line in super().formatException(ei).split("\n"))


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, in every process: ours, uvicorn's and the libraries' logs on stderr."""
    json_lines = not sys.stderr.isatty()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "api.operation.logs.JsonFormatter"},
            "plain": {"()": "api.operation.logs.PlainFormatter", "fmt": PLAIN},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json" if json_lines else "plain"},
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "alembic": {"level": "WARNING"},  # it says at INFO that it looked at the schema
            "urllib3": {"level": "WARNING"},  # it says at DEBUG what was asked, OMDB's key included
        },
    }


def log_lightly() -> None:
    """Leave out of all records of this process what none of our formats shows: it takes half their time."""
    logging._srcfile = None  # the place in the code, found by walking up the stack
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
