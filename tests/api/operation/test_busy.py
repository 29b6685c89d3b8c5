"""Requests that hold every connection make the service busy, not unready, and nobody waits for long."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.serving.serving import Serving
from index.generation.publish import Generations
from sql.engine import connect
from sql.errors import DatabaseBusyError
from sql.migrations.upgrade import upgrade
from tests.support.films import build_generation, make_films
from tests.support.sample import POSTERS


def test_all_connections_are_in_use(tmp_path: Path) -> None:
    build_generation(tmp_path / "generations", make_films(40, seed=1))
    database = connect(f"sqlite:///{tmp_path / 'films.db'}", pool_wait_s=0.05)
    upgrade(database)
    serving = Serving(Generations(tmp_path / "generations"), database)
    app = create_app(database=database, serving=serving, poster_base=POSTERS, secret="for tests")
    with TestClient(app) as client:
        with ExitStack() as held:
            with pytest.raises(DatabaseBusyError):
                while True:
                    held.enter_context(database.connect())
            busy = client.get("/movies")
            assert (busy.status_code, busy.json()["code"]) == (503, "database_busy")
            assert int(busy.headers["Retry-After"]) > 0
            assert client.get("/health").status_code == 200
            ready = client.get("/ready")
            assert (ready.status_code, ready.json()["database"], ready.json()["lag"]) == (200, "ok", -40)
        assert client.get("/movies").status_code == 200
