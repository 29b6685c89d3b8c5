"""Connections to both databases, and what their drivers' errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pymysql
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import FromClause

from sql.errors import CatalogueError, DatabaseUnavailableError

CONNECT_TIMEOUT_S = 5
BUSY_TIMEOUT_S = 30
# A bulk load may make the server think for long between two packets; a dead network shows before that.
READ_TIMEOUT_S = 900
POOL_RECYCLE_S = 1800
# Server error numbers that mean "not now" or "not you", not "wrong statement".
MYSQL_UNAVAILABLE = {
    3: "the server could not write a file; check its disk",
    14: "the server could not make a file larger; check its disk",
    20: "the server's disk is full; free some space",
    1021: "the server's disk is full; free some space",
    1026: "the server could not write a file; check its disk",
    1030: "the server's tables fail; check its disk and its log",
    1040: "the server has too many connections; close some or raise max_connections",
    1044: "the user may not use this database; GRANT it, or correct REELKIN_DATABASE_URL",
    1045: "user or password is wrong; correct them in REELKIN_DATABASE_URL",
    1049: "there is no such database; CREATE DATABASE it, or correct REELKIN_DATABASE_URL",
    1053: "the server is shutting down; try again when it is up",
    1114: "the server's disk, or what it may take of it, is full; free some space",
    1205: "another connection held a lock for too long; try again",
    1213: "another connection wanted the same rows; try again",
    1698: "user or password is wrong; correct them in REELKIN_DATABASE_URL",
    1878: "the server could not write a temporary file; check its disk",
    2002: "no server answers there; start it, or correct REELKIN_DATABASE_URL",
    2003: "no server answers there; start it, or correct REELKIN_DATABASE_URL",
    2006: "the connection was lost; check that the server is up, and try again",
    2013: "the connection was lost; check that the server is up, and try again",
    2055: "the connection was lost; check that the server is up, and try again",
    4031: "the connection was lost; check that the server is up, and try again",
}
SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another process is writing; try again when it has finished",
    sqlite3.SQLITE_LOCKED: "another process is writing; try again when it has finished",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its folder exists and may be written to",
    sqlite3.SQLITE_READONLY: "the file or its folder may not be written; change its permissions",
    sqlite3.SQLITE_PERM: "the file may not be opened; change its permissions",
    sqlite3.SQLITE_IOERR: "reading or writing the file failed; check the disk",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; put a backup in its place",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database; give another path",
}


def connect(url: str, *, timeout_s: int = READ_TIMEOUT_S) -> Engine:
    """An engine for `sqlite:///path/to/file.db` or `mysql+pymysql://user:password@host/database`.

    A MySQL server that sends nothing for `timeout_s` counts as unavailable. Nothing is connected yet, except that
    a missing folder of a SQLite file is created. `mysql://` and `mariadb://` mean PyMySQL too.

    Raises:
        CatalogueError: the URL names no database that Reelkin supports.
        DatabaseUnavailableError: the folder of a SQLite file cannot be created.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise CatalogueError(_unknown("that address")) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = _sqlite(parsed)
    elif backend in {"mysql", "mariadb"}:
        engine = _mysql(parsed, timeout_s)
    else:
        raise CatalogueError(_unknown(repr(backend)))
    event.listen(engine, "handle_error", _translate)
    return engine


def impatient(engine: Engine, timeout_s: int) -> Engine:
    """An engine for the same database that waits `timeout_s` at most for a statement.

    For health checks, which must notice in time a server that hangs. A file does not hang, so for SQLite it is
    the engine itself.
    """
    if not is_mysql(engine):
        return engine
    return connect(engine.url.render_as_string(hide_password=False), timeout_s=timeout_s)


