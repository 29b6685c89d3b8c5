"""A build that is killed, or finds the disk full, leaves what is served as it was; the next one cleans up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from index.generation.manifest import Generation
from index.generation.publish import UNFINISHED, Generations
from tests.etl.dumps import film, write
from tests.support.sample import ROOT, Sample, load_sample, run

# `python -m etl build`, which kills itself, without cleaning up, when it reaches the given point: a stage of the
# build, or one of the two renames that publish.
KILLED = """
import os, signal, sys
from pathlib import Path
from etl.__main__ import main
from etl.progress import Progress

def at(point):
    if point == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

rename = Path.rename

def renamed(path, target):
    what = "switch" if Path(target).name == "current" else "move"
    at(f"before the {what}")
    rename(path, target)
    at(f"after the {what}")

Path.rename = renamed
Progress.update = lambda self, stage, done, total: at(stage)
sys.exit(main(["build"]))
"""
UNCHANGED = (
    *("read films", "encode films", "train index", "checksums", "check"),
    *("before the move", "after the move", "before the switch"),
)
# No larger file can be written: the disk is full, as far as the process can tell.
ON_A_FULL_DISK = (
    "import resource, sys; from etl.__main__ import main; size = int(sys.argv.pop(1)); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)); sys.exit(main())"
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A small catalogue with a published generation."""
    folder: Path = tmp_path_factory.mktemp("faults")
    dump = write(folder / "dump.csv", *(film(n, f"Film {n}") for n in range(1, 60)))
    return load_sample(f"sqlite:///{folder / 'films.db'}", folder, dump)


def start(loaded: Sample, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"REELKIN_DATABASE_URL": loaded.url, "REELKIN_DATA_DIR": str(loaded.folder)}
    command = [sys.executable, "-c", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def leftovers(generations: Generations) -> list[Path]:
    return list(generations.root.glob(f"{UNFINISHED}*"))


def test_a_build_that_is_killed_leaves_what_is_served(loaded: Sample) -> None:
    generations = Generations(loaded.folder / "generations")
    served = generations.current()
    for point in UNCHANGED:
        assert start(loaded, KILLED, point).returncode == -signal.SIGKILL, point
        assert generations.current() == served, point
        assert len(leftovers(generations)) == 1, point  # and not that of the one before
        assert {Generation.open(generations.root / name).manifest.rows for name in generations.ids()} == {59}
    assert start(loaded, KILLED, "after the switch").returncode == -signal.SIGKILL
    published = generations.current()
    assert published != served
    assert Generation.open(published).manifest.rows == 59
    assert run("etl", "build", url=loaded.url, folder=loaded.folder).returncode == 0
    assert generations.current() not in (served, published)
    assert leftovers(generations) == []
    assert published.is_dir()


def test_a_build_on_a_full_disk_is_one_line_and_leaves_what_is_served(sample: Sample, tmp_path: Path) -> None:
    generations = Generations(tmp_path / "generations")
    shutil.copytree(sample.folder / "generations", generations.root, symlinks=True)
    served = generations.current()
    vectors = (served / "content" / "vectors.faiss").stat().st_size
    for size in (100_000, vectors - 1):
        done = start(Sample(sample.url, tmp_path), ON_A_FULL_DISK, str(size), "build")
        assert (done.returncode, done.stdout) == (1, "")
        assert "Traceback" not in done.stderr
        last = done.stderr.splitlines()[-1]
        assert last.startswith("error: no generation could be written")
        assert "free some space" in last
        assert generations.current() == served
        assert generations.ids() == [served.name]
        assert leftovers(generations) == []


@pytest.mark.parametrize(
    ("command", "address", "message"),
    [
        (("etl", "build"), "http://127.0.0.1:9", "Milvus at http://127.0.0.1:9 does not answer"),
        (
            ("api", "--workers", "2"),
            "films.db",
            "films.db is Milvus Lite, which one process can use",
        ),
    ],
)
def test_an_engine_that_cannot_be_used_is_one_clear_line(
    sample: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    address: str,
    message: str,
) -> None:
    monkeypatch.setenv("REELKIN_ENGINE", "milvus")
    monkeypatch.setenv("REELKIN_MILVUS_URI", address)
    refused = run(*command, url=sample.url, folder=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith(f"error: {message}")
