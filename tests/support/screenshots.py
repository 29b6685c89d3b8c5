"""The screenshots of README: `python -m tests.support.screenshots [FOLDER] [--data DIR]`.

Serves the bundled sample, or a folder with reelkin.db and generations/ of it, and opens the pages in Chromium with
drawn posters, as a visitor and as a member with an imported history. Writes ui/screenshots/*.webp; with a folder,
it writes every page at both widths and in both themes there instead, to be looked at.
"""

from __future__ import annotations

import argparse
import io
import sqlite3
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import requests
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.support import serving
from tests.support.chromium import CHROMIUM, FLAGS, PATIENCE_MS
from tests.support.histories import LETTERBOXD, zipped
from tests.support.sample import ROOT, Sample, copied, load_sample

WIDE, PHONE = (1280, 1000), (390, 844)
INTERSTELLAR, ALIEN, SPIRITED_AWAY, MONONOKE, AMELIE = 157336, 348, 129, 128, 194
README = {
    "home": ("", "dark", 0),
    "browse": ("browse?genres=Science+Fiction&sort=released&from=1989", "light", 0),
    "film": (f"film?id={INTERSTELLAR}", "light", 0),
    "kin": (f"film?id={INTERSTELLAR}&diversity=0.3", "light", 620),
    "mix": (f"mix?like={SPIRITED_AWAY}&dislike={MONONOKE}&text=a+lonely+robot", "light", 0),
    "analytics": ("analytics?genre=Science+Fiction&film=Interstellar", "light", 0),
    "operator": ("operator", "light", 0),
    "for-you": ("for-you", "light", 0),
    "insights": ("insights", "light", 0),
    "history": ("history", "dark", 0),
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
    "path": f"path?from={ALIEN}&to={AMELIE}",
    "analytics": "analytics",
    "tonight": "tonight?text=something+funny&seed=7",
    "room": "room",
    "starters": "for-you",
    "account": "account",
    "operator": "operator",
    "away": "film?id=1",
}
OF_MEMBERS = {name: name for name in ("for-you", "history", "insights", "account")} | {
    "film": f"film?id={INTERSTELLAR}",
    "browse": "browse?sort=acclaimed&votes_min=100",
}
"""Pages that look different to who is signed in."""

MEMBER = {"name": "ann", "password": "correct horse battery"}
RATED, WATCHED, TO_WATCH, YEARS = 120, 160, 12, 6
"""The films that the member has rated, watched and wants to watch, and the years in which that happened."""
UNCLEAR = (("The Thing", 1979), ("Heat", 1996), ("No Such Film At All Xyzzy", 1950))
"""Rows of the member's file that are not certain."""

SETTLE_MS = 2_500
DRAWN = """() => document.documentElement.dataset.shown
  && document.querySelector('footer.rk-footer') && !document.querySelector('.rk-waits')"""


