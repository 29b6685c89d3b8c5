"""Edits since the generation was built: read from the database into the served overlay, and merged there."""

from __future__ import annotations

import time
from dataclasses import replace

from api.serving.announcements import EditAnnouncements, EditVersion
from api.serving.database import DatabaseWatch
from api.serving.snapshot import Slot
from index.generation.overlay import Overlay
from sql import edits
from sql.errors import CatalogueError

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
