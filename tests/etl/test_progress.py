"""Progress: a bar on a terminal, a line per stage elsewhere."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress

import pytest

from etl.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_each_stage_is_one_line() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        for done in range(0, 3_001, 100):
            progress.update("read", done, 3_000)
        progress.update("write", 7, None)
    lines = stream.getvalue().splitlines()
    assert [line.split(" in ")[0] for line in lines] == ["read: 3,000", "write: 7"]


def test_on_a_terminal_there_is_a_bar_with_rate_and_time_left() -> None:
    stream = Terminal()
    with Progress(stream) as progress:
        progress.update("read", 0, 3_000)
        progress.update("read", 1_500, 3_000)
    assert "50%" in stream.getvalue()
    assert "rows/s" in stream.getvalue()


def test_a_terminal_that_does_not_say_its_size_has_a_bar_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with Progress() as progress:
            progress.update("read", 1_500, 3_000)
    shown = b""
    with suppress(OSError):  # at the end, since nobody has the other side open
        while part := os.read(ours, 4_096):
            shown += part
    os.close(ours)
    assert b"50%" in shown


def test_a_stage_that_fails_is_not_reported_as_done() -> None:
    stream = io.StringIO()
    try:
        with Progress(stream) as progress:
            progress.update("read", 1, None)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert stream.getvalue() == ""
