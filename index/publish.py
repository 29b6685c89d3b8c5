"""The folder of generations: which there are, which one is served, and the atomic switch between them.

`data/generations/<id>/` are immutable; `data/generations/current` is a symbolic link to the served one, replaced
by one rename. A generation that is being built has a name that starts with a dot until it is complete.
"""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from index.errors import DamagedGenerationError, GateError, NoGenerationError
from index.manifest import Manifest

CURRENT = "current"
UNFINISHED = ".building-"
KEPT = 3
"""Generations kept when a new one is published, the served one included."""


class Generations:
    """The generations below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def reserve(self) -> Path:
        """A new folder name to build into, not yet made. Rubble of builds that were killed is cleared."""
        self.root.mkdir(parents=True, exist_ok=True)
        for rubble in self.root.glob(f"{UNFINISHED}*"):
            if not _alive(rubble):
                shutil.rmtree(rubble, ignore_errors=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return self.root / f"{UNFINISHED}{os.getpid()}" / f"{stamp}-{secrets.token_hex(2)}"

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
        target = self.root / built.name
        built.rename(target)
        built.parent.rmdir()
        self.serve(target.name)
        self._drop_old()
        return manifest

    def serve(self, generation_id: str) -> None:
        """Point `current` at a generation.

        Raises:
            NoGenerationError: there is none of that id.
        """
        if generation_id not in self.ids():
            known = ", ".join(self.ids()) or "none"
            raise NoGenerationError(f"there is no generation {generation_id!r}; there are: {known}")
        fresh = self.root / f".{CURRENT}-{os.getpid()}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(generation_id)
        fresh.rename(self.root / CURRENT)

    def ids(self) -> list[str]:
        """Ids of the complete generations, oldest first."""
        if not self.root.is_dir():
            return []
        return sorted(
            p.name for p in self.root.iterdir() if p.name[0] != "." and p.is_dir() and not p.is_symlink()
        )

    def current(self) -> Path:
        """The folder of the served generation.

        Raises:
            NoGenerationError: nothing was published yet.
        """
        link = self.root / CURRENT
        if not link.exists():
            raise NoGenerationError(
                f"no generation is published in {self.root}: build one with `python -m etl build`"
            )
        return link.resolve()

    def _drop_old(self) -> None:
        served = self.current().name
        others = [name for name in self.ids() if name != served]
        for name in others[: max(len(others) - (KEPT - 1), 0)]:
            shutil.rmtree(self.root / name)


def _alive(rubble: Path) -> bool:
    """Whether the process that builds in a folder, whose id is in its name, still runs."""
    try:
        os.kill(int(rubble.name.removeprefix(UNFINISHED)), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
