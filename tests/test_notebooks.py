"""The notebooks run from top to bottom, write nothing into the project, and are committed without outputs."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.support.sample import Sample

ROOT = Path(__file__).parent.parent
MOST_CHARACTERS = 600_000
"""Of all outputs of a notebook: charts carry their data."""

LONGEST_FUNCTION = 6
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert {path.stem for path in NOTEBOOKS} == {"tour", "catalogue", "vectors", "index", "ratings"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_has_no_logic_of_its_own(path: Path) -> None:
    """It calls the packages; what would need a loop with cases, a class or a long function belongs there."""
    source = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
    nodes = list(ast.walk(ast.parse(source)))
    assert not [node for node in nodes if isinstance(node, ast.ClassDef | ast.While | ast.Try | ast.For)]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    assert all((node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION for node in functions)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.source for cell in cells if cell.outputs or cell.execution_count] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_and_leaves_no_trace(path: Path, sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("REELKIN_DATABASE_URL", sample.url)
    monkeypatch.setenv("REELKIN_DATA_DIR", str(sample.folder))
    before = written()
    notebook = read(path)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert "Interstellar" in str(outputs)
    assert sum(len(str(output)) for output in outputs) < MOST_CHARACTERS
    assert written() == before


def written() -> set[str]:
    """Files in the project that git does not know, and known ones that changed, caches aside."""
    command = ["git", "status", "--porcelain", "--untracked-files=all", "--ignored=matching"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line for line in listed if "__pycache__" not in line and "_cache" not in line}


def read(path: Path) -> NotebookNode:
    """A notebook."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook
