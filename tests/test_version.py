"""One version: pyproject.toml has it, the code reads it, and the changelog's latest release is it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import settings
from tests.support.modules import modules

ROOT = Path(__file__).parent.parent
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
RELEASES = re.findall(r"^## \[(.+?)\](?: - (.+))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_code_has_the_declared_version() -> None:
    assert settings.VERSION == DECLARED


def test_the_latest_release_is_the_declared_version() -> None:
    assert RELEASES[0] == ("Unreleased", "")
    assert RELEASES[1][0] == DECLARED


def test_releases_are_in_order_and_dated() -> None:
    versions = [tuple(map(int, version.split("."))) for version, _ in RELEASES[1:]]
    dates = [date for _, date in RELEASES[1:]]
    assert versions == sorted(versions, reverse=True)
    assert dates == sorted(dates, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in dates)


def test_no_module_states_a_version_of_its_own() -> None:
    stated = {name for name, path in modules().items() if re.search(r"version=[\"']\d", path.read_text())}
    assert stated == set()
