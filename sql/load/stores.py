"""Loading into MySQL or MariaDB: a whole catalogue is written to tables beside the live ones, then swapped.

Loading into SQLite: one transaction, so a killed load leaves nothing to clean up.

A whole catalogue is first written to files of its own ("parts"), straight from Arrow by ADBC. ADBC binds Arrow's
values in C: a million films take a third of the processor time of `executemany`, and without the interpreter's
lock, so two files are written at once. But ADBC contains its own copy of SQLite, and two copies in one process
must not have the same file open (sqlite.org/howtocorrupt.html, 2.2.1), so a part is complete and closed before the
catalogue attaches it. SQLite then copies rows without decoding them, where both tables are alike
(sqlite.org/opcode.html, RowData).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from adbc_driver_sqlite import dbapi
from sqlalchemy import Connection, Engine, MetaData, Table, delete, text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from sql.engine import load_lock
from sql.errors import CatalogueError, DatabaseUnavailableError, LoadInProgressError
from sql.load.bulk import MysqlWriter, SqliteWriter, local_infile
from sql.load.store import Contents, Progress
from sql.tables import catalogue, ingests, movie_terms, movie_texts, movies, terms

logger = logging.getLogger("reelkin.sql")
NEXT = "_next"
OLD = "_old"
TABLES = (movies, movie_texts, terms, movie_terms, catalogue, ingests)
# The lock of a killed load is released as soon as the server notices.
LOCK_TIMEOUT_S = 2
# RENAME waits for readers that have a table open; the server's own limit is a day.
RENAME_TIMEOUT_S = 120


class MysqlStore:
    """A MySQL or MariaDB database locked by a load; see `sql.load.store.Store`."""

    def __init__(self, engine: Engine, scratch: Path) -> None:
        self._engine = engine
        self._scratch = scratch
        self._lock = {"name": load_lock(engine)}
        self.connection: Connection = engine.connect()
        try:
            self._take_lock()
        except BaseException:
            self.connection.close()
            raise
        self.writer = MysqlWriter(self.connection, scratch)

    def replace(self, contents: Contents, progress: Progress) -> None:
        """See `Store.replace`. Three connections write, since one thread of the server serves each."""
        for table in TABLES:
            self.connection.execute(text(_bare(table)))
        if self.connection.scalar(text("SELECT COUNT(*) FROM ingests")):
            self.connection.execute(text(f"INSERT INTO ingests{NEXT} SELECT * FROM ingests"))
        self.connection.commit()
        with ThreadPoolExecutor(2) as pool:
            others = [pool.submit(self._in_own_connection, work, contents) for work in (_texts, _terms)]
            self._films(contents, progress)
            progress("index", 0, None)
            _index(self.connection, movies)
            for other in others:
                other.result()
        self.writer.write(f"catalogue{NEXT}", contents.settled().catalogue)
        self.writer.write(f"ingests{NEXT}", contents.ingest())
        self.connection.commit()
        progress("publish", 0, 1)
        self._swap()
        progress("publish", 1, 1)

    def commit(self) -> None:
        """See `Store.commit`."""
        self.connection.commit()

    def close(self) -> None:
        """See `Store.close`."""
        try:
            if not self.connection.closed and not self.connection.invalidated:
                self.connection.rollback()
                self._drop_leftovers()
                self.connection.execute(text("SELECT RELEASE_LOCK(:name)"), self._lock)
                self.connection.commit()
        except (CatalogueError, SQLAlchemyError) as error:
            # On a full disk not even DROP TABLE works. The lock ends with the connection; the next load cleans up.
            logger.warning("Tables of a load that failed are left for the next one to remove: %s", error)
            self.connection.invalidate()
        finally:
            self.connection.close()

    def _take_lock(self) -> None:
        if not self.connection.scalar(text(f"SELECT GET_LOCK(:name, {LOCK_TIMEOUT_S})"), self._lock):
            raise LoadInProgressError(
                f"Another process is loading films into {self._engine.url.database}; "
                "wait for it to finish, or stop it"
            )
        self._drop_leftovers()
        if not local_infile(self.connection):
            logger.warning(
                "The server refuses LOAD DATA LOCAL, so rows go in by INSERT, which takes several times as "
                "long; SET GLOBAL local_infile = ON changes that"
            )

    def _drop_leftovers(self) -> None:
        names = ", ".join(f"{table.name}{suffix}" for table in TABLES for suffix in (NEXT, OLD))
        self.connection.execute(text(f"DROP TABLE IF EXISTS {names}"))
        self.connection.commit()

    def _films(self, contents: Contents, progress: Progress) -> None:
        done = 0
        for rows in contents.settled().movies():
            self.writer.write(f"movies{NEXT}", rows)
            self.connection.commit()
            done += len(rows)
            progress("write", done, contents.films)

    def _in_own_connection(
        self, work: Callable[[Connection, MysqlWriter, Contents], None], contents: Contents
    ) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            work(connection, MysqlWriter(connection, self._scratch), contents)

    def _swap(self) -> None:
        swaps = ", ".join(
            f"{table.name} TO {table.name}{OLD}, {table.name}{NEXT} TO {table.name}" for table in TABLES
        )
        self.connection.execute(text(f"SET SESSION lock_wait_timeout = {RENAME_TIMEOUT_S}"))
        self.connection.execute(text(f"RENAME TABLE {swaps}"))


def _texts(connection: Connection, writer: MysqlWriter, contents: Contents) -> None:
    for rows in contents.texts():
        writer.write(f"movie_texts{NEXT}", rows)
    _index(connection, movie_texts)


def _terms(connection: Connection, writer: MysqlWriter, contents: Contents) -> None:
    writer.write(f"terms{NEXT}", contents.settled().terms)
    _index(connection, terms)
    for rows in contents.settled().pair_rows():
        writer.write(f"movie_terms{NEXT}", rows)


def _index(connection: Connection, table: Table) -> None:
    added = ", ".join(
        f"ADD {'UNIQUE ' if index.unique else ''}INDEX {index.name} ({', '.join(c.name for c in index.columns)})"
        for index in sorted(table.indexes, key=lambda index: str(index.name))
    )
    connection.execute(text(f"ALTER TABLE {table.name}{NEXT} {added}"))


def _bare(table: Table) -> str:
    """CREATE TABLE for the table beside a live one, without its secondary indexes."""
    beside = table.to_metadata(MetaData(), name=f"{table.name}{NEXT}")
    return str(CreateTable(beside).compile(dialect=mysql.dialect()))


# An index of a million films is sorted in memory. A part needs no durability: a failed one is deleted.
SETTINGS = ("page_size = 16384", "cache_size = -65536", "journal_mode = MEMORY", "synchronous = OFF")


@dataclass(frozen=True)
class Part:
    """A file that holds some tables of a catalogue, complete with their indexes."""

    path: Path
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Form:
    """How a table of the catalogue was created, and its columns in that order, which migrations decide."""

    statement: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, connection: Connection, table: Table) -> Form:
        """Read from the database."""
        created = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
        columns = text("SELECT name FROM pragma_table_info(:name) ORDER BY cid")
        named = {"name": table.name}
        return cls(connection.execute(created, named).scalar_one(), tuple(connection.scalars(columns, named)))


def write_part(
    path: Path,
    rows: Mapping[Table, Callable[[], Iterable[pa.RecordBatch]]],
    forms: Mapping[Table, Form],
    progress: Progress,
) -> Part:
    """Write tables to a new file.

    Args:
        path: of the file.
        rows: gives those of each table, in the order of its key.
        forms: of each table.
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
                cursor.execute(forms[table].statement)
                for batch in batches():
                    cursor.adbc_ingest(table.name, batch.select(forms[table].columns), mode="append")
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
    """Copy the tables of a part into those of the catalogue, which are empty. The file stays attached.

    Into an empty table of the very same form SQLite copies records as they are, if all columns are taken and none
    is named (the "transfer optimization" of its insert.c); otherwise it reads and writes each value, in twice the
    time.
    """
    schema = part.path.stem
    connection.execute(text(f"ATTACH :path AS {schema}"), {"path": str(part.path)})
    for table in part.tables:
        connection.execute(text(f"INSERT INTO main.{table.name} SELECT * FROM {schema}.{table.name}"))


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

    def replace(self, contents: Contents, progress: Progress) -> None:
        """See `Store.replace`. Two parts are written at once; the first that is complete is copied meanwhile."""
        for table in (movies, movie_texts, movie_terms, terms):
            self.connection.execute(delete(table))
        forms = {table: Form.of(self.connection, table) for table in (movies, movie_texts, movie_terms, terms)}
        other_rows = {
            movie_texts: contents.texts,
            movie_terms: lambda: contents.settled().pair_rows(),
            terms: lambda: contents.settled().terms.to_batches(),
        }
        with ThreadPoolExecutor(2) as pool:
            others = pool.submit(write_part, self._scratch / "others.db", other_rows, forms, _silent)
            films = pool.submit(
                write_part,
                self._scratch / "films.db",
                {movies: lambda: contents.settled().movies()},
                forms,
                lambda stage, done, total: progress(stage, done, total or contents.films),
            )
            for written in as_completed((others, films)):
                take_part(self.connection, written.result())
        self.writer.write("catalogue", contents.settled().catalogue)
        self.writer.write("ingests", contents.ingest())
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
