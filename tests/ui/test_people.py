"""The pages for members and groups in a real browser: from an account to films for you, and a room for two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import serving
from tests.support.chromium import CHROMIUM
from tests.support.histories import ROWS, zipped
from tests.support.sample import Sample, copied
from tests.ui.conftest import POSTER, arrived, settled, visit

PASSWORD = "correct horse"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def home_url(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a copy of the sample, where anybody may sign up."""
    folder: Path = tmp_path_factory.mktemp("members")
    with (
        serving.answering(POSTER, "image/svg+xml") as posters,
        serving.api(copied(sample, folder), REELKIN_TMDB_IMAGE_URL=posters, REELKIN_SIGN_UP="open") as api_url,
        serving.ui(api_url) as url,
    ):
        yield url


def sign_up(page: Page, url: str) -> str:
    name = f"ann-{uuid4().hex[:8]}"
    visit(page, f"{url}/account")
    page.get_by_label("A name").fill(name)
    page.get_by_label("A password of 8").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_text(f"Signed in as {name}")).to_be_visible()
    settled(page)
    return name


def test_an_imported_history_leads_to_films_for_you(page: Page, home_url: str) -> None:
    name = sign_up(page, home_url)
    visit(page, f"{home_url}/history")
    upload = {"name": "letterboxd.zip", "mimeType": "application/zip", "buffer": zipped(ROWS)}
    page.locator("input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
    page.get_by_role("button", name="Import this file").click()
    expect(page.get_by_text("9 of 10 rows are matched")).to_be_visible()
    expect(page.locator(".rk-choice")).to_have_count(3)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", name="Which film is it?")).to_have_count(0)
    visit(page, f"{home_url}/for-you")  # a reload: the browser has kept the session
    expect(page.locator(".rk-relative")).to_have_count(20)
    assert not {"Alien", "Aliens", "Amélie"} & set(page.locator(".rk-relative h3").all_inner_texts())
    visit(page, f"{home_url}/insights")
    expect(page.get_by_role("heading", name="Genres")).to_be_visible()
    visit(page, f"{home_url}/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("the name or the password is wrong")).to_be_visible()


def test_stars_and_lists_are_one_click_with_undo_by_keyboard_too(page: Page, home_url: str) -> None:
    visit(page, f"{home_url}/film?id=348")
    expect(page.locator(".rk-star")).to_have_count(0)  # nobody is signed in
    sign_up(page, home_url)
    visit(page, f"{home_url}/film?id=348")
    fourth = page.get_by_label("4 of 5 stars: Alien", exact=True)
    fourth.click()
    expect(fourth).to_have_attribute("aria-pressed", "true")
    fourth.focus()
    page.keyboard.press("Enter")
    expect(fourth).to_have_attribute("aria-pressed", "false")
    later = page.get_by_label("Watchlist: Alien", exact=True)
    later.click()
    expect(later).to_have_attribute("aria-pressed", "true")
    visit(page, f"{home_url}/film?id=348")
    expect(later).to_have_attribute("aria-pressed", "true")


def test_two_people_share_a_room(page: Page, browser: BrowserContext, home_url: str) -> None:
    visit(page, f"{home_url}/room")
    page.get_by_role("button", name="Open a room").click()
    arrived(page, "**/room?key=*")
    other = browser.new_page()
    visit(other, page.url)
    page.get_by_label("Your name").fill("Ann")
    page.keyboard.press("Enter")
    page.get_by_label("Add a film").fill("alien")
    page.get_by_label("I like it: Alien", exact=True).click()
    expect(other.get_by_role("heading", name="Ann")).to_be_visible()
    expect(other.locator(".rk-choice", has_text="Alien")).to_have_count(1)
    other.close()


def test_an_evening_stays_the_same_until_another_is_asked_for(page: Page, home_url: str) -> None:
    visit(page, f"{home_url}/tonight?seed=7")
    titles = page.locator(".rk-choice .rk-title")
    expect(titles).to_have_count(3)
    first = titles.all_inner_texts()
    page.reload()
    settled(page)
    assert titles.all_inner_texts() == first
    page.get_by_role("button", name="Another one").click()
    arrived(page, "**/tonight?seed=8")
    assert not set(first) & set(titles.all_inner_texts())


def test_a_path_from_compare_fits_a_phone(page: Page, home_url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    visit(page, f"{home_url}/compare?id=348&id=194")
    page.get_by_text("A path between the two").click()
    arrived(page, "**/path?from=348&to=194")
    assert page.locator(".rk-row .rk-title").first.inner_text() == "Alien (1979)"
    assert page.locator(".rk-row .rk-title").last.inner_text() == "Amélie (2001)"
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    for where in ("path?from=348&to=194", "tonight?seed=7", "room", "account", "for-you"):
        visit(page, f"{home_url}/{where}")
        assert not page.evaluate(wide)


def test_pages_of_members_say_so_to_others(page: Page, home_url: str) -> None:
    for where in ("history", "insights"):
        visit(page, f"{home_url}/{where}")
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    visit(page, f"{home_url}/for-you")
    for button in page.get_by_label("More like this").all()[:3]:
        button.click()
    page.get_by_role("link", name="See your first list").click()
    arrived(page, "**/mix?*")
    expect(page.locator(".rk-relative").first).to_be_visible()
