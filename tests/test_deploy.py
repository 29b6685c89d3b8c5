"""`make run` from start to stop, on a small part of the bundled sample and on free ports."""

from __future__ import annotations

import csv
import gzip
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "sample.csv.gz"
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Place:
    """Folder of the database and generations of a run, and its ports."""

    folder: Path
    api_port: int
    ui_port: int

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a run here."""
        url = f"sqlite:///{self.folder}/reelkin.db"
        return os.environ | {"REELKIN_DATABASE_URL": url, "REELKIN_DATA_DIR": str(self.folder)}

    @property
    def command(self) -> list[str]:
        """The command that `make run` runs here."""
        ports = ["--api-port", str(self.api_port), "--ui-port", str(self.ui_port)]
        return [sys.executable, "-m", "deploy.run", *ports]


@dataclass
class Run:
    """A running `make run`, whose output is read while it runs."""

    place: Place
    process: subprocess.Popen[str]
    lines: queue.Queue[str] = field(default_factory=queue.Queue)
    output: str = ""

    def read_until(self, text: str) -> None:
        """Read until a line contains a text."""
        give_up = time.monotonic() + START_TIMEOUT_S
        while text not in (line := self._next(give_up)):
            assert line, f"it ended without printing {text!r}:\n{self.output}"

    def children(self) -> dict[str, int]:
        """Process ids of the API and the UI."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in listed}
        return {("api" if "api" in command else "ui"): pid for pid, command in commands.items()}

    def wait(self) -> int:
        """Its exit code, after all of its output has been read."""
        code = self.process.wait(STOP_TIMEOUT_S)
        while self._next(time.monotonic() + STOP_TIMEOUT_S):
            pass
        return code

    def _next(self, give_up: float) -> str:
        line = self.lines.get(timeout=max(give_up - time.monotonic(), 0.1))
        self.output += line
        return line


Start = Callable[..., Run]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A folder and ports that the runs of this module use, one after the other."""
    return Place(tmp_path_factory.mktemp("run"), *free_ports())


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first films of the sample."""
    path = tmp_path_factory.mktemp("dump") / "few.csv"
    with gzip.open(SAMPLE, "rt", newline="") as full, path.open("w", newline="") as few:
        csv.writer(few).writerows(islice(csv.reader(full), 401))
    return path


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts runs, and stops those that a failed test leaves running."""
    started: list[Run] = []

    def start_run(place: Place, *arguments: str) -> Run:
        process = subprocess.Popen(
            [*place.command, *arguments],
            cwd=ROOT,
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        run = Run(place, process)
        threading.Thread(target=_read, args=(process, run.lines), daemon=True).start()
        started.append(run)
        return run

    yield start_run
    for run in started:
        run.process.terminate()
        run.process.wait(STOP_TIMEOUT_S)


def test_the_first_run_loads_builds_serves_and_stops_on_ctrl_c(place: Place, dump: Path, start: Start) -> None:
    run = start(place, str(dump))
    run.read_until("Reelkin is running")
    run.read_until(f"http://127.0.0.1:{place.api_port}/docs")
    assert f"http://127.0.0.1:{place.ui_port}" in run.output
    assert get(place, "/movies?limit=1")["total"] > 390
    children = run.children()
    assert variable(children["ui"], "REELKIN_API_URL") == f"http://127.0.0.1:{place.api_port}"
    run.process.send_signal(signal.SIGINT)
    assert run.wait() == 0
    assert "Traceback" not in run.output
    assert_gone(children, place)


def test_the_second_run_does_nothing_but_serve_and_stops_on_sigterm(
    place: Place, dump: Path, start: Start
) -> None:
    before = files(place.folder)
    run = start(place, str(dump))
    run.read_until("Reelkin is running")
    assert "is loaded already" in run.output
    assert "is up to date" in run.output
    assert files(place.folder) == before
    children = run.children()
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 0
    assert_gone(children, place)


@pytest.mark.parametrize(("victim", "name"), [("api", "API"), ("ui", "UI")])
def test_when_one_dies_the_other_is_stopped_and_the_dead_one_named(
    place: Place, dump: Path, start: Start, victim: str, name: str
) -> None:
    run = start(place, str(dump))
    run.read_until("Reelkin is running")
    children = run.children()
    os.kill(children[victim], signal.SIGKILL)
    assert run.wait() == 1
    assert f"error: the {name} was killed by SIGKILL" in run.output
    assert_gone(children, place)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can stop a child with its parent")
def test_a_killed_run_leaves_no_process_running(place: Place, dump: Path, start: Start) -> None:
    run = start(place, str(dump))
    run.read_until("Reelkin is running")
    children = run.children()
    run.process.kill()
    run.process.wait()
    assert_gone(children, place)


@pytest.mark.parametrize("taken", ["api", "ui"])
def test_a_taken_port_is_named_before_anything_is_done(tmp_path: Path, start: Start, taken: str) -> None:
    place = Place(tmp_path, *free_ports())
    port = {"api": place.api_port, "ui": place.ui_port}[taken]
    with socket.create_server(("127.0.0.1", port)):
        run = start(place)
        assert run.wait() == 1
    assert run.output.startswith(f"error: port {port}, meant for the {taken.upper()}")
    assert "make run API_PORT=8010 UI_PORT=8511" in run.output
    assert len(run.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_dump_is_one_line(tmp_path: Path, start: Start) -> None:
    run = start(Place(tmp_path, *free_ports()), "no-such-dump.csv")
    assert run.wait() == 1
    assert re.fullmatch(r"error: .*no-such-dump\.csv.*\n", run.output)


def test_a_database_that_is_away_is_one_line(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, *free_ports())
    away = place.environment | {"REELKIN_DATABASE_URL": "mysql+pymysql://root@127.0.0.1:9/reelkin"}
    monkeypatch.setattr(Place, "environment", away)
    run = start(place)
    assert run.wait() == 1
    assert re.fullmatch(r"error: .*127\.0\.0\.1:9/reelkin.*\n", run.output)


def free_ports() -> tuple[int, int]:
    """Two free ports."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def get(place: Place, path: str) -> Any:
    """What the API answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{place.api_port}{path}", timeout=30) as response:
        return json.load(response)


def files(folder: Path) -> dict[str, int]:
    """Every file of the generations with its modification time."""
    return {str(path): path.lstat().st_mtime_ns for path in (folder / "generations").rglob("*")}


def variable(pid: int, name: str) -> str:
    """A variable from the environment of a running process."""
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)[name]


def assert_gone(children: dict[str, int], place: Place) -> None:
    """Assert that the children have ended and their ports are free; the kernel may need a moment."""
    give_up = time.monotonic() + STOP_TIMEOUT_S
    while (alive := [name for name, pid in children.items() if _lives(pid)]) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert alive == []
    for port in (place.api_port, place.ui_port):
        socket.create_server(("127.0.0.1", port)).close()


def _lives(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        for line in stream:
            lines.put(line)
    lines.put("")
