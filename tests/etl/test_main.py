"""The command line: exit codes, one clear line for what a user can set right, and faults of a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from etl.__main__ import COMMANDS, main
from sql.engine import connect
from tests.etl.dumps import HEADER, as_csv, film, write
from tests.etl.test_ingest import films

ROOT = Path(__file__).parents[2]
# Nothing larger than 100 kB can be written: the disk is full, as far as the process can tell.
ON_A_FULL_DISK = (
    "import resource, sys; from etl.__main__ import main; "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); sys.exit(main())"
)


@pytest.fixture
def environment(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of an empty database, for this process and for others."""
    monkeypatch.setenv("REELKIN_DATABASE_URL", database_url)
    monkeypatch.setenv("REELKIN_DATA_DIR", str(tmp_path / "data"))
    return dict(os.environ)


def stored(url: str) -> dict[int, str]:
    engine = connect(url)
    try:
        return films(engine)
    finally:
        engine.dispose()


def test_a_report_for_people_and_one_for_programs(
    environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = str(write(tmp_path / "dump.csv", film(1), film(2, "")))
    assert main(["ingest", dump]) == 0
    out, err = capsys.readouterr()
    assert "2 rows in" in out
    assert "1  no title" in out
    assert "read and clean: 2 in" in err
    assert main(["ingest", dump, "--json", "--rejects", str(tmp_path / "rejects.csv")]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == 1
    assert (tmp_path / "rejects.csv").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["ingest"], ["nonsense"], ["ingest", "a", "b"], ["ingest", "a", "--profile", "x"]),
        *(["build", "--recall", "0.5"], ["build", "--recall", "1.01"], ["build", "--recall", "much"]),
        *(["synthesize", "0", "a.csv"], ["synthesize", "1", "a.csv", "--seed", "-1"]),
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert all(command.name in out and command.help in out for command in COMMANDS)


def test_a_failure_is_one_line_and_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELKIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REELKIN_DATABASE_URL", f"sqlite:///{tmp_path}/reelkin.db")
    missing = str(tmp_path / "none.csv")
    assert main(["ingest", missing]) == 1
    assert capsys.readouterr() == ("", f"error: {missing} does not exist\n")
    with pytest.raises(Exception, match="does not exist"):
        main(["ingest", missing, "--debug"])
    assert main(["ingest", str(tmp_path)]) == 1
    assert "is a folder" in capsys.readouterr().err
    monkeypatch.setenv("REELKIN_LOG_LEVEL", "loud")
    assert main(["ingest", missing]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setenv("REELKIN_LOG_LEVEL", "info")
    monkeypatch.setenv("REELKIN_DATABASE_URL", "mysql://nobody:wrong@127.0.0.1:1/none")
    assert main(["ingest", str(write(tmp_path / "dump.csv", film(1)))]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_full_disk_is_one_line_and_1(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'reelkin.db'}"
    stored(url)  # the tables
    environment = os.environ | {"REELKIN_DATABASE_URL": url, "REELKIN_DATA_DIR": str(tmp_path)}
    dump = write(tmp_path / "dump.csv", *(film(n, overview=f"{n} " * 50) for n in range(1, 3_000)))
    command = [sys.executable, "-c", ON_A_FULL_DISK, "ingest", str(dump)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr
    assert stored(url) == {}


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_an_ingest_that_is_stopped_has_changed_nothing_and_can_be_run_again(
    environment: dict[str, str], database_url: str, tmp_path: Path, ending: signal.Signals
) -> None:
    first = write(tmp_path / "first.csv", film(1), film(2))
    assert main(["ingest", str(first)]) == 0
    text = as_csv([film(n, "New", overview="x" * 1000) for n in range(1, 10_000)])
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "etl", "ingest", str(pipe)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    with pipe.open("w", encoding="utf-8") as dump:
        dump.write(text)
        dump.flush()  # more than a block has been read by now, and the process waits for the rest
        process.send_signal(ending)
        _, err = process.communicate(timeout=60) if ending is signal.SIGKILL else ("", "")
    if ending is signal.SIGINT:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err.splitlines()[-1].startswith("interrupted")
    assert stored(database_url) == {1: "Home", 2: "Home"}
    again = tmp_path / "again.csv"
    again.write_text(HEADER + text[len(HEADER) :], encoding="utf-8")
    assert main(["ingest", str(again)]) == 0
    assert set(stored(database_url).values()) == {"New"}
