"""What visitors stumbled over, each as they would do it, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from tests.support.chromium import CHROMIUM
from tests.ui.conftest import arrived, enter, settled, stored, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]
PHONE: ViewportSize = {"width": 390, "height": 844}


def test_an_unknown_film_leaves_the_rest_of_a_mix(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/mix?like=348&like=999999")
    expect(page.locator(".rk-relative").first).to_be_visible()
    page.get_by_role("link", name="Film 999999: remove").click()
    arrived(page, "**/mix?like=348")
    expect(page.locator(".rk-unknown")).to_have_count(0)
    expect(page.locator(".rk-mix")).to_contain_text("Alien")


def test_an_unknown_film_leaves_the_other_of_a_comparison(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/compare?id=348&id=999999")
    expect(page.locator(".rk-choices").first).to_contain_text("Alien")
    expect(page.locator(".rk-unknown")).to_contain_text("Film 999999")
    page.get_by_label("The second film").fill("the martian")
    page.get_by_role("link", name="Compare with The Martian").wait_for()
    settled(page)
    page.get_by_role("link", name="Compare with The Martian").click()
    arrived(page, "**/compare?id=348&id=286217")
    expect(page.locator(".rk-comparison th[scope=col]")).to_have_count(2)


def test_a_mix_outlives_a_reload_and_the_menu(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348")
    page.get_by_role("button", name="More like this: Alien", exact=True).click()
    stored(page, "like=348")
    page.reload()
    expect(page.locator(".rk-tray")).to_contain_text("1 liked")
    settled(page)
    page.get_by_role("link", name="Mix", exact=True).click()
    arrived(page, "**/mix")
    expect(page.locator(".rk-mix")).to_contain_text("Alien")
    page.reload()
    expect(page.locator(".rk-mix")).to_contain_text("Alien")


def test_a_shared_mix_opens_beside_the_own(page: Page, browser: BrowserContext, app_url: str) -> None:
    visit(page, f"{app_url}/mix?like=129")
    stored(page, "like=129")
    other = browser.new_page()
    visit(other, f"{app_url}/mix?like=348")
    expect(other.get_by_text("Somebody shared this mix")).to_be_visible()
    expect(other.locator(".rk-mix")).to_contain_text("Alien")
    expect(other.locator(".rk-mix")).not_to_contain_text("Spirited Away")
    settled(other)
    other.get_by_role("button", name="Add to mine").click()
    arrived(other, "**/mix?like=129&like=348")
    expect(other.get_by_text("Somebody shared this mix")).to_have_count(0)
    expect(other.locator(".rk-mix")).to_contain_text("Spirited Away")
    expect(other.locator(".rk-mix")).to_contain_text("Alien")
    other.close()


def test_mixes_have_names_and_stay_apart(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/mix?like=348")
    page.get_by_role("button", name="New mix").click()
    arrived(page, "**/mix?name=Mix+2")
    visit_mix = page.get_by_role("link", name="Spirited Away, less Princess Mononoke")
    expect(visit_mix).to_be_visible()
    page.get_by_role("button", name="Rename").click()
    box = page.get_by_label("Name of this mix")
    box.fill("Drawn films")
    box.press("Enter")
    arrived(page, "**/mix?name=Drawn+films")
    page.keyboard.press("Escape")
    page.get_by_label("Add a film").fill("spirited away")
    page.get_by_role("link", name="More like this: Spirited Away").first.wait_for()
    settled(page)
    page.get_by_role("link", name="More like this: Spirited Away").first.click()
    arrived(page, "**/mix?like=129&name=Drawn+films")
    stored(page, "like=129")
    visit(page, f"{app_url}/mix")
    expect(page.locator(".rk-mix")).to_contain_text("Spirited Away")
    page.get_by_role("combobox", name="Mix").click()
    page.get_by_role("option", name="Your mix").click()
    arrived(page, "**/mix?like=348")
    expect(page.locator(".rk-mix")).to_contain_text("Alien")
    expect(page.locator(".rk-mix")).not_to_contain_text("Spirited Away")


def test_films_seen_are_left_out_until_asked_for(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348")
    first = page.locator(".rk-relative h3").first.inner_text()
    page.get_by_role("button", name=f"Seen: {first}", exact=True).click()
    expect(page.locator(".rk-relative h3").first).not_to_have_text(first)
    page.wait_for_function("() => JSON.parse(localStorage.getItem('reelkin.kept'))?.seen.length === 1")
    settled(page)
    page.reload()
    expect(page.get_by_text("Leave out what I have seen (1 film)")).to_be_visible()
    settled(page)
    expect(page.locator(".rk-relative h3").first).not_to_have_text(first)


def test_enter_opens_the_first_match_and_arrows_move(page: Page, app_url: str) -> None:
    visit(page, app_url)
    enter(page, "Title of a film", "alein")
    page.keyboard.press("Enter")  # before the search has ended
    arrived(page, "**/film?id=348")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alien (1979)")
    visit(page, f"{app_url}/?q=alien")
    page.get_by_label("Title of a film").press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".rk-row").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".rk-row").nth(0)).to_be_focused()


def test_tab_reaches_the_skip_link_and_no_hidden_menu(page: Page, app_url: str) -> None:
    page.set_viewport_size(PHONE)
    visit(page, f"{app_url}/film?id=348")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stMain")).to_be_focused()
    page.get_by_role("link", name="Skip to the content").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.closest('[data-testid=stSidebar]')")


def test_the_menu_of_a_phone_closes_behind_a_choice(page: Page, app_url: str) -> None:
    page.set_viewport_size(PHONE)
    visit(page, f"{app_url}/film?id=348")
    page.get_by_role("button", name="Expand sidebar").click()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Browse").click()
    arrived(page, "**/browse")
    expect(page.get_by_role("button", name="Expand sidebar")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_role("link", name="Mix")).not_to_be_in_viewport()


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}])
def test_back_returns_to_the_place(page: Page, app_url: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    visit(page, f"{app_url}/film?id=348&votes_min=500&weights=keywords:2&diversity=0.3")
    titles = page.locator(".rk-relative h3").all_text_contents()
    link = page.locator(".rk-relative h3 a").nth(6)
    top = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.evaluate(
        f"document.addEventListener('click', () => {{ window.clickedAt = {top}; }}, {{ capture: true }})"
    )
    link.click()  # scrolls to it
    before = page.evaluate("window.clickedAt")
    assert before > 300
    page.wait_for_function("() => !location.search.includes('id=348')")
    settled(page)
    assert page.evaluate(top) < 100
    page.go_back()
    arrived(page, "**/film?id=348&votes_min=500&weights=keywords:2&diversity=0.3")
    page.wait_for_function(f"before => Math.abs({top} - before) < 60", arg=before)
    expect(page.locator(".rk-relative h3")).to_have_text(titles)
    expect(page.locator(".rk-active li").first).to_have_text("500 votes or more ✕")
    expect(page.get_by_role("slider", name="Keywords")).to_have_value("2")


def test_back_returns_to_the_page_number_from_a_jump(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/browse?sort=released")
    for number in (2, 3):
        page.get_by_role("link", name="Next →", exact=True).click()
        arrived(page, f"**/browse?*page={number}*")
    third = page.locator(".rk-card .rk-title").all_text_contents()
    page.get_by_role("link", name="1980s", exact=True).click()
    arrived(page, "**/browse?sort=released&from=1989")
    page.locator(".rk-card").nth(5).click()
    arrived(page, "**/film?id=*")
    page.go_back()
    arrived(page, "**/browse?sort=released&from=1989")
    page.go_back()
    arrived(page, "**/browse?*page=3*")
    expect(page.locator(".rk-pager")).to_contain_text("Page 3 of")
    expect(page.locator(".rk-card .rk-title")).to_have_text(third)


def test_focus_stays_on_a_mark_and_on_a_removed_filter_and_goes_to_the_heading(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348")
    mark = page.get_by_role("button", name="More like this: Alien", exact=True)
    mark.focus()
    page.keyboard.press("Enter")
    expect(mark).to_have_attribute("aria-pressed", "true")
    settled(page)
    expect(mark).to_be_focused()
    page.locator(".rk-relative h3 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => !location.search.includes('id=348')")
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_every_page_has_a_search(page: Page, app_url: str) -> None:
    page.set_viewport_size(PHONE)
    visit(page, f"{app_url}/browse")
    box = page.get_by_role("search").get_by_label("Find a film")
    box.fill("alein")
    box.press("Enter")
    arrived(page, "**/?q=alein")
    expect(page.locator(".rk-row").first).to_contain_text("Alien")
    for address in (
        "tt0078748",
        "https://www.imdb.com/title/tt0078748/",
        "https://www.themoviedb.org/movie/348-alien",
    ):
        page.get_by_label("Title of a film").fill(address)
        expect(page.locator(f".rk-rows[data-query='{address}'] .rk-row").first).to_contain_text("Alien")
        settled(page)  # the page knows what it shows


def test_nothing_found_offers_the_nearest_and_a_search_in_words(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/?q=kwyjibo+zanzibra")
    expect(page.get_by_role("heading", name="No film has a title like")).to_be_visible()
    expect(page.get_by_role("heading", name="The nearest titles")).to_be_visible()
    expect(page.locator(".rk-row").first).to_be_visible()
    page.get_by_role("link", name="Search in your own words").click()
    arrived(page, "**/mix?text=kwyjibo+zanzibra")


def test_sequels_are_hidden_by_one_click(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348")
    expect(page.locator(".rk-relative h3", has_text="Alien")).not_to_have_count(0)
    page.get_by_text("Hide sequels and other versions").click()
    arrived(page, "**/film?id=348&franchise=none")
    expect(page.locator(".rk-relative")).to_have_count(10)
    expect(page.locator(".rk-relative h3", has_text="Alien")).to_have_count(0)


def test_a_piece_of_a_question_is_taken_off_by_one_click(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/mix?text=korean+thriller")
    read = page.get_by_label("How your words were read")
    expect(read).to_contain_text("Genre: Thriller")
    read.get_by_label("Take off: Genre: Thriller").click()
    arrived(page, "**/mix?text=korean+thriller&unread=genre%3AThriller")
    expect(read).not_to_contain_text("Genre: Thriller")
    expect(read).to_contain_text("Language: Korean")
    expect(page.locator(".rk-relative")).to_have_count(20)
    read.get_by_text("Read all of it again").click()
    arrived(page, "**/mix?text=korean+thriller")
    expect(read).to_contain_text("Genre: Thriller")


def test_a_film_stands_on_one_shelf_and_shelves_lead_on(page: Page, app_url: str) -> None:
    visit(page, app_url)
    addresses = page.locator(".rk-row-of-films a").evaluate_all("links => links.map(link => link.href)")
    assert len(addresses) == len(set(addresses))
    row = page.locator(".rk-row-of-films").first
    page.locator(".rk-arrow").nth(1).click()
    page.wait_for_function("() => document.querySelector('.rk-row-of-films').scrollLeft > 100")
    page.locator(".rk-arrow").first.click()
    page.wait_for_function("() => document.querySelector('.rk-row-of-films').scrollLeft === 0")
    row.hover()
    page.mouse.wheel(200, 0)
    page.wait_for_function("() => document.querySelector('.rk-row-of-films').scrollLeft > 100")
    page.locator(".rk-arrow").first.click()
    page.wait_for_function("() => document.querySelector('.rk-row-of-films').scrollLeft === 0")
    swipe(page, *row.evaluate("row => [row.getBoundingClientRect().x + 300, row.getBoundingClientRect().y + 100]"))
    page.wait_for_function("() => document.querySelector('.rk-row-of-films').scrollLeft > 100")
    page.get_by_role("link", name="See all").nth(2).click()
    page.wait_for_url("**/browse?*")
    settled(page)
    expect(page.locator(".rk-card").first).to_be_visible()


def test_the_keyboard_alone_leads_from_a_title_to_a_mix(page: Page, app_url: str) -> None:
    visit(page, app_url)
    page.get_by_label("Title of a film").press_sequentially("alien")
    page.keyboard.press("Enter")
    arrived(page, "**/film?id=348")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, "More like this: Alien")
    page.keyboard.press("Enter")
    expect(page.locator(".rk-tray")).to_contain_text("1 liked")
    settled(page)
    tab_to(page, "Adjust what matters")
    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name="Variety")).to_be_visible()
    settled(page)
    tab_to(page, "Variety")
    page.keyboard.press("End")
    arrived(page, "**/film?id=348&diversity=1.0")
    tab_to(page, "See its films →")
    page.keyboard.press("Enter")
    arrived(page, "**/mix?like=348")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    named = """() => {
      const at = document.activeElement;
      return at.getAttribute("aria-label") ?? at.textContent;
    }"""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(named).strip().endswith(name):
            return
    raise AssertionError(f"Tab does not reach {name}")


def swipe(page: Page, x: float, y: float) -> None:
    """Move a finger by 240 pixels to the left."""
    screen = page.context.new_cdp_session(page)
    screen.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    screen.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for moved in range(20, 260, 20):
        point = {"x": x - moved, "y": y}
        screen.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    screen.detach()
