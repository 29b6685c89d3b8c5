"""Whether the database answers: asked once a second, so that no request waits for a database that is away."""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from sql.engine import impatient, ping
from sql.errors import CatalogueError

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
