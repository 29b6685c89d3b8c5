"""Child processes that are always stopped when this process ends.

Every child leads its own process group, so that Ctrl-C reaches only this process, which stops them in order.
Signals only set a flag; the loops check it several times a second.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType, TracebackType
from typing import NoReturn, Self

POLL_S = 0.1
STOP_TIMEOUT_S = 10.0
"""Time that a child has to stop after SIGTERM, before it is killed."""

PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when its parent dies."""


class RunError(Exception):
    """Something could not start or died; the message says what, or is empty if the child has printed it."""


class Stopped(BaseException):
    """A signal asked us to stop: not an error, like KeyboardInterrupt."""


class Children:
    """The processes that were started; leaving the context stops them all."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._finishing: str | None = None
        self._asked = False
        # Requests to this machine must not go through a proxy of the environment.
        self._http = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._stop_all()

    def finish(self, name: str, command: Sequence[str], enough: Callable[[], bool]) -> None:
        """Run a program until it ends, or has done enough: then it goes on beside the others, and may end.

        Args:
            name: of the program, in messages.
            command: program and arguments.
            enough: asked several times a second.

        Raises:
            RunError: it failed before it had done enough; it has printed why.
            Stopped: a signal arrived meanwhile.
        """
        self.start(name, command)
        self._finishing = name
        while (code := self._running[name].poll()) is None:
            if enough():
                return
            self._pause()
        del self._running[name]
        if code:
            raise RunError()

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """Start a program."""
        self._running[name] = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def wait_until_answers(self, name: str, url: str, timeout_s: float) -> None:
        """Wait until an address answers 200.

        Raises:
            RunError: a child died, or the time is over; the message has the last answer.
            Stopped: a signal arrived meanwhile.
        """
        give_up = time.monotonic() + timeout_s
        while time.monotonic() < give_up:
            self._check()
            try:
                with self._http.open(url, timeout=5):
                    return
            except urllib.error.HTTPError as error:
                with error:
                    said = f"{error.code} {error.read(500).decode(errors='replace')}"
            except OSError as error:
                said = str(error)
            self._pause()
        raise RunError(f"the {name} did not answer at {url} within {timeout_s:.0f} s: {said}")

    def watch(self) -> NoReturn:
        """Wait until a child dies or a signal arrives.

        Raises:
            RunError: a child died.
            Stopped: a signal arrived.
        """
        while True:
            self._check()
            self._pause()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def _pause(self) -> None:
        time.sleep(POLL_S)
        if self._asked:
            raise Stopped

    def _check(self) -> None:
        for name, child in list(self._running.items()):
            if (code := child.poll()) is None:
                continue
            if name == self._finishing:  # if it failed it has printed why, and what it has done is served
                del self._running[name]
                continue
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            raise RunError(f"the {name} {how}; its output is above; everything else is stopped")

    def _stop_all(self) -> None:
        for child in self._running.values():
            _signal_group(child, signal.SIGTERM)
        give_up = time.monotonic() + STOP_TIMEOUT_S
        for child in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(give_up - time.monotonic(), 0))
            _signal_group(child, signal.SIGKILL)
            child.wait()
        self._running.clear()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _die_with_parent() -> None:
    """Runs in a new child before its program starts: have the kernel stop it if this process is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
