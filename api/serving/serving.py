"""What a process serves: the current generation with the edits since, and whether the database answers.

Background threads look at each once a second, so that no request waits for them, nor they for one another: a new
generation is opened beside the old one and takes its place in one assignment, and a lost database is noticed
before it is asked. Where the published generation is damaged, an earlier one is served.

Edits wait for no thread: a request that finds another writer's announcement takes them in before it answers.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from api.serving.announcements import Announcements, Mark
from contract import Filters
from index.answer.recommend import Recommender
from index.answer.shelves import Shelves
from index.answer.statistics import Statistics
from index.errors import DamagedGenerationError, GenerationError, NoGenerationError
from index.films.allowed import Allowed
from index.films.store import FILM_SCHEMA
from index.generation.opened import Generation
from index.generation.overlay import Overlay
from index.generation.publish import Generations
from index.spaces.view import View
from sql import edits
from sql.engine import impatient, ping
from sql.errors import CatalogueError

logger = logging.getLogger("reelkin.api")

LOOK_EVERY_S = 1.0
WAIT_S = 3
"""For the database, before it counts as away."""

IDLE_S = 5.0
"""Without an edit, after which the segments of edited films are put together."""

DAMAGED_AGAIN_S = 60.0
"""A damaged generation is read again after this time: somebody may have put its files right."""


@dataclass(frozen=True)
class Served:
    """A generation with its edits, and what answers from them; a request takes it once and keeps it to its end."""

    overlay: Overlay
    generation: View
    recommender: Recommender
    shelves: Shelves
    statistics: Statistics

    @classmethod
    def of(cls, overlay: Overlay) -> Served:
        """A generation with its edits, ready to answer."""
        view = overlay.view
        films, filters = view.films, view.filters
        return cls(overlay, view, Recommender(view), Shelves(films, filters), Statistics(films, filters))

    def selection(self, filters: Filters) -> Allowed:
        """The films that pass some filters; the same object again while it is kept."""
        return self.generation.filters.select(filters)


class Serving:
    """The served generation, its edits, and the state of the database.

    Attributes:
        generations: the folder that is followed.
        announcements: where writers say that they write.
    """

    def __init__(self, generations: Generations, database: Engine) -> None:
        self.generations = generations
        self.announcements = Announcements(generations.root / ".edits")
        self._database = impatient(database, WAIT_S)
        self._served: Served | None = None
        self._changing = threading.Lock()  # held by whoever puts something else in the place of what is served
        self._mark: Mark | None = None  # of the announcements, when all edits were in; None: they may not be
        self._edited_at = 0.0
        self._left: weakref.ref[Generation] | None = None
        self._problem: GenerationError | None = None
        self._damaged: dict[Path, tuple[float, str]] = {}  # until when, and why
        self._database_problem: CatalogueError | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Open the current generation and keep following."""
        self.announcements.make()
        for look in (self._look_at_database, self._look_at_generations, self._look_at_edits):
            look()
            thread = threading.Thread(target=self._repeat, args=(look,), name=look.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)
        self._database.dispose()

    def current(self) -> Served:
        """What is served now, with every edit that was answered before; while the database is away, without more.

        Raises:
            GenerationError: nothing can be served, and why.
        """
        if self._database_problem is None and self.announcements.mark() != self._mark:
            self._take_edits()
        served = self._served
        if served is None:
            raise self._problem or NoGenerationError("no generation was opened yet")
        return served

    @property
    def at_hand(self) -> Served | None:
        """What `current` gives, if it has nothing to wait for; else None."""
        away = self._database_problem is not None
        return self._served if away or self.announcements.mark() == self._mark else None

    @property
    def state(self) -> str | None:
        """A string that is another one whenever the same question may have another answer.

        None where nothing is served, and while somebody writes.
        """
        served, mark = self._served, self.announcements.mark()
        if served is None or not mark.settled:
            return None
        edits = f"{served.overlay.sequence} {mark.done}"
        return f"{served.generation.manifest.id} {edits} {'degraded' if self._database_problem else 'whole'}"

    @property
    def problem(self) -> GenerationError | None:
        """Why the published generation is not the one that is served, or None."""
        return self._problem

    def damage(self, generation_id: str) -> str | None:
        """What was wrong with a generation when it was last to be served, or None."""
        _, why = self._damaged.get(self.generations.root / generation_id, (0.0, None))
        return why

    @property
    def database_problem(self) -> CatalogueError | None:
        """Why the database did not answer when it was last asked, or None."""
        return self._database_problem

    def _repeat(self, look: Callable[[], None]) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                look()
            except Exception:  # whatever it was: a thread that ends would never notice anything again
                logger.exception("%s failed", look.__name__)

    def _look_at_database(self) -> None:
        try:
            ping(self._database)
            self._database_problem = None
        except CatalogueError as error:
            self._miss_database(error)

    def _miss_database(self, error: CatalogueError) -> None:
        if self._database_problem is None:
            logger.warning("the database is away: %s", error)
        self._database_problem = error

    def _look_at_edits(self) -> None:
        """Take in edits of which no announcement came, of writers elsewhere; and put segments together."""
        if self._database_problem is None:
            self.announcements.settle()
            self._take_edits(unannounced=True)
        self._merge_segments()

    def _take_edits(self, *, unannounced: bool = False) -> None:
        with self._changing:
            mark = self.announcements.mark()
            if self._served is None or (mark == self._mark and not unannounced):
                return  # another request has done it meanwhile
            self._put(self._with_edits(self._served.overlay))
            self._mark = mark if mark.settled and self._database_problem is None else None

    def _with_edits(self, overlay: Overlay) -> Overlay:
        """An overlay with all edits that are in the database; as it is, while that is away."""
        if self._database_problem is not None:
            return overlay
        try:
            last = edits.last_sequence(self._database)
            if last == overlay.sequence:
                return overlay
            if last < overlay.sequence:  # another database, or an earlier state of it: all of its edits are news
                overlay = replace(Overlay.over(overlay.generation), sequence=0)
            found = edits.since(self._database, overlay.sequence)
        except CatalogueError as error:
            self._miss_database(error)
            return overlay
        films = found.films.select(FILM_SCHEMA.names).cast(FILM_SCHEMA)
        return overlay.with_edits(found.sequence, found.edited, films)

    def _put(self, overlay: Overlay) -> None:
        """Serve an overlay; `_changing` is held."""
        if self._served is None or overlay is not self._served.overlay:
            self._served = Served.of(overlay)
            self._edited_at = time.monotonic()

    def _merge_segments(self) -> None:
        """Make one of the segments that will not change any more; of all when nobody has edited for a while."""
        served = self._served
        if served is None:
            return
        overlay, idle = served.overlay, time.monotonic() - self._edited_at > IDLE_S
        segments = overlay.segments[: None if idle else overlay.closed]
        if len(segments) < 2:
            return
        merged = overlay.merged(len(segments))
        with self._changing:
            if self._served is not None and self._served.overlay.generation is overlay.generation:
                self._put(self._served.overlay.with_merged(segments, merged))

    def _look_at_generations(self) -> None:
        """Serve what is published; where that is damaged, what is served already, or else an earlier one."""
        self._let_go()
        problem: GenerationError | None = None
        try:
            for folder in self.generations.in_turn():
                try:
                    self._serve(folder)
                    break
                except GenerationError as error:
                    problem = problem or error
                    if self._served is not None:
                        break
        except NoGenerationError as error:
            problem = error
        if problem is not None and str(problem) != str(self._problem):
            served = self._served.generation.manifest.id if self._served is not None else "none"
            logger.error("%s (generation served: %s)", problem, served)
        self._problem = problem

    def _let_go(self) -> None:
        """Free what was served before, once no request uses it: its parts may refer to one another in circles."""
        if self._left is not None and self._left() is None:
            gc.collect()
            self._left = None

    def _serve(self, folder: Path) -> None:
        """Open a generation, unless it is the one that is served, and put it in the place of that.

        Raises:
            DamagedGenerationError: it cannot be served.
            EngineMissingError, EngineUnavailableError: its engine is not configured or does not answer.
        """
        if self._served is not None and self._served.generation.manifest.id == folder.name:
            return
        until, why = self._damaged.get(folder, (0.0, ""))
        if time.monotonic() < until:
            raise DamagedGenerationError(why)
        try:
            generation = self.generations.open(folder)
        except DamagedGenerationError as error:
            self._damaged[folder] = (time.monotonic() + DAMAGED_AGAIN_S, str(error))
            raise
        self._damaged.pop(folder, None)
        overlay = self._with_edits(Overlay.over(generation))  # all at once; those that come meanwhile are few
        with self._changing:
            if self._served is not None:
                self._left = weakref.ref(self._served.overlay.generation)
            overlay = self._with_edits(overlay)
            if self._served is not None and self._database_problem is not None:
                overlay = overlay.with_those_of(self._served.overlay)
            self._mark = None
            self._put(overlay)
        logger.info("serving generation %s with %d films", folder.name, generation.manifest.rows)
