"""Loading into SQLite: one transaction, so a killed load leaves nothing to clean up.

A whole catalogue is first written to files of its own ("parts"), straight from Arrow by ADBC. ADBC binds Arrow's
values in C: a million films take a third of the processor time of `executemany`, and without the interpreter's
lock, so two files are written at once. But ADBC contains its own copy of SQLite, and two copies in one process
must not have the same file open (sqlite.org/howtocorrupt.html, 2.2.1), so a part is complete and closed before the
catalogue attaches it. SQLite then copies rows without decoding them, where both tables are alike
(sqlite.org/opcode.html, RowData).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from adbc_driver_sqlite import dbapi
from sqlalchemy import Connection, Engine, Table, delete, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from sql.errors import DatabaseUnavailableError
from sql.load.bulk import SqliteWriter
from sql.load.store import Contents, Progress
from sql.tables import movie_terms, movie_texts, movies, terms

# An index of a million films is sorted in memory. A part needs no durability: a failed one is deleted.
SETTINGS = ("cache_size = -65536", "journal_mode = MEMORY", "synchronous = OFF")


@dataclass(frozen=True)
class Part:
    """A file that holds some tables of a catalogue, complete with their indexes."""

    path: Path
    tables: tuple[Table, ...]


def write_part(path: Path, rows: Mapping[Table, Iterable[pa.RecordBatch]], progress: Progress) -> Part:
    """Write tables to a new file.

    Args:
        path: of the file.
        rows: of each table, in the order of its key.
        progress: called with the rows and indexes that are written.

    Raises:
        DatabaseUnavailableError: the file could not be written.
    """
    try:
        with dbapi.connect(str(path), autocommit=True) as connection, connection.cursor() as cursor:
            for setting in SETTINGS:
                cursor.execute(f"PRAGMA {setting}")
            connection.adbc_connection.set_autocommit(False)
            done = 0
            for table, batches in rows.items():
                cursor.execute(_sql(CreateTable(table)))
                for batch in batches:
                    cursor.adbc_ingest(table.name, batch, mode="append")
                    done += len(batch)
                    progress("write", done, None)
            indexes = sorted(
                (index for table in rows for index in table.indexes), key=lambda index: str(index.name)
            )
            for number, index in enumerate(indexes, 1):
                cursor.execute(_sql(CreateIndex(index)))
                progress("index", number, len(indexes))
            connection.adbc_connection.commit()
    except dbapi.Error as error:
        raise DatabaseUnavailableError(
            f"A part of the catalogue cannot be written in {path.parent}: {error}; check that the disk has room"
        ) from error
    return Part(path, tuple(rows))


def take_part(connection: Connection, part: Part) -> None:
    """Copy the tables of a part into those of the catalogue, which are empty. The file stays attached."""
    schema = part.path.stem
    connection.execute(text(f"ATTACH :path AS {schema}"), {"path": str(part.path)})
    for table in part.tables:
        names = ", ".join(table.c.keys())  # a migration may have added columns in another order
        rows = f"SELECT {names} FROM {schema}.{table.name}"
        connection.execute(text(f"INSERT INTO main.{table.name} ({names}) {rows}"))


def _sql(statement: ExecutableDDLElement) -> str:
    return str(statement.compile(dialect=sqlite.dialect()))


class SqliteStore:
    """A SQLite file locked by a load; see `sql.load.store.Store`."""

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
        """See `Store.replace`. Two parts are written at once, and copied one after the other."""
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
        """See `Store.close`. The connection is not used again: parts are attached to it."""
        self.connection.invalidate()
        self.connection.close()


def _prepare(connection: Connection) -> None:
    """Let a first load write its pages once: with a write-ahead log they are written twice.

    A rollback journal blocks readers during a commit, so it is for an empty catalogue that no other process has
    open. The next connection (`sql.engine`) switches back to the log.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    if driver.execute("SELECT 1 FROM movies LIMIT 1").fetchone() is None:
        with suppress(sqlite3.OperationalError):  # another process has the file open
            driver.execute("PRAGMA journal_mode = DELETE")
            driver.execute("PRAGMA synchronous = FULL")


def _silent(stage: str, done: int, total: int | None) -> None:
    pass
