"""What a page loads before its first films are shown, and how far it jumps: read in the browser."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

LINES: dict[str, dict[str, float | bool]] = {
    "fast": {},
    # As "Fast 4G" of Chromium's developer tools: 9 Mbit/s, 1.5 Mbit/s, 165 ms.
    "throttled": {
        "offline": False,
        "latency": 165,
        "downloadThroughput": 9e6 / 8,
        "uploadThroughput": 1.5e6 / 8,
    },
}
"""The lines over which pages come, as Chromium's developer tools describe them."""

_WATCH = """
window.rkShift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.rkShift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new MutationObserver(() => {
  if (document.documentElement?.dataset.shown) window.rkShown ??= performance.now();
}).observe(document, { subtree: true, attributes: true, childList: true });
"""
_LOADED = """() => {
  const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const sum = found => found.reduce((bytes, entry) => bytes + entry.transferSize, 0);
  const shown = window.rkShown ?? performance.now();
  const before = entries.filter(entry => entry.startTime < shown);
  return [shown, sum(before), sum(entries), window.rkShift];
}"""


@dataclass(frozen=True)
class FirstLoad:
    """How a page came.

    Attributes:
        shown_ms: from its address to its first films.
        bytes_before: of all requests that were sent before.
        bytes_all: of all.
        shift: cumulative layout shift (web.dev/articles/cls).
    """

    shown_ms: float
    bytes_before: int
    bytes_all: int
    shift: float


def watch(page: Page, line: str = "fast") -> None:
    """Let a tab tell how the next page comes, without anything from its cache, over one of `LINES`."""
    page.add_init_script(_WATCH)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if LINES[line]:
        session.send("Network.emulateNetworkConditions", LINES[line])


def first_load(page: Page) -> FirstLoad:
    """How a page came that was watched and is drawn."""
    shown_ms, before, everything, shift = page.evaluate(_LOADED)
    return FirstLoad(round(shown_ms), int(before), int(everything), round(shift, 4))
