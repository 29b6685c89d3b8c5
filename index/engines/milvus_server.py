"""A Milvus to talk to, by pymilvus: Milvus Lite in a folder, one server, or a cluster.

A process has one connection for each address. After a request that got no answer, all others fail at once for
`QUIET_S` seconds instead of each waiting for its own timeout. The first one after that tries again, and so does
the watch of the API (`MilvusServer.try_again`). The steps of a build are tried again, with pauses that grow, until
`WORK_S` are over; pymilvus itself gives up at once where nobody listens.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import grpc
from pymilvus import MilvusClient, MilvusException
from pymilvus.client.types import Status
from pymilvus.exceptions import ConnectionConfigException

from index.errors import EngineUnavailableError

ANSWER_S = 2.0
"""For a connection, and for a small question."""

SEARCH_S = 5.0
"""For a search of a request: on a machine with eight times as much to do as it could, some took two seconds."""

WORK_S = 120.0
"""For each step of a build: long enough for a server to be started again meanwhile."""

PAUSES_S = (0.1, 3.0)
"""Between the attempts of a step of a build: the first, and the longest; each is twice that before."""

QUIET_S = 5.0
"""How long an address that did not answer is left alone."""

LITE = ".db"
"""What the address of Milvus Lite ends with: it is a folder."""

NO_COLLECTION = 100
"""Milvus's code for a collection that is not there."""

for noisy in ("pymilvus", "milvus_lite"):  # they log tracebacks of what is raised here, too
    logging.getLogger(noisy).setLevel(logging.CRITICAL)


class MilvusServer:
    """One address.

    Attributes:
        address: as in `REELKIN_MILVUS_URI`.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._connecting = threading.Lock()
        self._client: MilvusClient | None = None
        self._quiet_until, self._why = 0.0, ""

    @property
    def is_lite(self) -> bool:
        """Whether it is Milvus Lite, which runs in this process and has its folder to itself."""
        return self.address.endswith(LITE)

    def ask(self, question: str, timeout_s: float = ANSWER_S, /, **arguments: Any) -> Any:
        """What a method of pymilvus's `MilvusClient` returns.

        Args:
            question: its name.
            timeout_s: for all attempts together.
            arguments: of the method.

        Raises:
            LookupError: there is no such collection.
            EngineUnavailableError: it does not answer, did not a moment ago, or refuses.
        """
        if time.monotonic() < self._quiet_until:
            raise EngineUnavailableError(self._why)
        until = time.monotonic() + (timeout_s if timeout_s >= WORK_S else 0)
        pause_s, longest_s = PAUSES_S
        while True:
            try:
                return getattr(self._connected(), question)(**arguments, timeout=timeout_s)
            except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
                if isinstance(error, MilvusException) and error.code == NO_COLLECTION:
                    raise LookupError(str(error)) from error
                if _answered(error):
                    raise EngineUnavailableError(
                        f"Milvus at {self.address} refuses {question}: {error}"
                    ) from error
                if time.monotonic() + pause_s > until:
                    self._why = self._unanswered(error)
                    self._quiet_until = time.monotonic() + QUIET_S
                    raise EngineUnavailableError(self._why) from error
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, longest_s)

    def try_again(self) -> None:
        """Let the next question try, even if the last one had no answer."""
        self._quiet_until = 0.0

    def _connected(self) -> MilvusClient:
        with self._connecting:
            if self._client is None:
                if self.is_lite:
                    Path(self.address).parent.mkdir(parents=True, exist_ok=True)
                self._client = MilvusClient(self.address, timeout=ANSWER_S)
            return self._client

    def _unanswered(self, error: Exception) -> str:
        if self.is_lite:
            return (
                f"Milvus Lite in {self.address} cannot be opened ({error}): only one process at a time can use "
                "it, and it needs the package milvus-lite"
            )
        return (
            f"Milvus at {self.address} does not answer ({error}): start it, or correct the address in "
            "REELKIN_MILVUS_URI"
        )


@cache
def server_at(address: str) -> MilvusServer:
    """The one connection of this process to an address."""
    return MilvusServer(address)


def _answered(error: Exception) -> bool:
    """Whether an error is an answer, and not that there was none."""
    return isinstance(error, MilvusException) and not (
        isinstance(error, ConnectionConfigException)
        or isinstance(error.code, grpc.StatusCode)
        or error.code == Status.CONNECT_FAILED
    )