def ping(engine: Engine) -> None:
    """Run a statement to see whether the database answers.

    Raises:
        DatabaseUnavailableError: it does not; the message says what to do.
    """
    if not is_mysql(engine):
        _check_file(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")


def _check_file(engine: Engine) -> None:
    """Notice a SQLite file that was removed or replaced: open connections go on reading the old one."""
    path = engine.url.database or ""
    try:
        status = Path(path).stat()
    except OSError as error:
        if engine in _FILES:
            engine.dispose()
            raise DatabaseUnavailableError(f"Database file {path} is gone ({error.strerror})") from error
        return  # not made yet
    seen = _FILES.setdefault(engine, (status.st_dev, status.st_ino))
    if seen != (status.st_dev, status.st_ino):
        engine.dispose()
        _FILES[engine] = (status.st_dev, status.st_ino)


_FILES: WeakKeyDictionary[Engine, tuple[int, int]] = WeakKeyDictionary()
"""Device and inode of each SQLite file when it was last checked."""


def is_mysql(engine: Engine) -> bool:
    """Whether this is MySQL or MariaDB; otherwise it is SQLite."""
    return engine.dialect.name in {"mysql", "mariadb"}


def load_lock(engine: Engine) -> str:
    """The name of the lock that loads and writers of a MySQL database wait for."""
    return f"reelkin.load.{engine.url.database}"[:64]


def unavailable(error: BaseException, engine: Engine) -> DatabaseUnavailableError | None:
    """The error to raise instead of a driver's that means that the database is unavailable; None for others."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        hint = None if code is None else SQLITE_UNAVAILABLE.get(code & 0xFF)
    else:
        number = error.args[0] if error.args else None
        hint = MYSQL_UNAVAILABLE.get(number) if isinstance(number, int) else None
        # A full disk is an OSError too, but not a lost connection. PyMySQL raises (0, "") on a closed connection.
        if isinstance(error, ConnectionError | TimeoutError) or number == 0:
            hint = MYSQL_UNAVAILABLE[2006]
    if hint is None:
        return None
    where = engine.url.render_as_string(hide_password=True)
    return DatabaseUnavailableError(f"Database {where} is not available: {hint} ({error})")


class _HintingCompiler(SQLiteCompiler):
    """SQLAlchemy's, but `with_hint` works: it writes SQLite's INDEXED BY in the place of MySQL's FORCE INDEX."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


@contextmanager
def translating(engine: Engine) -> Iterator[None]:
    """Turn a driver's own error into ours, for code that uses a driver's cursor."""
    try:
        yield
    except (sqlite3.Error, pymysql.Error, OSError) as error:
        replacement = unavailable(error, engine)
        if replacement is None:
            raise
        raise replacement from error


def _translate(context: ExceptionContext) -> DatabaseUnavailableError | None:
    if context.engine is None:
        return None
    return unavailable(context.original_exception, context.engine)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        folder = Path(url.database).expanduser().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailableError(f"Folder {folder} cannot be created: {error}") from error
    engine = create_engine(url, connect_args={} if "timeout" in url.query else {"timeout": BUSY_TIMEOUT_S})
    engine.dialect.statement_compiler = _HintingCompiler

    @event.listens_for(engine, "do_connect")
    def _do_not_create(*_: object) -> None:
        """Do not create an empty file where one was removed: it may be put back."""
        if engine in _FILES and not Path(url.database or "").exists():
            raise DatabaseUnavailableError(f"Database file {url.database} is gone; put it or a backup back")

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by its own rules, and never for DDL; `_begin` does it for all.
        connection.isolation_level = None
        with suppress(sqlite3.OperationalError):  # read-only media: any journal is good enough for reading
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")
        # A load leaves a log as large as the catalogue; this gives the disk space back.
        connection.execute("PRAGMA journal_size_limit = 67108864")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("begin_immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _mysql(url: URL, timeout_s: int) -> Engine:
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": timeout_s,
        "write_timeout": timeout_s,
        "local_infile": True,
    }
    # A filter's EXISTS must stay a look-up by key. As a temporary table of all films of a genre, a page takes
    # 130 ms instead of 2 (MariaDB 10.11, a million films).
    arguments["init_command"] = "SET optimizer_switch = 'materialization=off,semijoin=off'"
    if "charset" not in url.query:
        arguments["charset"] = "utf8mb4"
    return create_engine(
        url.set(drivername="mysql+pymysql"),
        connect_args=arguments,
        pool_pre_ping=True,
        pool_recycle=POOL_RECYCLE_S,
        pool_size=10,
        max_overflow=20,
        # Every statement of a request should see what others have committed by then.
        isolation_level="READ COMMITTED",
    )


def _unknown(given: str) -> str:
    return (
        f"Reelkin does not support {given} as a database; write sqlite:///path/to/file.db "
        "or mysql+pymysql://user:password@host/database?charset=utf8mb4"
    )
