"""What is known about the request at hand: its id, and how long each stage of the answer took.

The middleware begins a trace; services, wherever they run, time their stages into it; logs and `Server-Timing`
show it. Outside a request, stages are timed for nobody.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field


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
