"""A tiny catalogue behind a real API, for pages without a browser; the sample behind the app, in Chromium."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from streamlit.testing.v1 import AppTest

from etl.transform.film import COLUMNS
from tests.support import serving
from tests.support.chromium import PATIENCE_MS, chromium
from tests.support.films import TOPICS
from tests.support.sample import ROOT, Sample, load_sample

FILMS = 60  # three pages of 24
HOME = "find"
KNOWN, OBSCURE, HOSTILE, BARE = 157336, 90001, 90002, 90003
HOSTILE_TITLE = '<svg/onload=alert(1)> & "<x onclick=alert(1)>"'  # the cleaning rules let this through

POSTER = b'<svg xmlns="http://www.w3.org/2000/svg" width="342" height="513"><rect width="342" height="513"/></svg>'

Open = Callable[..., AppTest]


def row(movie_id: int, title: str, **values: Any) -> dict[str, Any]:
    """A film as a row of a dump."""
    film = {"id": movie_id, "title": title, "original_title": title, "status": "Released", "adult": "False"}
    return film | {"release_date": "2001-05-06", "original_language": "en"} | values


def rows() -> list[dict[str, Any]]:
    """The films: four topics in turn with falling votes, and four special ones."""
    films = []
    for i in range(FILMS - 4):
        topic = TOPICS[list(TOPICS)[i % len(TOPICS)]]
        words = [topic["words"][(i + n) % 6] for n in range(3)]
        films.append(
            row(
                i + 1,
                f"The {words[0]} of {words[1]} {i + 1}".title(),
                release_date=f"{1960 + i}-03-04",
                vote_average=5 + i % 5,
                vote_count=5_000 - 80 * i,
                popularity=100 - i,
                runtime=90 + i,
                genres=", ".join(topic["genres"]),
                keywords=", ".join(words),
                production_countries="Iceland" if i % 6 == 0 else "France",
                poster_path=f"/poster{i}.jpg" if i % 2 else "",
            )
        )
    space = {"genres": "Science Fiction, Adventure", "keywords": "space, planet, star", "runtime": 169}
    return [
        row(KNOWN, "Interstellar", vote_average=8.4, vote_count=32_000, popularity=140, **space, **KNOWN_FACTS),
        row(OBSCURE, "Interstelar", vote_average=6, vote_count=1, popularity=1, **space),
        row(HOSTILE, HOSTILE_TITLE, vote_average=6, vote_count=50, popularity=300, tagline=HOSTILE_TITLE, **space),
        row(BARE, "Nobody Knows This"),
        *films,
    ]


KNOWN_FACTS = {
    "tagline": "Somewhere a corn field",
    "overview": "Farmers leave.",
    "budget": 165_000_000,
    "revenue": 701_729_206,
    "imdb_id": "tt0816692",
    "production_companies": "Syncopy",
    "production_countries": "United Kingdom",
    "poster_path": "/known.jpg",
}


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The tiny catalogue in SQLite with a published generation."""
    folder: Path = tmp_path_factory.mktemp("tiny")
    with (folder / "dump.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows())
    return load_sample(f"sqlite:///{folder}/reelkin.db", folder, folder / "dump.csv")


@pytest.fixture(scope="session")
def api_url(catalogue: Sample) -> Iterator[str]:
    """An API over the tiny catalogue."""
    with serving.api(catalogue) as url:
        yield url


@pytest.fixture(scope="session")
def empty_api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An API without films and without a generation."""
    folder: Path = tmp_path_factory.mktemp("empty")
    with serving.api(Sample(f"sqlite:///{folder}/reelkin.db", folder)) as url:
        yield url


@pytest.fixture
def open_page(api_url: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page of the app by its name, with a query string, as a browser does."""

    def opened(page: str, /, api: str = api_url, **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("REELKIN_API_URL", api)
        app = AppTest.from_file(str(ROOT / "ui" / "app.py"), default_timeout=60)
        if page != HOME:  # AppTest knows a page by its name only after the first run
            app.run().switch_page(f"views/{page}.py")
        app.query_params.update(query)
        return app.run()

    return opened


@pytest.fixture(scope="session")
def app_url(sample: Sample) -> Iterator[str]:
    """The app over the bundled sample, with posters that load."""
    with (
        serving.answering(POSTER, "image/svg+xml") as posters,
        serving.api(sample, REELKIN_TMDB_IMAGE_URL=posters) as api_url,
        serving.ui(api_url) as url,
    ):
        yield url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium with an empty profile."""
    expect.set_options(timeout=PATIENCE_MS)
    with chromium(tmp_path_factory.mktemp("chromium")) as context:
        yield context


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """A tab whose console must not show errors."""
    tab = browser.new_page()
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # Opened below a page's own address, Streamlit first asks there for its server, and then at the root.
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            errors.append(message.text)

    tab.on("console", listen)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    tab.evaluate("localStorage.clear()")  # the next test is another visitor
    tab.close()
    assert errors == []


def settled(page: Page) -> None:
    """Wait until the script has ended: before that, old elements may be beside the new ones."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def arrived(page: Page, address: str) -> None:
    """Wait until a page of this address, which may contain `*`, is drawn."""
    page.wait_for_url(address)
    settled(page)
