"""Which generation is served: the published one, or an earlier one while that is damaged."""

from __future__ import annotations

import gc
import logging
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from api.serving.database import DatabaseWatch
from api.serving.edits import EditReader
from api.serving.snapshot import Slot
from index.errors import DamagedGenerationError, GenerationError, NoGenerationError
from index.generation.opened import Generation
from index.generation.overlay import Overlay
from index.generation.publish import Listed

logger = logging.getLogger("reelkin.api")

DAMAGED_AGAIN_S = 60.0
"""A damaged generation is read again after this time, in case its files have been repaired."""


class GenerationSource(Protocol):
    """Where generations come from; `index.generation.publish.Generations` is a folder of them."""

    @property
    def root(self) -> Path:
        """The local folder that they are opened in."""

    def in_turn(self) -> Sequence[Path]:
        """The folder of the published generation, then what to fall back on.

        Raises:
            NoGenerationError: nothing was published yet.
        """

    def open(self, folder: Path) -> Generation:
        """Open one.

        Raises:
            DamagedGenerationError: it cannot be read.
            EngineMissingError, EngineUnavailableError: its engine is not configured or does not answer.
        """

    def ids(self) -> Sequence[str]:
        """Ids of the complete generations, oldest first."""

    def listed(self) -> Sequence[Listed]:
        """The complete generations with their manifests, oldest first."""

    def folder(self, generation_id: str) -> Path:
        """The folder of a complete generation.

        Raises:
            NoGenerationError: there is none of that id.
        """


class GenerationFollower:
    """Opens what is published beside what is served, and replaces that in one assignment.

    Attributes:
        problem: why the published generation is not the one that is served, or None.
    """

    def __init__(self, slot: Slot, source: GenerationSource, database: DatabaseWatch, edits: EditReader) -> None:
        self._slot, self._source, self._database, self._edits = slot, source, database, edits
        self.problem: GenerationError | None = None
        self._damaged: dict[str, tuple[float, str]] = {}  # id -> until when it counts as damaged, and why
        self._replaced: weakref.ref[Generation] | None = None

    def check(self) -> None:
        """Serve what is published; if that is damaged, what is served already, or else an earlier one."""
        self._free_replaced()
        problem: GenerationError | None = None
        try:
            for folder in self._source.in_turn():
                try:
                    self._serve(folder)
                    break
                except GenerationError as error:
                    problem = problem or error
                    if self._slot.snapshot is not None:
                        break
        except NoGenerationError as error:
            problem = error
        if problem is not None and str(problem) != str(self.problem):
            snapshot = self._slot.snapshot
            logger.error("%s (generation served: %s)", problem, "none" if snapshot is None else snapshot.id)
        self.problem = problem

    def damage(self, generation_id: str) -> str | None:
        """What was wrong with a generation when it was last opened, or None."""
        _, why = self._damaged.get(generation_id, (0.0, None))
        return why

    def _serve(self, folder: Path) -> None:
        """Open a generation and serve it, unless it is served already.

        Raises:
            DamagedGenerationError: it cannot be served.
            EngineMissingError, EngineUnavailableError: its engine is not configured or does not answer.
        """
        if self._slot.snapshot is not None and self._slot.snapshot.id == folder.name:
            return
        until, why = self._damaged.get(folder.name, (0.0, ""))
        if time.monotonic() < until:
            raise DamagedGenerationError(why)
        try:
            generation = self._source.open(folder)
        except DamagedGenerationError as error:
            self._damaged[folder.name] = (time.monotonic() + DAMAGED_AGAIN_S, str(error))
            raise
        self._damaged.pop(folder.name, None)
        overlay = self._edits.added(Overlay.over(generation))  # most of them; few are left to read under the lock
        with self._slot.changing:
            overlay, replaced = self._edits.added(overlay), self._slot.snapshot
            if replaced is not None:
                self._replaced = weakref.ref(replaced.overlay.generation)
                if self._database.problem is not None:
                    overlay = overlay.with_those_of(replaced.overlay)
            self._edits.forget()
            self._slot.put(overlay)
        logger.info("serving generation %s with %d films", folder.name, generation.manifest.rows)

    def _free_replaced(self) -> None:
        """Free what was served before, once no request uses it: its parts may refer to one another in circles."""
        if self._replaced is not None and self._replaced() is None:
            gc.collect()
            self._replaced = None
