"""Loading into SQLite: one transaction holds it all, so that a killed load leaves nothing to clear."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, Engine, delete

from sql.bulk import SqliteWriter
from sql.sqlite_parts import take_part, write_part
from sql.store import Contents, Progress
from sql.tables import movie_terms, movie_texts, movies, terms


class SqliteStore:
    """A SQLite file held by a load; see `sql.store.Store`."""

    def __init__(self, engine: Engine, scratch: Path) -> None:
        self._scratch = scratch
        self.connection: Connection = engine.connect().execution_options(begin_immediate=True)
        try:
            _prepare(self.connection)
            self.connection.begin()
        except BaseException:
            self.close()
            raise
        self.writer = SqliteWriter(self.connection)

    def replace(self, contents: Contents, ingest: pa.Table, progress: Progress) -> None:
        """See `Store.replace`. Two files are written at once, and taken over one after the other."""
        for table in (movies, movie_texts, movie_terms, terms):
            self.connection.execute(delete(table))
        film_rows = {movies: contents.rows(movies)}
        other_rows = {
            movie_texts: contents.rows(movie_texts),
            movie_terms: contents.pair_rows(),
            terms: contents.terms.to_batches(),
        }
        with ThreadPoolExecutor(2) as pool:
            others = pool.submit(write_part, self._scratch / "others.db", other_rows, _silent)
            films = pool.submit(
                write_part,
                self._scratch / "films.db",
                film_rows,
                lambda stage, done, total: progress(stage, done, total or contents.films),
            )
            take_part(self.connection, others.result())
            take_part(self.connection, films.result())
        self.writer.write("catalogue", contents.catalogue)
        self.writer.write("ingests", ingest)
        progress("publish", 0, 1)
        self.commit()
        progress("publish", 1, 1)

    def commit(self) -> None:
        """See `Store.commit`."""
        self.connection.commit()

    def close(self) -> None:
        """See `Store.close`. The pool gets nothing back: parts are attached, and the journal is another one."""
        self.connection.invalidate()
        self.connection.close()


def _prepare(connection: Connection) -> None:
    """Let a first load write its pages once, where a write-ahead log has them written twice.

    A rollback journal keeps readers out while it writes, so it is for an empty catalogue that nobody else has
    open. The next connection (`sql.engine`) goes back to the log.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    if driver.execute("SELECT 1 FROM movies LIMIT 1").fetchone() is None:
        with suppress(sqlite3.OperationalError):  # somebody has the file open
            driver.execute("PRAGMA journal_mode = DELETE")
            driver.execute("PRAGMA synchronous = FULL")


def _silent(stage: str, done: int, total: int | None) -> None:
    pass
