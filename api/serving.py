"""What a process serves: the current generation, followed while it runs, and whether the database answers.

One background thread looks at both once a second, so that no request waits for either: a new generation is opened
beside the old one and takes its place in one assignment, and a lost database is noticed before it is asked.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from sqlalchemy import Engine

from index.errors import GenerationError, NoGenerationError
from index.generation import Generation
from index.publish import Generations
from index.recommend import Recommender
from sql.engine import ping
from sql.errors import CatalogueError

logger = logging.getLogger("reelkin.api")

LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class Served:
    """One generation with its recommender; a request takes it once and keeps it to its end."""

    generation: Generation
    recommender: Recommender


class Serving:
    """The served generation and the state of the database."""

    def __init__(self, generations: Generations, database: Engine) -> None:
        self._generations, self._database = generations, database
        self._served: Served | None = None
        self._problem: GenerationError = NoGenerationError("no generation was opened yet")
        self._database_problem: CatalogueError | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the current generation and keep following."""
        self._look()
        self._thread = threading.Thread(target=self._follow, name="follow-generation", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def current(self) -> Served:
        """What is served now.

        Raises:
            GenerationError: nothing can be served, and why.
        """
        served = self._served
        if served is None:
            raise self._problem
        return served

    @property
    def database_problem(self) -> CatalogueError | None:
        """Why the database did not answer when it was last asked, or None."""
        return self._database_problem

    def _follow(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self._look()

    def _look(self) -> None:
        try:
            ping(self._database)
            self._database_problem = None
        except CatalogueError as error:
            if self._database_problem is None:
                logger.warning("the database is away: %s", error)
            self._database_problem = error
        try:
            folder = self._generations.current()
            if self._served is None or self._served.generation.manifest.id != folder.name:
                generation = Generation.open(folder)
                self._served = Served(generation, Recommender(generation))
                logger.info("serving generation %s with %d films", folder.name, generation.manifest.rows)
        except GenerationError as error:
            if str(error) != str(self._problem):
                logger.warning("%s", error)
            self._problem = error
