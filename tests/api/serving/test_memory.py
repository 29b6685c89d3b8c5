"""What the processes of the API hold in memory besides the files that all workers map."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.sample import ROOT, Sample

ANSWERS = """
import sys
from fastapi.testclient import TestClient
from api.worker import process

with TestClient(process()) as client:
    for question in ({"text": "a lonely robot tidies up the earth"}, {"like": ["interstelar"], "explain": True}):
        assert client.post("/movies/recommend", json=question).json()["results"]
print(*sorted({"alembic", "pandas", "redis", "scipy.linalg", "scipy.stats", "sklearn"} & set(sys.modules)))
"""


def test_a_worker_loads_nothing_that_it_does_not_need(sample: Sample) -> None:
    settings = {"REELKIN_DATABASE_URL": sample.url, "REELKIN_DATA_DIR": str(sample.folder)}
    command = [sys.executable, "-c", ANSWERS]
    told = subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == ""


def test_the_parent_of_the_workers_loads_neither_the_application_nor_an_engine() -> None:
    libraries = {"faiss", "fastapi", "rapidfuzz", "scipy", "sklearn"}
    loaded = f"import sys, api.__main__; print(*sorted({libraries} & set(sys.modules)))"
    command = [sys.executable, "-c", loaded]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == ""
