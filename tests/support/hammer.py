"""A client that costs little: some connections, each with one question after the other, and what they waited."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import uvloop


@dataclass(frozen=True)
class Load:
    """What came of a run: seconds in all, seconds of each answer in ascending order, answers other than 200."""

    seconds: float
    waits_s: list[float]
    failed: int

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.waits_s) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return self.waits_s[min(int(len(self.waits_s) * share), len(self.waits_s) - 1)] * 1e3


def load(port: int, paths: Sequence[str], connections: int = 16) -> Load:
    """Ask each path once.

    Args:
        port: on this machine.
        paths: with their queries.
        connections: kept open; each asks as soon as it has its answer.
    """
    requests = iter([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths])
    return uvloop.run(_run(port, requests, connections))


async def _run(port: int, requests: Iterator[bytes], connections: int) -> Load:
    loop, waits_s, bad = asyncio.get_running_loop(), [], itertools.count()
    started = time.perf_counter()
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: _Connection(requests, waits_s, bad, end), "127.0.0.1", port)
    await asyncio.gather(*ends)
    return Load(time.perf_counter() - started, sorted(waits_s), next(bad))


class _Connection(asyncio.Protocol):
    """One connection; it reads just enough of HTTP to know where an answer ends."""

    def __init__(
        self, requests: Iterator[bytes], waits_s: list[float], bad: Iterator[int], end: asyncio.Future[None]
    ) -> None:
        self._requests, self._waits_s, self._bad, self._end = requests, waits_s, bad, end
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0]
        if len(body) < int(length or 0):
            return
        self._waits_s.append(time.perf_counter() - self._started)
        if not head.startswith(b"HTTP/1.1 200"):
            next(self._bad)
        self._received = b""
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._end.done():
            self._end.set_result(None)
