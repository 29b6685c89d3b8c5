"""Connections to both databases, and what their drivers' errors mean."""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import pymysql
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import FromClause

from sql.errors import CatalogueError, DatabaseBusyError, DatabaseUnavailableError, StatementTimeoutError

CONNECT_TIMEOUT_S = 5
BUSY_TIMEOUT_S = 30
# A bulk load may make the server think for long between two packets; a dead network shows before that.
READ_TIMEOUT_S = 900
POOL_RECYCLE_S = 1800
# Of the pages of a SQLite file that one connection keeps. A worker has up to fifteen connections, and the system
# keeps the file in memory anyway; a load has one, which writes.
CACHE_KIB = 8_192
LOAD_CACHE_KIB = 65_536
POOL_WAIT_S = 30.0
WRITERS_WAIT_S = 10
# Threads of a process that may wait to write: the others are needed for reading.
WRITERS_QUEUED = 16
# SQLite takes 10 to 30 ms for so many steps of its machine. A page needs fewer: its deadline is never checked.
STEPS_BETWEEN_CHECKS = 1_000_000
# Server error numbers of a statement that ran past the limit: MariaDB's and MySQL's.
MYSQL_STATEMENT_TIMEOUTS = (1969, 3024)
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
TOO_SLOW = (
    "The database took too long for this request and was stopped: the filter is too broad. "
    "Name fewer genres and keywords, or add a bound; without a filter, try again later"
)


def connect(
    url: str,
    *,
    timeout_s: int = READ_TIMEOUT_S,
    statement_s: float | None = None,
    pool_wait_s: float = POOL_WAIT_S,
) -> Engine:
    """An engine for `sqlite:///path/to/file.db` or `mysql+pymysql://user:password@host/database`.

    Nothing is connected yet, except that a missing folder of a SQLite file is created. `mysql://` and `mariadb://`
    mean PyMySQL too.

    Args:
        url: which database.
        timeout_s: a MySQL server that sends nothing for so long counts as unavailable.
        statement_s: the most that a statement may take; it is stopped with a StatementTimeoutError. None for no
            limit. MySQL (not MariaDB) limits only those that read.
        pool_wait_s: how long to wait for a connection when all are in use, until a DatabaseBusyError.

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
        engine = _sqlite(parsed, statement_s, pool_wait_s)
    elif backend in {"mysql", "mariadb"}:
        engine = _mysql(parsed, timeout_s, statement_s, pool_wait_s)
    else:
        raise CatalogueError(_unknown(repr(backend)))
    event.listen(engine, "handle_error", _translate)
    _WRITERS[engine] = _Queue()
    return engine


def impatient(engine: Engine, timeout_s: int) -> Engine:
    """An engine for the same database with connections of its own, that waits `timeout_s` at most for a server.

    For health checks, which must notice in time a server that hangs, and must not wait for requests.
    """
    return connect(engine.url.render_as_string(hide_password=False), timeout_s=timeout_s)


def ping(engine: Engine) -> None:
    """Run a statement to see whether the database answers.

    Raises:
        DatabaseUnavailableError: it does not; the message says what to do.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")


@contextmanager
def one_writer(engine: Engine) -> Iterator[None]:
    """Wait, before a connection is taken, until no other thread of this process writes.

    Raises:
        DatabaseBusyError: too many wait already, or a writer takes too long.
    """
    queue = _WRITERS[engine]
    if not queue.places.acquire(blocking=False):
        raise DatabaseBusyError(f"{WRITERS_QUEUED} others are waiting to write; try again in a few seconds")
    try:
        if not queue.lock.acquire(timeout=WRITERS_WAIT_S):
            raise DatabaseBusyError(f"Another writer did not finish in {WRITERS_WAIT_S} s; try again later")
        try:
            yield
        finally:
            queue.lock.release()
    finally:
        queue.places.release()


class _Queue:
    """The threads of a process that want to write to one database."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.places = BoundedSemaphore(WRITERS_QUEUED)


_WRITERS: WeakKeyDictionary[Engine, _Queue] = WeakKeyDictionary()


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
        if code == sqlite3.SQLITE_INTERRUPT:
            return StatementTimeoutError(TOO_SLOW)
        hint = None if code is None else SQLITE_UNAVAILABLE.get(code & 0xFF)
    else:
        number = error.args[0] if error.args else None
        if number in MYSQL_STATEMENT_TIMEOUTS:
            return StatementTimeoutError(TOO_SLOW)
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


class _Pool(QueuePool):
    """SQLAlchemy's, but when all connections are in use for too long the error is ours."""

    def _do_get(self) -> ConnectionPoolEntry:
        try:
            return super()._do_get()
        except PoolTimeoutError as error:
            raise DatabaseBusyError(
                "All connections to the database are in use; try again in a few seconds"
            ) from error


