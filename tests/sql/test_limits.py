"""No request may take the database from the others: slow statements are stopped, and nobody waits for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

import pytest
from sqlalchemy import Engine, text

from sql import movies
from sql.accounts import Role, create_user
from sql.edits import writing
from sql.engine import WRITERS_QUEUED, connect, is_mysql
from sql.errors import DatabaseBusyError, StatementTimeoutError
from tests.sql.films import film, load
from tests.support import serving

STATEMENT_S = 0.3
NUMBERS = "SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"


@pytest.fixture
def limited(engine: Engine) -> Iterator[Engine]:
    """An engine as requests have it, on a catalogue of one film."""
    load(engine, [film(1)])
    url = engine.url.render_as_string(hide_password=False)
    limited = connect(url, statement_s=STATEMENT_S, pool_wait_s=0.05)
    yield limited
    limited.dispose()


def endless(column: str) -> str:
    """A query of five to the power of 14 rows."""
    tables = ", ".join(f"({NUMBERS}) AS t{i}" for i in range(14))
    return f"SELECT {column} FROM {tables} WHERE {' + '.join(f't{i}.n' for i in range(14))} > 50"


@pytest.mark.parametrize("column", ["COUNT(*)", "t0.n"])
def test_a_slow_statement_is_stopped(limited: Engine, column: str) -> None:
    """While it counts, and while its rows are fetched."""
    started = time.monotonic()
    with pytest.raises(StatementTimeoutError, match="too broad"), limited.connect() as connection:
        for _ in connection.execute(text(endless(column))):
            pass
    assert STATEMENT_S <= time.monotonic() - started < 5 * STATEMENT_S + 1
    assert movies.movie(limited, 1) is not None


def test_the_limit_is_for_each_statement(limited: Engine) -> None:
    with limited.connect() as connection:
        for _ in range(4):
            assert connection.scalar(text("SELECT COUNT(*) FROM movies")) == 1
            time.sleep(STATEMENT_S / 2)


def test_a_load_has_no_limit(engine: Engine) -> None:
    """What connects without naming a limit may take as long as it wants."""
    rows = ", ".join(f"({NUMBERS}) AS t{i}" for i in range(9))
    slow = "SELECT SLEEP(1)" if is_mysql(engine) else f"SELECT COUNT(*) FROM {rows}"
    with engine.connect() as connection:
        assert connection.scalar(text(slow)) is not None


def test_a_full_pool_is_said_at_once(limited: Engine) -> None:
    with ExitStack() as held:
        with pytest.raises(DatabaseBusyError, match="in use"):
            for _ in range(100):
                held.enter_context(limited.connect())
        started = time.monotonic()
        with pytest.raises(DatabaseBusyError):
            movies.count(limited)
        assert time.monotonic() - started < 1
    assert movies.count(limited) == 1


def test_writers_that_wait_hold_no_connection(limited: Engine) -> None:
    """And only so many wait; the next is told at once."""
    inside, done = Event(), Event()
    asking = WRITERS_QUEUED + 10

    def write_slowly() -> None:
        with writing(limited):
            inside.set()
            done.wait(30)

    def write() -> bool:
        try:
            with writing(limited) as catalogue:
                return catalogue.movie(1) is not None
        except DatabaseBusyError:
            return False

    with ThreadPoolExecutor(asking) as pool:
        first = pool.submit(write_slowly)
        assert inside.wait(30)
        others = [pool.submit(write) for _ in range(asking - 1)]
        assert serving.eventually(lambda: sum(other.done() for other in others) == asking - WRITERS_QUEUED, 5)
        assert limited.pool.checkedout() == 1  # type: ignore[attr-defined]
        assert movies.count(limited) == 1
        if not is_mysql(limited):
            with pytest.raises(DatabaseBusyError):
                create_user(limited, "ann", "hash", Role.MEMBER)
        done.set()
        first.result(30)
        assert sum(other.result(30) for other in others) == WRITERS_QUEUED - 1
    create_user(limited, "ann", "hash", Role.MEMBER)


@pytest.mark.mysql
def test_waiting_for_a_load_is_not_a_slow_statement(mysql_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of a statement is shorter than writers wait."""
    url = mysql_engine.url.render_as_string(hide_password=False)
    limited = connect(url, statement_s=1.5)
    with ThreadPoolExecutor(1) as pool, writing(mysql_engine):
        waiting = pool.submit(lambda: writing(limited).__enter__())
        time.sleep(3)
        assert not waiting.done()
    limited.dispose()
