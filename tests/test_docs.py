"""The documentation names every setting, command, route and verb that exists, and none that does not."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import FastAPI

import settings
from api.app import create_app
from api.serving.serving import Serving
from etl.__main__ import COMMANDS
from index.generation.publish import Generations
from sql.engine import connect
from tests.support.docs_tables import PAGES, rendered

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
LONGEST_README = 150
DOCUMENTATION = (README, ROOT / "CONTRIBUTING.md", *PAGES)
TEXT = "\n".join(path.read_text() for path in DOCUMENTATION)
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
METHODS = "GET|POST|PUT|PATCH|DELETE"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The app, used only for its OpenAPI document."""
    folder = tmp_path_factory.mktemp("docs")
    database = connect(f"sqlite:///{folder}/reelkin.db")
    return create_app(
        database=database, serving=Serving(Generations(folder), database), poster_base="", secret="x"
    )


def without_names(route: str) -> str:
    """`/movies/{id}` and `/movies/{movie_id}` are one route."""
    return re.sub(r"{\w+}", "{}", route)


def test_settings() -> None:
    named = set(re.findall(rf"{settings.PREFIX}[A-Z_]*[A-Z]", TEXT))
    assert named == {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.__dataclass_fields__}


@pytest.mark.parametrize(
    "name", ["database_url", "data_dir", "api_url", "tmdb_image_url", "log_level", "omdb_url"]
)
def test_defaults_of_settings(name: str) -> None:
    default = getattr(settings.Settings(), name)
    assert f"| `{settings.PREFIX}{name.upper()}` | `{default}` |" in OPERATIONS


def test_commands_of_etl() -> None:
    named = set(re.findall(r"python -m etl ([\w-]+)", TEXT))
    assert named == {command.name for command in COMMANDS}


def test_options_of_etl() -> None:
    rows = re.findall(r"^\| `python -m etl ([\w-]+)(.*)$", OPERATIONS, re.MULTILINE)
    assert len(rows) == len(COMMANDS)
    assert [
        f"{name} {option}" for name, text in rows for option in set(re.findall(r"--\w+", text)) - options(name)
    ] == []


def test_routes(app: FastAPI) -> None:
    exist = {
        f"{method.upper()} {without_names(path)}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    named = {f"{method} {without_names(path)}" for method, path in re.findall(rf"`({METHODS}) (/[^`?]*)`", TEXT)}
    assert named == exist


def test_filters(app: FastAPI) -> None:
    parameters = app.openapi()["paths"]["/stats/overview"]["get"]["parameters"]
    section = (ROOT / "docs" / "api.md").read_text().partition("## Filters")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(parameter["name"] for parameter in parameters)


def test_every_route_has_an_example(app: FastAPI) -> None:
    asked = re.findall(r"curl -s '?http://[^/]+(/[\w/-]*)", TEXT)
    paths = app.openapi()["paths"]
    forms = {path: re.sub(r"{\w+}", r"[\\w-]+", re.sub(r"{movie_id}", r"\\d+", path)) for path in paths}
    assert {path for path, form in forms.items() if not any(re.fullmatch(form, a) for a in asked)} <= {"/health"}


def test_verbs() -> None:
    exist = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", TEXT)) == exist


@pytest.mark.parametrize("page", DOCUMENTATION, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures(page: Path) -> None:
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", page.read_text()) if "://" not in target]
    assert [target for target in targets if not leads_somewhere(page, target)] == []


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether a relative link names a file or folder and, after `#`, one of its headings."""
    name, _, heading = target.partition("#")
    path = page.parent / name if name else page
    return path.exists() and (not heading or heading in anchors(path))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_listed_in_readme() -> None:
    text = README.read_text()
    hidden = [path for path in PAGES if f"({path.relative_to(ROOT)})" not in text and path.parent.name == "docs"]
    assert hidden == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}


def test_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= LONGEST_README


def test_files_that_are_named() -> None:
    folders = "api|bench-results|data|deploy|docs|etl|index|notebooks|sql|tests|ui"
    named = re.findall(rf"`((?:{folders})/[\w/.-]*)`", TEXT)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_notice_that_tmdb_asks_for() -> None:
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in README.read_text()


def options(command: str) -> set[str]:
    """The options of a command of `etl`."""
    found = next(entry for entry in COMMANDS if entry.name == command)
    parser = argparse.ArgumentParser()
    getattr(import_module(found.module), f"configure{found.suffix}")(parser)
    return set(re.findall(r"--\w+", parser.format_help()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_figures_are_those_of_the_stored_results(page: Path) -> None:
    text = page.read_text()
    assert rendered(text) == text, "run `python -m tests.support.docs_tables`"
