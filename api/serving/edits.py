"""Edits since the generation was built: read from the database into the served overlay, and merged there.

Whether the database answers: asked once a second, so that no request waits for a database that is away.

What a process serves at one moment: a generation, the edits since, and what answers from them.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from api.serving.announcements import EditAnnouncements, EditVersion
from contract import Filters
from index.answer.ranked import Rankings
from index.answer.recommend import Recommender
from index.answer.shelves import Shelves
from index.answer.statistics import Statistics
from index.films.filters import Allowed
from index.generation.overlay import Overlay
from index.spaces.view import View
from sql import edits
from sql.engine import impatient, ping
from sql.errors import CatalogueError


@dataclass(frozen=True)
class Snapshot:
    """A request takes it once and uses it to its end, whatever is served meanwhile.

    Attributes:
        overlay: the generation and its edits.
        view: both as one.
    """

    overlay: Overlay
    view: View
    recommender: Recommender
    shelves: Shelves
    statistics: Statistics
    rankings: Rankings

    @classmethod
    def of(cls, overlay: Overlay) -> Snapshot:
        """A generation with its edits, ready to answer."""
        view = overlay.view
        films, filters = view.films, view.filters
        filters.select(Filters())  # most requests have no filter: `Recommender.known` finds this mask
        shelves = Shelves(films, filters)
        return cls(
            overlay,
            view,
            Recommender(view),
            shelves,
            Statistics(films, filters),
            Rankings(films, filters, shelves),
        )

    @property
    def id(self) -> str:
        """Of the generation."""
        return self.overlay.generation.manifest.id

    def selection(self, filters: Filters) -> Allowed:
        """The films that pass some filters; the same object again while it is kept."""
        return self.view.filters.select(filters)


class Slot:
    """Holds the snapshot that is served.

    Attributes:
        snapshot: None until the first generation is open.
        changing: a lock for those who replace it by one that is made from it.
        changed_at: when it was replaced last, by `time.monotonic`.
    """

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None
        self.changing = threading.Lock()
        self.changed_at = 0.0

    def put(self, overlay: Overlay) -> None:
        """Serve an overlay from now on; the caller holds `changing`."""
        if self.snapshot is None or overlay is not self.snapshot.overlay:
            self.snapshot = Snapshot.of(overlay)
            self.changed_at = time.monotonic()


logger = logging.getLogger("reelkin.api")

WAIT_S = 3
"""For the database, before it counts as away."""


class DatabaseWatch:
    """Asks the database for a sign of life.

    Attributes:
        engine: connections to it that wait no longer than `WAIT_S`.
        problem: why it did not answer when it was last asked, or None.
    """

    def __init__(self, database: Engine) -> None:
        self.engine = impatient(database, WAIT_S)
        self.problem: CatalogueError | None = None

    def check(self) -> None:
        """Ask it."""
        try:
            ping(self.engine)
            self.problem = None
        except CatalogueError as error:
            self.missed(error)

    def missed(self, error: CatalogueError) -> None:
        """It did not answer somebody."""
        if self.problem is None:
            logger.warning("the database is away: %s", error)
        self.problem = error

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


IDLE_S = 5.0
"""Without an edit, after which all segments of edited films are merged into one."""


class EditReader:
    """Reads edits from the database and serves them beside the generation."""

    def __init__(self, slot: Slot, database: DatabaseWatch, announcements: EditAnnouncements) -> None:
        self._slot, self._database, self._announcements = slot, database, announcements
        self._version: EditVersion | None = None  # when all edits had been read; None: they may not have been

    @property
    def up_to_date(self) -> bool:
        """Whether every edit that was announced is served."""
        return self._announcements.version() == self._version

    def read(self, *, unannounced: bool = False) -> None:
        """Serve every edit that was committed before, also those of which no announcement came if asked to."""
        with self._slot.changing:
            version, snapshot = self._announcements.version(), self._slot.snapshot
            if snapshot is None or (version == self._version and not unannounced):
                return  # another request has read them meanwhile
            self._slot.put(self.added(snapshot.overlay))
            self._version = version if version.settled and self._database.problem is None else None

    def check(self) -> None:
        """Read edits of which no announcement came: those of writers on other hosts, or that were killed."""
        if self._database.problem is None:
            self._announcements.settle()
            self.read(unannounced=True)

    def forget(self) -> None:
        """Let the next request ask the database: something else is served. The caller holds the slot's lock."""
        self._version = None

    def added(self, overlay: Overlay) -> Overlay:
        """An overlay with all edits that are in the database; unchanged while that is away."""
        if self._database.problem is not None:
            return overlay
        try:
            last = edits.last_sequence(self._database.engine)
            if last == overlay.sequence:
                return overlay
            if last < overlay.sequence:  # another database, or an earlier state of it: none of its edits is known
                overlay = replace(Overlay.over(overlay.generation), sequence=0)
            found = edits.since(self._database.engine, overlay.sequence)
        except CatalogueError as error:
            self._database.missed(error)
            return overlay
        return overlay.with_edits(found.sequence, found.edited, found.films)


class SegmentMerger:
    """Merges segments of edited films, since each of them is searched by itself."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def check(self) -> None:
        """Merge the segments that will not change any more; all of them if nobody has edited for a while."""
        snapshot = self._slot.snapshot
        if snapshot is None:
            return
        overlay, idle = snapshot.overlay, time.monotonic() - self._slot.changed_at > IDLE_S
        segments = overlay.segments[: None if idle else overlay.closed]
        if len(segments) < 2:
            return
        merged = overlay.merged(len(segments))
        with self._slot.changing:
            now = self._slot.snapshot
            if now is not None and now.overlay.generation is overlay.generation:
                self._slot.put(now.overlay.with_merged(segments, merged))
