"""How the processes of one data folder tell one another that films were edited: two counters in a file.

Asking the database before every answer would cost as much as the answer. So a writer counts up `begun` before it
writes and `done` after its commit, before it answers; a reader that finds both as they were has every edit that
was answered. While they differ somebody is writing, or was killed while writing: then the reader asks the
database. A writer holds a shared lock on the file, which the system takes back however it ends; once nobody does,
the counters are made equal again.
"""

from __future__ import annotations

import fcntl
import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_COUNTERS = struct.Struct("=QQ")


class Mark(NamedTuple):
    """How many writes have begun in this folder, and how many are done."""

    begun: int = 0
    done: int = 0

    @property
    def settled(self) -> bool:
        """Whether nobody is writing."""
        return self.begun == self.done


class Announcements:
    """The file of a data folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._counters: mmap.mmap | None = None

    def mark(self) -> Mark:
        """The counters now: half a microsecond, since the file stays mapped."""
        counters = self._counters
        if counters is None:
            counters = self._counters = self._mapped()
        return Mark() if counters is None else Mark(*_COUNTERS.unpack_from(counters))

    def _mapped(self) -> mmap.mmap | None:
        """The file, or None where there is none, or nothing in it."""
        try:
            with self._path.open("rb") as file:
                return mmap.mmap(file.fileno(), _COUNTERS.size, access=mmap.ACCESS_READ)
        except (FileNotFoundError, ValueError):
            return None

    def make(self) -> None:
        """Make the file if there is none and the folder may be written to: it is read sooner than missed."""
        if self._mapped() is not None:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.open("ab").close()
            self._count()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything between the first statement of a write and its commit goes inside.

        Raises:
            OSError: the folder may not be written to.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_SH)
            self._count(begun=1)
            try:
                yield
            finally:
                self._count(done=1)

    def settle(self) -> None:
        """Make the counters equal where they differ although nobody is writing."""
        self._counters = self._mapped()
        if self.mark().settled:
            return
        with suppress(BlockingIOError), self._path.open("ab") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mark = self.mark()
            self._count(done=mark.begun - mark.done)

    def _count(self, begun: int = 0, done: int = 0) -> None:
        with self._path.with_suffix(".lock").open("ab") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            self._counters = self._mapped()
            mark = self.mark()
            with self._path.open("r+b") as file:
                file.write(_COUNTERS.pack(mark.begun + begun, mark.done + done))
