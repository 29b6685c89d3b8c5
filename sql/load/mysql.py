"""Loading into MySQL or MariaDB: a whole catalogue is written to tables beside the live ones, then swapped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, Engine, MetaData, Table, text
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from sql.engine import load_lock
from sql.errors import CatalogueError, LoadInProgressError
from sql.load.bulk import MysqlWriter, local_infile
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

    def replace(self, contents: Contents, ingest: pa.Table, progress: Progress) -> None:
        """See `Store.replace`. Two connections write, since one thread of the server serves each."""
        for table in TABLES:
            self.connection.execute(text(_bare(table)))
        if self.connection.scalar(text("SELECT COUNT(*) FROM ingests")):
            self.connection.execute(text(f"INSERT INTO ingests{NEXT} SELECT * FROM ingests"))
        self.connection.commit()
        with ThreadPoolExecutor(1) as pool:
            texts = pool.submit(self._in_own_connection, lambda writer: _texts(writer, contents))
            self._films(contents, progress)
            progress("index", 0, None)
            self._index(movies)
            texts.result()
            self._index(movie_texts, terms)
        self.writer.write(f"catalogue{NEXT}", contents.catalogue)
        self.writer.write(f"ingests{NEXT}", ingest)
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
        for rows in contents.rows(movies):
            self.writer.write(f"movies{NEXT}", rows)
            self.connection.commit()
            done += len(rows)
            progress("write", done, contents.films)

    def _in_own_connection(self, work: Callable[[MysqlWriter], None]) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            work(MysqlWriter(connection, self._scratch))

    def _index(self, *tables: Table) -> None:
        for table in tables:
            added = ", ".join(
                f"ADD {'UNIQUE ' if index.unique else ''}INDEX {index.name} "
                f"({', '.join(c.name for c in index.columns)})"
                for index in sorted(table.indexes, key=lambda index: str(index.name))
            )
            self.connection.execute(text(f"ALTER TABLE {table.name}{NEXT} {added}"))

    def _swap(self) -> None:
        swaps = ", ".join(
            f"{table.name} TO {table.name}{OLD}, {table.name}{NEXT} TO {table.name}" for table in TABLES
        )
        self.connection.execute(text(f"SET SESSION lock_wait_timeout = {RENAME_TIMEOUT_S}"))
        self.connection.execute(text(f"RENAME TABLE {swaps}"))


def _texts(writer: MysqlWriter, contents: Contents) -> None:
    for rows in contents.rows(movie_texts):
        writer.write(f"movie_texts{NEXT}", rows)
    writer.write(f"terms{NEXT}", contents.terms)
    for rows in contents.pair_rows():
        writer.write(f"movie_terms{NEXT}", rows)


def _bare(table: Table) -> str:
    """CREATE TABLE for the table beside a live one, without its secondary indexes."""
    beside = table.to_metadata(MetaData(), name=f"{table.name}{NEXT}")
    return str(CreateTable(beside).compile(dialect=mysql.dialect()))
