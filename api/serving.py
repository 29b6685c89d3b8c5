"""What a process serves: the current generation, followed while it runs, and whether the database answers.

Two background threads look at them once a second, so that no request waits for either, nor they for one another: a
new generation is opened beside the old one and takes its place in one assignment, and a lost database is noticed
before it is asked. Where the published generation is damaged, an earlier one is served.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from index.errors import DamagedGenerationError, GenerationError, NoGenerationError
from index.filters import Filters
from index.generation import Generation
from index.publish import Generations
from index.recommend import Recommender
from index.selection import Selection
from index.shelves import Shelves
from index.statistics import Statistics
from sql.engine import ping
from sql.errors import CatalogueError

logger = logging.getLogger("reelkin.api")

LOOK_EVERY_S = 1.0
DAMAGED_AGAIN_S = 60.0
"""A damaged generation is read again after this time: somebody may have put its files right."""


@dataclass(frozen=True)
class Served:
    """One generation and what answers from it; a request takes it once and keeps it to its end."""

    generation: Generation
    recommender: Recommender
    shelves: Shelves
    statistics: Statistics

    @classmethod
    def of(cls, generation: Generation) -> Served:
        """A generation, ready to answer."""
        films, filters = generation.films, generation.filters
        return cls(generation, Recommender(generation), Shelves(films, filters), Statistics(films, filters))

    def selection(self, filters: Filters) -> Selection:
        """The films that pass some filters; the same object again while it is kept."""
        return self.generation.filters.select(filters)


class Serving:
    """The served generation and the state of the database.

    Attributes:
        generations: the folder that is followed.
    """

    def __init__(self, generations: Generations, database: Engine) -> None:
        self.generations, self._database = generations, database
        self._served: Served | None = None
        self._left: weakref.ref[Served] | None = None
        self._problem: GenerationError | None = None
        self._damaged: dict[Path, tuple[float, str]] = {}  # until when, and why
        self._database_problem: CatalogueError | None = None
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Open the current generation and keep following."""
        for look in (self._look_at_database, self._look_at_generations):
            look()
            thread = threading.Thread(target=self._repeat, args=(look,), name=look.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def current(self) -> Served:
        """What is served now.

        Raises:
            GenerationError: nothing can be served, and why.
        """
        served = self._served
        if served is None:
            raise self._problem or NoGenerationError("no generation was opened yet")
        return served

    @property
    def state(self) -> str | None:
        """A string that is another one whenever the same question may have another answer; None without any."""
        served = self._served
        if served is None:
            return None
        return f"{served.generation.manifest.id} {'degraded' if self._database_problem else 'whole'}"

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
            if self._database_problem is None:
                logger.warning("the database is away: %s", error)
            self._database_problem = error

    def _look_at_generations(self) -> None:
        """Serve what is published; where that is damaged, what is served already, or else an earlier one."""
        self._let_go()
        problem: GenerationError | None = None
        try:
            for folder in self.generations.in_turn():
                try:
                    self._serve(folder)
                    break
                except DamagedGenerationError as error:
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
        """
        if self._served is not None and self._served.generation.manifest.id == folder.name:
            return
        until, why = self._damaged.get(folder, (0.0, ""))
        if time.monotonic() < until:
            raise DamagedGenerationError(why)
        try:
            generation = Generation.open(folder)
        except DamagedGenerationError as error:
            self._damaged[folder] = (time.monotonic() + DAMAGED_AGAIN_S, str(error))
            raise
        self._damaged.pop(folder, None)
        served = Served.of(generation)
        if self._served is not None:
            self._left = weakref.ref(self._served)
        self._served = served
        logger.info("serving generation %s with %d films", folder.name, generation.manifest.rows)
