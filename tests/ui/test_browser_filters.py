"""Filters, orders and scores as visitors use them, in a real browser."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.chromium import CHROMIUM
from tests.ui.conftest import arrived, enter, settled, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]
SHARES = """bars => bars.map(
  bar => bar.getBoundingClientRect().width / bar.parentElement.getBoundingClientRect().width
)"""
BLOCKS = """bars => bars.flatMap(
  bar => [...bar.classList].filter(name => name.startsWith("st-key-film-weight-")).map(name => name.slice(19))
)"""


def open_filters(page: Page, app_url: str, query: str = "") -> None:
    """Open the filters of the catalogue."""
    visit(page, f"{app_url}/browse{query}")
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_label("Include adult films")).to_be_visible()
    settled(page)


def test_three_filters_in_a_row_keep_their_names(page: Page, app_url: str) -> None:
    open_filters(page, app_url)
    chosen = ""
    for label, name, parameter in (
        ("Genres, any of", "Science Fiction", "genres=Science+Fiction"),
        ("Original language", "French", "languages=fr"),
        ("Countries, any of", "France", "countries=France"),
    ):
        enter(page, label, name[:4])
        page.get_by_role("option", name=name, exact=True).click()
        chosen += ("&" if chosen else "?") + parameter
        page.wait_for_url(lambda url, wanted=chosen: sorted(parsed(url)) == sorted(parsed(wanted)))
        settled(page)
    expect(page.locator(".rk-active li")).to_have_text(
        ["Science Fiction ✕", "French ✕", "France ✕", "Clear all", "Copy the link"]
    )
    expect(page.locator(".rk-matching")).not_to_have_text("0 films")


def parsed(address: str) -> list[tuple[str, str]]:
    """The parameters of an address."""
    return parse_qsl(urlsplit(address).query)


def test_enter_chooses_the_best_match_alone(page: Page, app_url: str) -> None:
    open_filters(page, app_url)
    enter(page, "Countries, any of", "Fra")
    expect(page.get_by_role("option").first).to_have_text("France")
    expect(page.get_by_role("option", name="Select")).to_have_count(0)
    page.keyboard.press("Enter")
    arrived(page, "**/browse?countries=France")


def test_scores_have_a_scale_and_no_bar_is_longer_than_full(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348&weights=keywords:3,text:3")
    expect(page.get_by_text("A film that is alike in every part would get")).to_be_visible()
    widths = page.locator(".rk-track span").evaluate_all(SHARES)
    assert len(widths) == 10 and all(0 < width <= 1.001 for width in widths)
    names = page.locator("[class*=st-key-film-weight-]").evaluate_all(BLOCKS)
    assert len(names) > 9
    visit(page, f"{app_url}/film?id=348&weights=" + ",".join(f"{name}:0" for name in names))
    expect(page.get_by_text("Every weight is 0, so no film is more similar than another")).to_be_visible()
    expect(page.locator(".rk-relative")).to_have_count(0)


def test_best_rated_needs_votes_and_random_films_are_the_same_at_one_address(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/browse")

    def sort(name: str) -> None:
        page.get_by_role("combobox", name="Sort").click()
        page.get_by_role("option", name=name, exact=True).click()

    sort("Best rated")
    arrived(page, "**/browse?votes_min=100&sort=acclaimed")
    expect(page.locator(".rk-card").first).to_contain_text("The Shawshank Redemption")
    page.get_by_role("combobox", name="Votes, at least").click()
    page.get_by_role("option", name="10,000", exact=True).click()
    arrived(page, "**/browse?votes_min=10000&sort=acclaimed")
    sort("At random")
    page.wait_for_url("**/browse?*sort=random&seed=*")
    settled(page)
    drawn = page.locator(".rk-card .rk-title").all_text_contents()
    page.reload()
    settled(page)
    expect(page.locator(".rk-card .rk-title")).to_have_text(drawn)


def test_filters_by_a_studio_and_a_day_are_saved_and_set_again(page: Page, app_url: str) -> None:
    open_filters(page, app_url)
    page.get_by_role("group", name="Released from").get_by_role("spinbutton").first.focus()
    page.keyboard.type("19990301")
    page.keyboard.press("Tab")  # to the calendar
    page.keyboard.press("Tab")
    arrived(page, "**/browse?released_min=1999-03-01")
    expect(page.locator(".rk-active")).to_contain_text("released from 1 March 1999")
    enter(page, "Studios, any of", "Warner")
    page.get_by_role("option", name="Warner Bros. Pictures", exact=True).click()
    arrived(page, "**/browse?companies=Warner+Bros.+Pictures&released_min=1999-03-01")
    name = page.get_by_label("Save these filters as")
    name.fill("Late Warner")
    name.press("Enter")
    page.wait_for_function("() => localStorage.getItem('reelkin.kept')?.includes('Late Warner')")
    open_filters(page, app_url)
    enter(page, "Saved filters", "Late")  # a click alone scrolls to the box, which closes its list
    page.get_by_role("option", name="Late Warner").click()
    arrived(page, "**/browse?companies=Warner+Bros.+Pictures&released_min=1999-03-01")
