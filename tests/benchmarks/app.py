"""The app in a real browser: `python -m tests.benchmarks.app (--dump PATH | --data DIR) [--json OUT]`.

Loads and builds the dump in a scratch folder, or takes a folder that is ready, serves API and app, and times how
long a visitor waits for the films of a page: opened by its address in a new tab, and turned to in the running
session. Nothing is asked twice. Tabs are opened in turn with those of a page that is Streamlit alone.

Then every page is opened at two widths with an empty cache, over a fast line and over a throttled one: bytes
before the first films, milliseconds until they are shown, and the cumulative layout shift.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import requests
from playwright.sync_api import BrowserContext, Page

from tests.support import serving
from tests.support.benchmark import measuring
from tests.support.chromium import chromium
from tests.support.first_load import LINES, FirstLoad, first_load, watch
from tests.support.sample import Sample

RUNS = 9
WIDTHS = (1280, 390)
SETTLE_MS = 1_000
PAGES = (
    "",
    "browse",
    "compare?id=348&id=157336",
    "analytics",
    "operator",
    "for-you",
    "tonight?seed=7",
    "room",
    "account",
)
WALL, KIN, ROWS = ".rk-wall .rk-card", ".rk-relative", ".rk-row"
TITLES = "interstelar alein amelie godfater matrx jaws psycho vertgo gladiater toystory".split()


def measured(loaded: Sample, scratch: Path) -> dict[str, object]:
    """Serve the app, and a page that is Streamlit alone, and wait as a visitor does."""
    with (
        serving.api(loaded) as api,
        serving.ui(api) as app,
        serving.ui(api, "tests/support/bare_page.py") as bare,
        chromium(scratch / "profile") as browser,
    ):
        return waits(api, app, bare, browser)


def waits(api: str, app: str, bare: str, browser: BrowserContext) -> dict[str, object]:
    """The number of films, and the median and slowest milliseconds of each way to a page."""
    popular = requests.get(f"{api}/movies", params={"sort": "votes", "limit": "50"}, timeout=60).json()
    films = [film["id"] for film in popular["items"]]
    years = list(range(1960, 1960 + RUNS + 1))
    return {
        "films": popular["total"],
        "loads": {line: _loads(browser, app, bare, films[0], line) for line in LINES},
        "times": {
            **_opened(
                browser,
                {
                    "Streamlit alone, opened": ([f"{bare}/bare"] * (RUNS + 1), "h1"),
                    "browse, opened": ([f"{app}/browse?sort=released&from={year}" for year in years], WALL),
                    "film, opened": ([f"{app}/film?id={film}" for film in films[: RUNS + 1]], KIN),
                },
            ),
            "browse, next page": _turned(browser, f"{app}/browse", _next_page),
            "browse, a jump": _turned(browser, f"{app}/browse?sort=released", _jump),
            "film, from its kin": _turned(browser, f"{app}/film?id={films[-1]}", _first_kin),
            "find, a misspelt title": _turned(browser, app, _typed),
        },
    }


def _loads(browser: BrowserContext, app: str, bare: str, film: int, line: str) -> dict[str, dict[str, float]]:
    """How every page comes at both widths, and a page that is Streamlit alone, over a line of `LINES`."""
    pages = {
        f"/{path.partition('?')[0]}": f"{app}/{path}" for path in (*PAGES, f"film?id={film}", f"mix?like={film}")
    }
    found = {"Streamlit alone": asdict(_loaded(browser, f"{bare}/bare", "h1", WIDTHS[0], line))}
    for name, address in pages.items():
        for width in WIDTHS:
            found[f"{name} at {width} px"] = asdict(_loaded(browser, address, "footer.rk-footer", width, line))
    return found


def _loaded(browser: BrowserContext, address: str, last: str, width: int, line: str) -> FirstLoad:
    """How one page comes; `last` is drawn at its end."""
    tab = browser.new_page()
    tab.set_viewport_size({"width": width, "height": 800})
    watch(tab, line)
    tab.goto(address)
    tab.locator(last).first.wait_for()
    tab.locator("[data-test-script-state=notRunning]").wait_for()
    tab.wait_for_function("() => !document.querySelector('.rk-waits')")  # charts come after the first films
    tab.wait_for_timeout(SETTLE_MS)
    found = first_load(tab)
    tab.close()
    return found


def _opened(browser: BrowserContext, ways: Mapping[str, tuple[Sequence[str], str]]) -> dict[str, dict[str, float]]:
    """The time from the address to what is waited for, of each way in turn: its addresses, and a selector."""

    def opened(address: str, shown: str) -> float:
        tab = browser.new_page()
        started = time.perf_counter()
        tab.goto(address, wait_until="commit")
        tab.locator(shown).first.wait_for()
        took = time.perf_counter() - started
        tab.locator("[data-test-script-state=notRunning]").wait_for()  # or its end would cost the next one
        tab.close()
        return took

    times: dict[str, list[float]] = {name: [] for name in ways}
    for n in range(RUNS + 1):
        for name, (addresses, shown) in ways.items():
            times[name].append(opened(addresses[n], shown))
    return {name: _summary(taken) for name, taken in times.items()}


def _turned(browser: BrowserContext, address: str, step: Callable[[Page, int], str]) -> dict[str, float]:
    """The time from an action to what it brings. `step` acts, and says in JavaScript what holds afterwards."""
    tab = browser.new_page()
    tab.goto(address)
    tab.locator("footer").wait_for()
    times = []
    for n in range(RUNS + 1):
        tab.wait_for_function("() => !document.querySelector('[data-stale=true]')")
        started = time.perf_counter()
        tab.wait_for_function(step(tab, n))
        times.append(time.perf_counter() - started)
    tab.close()
    return _summary(times)


def _next_page(tab: Page, n: int) -> str:
    tab.get_by_role("link", name="Next →").click()
    return f"() => document.querySelector('.rk-pager').innerText.includes('Page {n + 2} of')"


def _jump(tab: Page, n: int) -> str:
    decade = 2010 - 10 * n
    tab.get_by_role("link", name=f"{decade}s", exact=True).click()
    return f"() => document.querySelector('.rk-wall .rk-meta')?.textContent.startsWith('{decade + 9}'.slice(0, 3))"


def _first_kin(tab: Page, n: int) -> str:
    link = tab.locator(f"{KIN} h3 a").nth(n % 5)
    title = json.dumps(link.inner_text())
    link.click()
    return (
        f"() => document.querySelector('.rk-hero h1')?.innerText.startsWith({title}) && "
        f"document.querySelectorAll('{KIN}').length === 10"
    )


def _typed(tab: Page, n: int) -> str:
    title = TITLES[n]
    tab.get_by_label("Title of a film").fill(title)
    return f"() => document.title.startsWith('{title}') && document.querySelector('{ROWS}')"


def _summary(times: list[float]) -> dict[str, float]:
    """Of all but the first, which warms up."""
    measured = [round(1e3 * seconds) for seconds in times[1:]]
    return {"p50_ms": statistics.median(measured), "max_ms": max(measured)}


if __name__ == "__main__":
    raise SystemExit(measuring("app", __doc__, measured))
