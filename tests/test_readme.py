"""README.md names every setting, command, route and verb that exists, and none that does not."""

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
from tests.support.readme_tables import rendered

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
METHODS = "GET|POST|PUT|PATCH|DELETE"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The app, asked for its description only."""
    folder = tmp_path_factory.mktemp("readme")
    database = connect(f"sqlite:///{folder}/reelkin.db")
    return create_app(
        database=database, serving=Serving(Generations(folder), database), poster_base="", secret="x"
    )


def without_names(route: str) -> str:
    """`/movies/{id}` and `/movies/{movie_id}` are one route."""
    return re.sub(r"{\w+}", "{}", route)


def test_settings() -> None:
    named = set(re.findall(rf"{settings.PREFIX}[A-Z_]*[A-Z]", README))
    assert named == {f"{settings.PREFIX}{name.upper()}" for name in settings.Settings.__dataclass_fields__}


@pytest.mark.parametrize(
    "name", ["database_url", "data_dir", "api_url", "tmdb_image_url", "log_level", "omdb_url"]
)
def test_defaults_of_settings(name: str) -> None:
    default = getattr(settings.Settings(), name)
    assert f"| `{settings.PREFIX}{name.upper()}` | `{default}` |" in README


def test_commands_of_etl() -> None:
    named = set(re.findall(r"python -m etl (\w+)", README))
    assert named == {command.name for command in COMMANDS}


def test_options_of_etl() -> None:
    rows = re.findall(r"^\| `python -m etl (\w+)(.*)$", README, re.MULTILINE)
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
    named = {f"{method} {without_names(path)}" for method, path in re.findall(rf"`({METHODS}) (/[^`?]*)`", README)}
    assert named == exist


def test_every_route_has_an_example(app: FastAPI) -> None:
    asked = re.findall(r"curl -s '?http://[^/]+(/[\w/-]*)", README)
    paths = app.openapi()["paths"]
    forms = {path: re.sub(r"{\w+}", r"[\\w-]+", re.sub(r"{movie_id}", r"\\d+", path)) for path in paths}
    assert {path for path, form in forms.items() if not any(re.fullmatch(form, a) for a in asked)} <= {"/health"}


def test_verbs() -> None:
    exist = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", README)) == exist


def test_links_and_pictures() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_files_that_are_named() -> None:
    named = re.findall(r"`((?:api|data|deploy|etl|index|notebooks|sql|tests|ui)/[\w/.]*)`", README)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_notice_that_tmdb_asks_for() -> None:
    assert "This product uses the TMDB API but is not endorsed or certified by TMDB." in README


def options(command: str) -> set[str]:
    """The options of a command of `etl`."""
    found = next(entry for entry in COMMANDS if entry.name == command)
    parser = argparse.ArgumentParser()
    getattr(import_module(found.module), f"configure{found.suffix}")(parser)
    return set(re.findall(r"--\w+", parser.format_help()))


def test_figures_are_those_of_the_stored_results() -> None:
    assert rendered(README) == README, "run `python -m tests.support.readme_tables`"
