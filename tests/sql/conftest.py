"""Every test here runs on SQLite and on MySQL/MariaDB, through the fixtures `url` and `engine`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from sql.engine import connect
from sql.migrate import upgrade
from tests.databases import MISSING, mysql_server, throwaway_database


@pytest.fixture(scope="session")
def server() -> Iterator[URL | None]:
    """A MySQL or MariaDB server, or None."""
    with mysql_server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'catalogue' / 'films.db'}"
        return
    server: URL | None = request.getfixturevalue("server")
    if server is None:
        pytest.skip(MISSING)
    with throwaway_database(server) as database:
        yield database


@pytest.fixture
def bare(url: str) -> Iterator[Engine]:
    """An engine on a database without tables."""
    with ExitStack() as closing:
        engine = connect(url)
        closing.callback(engine.dispose)
        yield engine


@pytest.fixture
def engine(bare: Engine) -> Engine:
    """An engine on an empty catalogue."""
    upgrade(bare)
    return bare
