"""The API over the bundled sample."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.engine import connect
from tests.api.home import home, mysql_home, sqlite_home
from tests.support.sample import POSTERS, Sample

__all__ = ["home", "mysql_home", "sqlite_home"]


@pytest.fixture(scope="session")
def app(sample: Sample) -> FastAPI:
    """The app of `python -m api`."""
    database = connect(sample.url)
    serving = Serving(Generations(sample.folder / "generations"), database)
    return create_app(database=database, serving=serving, poster_base=POSTERS, secret="for tests")


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of the running app."""
    with TestClient(app) as client:
        yield client
