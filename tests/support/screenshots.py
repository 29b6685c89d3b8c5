"""The screenshots of README: `python -m tests.support.screenshots [FOLDER]`.

Serves the bundled sample, opens the pages in Chromium with drawn posters, and writes ui/screenshots/*.webp. With a
folder, it writes every page at both widths and in both themes there instead, to be looked at.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.support import serving
from tests.support.chromium import CHROMIUM, FLAGS
from tests.support.sample import ROOT, load_sample

WIDE, PHONE = (1280, 1000), (390, 844)
INTERSTELLAR, ALIEN, SPIRITED_AWAY, MONONOKE = 157336, 348, 129, 128
README = {
    "home": ("", "dark", 0),
    "browse": ("browse?genres=Science+Fiction&sort=released&from=1989", "light", 0),
    "film": (f"film?id={INTERSTELLAR}", "light", 0),
    "kin": (f"film?id={INTERSTELLAR}&diversity=0.3", "light", 620),
    "mix": (f"mix?like={SPIRITED_AWAY}&dislike={MONONOKE}&text=a+lonely+robot", "light", 0),
    "analytics": ("analytics?genre=Science+Fiction&film=Interstellar", "light", 0),
    "operator": ("operator", "light", 0),
}
"""Each picture: address, theme, pixels scrolled."""
ON_A_PHONE = (f"film?id={ALIEN}", "browse?sort=acclaimed&votes_min=100", f"mix?like={ALIEN}&like=62")
PAGES = {
    "home": "",
    "found": "?q=alien",
    "browse": "browse?genres=Drama&sort=acclaimed&votes_min=100",
    "table": "browse?view=table",
    "film": f"film?id={INTERSTELLAR}&genres=Drama",
    "mix": f"mix?like={ALIEN}&text=a+lonely+robot",
    "compare": f"compare?id={ALIEN}&id={INTERSTELLAR}",
    "analytics": "analytics",
    "operator": "operator",
    "away": "film?id=1",
}
SETTLE_MS = 2_500
DRAWN = """() => document.documentElement.dataset.shown
  && document.querySelector('footer.rk-footer') && !document.querySelector('.rk-waits')"""


def shot(browser: Browser, address: str, size: tuple[int, int], theme: str, scrolled: int = 0) -> Image.Image:
    """A page as a picture."""
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)  # type: ignore[arg-type]
    tab.route("**/*.jpg", lambda route: route.abort())  # drawn posters only
    tab.goto(address)
    tab.wait_for_function(DRAWN)
    tab.wait_for_timeout(SETTLE_MS)
    tab.evaluate(f"document.querySelector('[data-testid=stMain]').scrollTo(0, {scrolled})")
    tab.wait_for_timeout(SETTLE_MS // 5)
    picture = Image.open(io.BytesIO(tab.screenshot()))
    tab.close()
    return picture


def of_readme(browser: Browser, app: str) -> None:
    """The pictures of README; three phones side by side are one of them."""
    folder = ROOT / "ui" / "screenshots"
    for name, (path, theme, scrolled) in README.items():
        shot(browser, f"{app}/{path}", WIDE, theme, scrolled).convert("RGB").save(
            folder / f"{name}.webp", quality=80
        )
    phones = Image.new("RGB", WIDE, "#d6d3d1")
    for n, path in enumerate(ON_A_PHONE):
        theme = "dark" if n == 1 else "light"
        phones.paste(shot(browser, f"{app}/{path}", (PHONE[0], WIDE[1] - 60), theme), (25 + n * 420, 30))
    phones.save(folder / "phone.webp", quality=80)


def of_all(browser: Browser, app: str, folder: Path) -> None:
    """Every page at both widths and in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        for size in (WIDE, PHONE):
            for theme in ("light", "dark"):
                shot(browser, f"{app}/{path}", size, theme).save(folder / f"{name}-{size[0]}-{theme}.png")


def main(folder: Path | None) -> None:
    """Serve the sample, and take the pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        loaded = load_sample(f"sqlite:///{scratch}/reelkin.db", Path(scratch))
        with serving.api(loaded) as api, serving.ui(api) as app, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            if folder is None:
                of_readme(browser, app)
            else:
                of_all(browser, app, folder)
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
