"""The folder of generations: which there are, which one is served, and the atomic switch between them.

`data/generations/<id>/` are immutable; `data/generations/current` is a symbolic link to the served one, replaced
by one rename. A generation that is being built lies in a folder whose name starts with a dot until it is complete.
A builder holds a lock in that folder, which the system takes back however it ends: what nobody holds is rubble.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.errors import DamagedGenerationError, GateError, NoGenerationError
from index.generation.manifest import Manifest

CURRENT = "current"
NEXT = ".current-next"
UNFINISHED = ".building-"
LOCK = ".lock"
KEPT = 3
"""Generations kept when a new one is published, the served one and the one served before it included."""


@dataclass(frozen=True)
class Listed:
    """A generation as it lies in the folder, not opened.

    Attributes:
        id: its name.
        manifest: None where it cannot be read or a file has not the size that was recorded.
        problem: then why; else None.
    """

    id: str
    manifest: Manifest | None
    problem: str | None


class Generations:
    """The generations below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder name to build a new generation into, not yet made; gone at the end unless it was published.

        What builds that were killed have left is cleared first; other builds at the same time are let be.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._clear_rubble()
            scratch = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.root))
            held = (scratch / LOCK).open("w")
            fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield scratch / _new_id()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            held.close()

    def publish(self, built: Path) -> Manifest:
        """Put a complete generation in its place and serve it, in one rename; old ones beyond `KEPT` go.

        Raises:
            GateError: its manifest is missing or its files are not as recorded.
        """
        try:
            manifest = Manifest.read(built)
            manifest.check_sizes(built)
        except DamagedGenerationError as error:
            raise GateError(f"not published: {error}") from error
        with self._alone():
            before = self._served()
            built.rename(self.root / built.name)
            self._point_at(built.name)
            self._drop_old(built.name, before)
        return manifest

    def serve(self, generation_id: str) -> None:
        """Point `current` at a generation.

        Raises:
            NoGenerationError: there is none of that id.
        """
        with self._alone():
            self._point_at(self.folder(generation_id).name)

    def folder(self, generation_id: str) -> Path:
        """The folder of a complete generation.

        Raises:
            NoGenerationError: there is none of that id.
        """
        if generation_id not in self.ids():
            known = ", ".join(self.ids()) or "none"
            raise NoGenerationError(f"there is no generation {generation_id!r}; there are: {known}")
        return self.root / generation_id

    def ids(self) -> list[str]:
        """Ids of the complete generations, oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(
            p.name for p in self.root.iterdir() if p.name[0] != "." and p.is_dir() and not p.is_symlink()
        )

    def listed(self) -> list[Listed]:
        """All complete generations, oldest first, with what their manifests say; no file is read but those."""
        return [self._described(name) for name in self.ids()]

    def current(self) -> Path:
        """The folder of the served generation, which may be gone if somebody deleted it.

        Raises:
            NoGenerationError: nothing was published yet.
        """
        served = self._served()
        if served is None:
            raise NoGenerationError(
                f"no generation is published in {self.root}: build one with `python -m etl build`"
            )
        return self.root / served

    def before_current(self) -> Path:
        """The folder of the generation before the served one.

        Raises:
            NoGenerationError: there is none.
        """
        served = self.current().name
        earlier = [name for name in self.ids() if name < served]
        if not earlier:
            raise NoGenerationError(f"there is no generation before the served one, {served}")
        return self.root / earlier[-1]

    def in_turn(self) -> list[Path]:
        """The served generation, then what to fall back on: earlier ones, the latest first, then later ones.

        Raises:
            NoGenerationError: nothing was published yet.
        """
        current = self.current()
        earlier = [name for name in reversed(self.ids()) if name < current.name]
        later = [name for name in self.ids() if name > current.name]
        return [current, *(self.root / name for name in (*earlier, *later))]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Changes to the folder wait for one another."""
        with (self.root / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _described(self, name: str) -> Listed:
        try:
            manifest = Manifest.read(self.root / name)
            manifest.check_sizes(self.root / name)
        except DamagedGenerationError as error:
            return Listed(name, None, str(error))
        return Listed(name, manifest, None)

    def _served(self) -> str | None:
        link = self.root / CURRENT
        return link.readlink().name if link.is_symlink() else None

    def _point_at(self, generation_id: str) -> None:
        fresh = self.root / NEXT
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(generation_id)
        fresh.rename(self.root / CURRENT)

    def _drop_old(self, served: str, before: str | None) -> None:
        kept = [name for name in self.ids() if name in (served, before)]
        others = [name for name in self.ids() if name not in kept]
        for name in others[: max(len(others) + len(kept) - KEPT, 0)]:
            rubble = self.root / f"{UNFINISHED}{name}"  # half deleted, it must not look complete
            (self.root / name).rename(rubble)
            shutil.rmtree(rubble)

    def _clear_rubble(self) -> None:
        for rubble in self.root.glob(f"{UNFINISHED}*"):
            if not _held(rubble / LOCK):
                shutil.rmtree(rubble, ignore_errors=True)


def _new_id() -> str:
    """The time, and behind the dash the 65536ths of its second in hexadecimal: ids sort as they were given."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%SZ}-{now.microsecond * 65_536 // 1_000_000:04x}"


def _held(lock: Path) -> bool:
    """Whether a living process holds the lock of a folder."""
    try:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
