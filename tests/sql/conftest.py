"""Every test here runs on SQLite and on MySQL/MariaDB, through the fixtures `url` and `engine`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from sql.engine import connect
from sql.migrations.upgrade import upgrade
from tests.support.databases import MISSING, mysql_server, throwaway_database


@pytest.fixture(scope="session")
def server() -> Iterator[URL | None]:
    """A MySQL or MariaDB server, or None."""
    with mysql_server() as url:
        yield url


@pytest.fixture
def mysql_url(server: URL | None) -> Iterator[str]:
    """An empty database on the server, for what SQLite has no counterpart of."""
    if server is None:
        pytest.skip(MISSING)
    with throwaway_database(server) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalogue' / 'films.db'}"
    database: str = request.getfixturevalue("mysql_url")
    return database


@pytest.fixture
def bare(url: str) -> Iterator[Engine]:
    """An engine on a database without tables."""
    yield from _engine(url)


@pytest.fixture
def engine(bare: Engine) -> Engine:
    """An engine on an empty catalogue."""
    upgrade(bare)
    return bare


@pytest.fixture
def mysql_engine(mysql_url: str) -> Iterator[Engine]:
    """An engine on an empty catalogue in MySQL or MariaDB."""
    for engine in _engine(mysql_url):
        upgrade(engine)
        yield engine


def _engine(url: str) -> Iterator[Engine]:
    engine = connect(url)
    yield engine
    engine.dispose()
