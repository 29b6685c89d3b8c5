"""Loading into MariaDB while the server dies or its disk is full: as before or as after, and a rerun completes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import Engine

import sql.load.load
from sql.engine import connect
from sql.errors import DatabaseUnavailableError
from sql.load.load import MovieLoad
from sql.migrations.upgrade import upgrade
from sql.movies import catalogue_version, count
from tests.sql.films import batch, film, load
from tests.sql.load.test_killed import EARLIER, LATER, everything
from tests.support.databases import MISSING, PrivateServer, can_start_server, private_server, throwaway_database

pytestmark = [
    pytest.mark.mysql,
    # PyMySQL leaves the socket of a connection that was lost to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
# All tables in files that may not grow, which the server meets with the errors of a full disk.
SMALL_DISK = ("--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M;ibdata2:4M")
LARGER_DISK = "--innodb-data-file-path=ibdata1:12M;ibdata2:4M;ibdata3:128M"
MUCH = [*EARLIER[:30], *(film(2_000 + i, f"Long {i}", overview="long " * 800) for i in range(4_000))]


@pytest.fixture
def filled(own_server: PrivateServer) -> Iterator[Engine]:
    """A catalogue of `EARLIER` on that server."""
    with throwaway_database(own_server.url) as url:
        engine = connect(url)
        upgrade(engine)
        load(engine, EARLIER)
        yield engine
        engine.dispose()


@pytest.mark.parametrize(("share", "written"), [(10**9, 70), (0, 30)], ids=["rebuild", "merge"])
@pytest.mark.parametrize("step", ["stage 60", "write {written}", "publish 0"])
def test_a_server_that_dies(
    own_server: PrivateServer, filled: Engine, tmp_path: Path, share: int, written: int, step: str
) -> None:
    before, version = everything(filled), catalogue_version(filled)

    def die(stage: str, done: int, total: int | None) -> None:
        if f"{stage} {done}" == step.format(written=written):
            own_server.kill()

    with patch.object(sql.load.load, "REBUILD_SHARE", share):
        with (
            pytest.raises(DatabaseUnavailableError, match="the connection was lost"),
            MovieLoad(filled, scratch=tmp_path, progress=die) as loading,
        ):
            loading.add(batch(LATER))
            loading.commit(source="later", checksum="later")
        assert list(tmp_path.iterdir()) == []
        own_server.start()
        assert everything(filled) == before
        assert catalogue_version(filled) == version
        assert load(filled, LATER).inserted == 10
    assert count(filled) == len(EARLIER) + 10


@pytest.mark.parametrize("earlier", [[], EARLIER], ids=["first load", "later load"])
def test_a_full_disk(earlier: list[dict[str, object]], tmp_path: Path) -> None:
    if not can_start_server():
        pytest.skip(MISSING)
    with private_server(*SMALL_DISK) as server, throwaway_database(server.url) as url:
        engine = connect(url)
        upgrade(engine)
        if earlier:
            load(engine, earlier)
        before = everything(engine)
        for _ in range(2):  # the second load finds what the first left, and is not locked out
            with pytest.raises(DatabaseUnavailableError, match="full"):
                load(engine, MUCH)
            assert everything(engine) == before
        server.stop()
        server.start(LARGER_DISK)
        assert load(engine, MUCH).films == len({row["id"] for row in [*earlier, *MUCH]})
        engine.dispose()
