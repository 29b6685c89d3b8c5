"""The size and shape of the source: `python -m tests.benchmarks.structure [ROOT] [--json OUT]`.

Counts, for each package, its modules (`__init__.py` and migrations not counted), their median and largest number
of lines, functions of more than 40 lines, and the other packages of ours that its modules import, with the number
of imports between modules inside the package.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "deploy", "etl", "index", "sql", "ui")
LONG_FUNCTION = 40


def measured(root: Path) -> dict[str, Any]:
    """The figures of a checkout, by package and in all."""
    single = [path for path in (root / "contract.py", root / "settings.py") if path.exists()]
    found = {name: sorted((root / name).rglob("*.py")) for name in PACKAGES} | {"(root)": single}
    figures = {name: _package(name, paths) for name, paths in found.items()}
    return figures | {"all": _package("", [path for paths in found.values() for path in paths])}


def _package(name: str, paths: list[Path]) -> dict[str, Any]:
    paths = [path for path in paths if path.name != "__init__.py" and "migrations" not in path.parts]
    lines = [len(path.read_text().splitlines()) for path in paths]
    trees = [ast.parse(path.read_text()) for path in paths]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    arrows = Counter(target for tree in trees for target in _imported(tree))
    return {
        "modules": len(paths),
        "lines": sum(lines),
        "median_lines": round(statistics.median(lines)),
        "largest_lines": max(lines),
        "under_60_lines": sum(count < 60 for count in lines),
        "functions": len(functions),
        "long_functions": sum((f.end_lineno or f.lineno) - f.lineno + 1 > LONG_FUNCTION for f in functions),
        "imports_inside": arrows.pop(name, 0),
        "imports_of_others": dict(sorted(arrows.items())),
    }


def _imported(tree: ast.Module) -> list[str]:
    """The package of ours that each import names."""
    ours = {*PACKAGES, "contract", "settings"}
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return [name.partition(".")[0] for name in named if name.partition(".")[0] in ours]


def main() -> int:
    """Print the figures as a table; 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.structure", description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="a checkout (default: this one)")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    args = parser.parse_args()
    figures = measured(args.root)
    print("package   modules   lines  median  largest  <60  functions  >40 lines  inside  imports")
    for name, of in figures.items():
        others = ", ".join(f"{other} {count}" for other, count in of["imports_of_others"].items())
        sizes = f"{of['modules']:8}{of['lines']:8}{of['median_lines']:8}"
        sizes += f"{of['largest_lines']:9}{of['under_60_lines']:5}"
        print(f"{name:9}{sizes}{of['functions']:11}{of['long_functions']:11}{of['imports_inside']:8}  {others}")
    if args.json:
        args.json.write_text(json.dumps(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
