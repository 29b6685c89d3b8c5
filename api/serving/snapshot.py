"""What a process serves at one moment: a generation, the edits since, and what answers from them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from contract import Filters
from index.answer.recommend import Recommender
from index.answer.shelves import Shelves
from index.answer.statistics import Statistics
from index.films.allowed import Allowed
from index.generation.overlay import Overlay
from index.spaces.view import View


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

    @classmethod
    def of(cls, overlay: Overlay) -> Snapshot:
        """A generation with its edits, ready to answer."""
        view = overlay.view
        films, filters = view.films, view.filters
        filters.select(Filters())  # most requests have no filter: `Recommender.known` finds this mask
        return cls(overlay, view, Recommender(view), Shelves(films, filters), Statistics(films, filters))

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
