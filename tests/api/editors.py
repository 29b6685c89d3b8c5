"""An editor of films for tests, and requests to check an edit with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.worker import application
from sql.accounts import Role
from sql.engine import connect
from tests.api.users import add_user, headers, token
from tests.support.sample import Sample

ALIEN, ALIENS, INTERSTELLAR = 348, 679, 157336
IDS = count(2_000_000_001)
Film = dict[str, Any]


@contextmanager
def running(own: Sample) -> Iterator[TestClient]:
    """A client without a token, of the app of `python -m api` in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELKIN_DATABASE_URL", own.url)
        patch.setenv("REELKIN_DATA_DIR", str(own.folder))
        app = application()
    with TestClient(app) as client:
        yield client


@contextmanager
def editing(own: Sample) -> Iterator[TestClient]:
    """The same with an editor's token."""
    with running(own) as client:
        client.headers.update(headers(token_of(own, client)))
        yield client


def token_of(own: Sample, client: TestClient) -> str:
    database = connect(own.url)
    with closing(database.connect()):
        name = add_user(database, Role.EDITOR)
    database.dispose()
    return token(client, name)


def first(client: TestClient, title: str) -> int | None:
    """The id of the first match of a title."""
    best = client.get("/movies/search", params={"q": title}).json()["best"]
    return None if best is None else int(best["movie"]["id"])


def neighbours(client: TestClient, movie_id: int, **asked: Any) -> list[int]:
    answer = client.get(f"/movies/recommend/{movie_id}", params={"k": 20} | asked)
    assert answer.status_code == 200, answer.text
    return [result["movie"]["id"] for result in answer.json()["results"]]


def written(client: TestClient, like: int, **columns: Any) -> Film:
    """A new film similar to another one."""
    film = client.get(f"/movies/{like}").json() | {"id": next(IDS), "imdb_id": None} | columns
    answer = client.post("/movies", json=film)
    assert answer.status_code == 201, answer.text
    posted: Film = answer.json()
    return posted
