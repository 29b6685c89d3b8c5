"""Databases for the tests of `etl`: one of each kind, empty, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from sql.engine import connect

SERVER = "mysql+pymysql://root@127.0.0.1:3306"


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, on SQLite and on MariaDB or MySQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'reelkin.db'}"
        return
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    name = f"reelkin_etl_{uuid4().hex[:12]}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    except OperationalError as error:
        pytest.skip(f"no MariaDB on {SERVER}: {error.orig}")
    try:
        yield f"{SERVER}/{name}?charset=utf8mb4"
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        server.dispose()


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
