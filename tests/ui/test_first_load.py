"""What a browser gets before the first films: named and coloured at once, small, and without jumps."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Page

from tests.support.chromium import CHROMIUM
from tests.support.first_load import first_load, watch
from tests.ui.conftest import visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]
MOST_BYTES, MOST_SHIFT = 1_000_000, 0.1


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
@pytest.mark.parametrize("path", ["/", "/film?id=348"])
def test_the_title_is_in_the_first_byte_and_files_are_compressed(app_url: str, path: str, encoding: str) -> None:
    page = requests.get(app_url + path, headers={"Accept-Encoding": encoding}, timeout=30)
    assert page.text.count("<title>") == page.text.count("<title>Reelkin</title>") == 1
    assert 'class="first"' in page.text
    script = re.search(r"static/js/index\.[^\"]*\.js", page.text)
    assert script
    file = requests.get(f"{app_url}/{script[0]}", headers={"Accept-Encoding": encoding}, timeout=30)
    assert file.headers.get("Content-Encoding", "identity") == encoding
    assert "javascript" in file.headers["Content-Type"]
    assert len(file.content) > 100_000


PAGES = (
    *("/", "/browse", "/film?id=348", "/mix?like=348", "/compare?id=348&id=62", "/analytics", "/operator"),
    *("/for-you", "/tonight?seed=7"),
)


@pytest.mark.parametrize(("path", "line"), [*((path, "fast") for path in PAGES), ("/analytics", "throttled")])
def test_films_come_early_and_stay_in_their_place(page: Page, app_url: str, path: str, line: str) -> None:
    watch(page, line)
    visit(page, app_url + path)
    loaded = first_load(page)
    assert MOST_BYTES / 2 < loaded.bytes_before < MOST_BYTES, loaded
    assert loaded.shift < MOST_SHIFT, loaded
