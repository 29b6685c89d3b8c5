"""The house's style, as far as no linter knows it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.modules import ROOT, modules

LONGEST_MODULE = 400
SOURCES = modules() | {
    f"tests/{path.relative_to(ROOT / 'tests')}": path for path in sorted((ROOT / "tests").rglob("*.py"))
}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_is_short_enough_to_read_in_one_go(name: str) -> None:
    assert len(SOURCES[name].read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("name", sorted(modules()))
def test_everything_public_has_a_docstring(name: str) -> None:
    tree = ast.parse(modules()[name].read_text())
    assert ast.get_docstring(tree), f"{name} has no docstring"
    assert _undocumented(tree) == []


def test_every_folder_of_tests_is_a_package() -> None:
    """Two test files of one name in folders that are no packages hide one another."""
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_only_settings_reads_our_variables() -> None:
    readers = {
        name
        for name, path in modules().items()
        if name != "settings" and ("os.environ[" in path.read_text() or "os.getenv" in path.read_text())
    }
    assert readers == set()


def test_no_path_of_a_machine_is_committed() -> None:
    marks = ("/" + "work/", "/" + "root/", "/" + "home/")
    found = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in _committed_texts()
        for mark in marks
        if mark in path.read_text(errors="replace")
    ]
    assert found == []


def _committed_texts() -> list[Path]:
    patterns = ("*.py", "*.md", "*.txt", "*.in", "*.toml", "*.yml", "Makefile", "*.sh", ".ci/run", "*.ipynb")
    folders = [*{path.parent for path in SOURCES.values()}, ROOT, ROOT / "notebooks", ROOT / "deploy"]
    return sorted({path for folder in folders for pattern in patterns for path in folder.glob(pattern)})


def _undocumented(tree: ast.Module) -> list[str]:
    """Public functions and classes of a module, and public methods of those classes, without a docstring."""
    classes = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not _is_protocol(node)
    ]
    nodes = [*tree.body, *(child for parent in classes for child in parent.body)]
    return [
        f"{node.name} (line {node.lineno})"
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]


def _is_protocol(node: ast.ClassDef) -> bool:
    """The attributes of a protocol are described where they are implemented."""
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
