"""Databases for the tests of `etl`: one of each kind, empty, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from sql.engine import connect
from tests.support.databases import MISSING, mysql_server, throwaway_database


@pytest.fixture(scope="session")
def server() -> Iterator[URL | None]:
    """A MySQL or MariaDB server, or None."""
    with mysql_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database without tables, on SQLite and on MariaDB or MySQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'reelkin.db'}"
        return
    server: URL | None = request.getfixturevalue("server")
    if server is None:
        pytest.skip(MISSING)
    with throwaway_database(server) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A connection to `database_url`."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A connection to an empty SQLite database."""
    engine = connect(f"sqlite:///{tmp_path / 'reelkin.db'}")
    yield engine
    engine.dispose()
