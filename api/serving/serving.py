"""What a process serves: the current generation with the edits since, and whether the database answers.

    DatabaseWatch       does the database answer?        \
    GenerationFollower  what is published?                > a thread each, once a second -> Slot: the Snapshot
    EditReader          what was edited elsewhere?        |
    SegmentMerger       are there segments to merge?     /

Each has a thread, so that no request waits for them, nor they for one another. Edits that were announced wait for
no thread: the next request reads them before it is answered.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from api.operation.logs import Stage
from api.serving.announcements import EditAnnouncements, FileAnnouncements
from api.serving.database import DatabaseWatch
from api.serving.edits import EditReader, SegmentMerger
from api.serving.generations import GenerationFollower, GenerationSource
from api.serving.snapshot import Slot, Snapshot
from index.errors import GenerationError, NoGenerationError
from sql import movies
from sql.errors import CatalogueError

logger = logging.getLogger("reelkin.api")

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
        self.announcements = announcements or FileAnnouncements(generations.root / ".edits")
        self._slot = Slot()
        self._database = DatabaseWatch(database)
        self._edits = EditReader(self._slot, self._database, self.announcements)
        self._follower = GenerationFollower(self._slot, generations, self._database, self._edits)
        self._merger = SegmentMerger(self._slot)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Open the current generation and keep following."""
        self.announcements.start()
        for part in (self._database, self._follower, self._edits, self._merger):
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
        """Why the published generation is not the one that is served, or None."""
        return self._follower.problem

    def damage(self, generation_id: str) -> str | None:
        """What was wrong with a generation when it was last opened, or None."""
        return self._follower.damage(generation_id)

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
