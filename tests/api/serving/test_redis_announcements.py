"""Edits reach other hosts through Redis: folders of their own, one database, and no asking it in between."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy import Engine

from api.serving.announcements import RedisAnnouncements
from api.serving.serving import Serving
from contract import Film
from index.generation.publish import Generations
from sql import edits
from sql.engine import connect
from sql.movies import movie
from sql.tables import stored
from tests.api.editors import ALIEN
from tests.support import serving
from tests.support.redis_server import redis
from tests.support.sample import Sample, copied

pytestmark = [pytest.mark.redis, pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")]


@pytest.fixture
def database(sample: Sample, tmp_path: Path) -> Iterator[Engine]:
    own = copied(sample, tmp_path)
    found = connect(own.url)
    yield found
    found.dispose()


@contextmanager
def host(tmp_path: Path, name: str, url: str) -> Iterator[Serving]:
    """A host with a copy of the generation, which never asks the database unless it is told to."""
    root = tmp_path / name / "generations"
    shutil.copytree(tmp_path / "generations", root, symlinks=True)
    database = connect(f"sqlite:///{tmp_path / 'reelkin.db'}")
    served = Serving(Generations(root), database, RedisAnnouncements(root, url))
    served.start()
    yield served
    served.stop()
    database.dispose()


def edit(on: Serving, database: Engine, title: str) -> None:
    found = movie(database, ALIEN)
    assert found is not None
    values = {name: getattr(found, name) for name in Film.__dataclass_fields__}
    with on.announcements.writing(), edits.writing(database) as catalogue:
        catalogue.write(stored(Film(**values | {"title": title})))


def title(on: Serving) -> str:
    films = on.current().view.films
    row = films.row_of(ALIEN)
    assert row is not None
    return str(films.summaries([row])[0]["title"])


def test_an_edit_is_noticed_without_asking_and_again_after_redis_was_away(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.serving.serving.CHECK_EVERY_S", 3_600)
    monkeypatch.setattr("api.serving.announcements.LISTEN_S", 0.05)
    port = serving.free_port()
    with ExitStack() as running:
        with redis(tmp_path, port):
            hosts = (running.enter_context(host(tmp_path, name, f"redis://127.0.0.1:{port}/0")) for name in "ab")
            one, other = hosts
            assert serving.eventually(
                lambda: one.announcements.version().done > 0 < other.announcements.version().done
            )
            assert title(other) == "Alien"
            for name in ("First", "Second"):
                edit(one, database, name)
                assert serving.eventually(lambda name=name: title(other) == name)
        edit(one, database, "Third")  # Redis is away: the edit is made all the same
        assert title(one) == "Third"
        with redis(tmp_path, port):  # and what was missed is read when it is back
            assert serving.eventually(lambda: title(other) == "Third")
