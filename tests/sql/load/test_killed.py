"""A killed load leaves the catalogue as before or as after the load, and the next load completes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select

from sql.load.load import MovieLoad
from sql.movies import catalogue_version
from sql.tables import ingests, movie_terms, movie_texts, movies, terms
from tests.sql.films import Row, batch, film, films

EARLIER = films(60, seed=1)
LATER = [
    *(row | {"vote_count": row["vote_count"] + 1, "genres": "|Western|"} for row in EARLIER[:20]),
    *EARLIER[20:50],
    *(film(1000 + i, f"New {i}") for i in range(10)),
]
# Loads `LATER` (pruning) and kills itself, without a chance to clean up, at the given step of its progress.
LOADER = """
import os, signal, sys
from pathlib import Path
from sql.engine import connect
from sql.load import load as loading
from tests.sql.films import batch
from tests.sql.load.test_killed import LATER

loading.REBUILD_SHARE = int(sys.argv[4])

def step(stage, done, total):
    if f"{stage} {done}" == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

with loading.MovieLoad(connect(sys.argv[1]), prune=True, scratch=Path(sys.argv[2]), progress=step) as load:
    load.add(batch(LATER[:30]))
    load.add(batch(LATER[30:]))
    load.commit(source="later", checksum="later")
"""


def load(engine: Engine, rows: list[Row], scratch: Path) -> None:
    """Load and prune, with scratch files where the killed loader has its own."""
    with MovieLoad(engine, prune=True, scratch=scratch) as loading:
        loading.add(batch(rows))
        loading.commit(source="test", checksum=str(len(rows)))


def everything(engine: Engine) -> list[object]:
    """All rows of all tables that a reader sees."""
    with engine.connect() as connection:
        tables = (movies, movie_texts, movie_terms, terms)
        rows = [connection.execute(select(t).order_by(*t.primary_key)).all() for t in tables]
        sources = connection.scalars(select(ingests.c.source).order_by(ingests.c.id)).all()
    return [*rows, sources]


@pytest.mark.parametrize(
    ("earlier", "share", "written"),
    [([], 1, 60), (EARLIER, 10**9, 60), (EARLIER, 0, 30)],
    ids=["first load", "rebuild", "merge"],
)
@pytest.mark.parametrize("step", ["stage 30", "write {written}", "publish 0", "publish 1"])
def test_a_killed_load(
    engine: Engine, tmp_path: Path, earlier: list[Row], share: int, written: int, step: str
) -> None:
    scratch = tmp_path / "scratch"
    if earlier:
        load(engine, earlier, scratch)
    before = everything(engine)
    version = catalogue_version(engine)
    url = engine.url.render_as_string(hide_password=False)
    arguments = [url, str(scratch), step.format(written=written), str(share)]
    killed = subprocess.run([sys.executable, "-c", LOADER, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    if step == "publish 1":
        assert catalogue_version(engine) != version
        assert len(everything(engine)[0]) == len(LATER)  # type: ignore[arg-type]
    else:
        assert everything(engine) == before
        assert catalogue_version(engine) == version
    load(engine, LATER, scratch)
    ids = [row[0] for row in everything(engine)[0]]  # type: ignore[attr-defined]
    assert ids == sorted(row["id"] for row in LATER)
    assert list(scratch.iterdir()) == []
    assert not [name for name in inspect(engine).get_table_names() if name.endswith(("_next", "_old"))]


def test_readers_see_before_or_after(engine: Engine, tmp_path: Path) -> None:
    load(engine, EARLIER, tmp_path)
    seen: set[int] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            with engine.connect() as connection:
                seen.add(len(connection.execute(select(movies.c.id)).all()))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        load(engine, LATER[:20], tmp_path)
        load(engine, EARLIER, tmp_path)
    finally:
        done.set()
        reader.join()
    assert seen <= {60, 20}
