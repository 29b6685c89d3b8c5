"""Progress of long work on standard error: a bar on a terminal, one plain line per stage elsewhere."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import NoReturn, Self, TextIO

from tqdm import tqdm

COLUMNS = 80
"""Width of a terminal that does not report one, as under `script` or in some containers."""


class Progress:
    """A context manager whose `update` is the progress callback of the other packages.

    with Progress() as progress:
        progress.update("read", 10, 100)

    Args:
        stream: where to write; standard error when None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._stage: str | None = None
        self._done = 0
        self._started = 0.0
        self._bar: tqdm[NoReturn] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(failed=kind is not None)

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Report the progress of a stage; a new stage ends the one before.

        Args:
            stage: its name.
            done: rows (or other units of the stage) since it began.
            total: the expected number, if known; it may change.
        """
        if stage != self._stage:
            self._end()
            self._stage, self._started = stage, time.perf_counter()
            if self._stream.isatty():
                self._bar = tqdm(
                    desc=stage,
                    total=total,
                    file=self._stream,
                    ncols=_columns(self._stream) - 1,
                    nrows=2,  # else the bar is hidden on a terminal that reports no rows
                    unit=" rows",
                    unit_scale=True,
                )
        self._done = done
        if self._bar is not None:
            self._bar.total = total
            self._bar.update(done - self._bar.n)

    def _end(self, failed: bool = False) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        elif self._stage and not failed:
            seconds = time.perf_counter() - self._started
            print(f"{self._stage}: {self._done:,} in {seconds:.1f} s", file=self._stream, flush=True)
        self._stage = None


def _columns(terminal: TextIO) -> int:
    try:
        return os.get_terminal_size(terminal.fileno()).columns or COLUMNS
    except OSError:
        return COLUMNS