def shot(
    browser: Browser, address: str, size: tuple[int, int], theme: str, scrolled: int = 0, token: str = ""
) -> Image.Image:
    """A page as a picture, as the member of a token sees it."""
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)  # type: ignore[arg-type]
    tab.set_default_timeout(PATIENCE_MS)
    tab.route("**/*.jpg", lambda route: route.abort())  # drawn posters only
    if token:
        tab.add_init_script(f"localStorage.setItem('reelkin.token', '{token}')")
    tab.goto(address)
    for _ in range(2):  # who is signed in is known only after the first run
        tab.wait_for_function(DRAWN)
        tab.wait_for_timeout(SETTLE_MS)
    tab.evaluate(f"document.querySelector('[data-testid=stMain]').scrollTo(0, {scrolled})")
    tab.wait_for_timeout(SETTLE_MS // 5)
    picture = Image.open(io.BytesIO(tab.screenshot()))
    tab.close()
    return picture


def of_readme(browser: Browser, app: str, token: str) -> None:
    """The pictures of README; three phones side by side are one of them."""
    folder = ROOT / "ui" / "screenshots"
    for name, (path, theme, scrolled) in README.items():
        own = token if path in OF_MEMBERS.values() and name in OF_MEMBERS and name != "film" else ""
        shot(browser, f"{app}/{path}", WIDE, theme, scrolled, own).convert("RGB").save(
            folder / f"{name}.webp", quality=80
        )
    phones = Image.new("RGB", WIDE, "#d6d3d1")
    for n, path in enumerate(ON_A_PHONE):
        theme = "dark" if n == 1 else "light"
        phones.paste(shot(browser, f"{app}/{path}", (PHONE[0], WIDE[1] - 60), theme), (25 + n * 420, 30))
    phones.save(folder / "phone.webp", quality=80)


def of_all(browser: Browser, app: str, token: str, folder: Path, names: Collection[str]) -> None:
    """Every page, or those of some names, at both widths and in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = [(name, path, "") for name, path in PAGES.items()]
    pages += [(f"member-{name}", path, token) for name, path in OF_MEMBERS.items()]
    for name, path, own in pages:
        if names and name not in names:
            continue
        for size in (WIDE, PHONE):
            for theme in ("light", "dark"):
                picture = shot(browser, f"{app}/{path}", size, theme, token=own)
                picture.save(folder / f"{name}-{size[0]}-{theme}.png")


def history(loaded: Sample) -> Mapping[str, str]:
    """The files of a Letterboxd history of well-known films, some of whose rows are not certain."""
    database = sqlite3.connect(loaded.folder / "reelkin.db")
    found = database.execute(
        "SELECT title, year, rating FROM movies WHERE adult = 0 ORDER BY vote_count DESC LIMIT ?",
        (RATED + WATCHED + TO_WATCH,),
    ).fetchall()
    database.close()
    rows = [(f'"{title}"', year, rating) for title, year, rating in found[::2] + found[1::2]]
    lines: dict[str, list[str]] = {"ratings": [], "watched": [], "watchlist": []}
    for n, (title, year, rating) in enumerate(rows):
        day = f"{2026 - YEARS + n % YEARS}-{n % 12 + 1:02}-{n % 28 + 1:02}"
        line = f"{day},{title},{year},https://boxd.it/{n}"
        if n < RATED:
            lines["ratings"].append(f"{line},{min(max(round(rating + n % 5 - 2), 1), 10) / 2:g}")
        else:
            lines["watched" if n < RATED + WATCHED else "watchlist"].append(line)
    lines["watched"] += [f"2025-05-06,{title},{year},https://boxd.it/x" for title, year in UNCLEAR]
    heads = {"ratings": f"{LETTERBOXD},Rating", "watched": LETTERBOXD, "watchlist": LETTERBOXD}
    return {f"{name}.csv": "\n".join([heads[name], *some, ""]) for name, some in lines.items()}


def member(api: str, loaded: Sample) -> str:
    """The token of a member whose history is imported."""
    requests.post(f"{api}/users", json=MEMBER, timeout=60).raise_for_status()
    token = str(requests.post(f"{api}/sessions", json=MEMBER, timeout=60).json()["token"])
    sent = {"file": ("letterboxd.zip", zipped(history(loaded)))}
    held = {"Authorization": f"Bearer {token}"}
    requests.post(f"{api}/me/imports", files=sent, headers=held, timeout=60).raise_for_status()
    return token


def main() -> None:
    """Serve the films, and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where to write every page (default: README's)")
    parser.add_argument(
        "--data", type=Path, help="a folder with reelkin.db and generations/ (default: the sample)"
    )
    parser.add_argument("--pages", nargs="*", default=(), help="names of pages to take (default: all)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if args.data:
            loaded = copied(Sample(f"sqlite:///{args.data.resolve()}/reelkin.db", args.data.resolve()), folder)
        else:
            loaded = load_sample(f"sqlite:///{folder}/reelkin.db", folder)
        with (
            serving.api(loaded, REELKIN_SIGN_UP="open") as api,
            serving.ui(api) as app,
            sync_playwright() as playwright,
        ):
            token = member(api, loaded)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            if args.folder is None:
                of_readme(browser, app, token)
            else:
                of_all(browser, app, token, args.folder, args.pages)
            browser.close()


if __name__ == "__main__":
    main()
