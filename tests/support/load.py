"""Many clients at once, over HTTP, for tests and benchmarks of what happens under load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import requests

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Ask:
    """A question: a GET with parameters, or a POST where there is a body."""

    path: str
    parameters: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Reply:
    """What came back.

    Attributes:
        ask: the question.
        at: when it was sent, in seconds of `time.perf_counter`.
        took_s: until the whole answer was there.
        wrong: "" where all was well, else what was not.
        generation: that the answer names.
    """

    ask: Ask
    at: float
    took_s: float
    wrong: str
    generation: str | None


class Load:
    """Clients that ask, one question after the other, from entering to leaving the context.

    Args:
        address: of the API.
        asks: the questions; every client begins at another.
        clients: threads. Every second one keeps its connection, the others open one for every question, so that
            all worker processes are asked.
        check: says what is wrong with a good answer, "" where nothing is.
    """

    def __init__(
        self, address: str, asks: Sequence[Ask], clients: int, check: Callable[[Ask, Any], str] = lambda *_: ""
    ) -> None:
        self.replies: list[Reply] = []
        self._address, self._asks, self._check = address, asks, check
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def wrong(self) -> list[str]:
        """What was wrong with any reply so far."""
        return [f"{reply.ask}: {reply.wrong}" for reply in list(self.replies) if reply.wrong]

    def _run(self, client: int) -> None:
        keeps = client % 2 == 0
        session = requests.Session()
        session.trust_env = False  # no proxy on the way to our own machine
        turn = client * len(self._asks) // len(self._threads)
        while not self._stop.is_set():
            self.replies.append(self._ask(session, self._asks[turn % len(self._asks)]))
            turn += 1
            if not keeps:
                session.close()
        session.close()

    def _ask(self, session: requests.Session, ask: Ask) -> Reply:
        at, wrong, generation = time.perf_counter(), "", None
        method = "GET" if ask.body is None else "POST"
        try:
            url = self._address + ask.path
            answer = session.request(method, url, params=ask.parameters, json=ask.body, timeout=TIMEOUT_S)
            if answer.status_code == requests.codes.ok:
                content = answer.json()
                generation = content["generation"]
                wrong = self._check(ask, content)
            else:
                wrong = f"{answer.status_code} {answer.text}"
        except (requests.RequestException, ValueError, KeyError) as error:
            wrong = repr(error)
        return Reply(ask, at, time.perf_counter() - at, wrong, generation)
