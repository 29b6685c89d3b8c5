"""The verbs and the set-up, run in a separate folder with a list of packages that needs no network."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERBS = {"help", "setup", "run", "test", "bench", "lint", "check", "clean", "lock"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with our Makefile and set-up, and nothing to install."""
    _copy_set_up(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def finished_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .venv of a project that was set up."""
    folder = tmp_path_factory.mktemp("template")
    _copy_set_up(folder)
    assert make(folder, "setup").returncode == 0
    return folder / ".venv"


@pytest.fixture
def ready_project(project: Path, finished_venv: Path) -> Path:
    """A project that was set up."""
    shutil.copytree(finished_venv, project / ".venv", symlinks=True)
    return project


def _copy_set_up(folder: Path) -> None:
    (folder / "deploy").mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "deploy" / "setup.sh", folder / "deploy")
    (folder / "requirements.txt").write_text("# nothing\n")


def make(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make as a user does, with the Python of this test by default."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    python = {} if any(argument.startswith("PYTHON=") for argument in arguments) else {"PYTHON": sys.executable}
    return subprocess.run(
        ["make", *arguments],
        cwd=project,
        env=clean | python | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def errors(finished: subprocess.CompletedProcess[str]) -> list[str]:
    """The error lines of a failed make, without its own."""
    assert finished.returncode != 0
    return [line for line in finished.stderr.splitlines() if not line.startswith("make")]


def fake_python(folder: Path, script: str) -> Path:
    """A program that replaces a Python in which something is missing."""
    path = folder / "python-of-another-kind"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_make_alone_prints_the_verbs(project: Path) -> None:
    finished = make(project)
    assert finished.returncode == 0
    assert set(re.findall(r"^make (\w+) ", finished.stdout, re.MULTILINE)) == VERBS


def test_setup_runs_again_only_when_the_list_changes(ready_project: Path) -> None:
    assert make(ready_project, "setup").stdout == ""
    (ready_project / "requirements.txt").write_text("# still nothing\n")
    changed = make(ready_project, "setup").stdout
    assert "installing" in changed
    assert "creating" not in changed


def test_a_setup_that_was_killed_starts_from_scratch(ready_project: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    (ready_project / ".venv" / "setup-running").write_text(f"{dead.pid}\n")
    (ready_project / ".venv" / "leftover").touch()
    assert "creating .venv" in make(ready_project, "setup").stdout
    assert not (ready_project / ".venv" / "leftover").exists()
    assert make(ready_project, "setup").stdout == ""


def test_a_venv_without_its_python_is_created_again(ready_project: Path) -> None:
    python = ready_project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    assert "creating .venv" in make(ready_project, "setup").stdout
    assert make(ready_project, "setup").stdout == ""


def test_a_second_setup_at_the_same_time_is_refused(ready_project: Path) -> None:
    (ready_project / ".venv" / "setup-running").write_text(f"{os.getpid()}\n")
    (said,) = errors(make(ready_project, "setup"))
    assert f"process {os.getpid()}" in said


def test_an_old_python_is_named_with_a_solution(project: Path) -> None:
    old = fake_python(project, '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0; exit 1')
    (said,) = errors(make(project, "setup", f"PYTHON={old}"))
    assert "Python 3.11 or newer and found Python 3.9.2" in said
    assert "PYTHON=" in said


def test_a_missing_python_is_named_with_a_solution(project: Path) -> None:
    (said,) = errors(make(project, "setup", "PYTHON=/no/such/python"))
    assert "found no /no/such/python" in said


def test_a_missing_venv_module_is_named_with_its_package(project: Path) -> None:
    bare = fake_python(project, f'case "$*" in *venv*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac')
    (said,) = errors(make(project, "setup", f"PYTHON={bare}"))
    assert "apt-get install python3-venv" in said


def test_no_network_is_one_line_and_the_next_run_continues(ready_project: Path) -> None:
    (ready_project / "requirements.txt").write_text("reelkin-needs-no-such-package==1\n")
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    (said,) = errors(make(ready_project, "setup", **offline))
    assert "package index cannot be reached" in said
    (ready_project / "requirements.txt").write_text("# nothing\n")
    again = make(ready_project, "setup")
    assert again.returncode == 0
    assert "creating .venv" not in again.stdout


def test_a_package_that_does_not_exist_is_named(ready_project: Path) -> None:
    (ready_project / "requirements.txt").write_text("reelkin-needs-no-such-package==1\n")
    (said,) = errors(make(ready_project, "setup", PIP_NO_INDEX="1"))
    assert "reelkin-needs-no-such-package==1" in said


def test_check_runs_lint_types_and_tests_and_stops_at_a_failure(ready_project: Path) -> None:
    log = instead_of_python(ready_project)
    assert make(ready_project, "check").returncode == 0
    ran = ["-m ruff check .", "-m ruff format --check .", "-m mypy", "-m pytest"]
    assert log.read_text().splitlines() == ran
    log.unlink()
    assert make(ready_project, "check", FAIL="mypy").returncode != 0
    assert log.read_text().splitlines() == ran[:3]


def test_ci_runs_every_check_and_accepts_no_skip() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert {"export CI=true", "make lint"} <= set(script.splitlines())
    assert re.search(r"^\.venv/bin/python -m mypy .*&$", script, re.MULTILINE)
    assert script.endswith('wait $! || status=$?\ncat "$types"\nrm -f "$types"\nexit "$status"\n')
    (tests,) = re.findall(r'make test TESTS="(.+?)"', script)
    *options, folder = tests.split()
    assert folder == "tests" and {option.partition("=")[0] for option in options} == {"--numprocesses", "--dist"}


def instead_of_python(project: Path) -> Path:
    """Replace the Python of a project by a script; returns the file in which it logs how it is called."""
    shutil.copy(project / "requirements.txt", project / "requirements-dev.txt")
    shutil.copy(project / "requirements.txt", project / ".venv" / "installed-requirements-dev.txt")
    log, python = project / "log", project / ".venv" / "bin" / "python"
    python.unlink()
    # The set-up asks for its version and for pip with -c.
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "$*" >>{log}\n[ -z "$FAIL" ] || [ "$2" != "$FAIL" ]\n'
    )
    python.chmod(0o755)
    return log


def test_clean_keeps_the_data(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data" / "reelkin.db").touch()
    (project / ".venv").mkdir()
    assert make(project, "clean").returncode == 0
    assert (project / "data" / "reelkin.db").exists()
    assert not (project / ".venv").exists()


def test_the_two_lists_of_packages_agree() -> None:
    """`make test` must test what `make run` installs."""
    pins = {
        name: dict(re.findall(r"^([\w.\[\]-]+)==([\w.]+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    served = pins["requirements.txt"]
    assert served
    assert {name: pins["requirements-dev.txt"].get(name) for name in served} == served
