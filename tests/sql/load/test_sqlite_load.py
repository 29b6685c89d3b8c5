"""Loading into SQLite: the journal of a first load, and files that cannot grow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sql.engine import connect
from sql.migrations.upgrade import upgrade
from sql.movies import count
from tests.sql.films import Row, films, load

EARLIER, LATER = films(300, seed=1), films(900, seed=2)
# Loads `LATER` where no file may grow beyond so many bytes, as on a disk that is full.
LOADER = """
import resource, signal, sys
from pathlib import Path
from sql.engine import connect
from tests.sql.films import batch
from tests.sql.load.test_sqlite_load import LATER
from sql.errors import DatabaseUnavailableError, LoadError
from sql.load.load import MovieLoad

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    with MovieLoad(connect(sys.argv[1]), scratch=Path(sys.argv[2])) as load:
        load.add(batch(LATER))
        load.commit(source="later", checksum="later")
except (DatabaseUnavailableError, LoadError) as error:
    sys.exit(f"refused: {error}")
"""


@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside a reader"])
def test_after_a_first_load_readers_and_writers_go_together(tmp_path: Path, others: bool) -> None:
    url = f"sqlite:///{tmp_path / 'films.db'}"
    engine, reading = connect(url), connect(url)
    upgrade(engine)
    with reading.connect() as reader:
        if others:
            assert reader.exec_driver_sql("SELECT COUNT(*) FROM movies").scalar() == 0
        load(engine, EARLIER)
        if others:  # in its transaction, it goes on seeing what it saw
            assert reader.exec_driver_sql("SELECT COUNT(*) FROM movies").scalar() == 0
    assert count(reading) == len(EARLIER)
    with reading.connect() as reader:
        assert reader.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        reader.exec_driver_sql("SELECT * FROM movies LIMIT 1")
        load(engine, LATER)
    engine.dispose()
    reading.dispose()


@pytest.mark.parametrize("earlier", [[], EARLIER], ids=["first load", "later load"])
def test_a_full_disk(tmp_path: Path, earlier: list[Row]) -> None:
    url, scratch = f"sqlite:///{tmp_path / 'films.db'}", tmp_path / "scratch"
    engine = connect(url)
    upgrade(engine)
    if earlier:
        load(engine, earlier)
    engine.dispose()
    limit, refused = (tmp_path / "films.db").stat().st_size, []
    while True:
        command = [sys.executable, "-c", LOADER, url, str(scratch), str(limit)]
        loaded = subprocess.run(command, capture_output=True, text=True, check=False)
        if not loaded.returncode:
            break
        refused.append(loaded.stderr.strip())
        assert refused[-1].startswith("refused: "), refused[-1]
        assert count(engine) == len(earlier)
        engine.dispose()
        limit += limit // 2
    assert len(refused) > 1
    assert count(engine) == len({row["id"] for row in [*earlier, *LATER]})
    assert list(scratch.iterdir()) == []
    engine.dispose()
