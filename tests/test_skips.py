"""A test that cannot run is named with its reason and the way out, and fails where CI=true."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest

@pytest.mark.mysql
@pytest.mark.parametrize("n", [1, 2])
def test_needs_a_server(n):
    pytest.skip("no server answers at 127.0.0.1:3306")

def test_runs():
    pass
"""


def run(folder: Path, suite: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a suite of its own with our hooks."""
    shutil.copy(Path(__file__).parent / "support" / "skips.py", folder / "conftest.py")
    (folder / "test_suite.py").write_text(suite)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = mysql: needs a server\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # importing Hypothesis and the like takes a second
    return subprocess.run(
        command, cwd=folder, env=clean | alone | environment, capture_output=True, text=True, check=False
    )


def test_a_skip_is_named_with_its_reason_and_the_command(tmp_path: Path) -> None:
    finished = run(tmp_path, SUITE)
    assert finished.returncode == 0
    assert "test_needs_a_server[1] and 1 more" in finished.stdout
    assert "because: no server answers at 127.0.0.1:3306" in finished.stdout
    assert "apt-get install --yes mariadb-server" in finished.stdout


def test_a_skip_fails_in_ci(tmp_path: Path) -> None:
    finished = run(tmp_path, SUITE, CI="true")
    assert finished.returncode == 1
    assert "not run, which CI=true counts as a failure" in finished.stdout


@pytest.mark.parametrize(
    "skip", ["pytest.importorskip('no_such_library')", "pytest.skip('x', allow_module_level=True)"]
)
def test_a_module_that_is_skipped_as_a_whole_fails_in_ci_too(tmp_path: Path, skip: str) -> None:
    suite = f"import pytest\n{skip}\n"
    (tmp_path / "test_other.py").write_text("def test_runs():\n    pass\n")
    assert run(tmp_path, suite).returncode == 0
    assert run(tmp_path, suite, CI="true").returncode == 1


def test_a_run_without_skips_says_nothing(tmp_path: Path) -> None:
    finished = run(tmp_path, "def test_runs():\n    pass\n", CI="true")
    assert finished.returncode == 0
    assert "not run" not in finished.stdout
