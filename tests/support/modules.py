"""The project's own modules, and what each imports, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "deploy", "etl", "index", "sql", "ui")


@dataclass(frozen=True)
class Import:
    """One import.

    Attributes:
        module: the dotted name that is imported; of `from a import b`, `a.b`.
        line: where.
        top_level: whether it stands at the top of its module rather than in a function or class.
    """

    module: str
    line: int
    top_level: bool

    @property
    def package(self) -> str:
        """The first part of the name."""
        return self.module.partition(".")[0]


def modules() -> dict[str, Path]:
    """Every module of ours outside the tests, by its dotted name."""
    single = (ROOT / "contract.py", ROOT / "settings.py")
    paths = [*single, *(path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")))]
    return {dotted(path.relative_to(ROOT)): path for path in paths}


def dotted(path: Path) -> str:
    """The name under which a file, relative to the root, is imported."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> list[Import]:
    """Every import of a module, wherever it stands."""
    return list(_walk(ast.parse(path.read_text()), dotted(path.relative_to(ROOT)), path.name, top_level=True))


def _walk(node: ast.AST, module: str, file: str, *, top_level: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, top_level) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(child, module, file)
            yield from (Import(f"{base}.{alias.name}", child.lineno, top_level) for alias in child.names)
        else:
            nested = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef)
            yield from _walk(child, module, file, top_level=top_level and not nested)


def _absolute(node: ast.ImportFrom, module: str, file: str) -> str:
    if not node.level:
        return node.module or ""
    parents = module.split(".") if file == "__init__.py" else module.split(".")[:-1]
    base = parents[: len(parents) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
