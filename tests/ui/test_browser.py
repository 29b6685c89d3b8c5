"""The app in a real browser, as a visitor uses it: Debian's Chromium, API and UI as processes, real images."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, ViewportSize, expect

from etl.transform.film import COLUMNS
from tests.support import serving
from tests.support.chromium import CHROMIUM
from tests.support.sample import load_sample
from tests.ui.conftest import POSTER, arrived, row, rows, settled, visit

LONG, MARKDOWN = 90_010, 90_011
MARKDOWN_TITLE = "**Bold** ![image](https://evil.test/x.png) :smile: $x$ `code`"
COLOURS = "bars => bars.map(bar => getComputedStyle(bar).backgroundColor)"
LOADED = "images => images.every(image => image.complete && image.naturalWidth > 0)"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def hostile_app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over the tiny catalogue, with two more films: titles without a blank, and in Markdown."""
    folder = tmp_path_factory.mktemp("hostile")
    long, space = "W" * 300, {"genres": "Science Fiction", "keywords": f"space, {'k' * 200}"}
    with (folder / "dump.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows())
        writer.writerow(row(LONG, long, tagline=long, overview=long, vote_count=40_000, popularity=400, **space))
        writer.writerow(row(MARKDOWN, MARKDOWN_TITLE, vote_count=39_000, popularity=399, **space))
    loaded = load_sample(f"sqlite:///{folder}/reelkin.db", folder, folder / "dump.csv")
    with (
        serving.answering(POSTER, "image/svg+xml") as posters,
        serving.api(loaded, REELKIN_TMDB_IMAGE_URL=posters) as api_url,
        serving.ui(api_url) as url,
    ):
        yield url


def test_a_typo_leads_to_the_film_and_its_ten_neighbours(page: Page, app_url: str) -> None:
    visit(page, app_url)
    page.get_by_label("Title of a film").fill("interstelar")
    arrived(page, "**/?q=interstelar")
    page.locator(".rk-row", has_text="Interstellar").first.click()
    arrived(page, "**/film?id=157336")
    expect(page.get_by_role("heading", level=1)).to_have_text("Interstellar (2014)")
    expect(page.locator(".rk-relative")).to_have_count(10)
    assert page.url.endswith("/film?id=157336")
    for image in page.locator("img.rk-poster").all():
        image.scroll_into_view_if_needed()  # posters load as they come into view
    page.wait_for_function(f"() => ({LOADED})([...document.querySelectorAll('img.rk-poster')])")
    labels = [image.get_attribute("alt") for image in page.locator("img.rk-poster").all()]
    assert len(labels) == 11
    assert labels[0] == "Poster of Interstellar (2014)"
    expect(page.get_by_text("not endorsed or certified by TMDB")).to_be_visible()


def test_pages_turn_in_the_running_session_and_back_again(page: Page, app_url: str) -> None:
    visit(page, app_url)
    page.get_by_label("Title of a film").fill("alien")
    arrived(page, "**/?q=alien")
    page.evaluate("window.stillHere = true")  # gone if the app is loaded anew
    page.locator(".rk-row", has_text="1979").first.click()
    arrived(page, "**/film?id=348")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alien (1979)")
    page.locator(".rk-relative h3 a").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Alien (1979)")
    settled(page)
    page.go_back()
    arrived(page, "**/film?id=348")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alien (1979)")
    page.go_back()
    expect(page.get_by_label("Title of a film")).to_have_value("alien")
    assert page.url.endswith("/?q=alien")
    assert page.evaluate("window.stillHere")


def test_an_address_can_be_shared(page: Page, browser: BrowserContext, app_url: str) -> None:
    visit(page, f"{app_url}/browse?genres=Western&year_max=1970&sort=released-asc")
    expect(page.locator(".rk-active")).to_contain_text("up to 1970")
    page.get_by_role("link", name="Next →", exact=True).click()
    arrived(page, "**/browse?*page=2*")
    expect(page.locator(".rk-pager")).to_contain_text("Page 2")
    titles = page.locator(".rk-card .rk-title").all_text_contents()
    other = browser.new_page()
    visit(other, page.url)
    expect(other.locator(".rk-pager")).to_contain_text("Page 2")
    assert other.locator(".rk-card .rk-title").all_text_contents() == titles
    other.close()


def test_filters_count_live_and_back_removes_them(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/browse")
    page.get_by_role("button", name="Filters").click()
    expect(page.get_by_label("Include adult films")).to_be_visible()
    page.get_by_label("Genres, any of").fill("West")
    page.get_by_role("option", name="Western").click()
    arrived(page, "**/browse?genres=Western")
    expect(page.locator(".rk-active")).to_contain_text("Western")
    western = page.locator(".rk-matching").inner_text()
    page.get_by_role("slider", name="Rating, at least").press("End")
    arrived(page, "**/browse?genres=Western&rating_min=10.0")
    expect(page.locator(".rk-matching")).not_to_have_text(western)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Include adult films")).to_be_hidden()
    settled(page)
    page.go_back()
    arrived(page, "**/browse?genres=Western")
    expect(page.locator(".rk-active")).not_to_contain_text("rated")
    page.go_back()
    arrived(page, "**/browse")
    expect(page.locator(".rk-active")).to_have_count(0)
    page.go_forward()
    arrived(page, "**/browse?genres=Western")
    expect(page.locator(".rk-active")).to_contain_text("Western")


def test_a_slider_re_weights_the_neighbours_at_once(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=157336")
    expect(page.locator(".rk-relative")).to_have_count(10)
    before = page.locator(".rk-relative h3").all_text_contents()
    page.get_by_text("Adjust what matters").click()
    page.get_by_role("slider", name="Keywords").press("End")
    arrived(page, "**/film?id=157336&weights=keywords*")
    assert page.locator(".rk-relative h3").all_text_contents() != before
    page.go_back()
    expect(page.locator(".rk-relative h3")).to_have_text(before)


def test_films_marked_on_other_pages_become_a_mix(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348")
    page.get_by_role("button", name="More like this: Alien", exact=True).click()
    expect(page.locator(".rk-tray")).to_contain_text("1 liked")
    settled(page)
    page.get_by_role("button", name="Less like this").last.click()
    expect(page.locator(".rk-tray")).to_contain_text("1 liked, 1 disliked")
    page.get_by_role("link", name="See its films").click()
    arrived(page, "**/mix?like=348&dislike=*")
    expect(page.locator(".rk-mix")).to_contain_text("Alien")
    page.get_by_label("Add a film").fill("spirted away")
    page.locator(".rk-choice", has_text="Spirited Away").first.wait_for()
    settled(page)
    page.get_by_role("link", name="More like this: Spirited Away").first.click()
    arrived(page, "**/mix?like=348&like=129&dislike=*")
    expect(page.locator(".rk-mix")).to_contain_text("Spirited Away")
    expect(page.get_by_label("Add a film")).to_have_value("")
    page.go_back()
    arrived(page, "**/mix?like=348&dislike=*")
    expect(page.locator(".rk-mix")).not_to_contain_text("Spirited Away")


def test_marks_made_faster_than_the_page_answers_all_count(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=348")
    page.evaluate("[...document.querySelectorAll('button.rk-like')].slice(0, 5).forEach(mark => mark.click())")
    expect(page.locator(".rk-tray")).to_contain_text("5 liked")


def test_a_click_on_a_mark_waits_until_clicks_are_caught(page: Page, app_url: str) -> None:
    held: list[Route] = []
    page.route("**/BidiComponent*", lambda route: held.append(route))
    page.goto(f"{app_url}/film?id=348")
    expect(page.locator(".rk-relative")).to_have_count(10)
    expect(page.get_by_role("button", name="More like this: Alien", exact=True)).to_have_count(0)
    for route in held:
        route.continue_()
    page.get_by_role("button", name="More like this: Alien", exact=True).click()
    expect(page.locator(".rk-tray")).to_contain_text("1 liked")


def test_a_neighbour_is_compared_and_then_replaced(page: Page, app_url: str) -> None:
    visit(page, f"{app_url}/film?id=157336")
    page.get_by_role("link", name="Compare with The Martian").click()
    arrived(page, "**/compare?id=157336&id=286217")
    expect(page.locator(".rk-comparison th[scope=col]")).to_have_count(2)
    expect(page.locator(".rk-similarity")).to_contain_text("Science Fiction")
    page.get_by_role("link", name="Change The Martian for another film").click()
    arrived(page, "**/compare?id=157336")
    page.get_by_label("The second film").fill("alein")
    page.get_by_role("link", name="Compare with Alien", exact=True).wait_for()
    settled(page)
    page.get_by_role("link", name="Compare with Alien", exact=True).click()
    arrived(page, "**/compare?id=157336&id=348")
    expect(page.locator(".rk-comparison")).to_contain_text("Alien (1979)")
    page.go_back()
    arrived(page, "**/compare?id=157336")
    page.go_back()
    expect(page.locator(".rk-comparison")).to_contain_text("The Martian")


def test_the_operator_sees_requests_as_they_come(page: Page, browser: BrowserContext, app_url: str) -> None:
    visit(page, f"{app_url}/operator")
    expect(page.get_by_role("region", name="Generations")).to_contain_text("served")
    expect(page.get_by_role("heading", name="Recall against speed")).to_be_visible()
    expect(page.get_by_text("there is none before it")).to_be_visible()
    page.get_by_text("By route, since the service started").click()
    other = browser.new_page()
    visit(other, f"{app_url}/browse?sort=released&from=1931")
    other.locator(".rk-wall").wait_for()
    other.close()
    expect(page.get_by_role("region", name="Routes")).to_contain_text("/movies")


def test_a_poster_that_does_not_load_shows_the_drawn_one(page: Page, app_url: str) -> None:
    page.route("**/*.jpg", lambda route: route.fulfill(status=200, content_type="image/jpeg", body="no image"))
    visit(page, app_url)
    image = page.locator("img.rk-poster").first
    image.wait_for()
    page.wait_for_function("() => document.querySelector('img.rk-poster').complete")
    behind = "image => getComputedStyle(image, '::after').backgroundImage.startsWith('url(\"data:image/svg+xml')"
    assert image.evaluate(behind)
    assert image.evaluate("image => image.getBoundingClientRect().height > 200")


WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
STEADY = "[data-stale] { opacity: 1 !important; } * { transition: none !important; }"
"""For axe, which on a busy machine finds the operator's page while it refreshes itself, with old figures paler,
and a page between two colour schemes."""


def test_no_page_scrolls_sideways_and_axe_finds_nothing(page: Page, app_url: str) -> None:
    for path, landmark in (
        ("/", ".rk-shelf >> nth=0"),
        ("/analytics", ".rk-figures"),
        ("/browse?genres=Drama", ".rk-pager"),
        ("/film?id=157336&diversity=0.3", ".rk-neighbours"),
        ("/mix?like=348", ".rk-neighbours"),
        ("/compare?id=348&id=157336", ".rk-similarity"),
        ("/operator", ".rk-wide >> nth=-1"),
    ):
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light", forced_colors="none")
        visit(page, app_url + path)
        page.locator(landmark).wait_for()
        page.add_style_tag(content=STEADY)
        for size, scheme, colours in ((PHONE, "light", "none"), (WIDE, "dark", "none"), (WIDE, "light", "active")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme, forced_colors=colours)
            settled(page)
            shown = f"{path} at {size['width']} px, {scheme}, forced colours {colours}"
            width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
            assert width <= size["width"], f"{shown}: {width} pixels wide"
            if colours == "active":
                continue  # the colours are the visitor's own, and all else is as in the dark
            found = Axe().run(page, options={"rules": {"svg-img-alt": {"enabled": True}}})
            assert not found.response["violations"], f"{shown}: {found.generate_report()}"
        if "rk-neighbours" in landmark:
            bars = page.locator(".rk-track span, .rk-why dd span").evaluate_all(COLOURS)
            behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert bars and behind not in bars, "forced colours hide the bars"


def test_long_words_wrap_and_titles_stay_text(page: Page, hostile_app_url: str) -> None:
    for path in (
        "/",
        "/?q=WWWWWWWWWWWW",
        f"/?q={MARKDOWN_TITLE}&more=true",
        f"/?q=zzzz{'z' * 200}",
        "/browse",
        "/browse?view=table",
        f"/browse?keywords={'k' * 200}&genres={'g' * 150}&without_keywords=**x**",
        f"/film?id={LONG}",
        f"/film?id={MARKDOWN}",
        f"/mix?like={LONG}&dislike={MARKDOWN}&text={'t' * 300}",
        f"/compare?id={MARKDOWN}",
        f"/compare?id={LONG}&id={MARKDOWN}",
        f"/analytics?genre={'g' * 150}",
    ):
        page.set_viewport_size(PHONE)
        visit(page, hostile_app_url + path)
        main = page.get_by_test_id("stMain")
        for size in (PHONE, WIDE):
            page.set_viewport_size(size)
            settled(page)
            assert main.evaluate("main => main.scrollWidth") <= size["width"], f"{path} is too wide"
        assert main.locator("strong, code:not(.rk-shelf code), img:not(.rk-poster), .katex").count() == 0, path
