"""The sample in a database of one's own, on SQLite and on MySQL/MariaDB, and members of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import Policy, create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from settings import SignUp
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import add_user, headers, token
from tests.support.databases import MISSING, mysql_server, throwaway_database
from tests.support.sample import DUMP, POSTERS, Sample, copied, run


@dataclass(frozen=True)
class Home:
    """A served catalogue that may be changed."""

    sample: Sample
    database: Engine
    client: TestClient

    def member(self) -> tuple[str, dict[str, str]]:
        """A new member, and what a request of the member sends."""
        name = add_user(self.database, Role.MEMBER)
        return name, headers(token(self.client, name))


@contextmanager
def loaded_in(database: str, sample: Sample, folder: Path) -> Iterator[Sample]:
    """The sample in a database of its own, `sqlite` or `mysql`, with a copy of its generation."""
    if database == "sqlite":
        yield copied(sample, folder)
        return
    with mysql_server() as server:
        if server is None:
            pytest.skip(MISSING)
        with throwaway_database(server) as url:
            shutil.copytree(sample.folder / "generations", folder / "generations", symlinks=True)
            finished = run("etl", "ingest", str(DUMP), url=url, folder=folder)
            assert finished.returncode == 0, finished.stderr
            yield Sample(url, folder)


@contextmanager
def served_in(database: str, sample: Sample, folder: Path) -> Iterator[Home]:
    """It is served from there."""
    with loaded_in(database, sample, folder) as loaded:
        engine = connect(loaded.url)
        followed = Serving(Generations(loaded.folder / "generations"), engine)
        policy = Policy(sign_up=SignUp.OPEN)
        app = create_app(database=engine, serving=followed, poster_base=POSTERS, secret="x", policy=policy)
        with TestClient(app) as client:
            yield Home(loaded, engine, client)


@pytest.fixture(scope="session")
def sqlite_home(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The sample served from SQLite."""
    with served_in("sqlite", sample, tmp_path_factory.mktemp("people")) as home:
        yield home


@pytest.fixture(scope="session")
def mysql_home(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The sample served from MySQL or MariaDB."""
    with served_in("mysql", sample, tmp_path_factory.mktemp("people")) as home:
        yield home


@pytest.fixture(scope="session", params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def home(request: pytest.FixtureRequest) -> Home:
    """The sample served from either database, each loaded once though tests ask for them in turns."""
    home: Home = request.getfixturevalue(f"{request.param}_home")
    return home
