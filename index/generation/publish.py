"""The folder of generations: which there are, which one is served, and the atomic switch between them.

`data/generations/<id>/` are immutable; `data/generations/current` is a symbolic link to the served one, replaced
by one rename. A generation that is being built is in a folder whose name starts with a dot until it is complete. A
builder holds a lock in that folder, which the system releases however the builder ends: a folder whose lock nobody
holds was left by a build that was killed, and is deleted.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

from filelock import FileLock, Timeout

from index.engines.base import Location, engine_class
from index.engines.registry import EngineSetting
from index.errors import (
    DamagedGenerationError,
    EngineMissingError,
    EngineUnavailableError,
    GateError,
    NoGenerationError,
)
from index.generation.manifest import Generation, Manifest
from index.ratings.model import RATINGS
from index.spaces.space import CONTENT

logger = logging.getLogger("reelkin.index")

CURRENT = "current"
NEXT = ".current-next"
UNFINISHED = ".building-"
LOCK = ".lock"
KEPT = 3
"""Generations kept when a new one is published, the served one and the one served before it included."""

TICKS = 65_536
"""Of a second, in the id of a generation."""


@dataclass(frozen=True)
class Listed:
    """A generation in the folder, not opened.

    Attributes:
        id: its name.
        manifest: None if it cannot be read or a file does not have the size that was recorded.
        problem: why, in that case; else None.
    """

    id: str
    manifest: Manifest | None
    problem: str | None


class Generations:
    """The generations below one folder.

    Attributes:
        root: the folder.
        setting: which engine is configured, and its address.
        in_steps: a large generation may be published without the nearest films of its films first.
    """

    in_steps: ClassVar[bool] = True

    def __init__(self, root: Path, setting: EngineSetting | None = None) -> None:
        self.root, self.setting = root, setting or EngineSetting()

    def open(self, folder: Path) -> Generation:
        """Open one of the generations; see `Generation.open` for what it raises."""
        return Generation.open(folder, self.setting)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder to build a new generation into, not yet created; deleted at the end unless it was published.

        What killed builds have left is deleted first; builds that still run are left alone.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._clear_leftovers()
            scratch = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.root))
            held = FileLock(scratch / LOCK, thread_local=False)
            held.acquire()
        built = scratch / _new_id(self._latest())
        try:
            yield built
        finally:
            if built.exists():  # it was not published
                self._call_engines(built, "drop")
            shutil.rmtree(scratch, ignore_errors=True)
            held.release()

    def publish(self, built: Path, instead_of: str | None = None) -> Manifest:
        """Move a complete generation to its place and serve it, by one rename; old ones beyond `KEPT` are deleted.

        Args:
            built: its folder.
            instead_of: the served generation that it completes, which is deleted.

        Raises:
            GateError: its manifest is missing or its files are not as recorded, or another generation than
                `instead_of` is served.
            EngineUnavailableError: an engine's server does not answer; what is served stays.
        """
        try:
            manifest = Manifest.read(built)
            manifest.check_sizes(built)
        except DamagedGenerationError as error:
            raise GateError(f"not published: {error}") from error
        with self._alone():
            before = self._served()
            if instead_of not in (None, before):
                raise GateError(f"not published: {before} is served by now, and it completes {instead_of}")
            self._call_engines(built, "publish")
            built.rename(self.root / built.name)
            self._point_at(built.name)
            if instead_of is not None:
                self._drop(instead_of)
            self._drop_old(built.name, before)
        return manifest

    def serve(self, generation_id: str) -> None:
        """Point `current` at a generation.

        Raises:
            NoGenerationError: there is none of that id.
            EngineUnavailableError: an engine's server does not answer; what is served stays.
        """
        with self._alone():
            folder = self.folder(generation_id)
            self._call_engines(folder, "publish")
            self._point_at(folder.name)

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
        """All complete generations, oldest first, with what their manifests say; only the manifests are read."""
        return [self._described(name) for name in self.ids()]

    def current(self) -> Path:
        """The folder of the served generation, which may have been deleted by hand.

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
        """The served generation, then the fallbacks: earlier ones, the latest first, then later ones.

        Raises:
            NoGenerationError: nothing was published yet.
        """
        current = self.current()
        earlier = [name for name in reversed(self.ids()) if name < current.name]
        later = [name for name in self.ids() if name > current.name]
        return [current, *(self.root / name for name in (*earlier, *later))]

    def _latest(self) -> str:
        """The id that sorts last of all that are known; "" for none."""
        return max(self.ids(), default="")

    def _alone(self) -> FileLock:
        """One process at a time may change the folder."""
        return FileLock(self.root / LOCK)

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
            self._drop(name)

    def _drop(self, generation_id: str) -> None:
        self._call_engines(self.root / generation_id, "drop")
        leftover = self.root / f"{UNFINISHED}{generation_id}"  # half deleted, it must not look complete
        (self.root / generation_id).rename(leftover)
        shutil.rmtree(leftover)

    def _call_engines(self, folder: Path, hook: Literal["publish", "drop"]) -> None:
        """Tell a generation's engines that it is to be served or deleted, if its manifest can be read."""
        try:
            manifest = Manifest.read(folder)
        except DamagedGenerationError:
            return
        for name, record in manifest.spaces.items():
            location = Location(folder / name, self.setting.address)
            if hook == "publish":
                engine_class(record.engine).publish(location)
            else:
                try:
                    engine_class(record.engine).drop(location)
                except (EngineMissingError, EngineUnavailableError) as error:  # the folder is deleted all the same
                    logger.warning("generation %s was not removed from its engine: %s", folder.name, error)

    def _clear_leftovers(self) -> None:
        for leftover in self.root.glob(f"{UNFINISHED}*"):
            with (
                suppress(Timeout, OSError, EngineMissingError, EngineUnavailableError),
                FileLock(leftover / LOCK, blocking=False),
            ):
                for built in leftover.iterdir():
                    drop_unfinished(built, self.setting, self.setting.default)
                shutil.rmtree(leftover, ignore_errors=True)


def drop_unfinished(built: Path, setting: EngineSetting, engine: str) -> None:
    """Remove from an engine what a build has put there that ended before its manifest was written.

    Raises:
        EngineUnavailableError: the engine's server does not answer.
    """
    for space in (CONTENT, RATINGS):
        if (built / space).is_dir():
            engine_class(engine).drop(Location(built / space, setting.address))


def _new_id(latest: str) -> str:
    """The time, and after the dash 65536ths of a second in hexadecimal: ids sort by time.

    It sorts after the latest id, which a host whose clock is ahead may have given.
    """
    now = datetime.now(UTC)
    ticks = int(now.timestamp()) * TICKS + now.microsecond * TICKS // 1_000_000
    if known := re.fullmatch(r"(\d{8}T\d{6})Z-([0-9a-f]{4})", latest):
        moment = datetime.strptime(known[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        ticks = max(ticks, int(moment.timestamp()) * TICKS + int(known[2], 16) + 1)
    return f"{datetime.fromtimestamp(ticks // TICKS, UTC):%Y%m%dT%H%M%SZ}-{ticks % TICKS:04x}"
