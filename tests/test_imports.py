"""Who may import whom: one table, held to every import in the source."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.modules import PACKAGES, Import, imports, modules

OURS = frozenset({*PACKAGES, "contract", "settings", "tests"})


@dataclass(frozen=True)
class Rule:
    """What a package may import of ours (a package, or one module of it), and which libraries it never imports."""

    may: frozenset[str]
    never: frozenset[str]

    def allows(self, found: Import) -> bool:
        """Whether an import keeps to the rule."""
        if found.package in OURS:
            return any(found.module == name or found.module.startswith(f"{name}.") for name in self.may)
        return found.package not in self.never


def rule(may: str, never: str) -> Rule:
    """A rule from two lists of names."""
    return Rule(frozenset(may.split()), frozenset(never.split()))


RULES = {
    "contract": rule("", "sqlalchemy faiss sklearn fastapi streamlit requests pyarrow numpy pydantic"),
    "settings": rule("", "sqlalchemy faiss sklearn fastapi streamlit requests"),
    "index": rule("contract", "sqlalchemy fastapi streamlit requests"),
    "sql": rule("contract", "faiss sklearn fastapi streamlit"),
    "etl": rule("contract index sql settings", "fastapi streamlit"),
    "api": rule("contract index sql settings etl.queued etl.transform.film etl.transform.history", "streamlit"),
    "ui": rule("contract settings", "sqlalchemy faiss fastapi"),
    "deploy": rule("contract settings", "sqlalchemy faiss sklearn fastapi streamlit requests"),
}
MODULES = modules()


def test_every_package_has_a_rule() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(RULES)


@pytest.mark.parametrize("package", sorted(RULES))
def test_a_package_imports_only_what_it_may(package: str) -> None:
    allowed = RULES[package]
    wrong = [
        f"{path.name}:{found.line} imports {found.module}"
        for name, path in MODULES.items()
        if name.partition(".")[0] == package
        for found in imports(path)
        if not (found.package == package or allowed.allows(found))
    ]
    assert wrong == []


def test_ours_is_imported_at_the_top_of_a_module() -> None:
    """An import in a function hides an arrow, and mostly dodges a cycle."""
    hidden = [
        f"{name}:{found.line} imports {found.module} inside a function or class"
        for name, path in MODULES.items()
        for found in imports(path)
        if found.package in OURS and not found.top_level
    ]
    assert hidden == []


def test_modules_do_not_import_one_another_in_circles() -> None:
    arrows = {name: _imported_modules(name, path) for name, path in MODULES.items()}
    try:
        tuple(TopologicalSorter(arrows).static_order())
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_no_module_hides_a_library() -> None:
    """`index/faiss.py`, started as a script, would be found before the library."""
    libraries = {found.package for path in MODULES.values() for found in imports(path)} - OURS
    assert {name for name in MODULES if name.rpartition(".")[2] in libraries} == set()


def _imported_modules(name: str, path: Path) -> set[str]:
    """Modules of ours that one names; `from sql import movies` names sql.movies, not sql."""
    named = set()
    for found in imports(path):
        owner = found.module.rpartition(".")[0]
        named |= {next((module for module in (found.module, owner) if module in MODULES), name)}
    return named - {name}


# The walk itself: a rule that sees nothing would pass everything.


@pytest.mark.parametrize(
    ("source", "module", "top_level"),
    [
        ("import sql.movies", "sql.movies", True),
        ("from sql import movies", "sql.movies", True),
        ("from . import movies", "sql.movies", True),
        ("from .movies import count", "sql.movies.count", True),
        ("if True:\n    import faiss", "faiss", True),
        ("def f():\n    import faiss", "faiss", False),
        ("class A:\n    def f(self):\n        from etl.build import films", "etl.build.films", False),
    ],
)
def test_the_walk_sees_every_form_of_import(
    source: str, module: str, top_level: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.modules.ROOT", tmp_path)
    path = tmp_path / "sql" / "made_up.py"
    path.parent.mkdir()
    path.write_text(source)
    assert [(found.module, found.top_level) for found in imports(path)] == [(module, top_level)]


@pytest.mark.parametrize(
    ("package", "module", "allowed"),
    [
        ("api", "etl.transform.film", True),
        ("api", "etl.transform.film.clean_film", True),
        ("api", "etl.dump.extract.Dump", False),
        ("api", "etl.build", False),
        ("index", "settings", False),
        ("sql", "index.films.summaries", False),
        ("ui", "requests", True),
        ("ui", "sqlalchemy.orm", False),
    ],
)
def test_the_rules_say_what_the_design_says(package: str, module: str, allowed: bool) -> None:
    assert RULES[package].allows(Import(module, 1, True)) is allowed
