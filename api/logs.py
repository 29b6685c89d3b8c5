"""Logs: a JSON object a line, or plain lines for people at a terminal. They hold no query, body or header.

What is worth knowing of a request besides its message comes as `extra={"fields": {...}}`.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from api.tracing import TRACE

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
        return _encode(written)


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, in every process: ours, uvicorn's and the libraries' logs on stderr."""
    json_lines = not sys.stderr.isatty()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "api.logs.JsonFormatter"}, "plain": {"format": PLAIN}},
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
    """Let records, in this whole process, be without what none of our formats shows: it takes half their time."""
    logging._srcfile = None  # whence it was logged, found by going up the stack
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
