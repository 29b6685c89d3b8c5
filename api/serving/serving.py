"""What a process serves: the current generation with the edits since, and whether the database answers.

    DatabaseWatch       does the database answer?        \
    GenerationFollower  what is published?                > a thread each, once a second -> Slot: the Snapshot
    EditReader          what was edited elsewhere?        |
    SegmentMerger       are there segments to merge?     |
    IntegrityWatch      has a file changed?              |
    EngineWatch         does the engine answer?         /

Each has a thread, so that no request waits for them, nor they for one another. Edits that were announced wait for
no thread: the next request reads them before it is answered.

Which generation is served: the published one, or an earlier one while that is damaged.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from api.operation.logs import Stage
from api.serving.announcements import EditAnnouncements, FileAnnouncements
from api.serving.edits import DatabaseWatch, EditReader, SegmentMerger, Slot, Snapshot
from contract import Filters
from index.answer.recommend import Question, Recommender
from index.errors import DamagedGenerationError, EngineUnavailableError, GenerationError, NoGenerationError
from index.generation.manifest import FileRecord, Generation
from index.generation.overlay import Overlay
from index.generation.publish import Listed
from sql import movies
from sql.errors import CatalogueError

logger = logging.getLogger("reelkin.api")

WARMING = (
    Question(likes=(0,)),
    Question(likes=(0,), filters=Filters(genres=("Drama",), keywords=("time travel",))),
    Question(text="a funny korean thriller of the 80s about time travel, not american"),
)
"""Asked of every generation before it is served."""

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
        _warm(overlay)
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


def _warm(overlay: Overlay) -> None:
    """Ask questions, so that no visitor waits for what is made when it is needed first: 0.3 s for words."""
    recommender = Recommender(overlay.view)
    for question in WARMING:
        with suppress(EngineUnavailableError):
            recommender.recommend(question)


VERIFY_EVERY_S = 600.0
"""How long after one reading of all files of the served generation the next begins: 1 s of processor time each."""


class IntegrityWatch:
    """Compares the files of the served generation with their checksums, one at a time, again and again.

    Attributes:
        problem: the file that has changed since it was opened, or None. What is served is not replaced: an answer
            may be wrong, but it is known where.
    """

    def __init__(self, slot: Slot, source: GenerationSource) -> None:
        self._slot, self._source = slot, source
        self.problem: DamagedGenerationError | None = None
        self._id, self._left, self._next = "", list[str](), 0.0

    def check(self) -> None:
        """Read one more file."""
        snapshot = self._slot.snapshot
        if snapshot is None:
            return
        if snapshot.id != self._id:
            self._id, self._left, self.problem = snapshot.id, [], None
            self._next = time.monotonic() + VERIFY_EVERY_S  # it was verified when it was opened
        manifest = snapshot.overlay.generation.manifest
        if not self._left:
            if time.monotonic() < self._next:
                return
            self._left, self._next = sorted(manifest.files), time.monotonic() + VERIFY_EVERY_S
        name = self._left.pop()
        path = self._source.root / self._id / name
        found = FileRecord.of(path) if path.is_file() else None
        if found != manifest.files[name]:
            what = "is missing" if found is None else "has changed since it was written"
            self._tell(DamagedGenerationError(f"{path} {what}: roll back, or build a new generation"))

    def _tell(self, problem: DamagedGenerationError) -> None:
        if str(problem) != str(self.problem):
            logger.error("%s (it is served)", problem)
        self.problem = problem


class EngineWatch:
    """Asks the engines of the served generation whether they can search.

    Attributes:
        problem: why one could not when it was last asked, or None. What needs no search is answered all the same.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self.problem: EngineUnavailableError | None = None

    def check(self) -> None:
        """Ask them."""
        problem = None
        if (snapshot := self._slot.snapshot) is not None:
            try:
                for space in snapshot.overlay.generation.spaces.values():
                    space.engine.check()
            except EngineUnavailableError as error:
                problem = error
        if str(problem) != str(self.problem):
            logger.warning("%s", problem or "the search engine answers again")
        self.problem = problem


CHECK_EVERY_S = 1.0


class Serving:
    """The snapshot that is served, and the state of the database.

    Args:
        generations: what is followed.
        database: the catalogue.
        announcements: where edits are announced; None: in the folder of generations.

    Attributes:
        generations, announcements: the same.
    """

    def __init__(
        self, generations: GenerationSource, database: Engine, announcements: EditAnnouncements | None = None
    ) -> None:
        self.generations = generations
        self.announcements = announcements or FileAnnouncements(generations.root)
        self._slot = Slot()
        self._database = DatabaseWatch(database)
        self._edits = EditReader(self._slot, self._database, self.announcements)
        self._follower = GenerationFollower(self._slot, generations, self._database, self._edits)
        self._merger = SegmentMerger(self._slot)
        self._integrity = IntegrityWatch(self._slot, generations)
        self._engines = EngineWatch(self._slot)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Open the current generation and keep following."""
        self.announcements.start()
        parts = (self._database, self._follower, self._edits, self._merger, self._integrity, self._engines)
        for part in parts:
            part.check()
            name = type(part).__name__
            thread = threading.Thread(target=self._repeat, args=(part.check, name), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)
        self._database.close()

    def current(self) -> Snapshot:
        """What is served now, with every edit that was answered before; while the database is away, without more.

        May wait for the database: not to be called on the event loop.

        Raises:
            GenerationError: nothing can be served, and why.
        """
        if self._database.problem is None and not self._edits.up_to_date:
            with Stage("edits"):
                self._edits.read()
        snapshot = self._slot.snapshot
        if snapshot is None:
            raise self._follower.problem or NoGenerationError("no generation was opened yet")
        return snapshot

    @property
    def ready(self) -> Snapshot | None:
        """What `current` gives, if that needs no statement and no lock; else None."""
        ready = self._database.problem is not None or self._edits.up_to_date
        return self._slot.snapshot if ready else None

    @property
    def state(self) -> str | None:
        """Changes whenever the same question may have another answer, and is the same on every host.

        None if nothing is served, or edits are being written or have to be read first.
        """
        snapshot = self.ready
        if snapshot is None or not self.announcements.version().settled:
            return None
        overlay = snapshot.overlay
        if self._database.problem is None:
            return f"{snapshot.id} {overlay.sequence}"
        # An overlay that outlived a swap while the database was away has edits that its sequence does not count.
        return f"{snapshot.id} {overlay.sequence} {len(overlay.edited)} degraded"

    @property
    def problem(self) -> GenerationError | None:
        """Why the published generation is not the one that is served, or which of its files changed, or None."""
        return self._follower.problem or self._integrity.problem

    def damage(self, generation_id: str) -> str | None:
        """What was wrong with a generation when it was last opened, or None."""
        return self._follower.damage(generation_id)

    @property
    def engine_problem(self) -> EngineUnavailableError | None:
        """Why an engine could not search when it was last asked, or None."""
        return self._engines.problem

    @property
    def database_problem(self) -> CatalogueError | None:
        """Why the database did not answer when it was last asked, or None."""
        return self._database.problem

    def count_films(self) -> int:
        """Films in the database, over connections that requests for films do not use up.

        Raises:
            DatabaseUnavailableError: it is away.
        """
        return movies.count(self._database.engine)

    def _repeat(self, check: Callable[[], None], name: str) -> None:
        while not self._stop.wait(CHECK_EVERY_S):
            try:
                check()
            except Exception:  # of any kind: a thread that ends would never notice anything again
                logger.exception("%s failed", name)
