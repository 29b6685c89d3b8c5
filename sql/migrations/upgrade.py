"""Bring the tables up to date from any earlier version, also when several processes do so at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text

from sql.engine import is_mysql
from sql.errors import DatabaseUnavailableError, SchemaError

LOCK_TIMEOUT_S = 120


def upgrade(engine: Engine) -> None:
    """Create the tables, or change those of an earlier version; do nothing when they are up to date.

    Raises:
        DatabaseUnavailableError: the database is away, or another process kept its lock for two minutes.
        SchemaError: a later version of Reelkin has upgraded the database.
    """
    config = _config()
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if _revision(connection) == head:
            return
    with _alone(engine) as connection:
        if _revision(connection) == head:  # another process was faster
            return
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise SchemaError(
                f"The database is at revision {_revision(connection)!r}, which this version of Reelkin does "
                f"not know (its own is {head!r}): use the newer version, or a new database"
            ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction, locked against other calls of `upgrade` for this database."""
    if not is_mysql(engine):
        with engine.connect().execution_options(begin_immediate=True) as connection, connection.begin():
            yield connection
        return
    # Every CREATE TABLE commits on MySQL, so a named lock covers all of them. It ends with the connection.
    with engine.connect() as connection:
        name = {"name": f"reelkin.upgrade.{engine.url.database}"[:64]}
        if not connection.scalar(text(f"SELECT GET_LOCK(:name, {LOCK_TIMEOUT_S})"), name):
            raise DatabaseUnavailableError(
                f"Another process has been changing the tables of {engine.url.database} for "
                f"{LOCK_TIMEOUT_S} seconds; try again when it has finished"
            )
        try:
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
