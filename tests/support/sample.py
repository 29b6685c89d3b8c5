"""The bundled sample, ingested and built by the commands that a user types."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

ROOT = Path(__file__).parents[2]
DUMP = ROOT / "data" / "sample.csv.gz"
POSTERS = "https://posters.test/w342"


@dataclass(frozen=True)
class Sample:
    """Where a loaded sample lies."""

    url: str
    folder: Path


def run(*arguments: str, url: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one of our programs, `python -m ...`, against a database and a data folder."""
    environment = os.environ | {"REELKIN_DATABASE_URL": url, "REELKIN_DATA_DIR": str(folder), **settings}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def load_sample(url: str, folder: Path, dump: Path = DUMP, ratings: Path | None = None) -> Sample:
    """Ingest a dump, and ratings if any are given, and build a generation of it."""
    rated = () if ratings is None else (("etl", "ratings", str(ratings)),)
    for arguments in (("etl", "ingest", str(dump)), *rated, ("etl", "build")):
        finished = run(*arguments, url=url, folder=folder)
        assert finished.returncode == 0, finished.stderr
    return Sample(url, folder)


def copied(sample: Sample, folder: Path) -> Sample:
    """A copy of a sample in SQLite, for tests that change it."""
    shutil.copytree(sample.folder / "generations", folder / "generations", symlinks=True)
    source, target = sqlite3.connect(make_url(sample.url).database or ""), sqlite3.connect(folder / "reelkin.db")
    source.backup(target)
    source.close()
    target.close()
    return Sample(f"sqlite:///{folder / 'reelkin.db'}", folder)