# SQLAlchemy logs of its pools at INFO under the name of their class, so under the level of our own log.
logging.getLogger(f"{_Pool.__module__}.{_Pool.__name__}").setLevel(logging.WARNING)


class _Deadline:
    """When the present statement of a SQLite connection must have ended."""

    def __init__(self) -> None:
        self.at = math.inf

    def passed(self) -> bool:
        """Whether SQLite is to stop the statement."""
        return monotonic() > self.at


def _sqlite(url: URL, statement_s: float | None, pool_wait_s: float) -> Engine:
    is_file = bool(url.database) and url.database != ":memory:" and not str(url.database).startswith("file:")
    path = Path(url.database or "").expanduser()
    if is_file:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailableError(f"Folder {path.parent} cannot be created: {error}") from error
    pool: dict[str, Any] = {"poolclass": _Pool, "pool_timeout": pool_wait_s} if is_file else {}
    wait = {} if "timeout" in url.query else {"timeout": BUSY_TIMEOUT_S}
    engine = create_engine(url, connect_args=wait, **pool)
    engine.dialect.statement_compiler = _HintingCompiler

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by its own rules, and never for DDL; `_begin` does it for all.
        connection.isolation_level = None
        with suppress(sqlite3.OperationalError):  # read-only media: any journal is good enough for reading
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{LOAD_CACHE_KIB if statement_s is None else CACHE_KIB}")
        # A load leaves a log as large as the catalogue; this gives the disk space back.
        connection.execute("PRAGMA journal_size_limit = 67108864")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("begin_immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    if is_file:
        _watch_file(engine, path)
    if statement_s is not None:
        _limit_steps(engine, statement_s)
    return engine


def _watch_file(engine: Engine, path: Path) -> None:
    """Notice a file that was removed or replaced: open connections would go on reading the old one."""
    seen: set[tuple[int, int]] = set()

    @event.listens_for(engine, "do_connect")
    def _do_not_create(*_: object) -> None:
        """Do not create an empty file where one was removed: it may be put back."""
        if seen and not path.exists():
            raise DatabaseUnavailableError(f"Database file {path} is gone; put it or a backup back")

    @event.listens_for(engine, "connect")
    def _remember(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["file"] = identity()
        seen.add(record.info["file"])

    @event.listens_for(engine, "checkout")
    def _compare(_connection: object, record: ConnectionPoolEntry, _fairy: object) -> None:
        if record.info["file"] != identity():
            raise InvalidatePoolError

    def identity() -> tuple[int, int]:
        try:
            status = path.stat()
        except OSError as error:
            raise DatabaseUnavailableError(f"Database file {path} is gone ({error.strerror})") from error
        return status.st_dev, status.st_ino


def _limit_steps(engine: Engine, statement_s: float) -> None:
    """Stop a statement, also while its rows are fetched, that began longer ago than `statement_s`."""

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        deadline = record.info["deadline"] = _Deadline()
        connection.set_progress_handler(deadline.passed, STEPS_BETWEEN_CHECKS)

    @event.listens_for(engine, "before_cursor_execute")
    def _begin(connection: Connection, *_: object) -> None:
        connection.info["deadline"].at = monotonic() + statement_s

    @event.listens_for(engine, "checkin")
    def _end(_connection: object, record: ConnectionPoolEntry) -> None:
        if "deadline" in record.info:  # not where connecting failed
            record.info["deadline"].at = math.inf


def _mysql(url: URL, timeout_s: int, statement_s: float | None, pool_wait_s: float) -> Engine:
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
    engine = create_engine(
        url.set(drivername="mysql+pymysql"),
        connect_args=arguments,
        poolclass=_Pool,
        pool_pre_ping=True,
        pool_recycle=POOL_RECYCLE_S,
        pool_size=10,
        max_overflow=20,
        pool_timeout=pool_wait_s,
        # Every statement of a request should see what others have committed by then.
        isolation_level="READ COMMITTED",
    )
    if statement_s is not None:

        @event.listens_for(engine, "connect")
        def _limit(connection: pymysql.Connection[Any], _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT VERSION()")
                (version,) = cursor.fetchone() or ("",)
                if "MariaDB" in version:
                    cursor.execute("SET SESSION max_statement_time = %s", (statement_s,))
                else:
                    cursor.execute("SET SESSION max_execution_time = %s", (round(statement_s * 1000),))

    return engine


def _unknown(given: str) -> str:
    return (
        f"Reelkin does not support {given} as a database; write sqlite:///path/to/file.db "
        "or mysql+pymysql://user:password@host/database?charset=utf8mb4"
    )
