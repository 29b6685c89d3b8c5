"""A tiny catalogue behind a real API, for pages without a browser; the sample behind the app, in Chromium."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
        for prefix in ("browse-", "film-", "mix-"):  # AppTest cannot open what a click opens
            app.session_state[prefix + "filters"] = app.session_state[prefix + "tune"] = True
        app.session_state["shown"] = True  # it has no browser that could tell
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
    url = urlsplit(tab.url)
    tab.goto("about:blank")  # a page that still runs would keep its mix again after it is cleared
    cleared = {"origin": f"{url.scheme}://{url.netloc}", "storageTypes": "local_storage"}
    browser.new_cdp_session(tab).send("Storage.clearDataForOrigin", cleared)  # the next test is another visitor
    tab.close()
    assert errors == []


SETTLED = """() => {
  const drawn = document.querySelector("footer.rk-footer")?.dataset.drawn.split("?");
  const sorted = query => { const found = new URLSearchParams(query); found.sort(); return found.toString(); };
  return drawn
    && location.pathname.split("/").pop() === drawn[0]
    && sorted(location.search) === sorted(drawn.slice(1).join("?"))
    && document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-stale=true], .rk-waits")
    && "rkReady" in document.documentElement.dataset
    && "shown" in document.documentElement.dataset;
}"""
"""Holds in a page that shows what its address says as a whole, with no run under way, and that catches clicks.

After a click the address changes at once and the run starts later, so that no run is under way says little.
"""


def settled(page: Page) -> None:
    """Wait until the page of the address is drawn as a whole and can be used."""
    page.wait_for_function(SETTLED)


def visit(page: Page, address: str) -> None:
    """Open an address, and wait until its page is drawn and can be used."""
    page.goto(address)
    settled(page)


def arrived(page: Page, address: str) -> None:
    """Wait until a page of this address, which may contain `*`, is drawn."""
    page.wait_for_url(address)
    settled(page)


def stored(page: Page, mix: str) -> None:
    """Wait until the browser keeps a mix, given as the query of its address, as the one in use."""
    kept = "JSON.parse(localStorage.getItem('reelkin.kept'))"
    page.wait_for_function(f"mix => {{ const kept = {kept}; return kept?.mixes[kept.current] === mix; }}", arg=mix)


def enter(page: Page, label: str, text: str) -> None:
    """Type into a box as a visitor does; `fill` is undone by the box when it takes the focus."""
    box = page.get_by_label(label, exact=True)
    box.click()
    box.press_sequentially(text)
