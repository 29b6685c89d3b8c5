"""The pages for members and groups in a real browser: from an account to films for you, and a room for two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

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


@dataclass(frozen=True)
class Home:
    """The addresses of the app and of its API."""

    app: str
    api: str

    def member(self, tab: Page | None = None) -> dict[str, str]:
        """A new member, and what its requests send; pages of a tab open as the member's, as after a reload."""
        body = {"name": f"bea-{uuid4().hex[:8]}", "password": PASSWORD}
        requests.post(f"{self.api}/users", json=body, timeout=60).raise_for_status()
        token = requests.post(f"{self.api}/sessions", json=body, timeout=60).json()["token"]
        if tab is not None:
            kept = f"localStorage.setItem('reelkin.token', '{token}')"
            tab.add_init_script(f"if (location.protocol === 'http:') {kept}")  # about:blank has no storage
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def home(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The app over a copy of the sample, where anybody may sign up."""
    folder: Path = tmp_path_factory.mktemp("members")
    with (
        serving.answering(POSTER, "image/svg+xml") as posters,
        serving.api(copied(sample, folder), REELKIN_TMDB_IMAGE_URL=posters, REELKIN_SIGN_UP="open") as api_url,
        serving.ui(api_url) as url,
    ):
        yield Home(url, api_url)


@pytest.fixture
def home_url(home: Home) -> str:
    return home.app


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
    settled(page)
    found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()
    visit(page, f"{home_url}/insights")
    expect(page.get_by_role("heading", name="Genres")).to_be_visible()
    visit(page, f"{home_url}/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill("wrong horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("the name or the password is wrong")).to_be_visible()


def test_a_members_page_is_drawn_once(page: Page, home: Home) -> None:
    home.member(page)
    runs: list[bool] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: runs.append(starts_run(frame)))

    page.on("websocket", listen)
    visit(page, f"{home.app}/for-you")
    expect(page.locator(".rk-wall .rk-stars")).to_have_count(20)
    assert sum(runs) == 1
    kept = page.evaluate("localStorage.getItem('reelkin.token')")
    assert kept not in page.evaluate("document.cookie")


def starts_run(frame: str | bytes) -> bool:
    """Whether a message of Streamlit's server tells that a run has started."""
    return isinstance(frame, bytes) and ForwardMsg.FromString(frame).WhichOneof("type") == "new_session"


def test_films_for_you_pass_filters_and_follow_weights(page: Page, home: Home) -> None:
    held = home.member(page)
    visit(page, f"{home.app}/for-you")
    expect(page.get_by_text("Rate a few films")).to_be_visible()
    expect(page.locator(".rk-wall .rk-own")).to_have_count(20)
    requests.put(f"{home.api}/me/ratings/348", json={"rating": 9}, headers=held, timeout=60)
    visit(page, f"{home.app}/for-you?genres=Comedy")
    expect(page.locator(".rk-relative")).to_have_count(20)
    expect(page.locator(".rk-active")).to_contain_text("Comedy")
    page.get_by_text("Adjust what matters").click()
    page.get_by_role("slider", name="Keywords").press("End")
    arrived(page, "**/for-you?*weights=keywords*")
    page.get_by_text("Only my watchlist").click()
    arrived(page, "**/for-you?*among=watchlist*")
    expect(page.get_by_text("No film passes these filters")).to_be_visible()


def test_a_password_is_changed(page: Page, home_url: str) -> None:
    sign_up(page, home_url)
    page.get_by_text("Change the password").first.click()
    for old, again, told in (
        ("wrong horse", "battery staple", "The password until now is wrong."),
        (PASSWORD, "battery stable", "The two new passwords differ."),
        (PASSWORD, "battery staple", "The password is changed."),
    ):
        page.get_by_label("The password until now").fill(old)
        page.get_by_label("The new one, 8").fill("battery staple")
        page.get_by_label("The new one again").fill(again)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_text(told)).to_be_visible()
    settled(page)
    page.reload()
    expect(page.get_by_text("Signed in as")).to_be_visible()


def stars_of(page: Page, title: str) -> Locator:
    """The slider of a film's stars. Its attribute `value` is what the member's list says, in half stars."""
    return page.get_by_role("slider", name=f"Your stars: {title}", exact=True)


def button_of(page: Page, label: str, title: str) -> Locator:
    """A button of a film."""
    return page.get_by_role("button", name=f"{label}: {title}", exact=True)


def press_half_star(stars: Locator, half: int) -> None:
    """Press in the middle of a half star, counted from 1."""
    box = stars.bounding_box()
    assert box is not None
    stars.click(position={"x": box["width"] * (half + 0.5) / 11, "y": box["height"] / 2})


def test_every_card_has_stars_in_halves_that_a_second_press_takes_back(page: Page, home: Home) -> None:
    visit(page, f"{home.app}/browse")
    expect(page.locator(".rk-own")).to_have_count(0)  # nobody is signed in
    home.member(page)
    visit(page, f"{home.app}/browse")
    expect(page.locator(".rk-wall .rk-own")).to_have_count(24)
    title = page.locator(".rk-wall .rk-card .rk-title").first.inner_text()
    stars = stars_of(page, title)
    press_half_star(stars, 7)
    expect(stars).to_have_attribute("value", "7")
    expect(stars).to_have_attribute("aria-valuetext", "3.5 of 5 stars")
    expect(button_of(page, "Seen", title)).to_have_attribute("aria-pressed", "true")  # what is rated is seen
    press_half_star(stars, 7)
    expect(stars).to_have_attribute("value", "0")
    press_half_star(stars, 10)
    expect(stars).to_have_attribute("value", "10")
    press_half_star(stars, 0)  # before the first star
    expect(stars).to_have_attribute("value", "0")


def test_cards_are_marked_by_keyboard_and_the_marks_are_kept(page: Page, home: Home) -> None:
    held = home.member(page)
    visit(page, home.app)
    title = page.locator(".rk-row-of-films .rk-card .rk-title").first.inner_text()
    stars = stars_of(page, title)
    stars.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(stars).to_have_attribute("value", "5")
    film = stars.get_attribute("data-film")
    for label, kind in (("Watchlist", "watchlist"), ("Not interested", "not-interested")):
        for pressed in (True, False, True):
            settled(page)
            button_of(page, label, title).focus()
            page.keyboard.press("Enter")
            expect(button_of(page, label, title)).to_have_attribute("aria-pressed", str(pressed).lower())
        assert requests.get(f"{home.api}/me/{kind}/{film}", headers=held, timeout=60).status_code == 200
    rated = requests.get(f"{home.api}/me/ratings/{film}", headers=held, timeout=60).json()
    assert rated["rating"] == 5


def test_what_is_marked_does_not_come_back_and_lists_stay_full(page: Page, home: Home) -> None:
    held = home.member(page)
    requests.put(f"{home.api}/me/ratings/679", json={"rating": 9}, headers=held, timeout=60)
    for where, films in (("for-you", 20), ("film?id=348", 10)):
        visit(page, f"{home.app}/{where}")
        expect(page.locator(".rk-relative .rk-stars")).to_have_count(films)
        for label in ("Not interested", "Seen"):
            button = page.locator(".rk-relative").first.get_by_role("button", name=label)
            marked = page.locator(f'.rk-relative [data-film="{button.get_attribute("data-film")}"]')
            button.click()
            expect(marked).to_have_count(0)
            expect(page.locator(".rk-relative .rk-stars")).to_have_count(films)
            settled(page)


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
    titles = page.locator(".rk-relative h3")
    expect(titles).to_have_count(3)
    first = titles.all_inner_texts()
    page.reload()
    settled(page)
    assert titles.all_inner_texts() == first
    page.get_by_role("button", name="Another one").click()
    arrived(page, "**/tonight?seed=8")
    assert not set(first) & set(titles.all_inner_texts())


def test_company_counts_tonight(page: Page, home: Home) -> None:
    held = home.member()
    rated = requests.put(f"{home.api}/me/ratings/348", json={"rating": 10}, headers=held, timeout=60)
    assert rated.status_code == 200
    code = requests.post(f"{home.api}/me/taste-code", headers=held, timeout=60).json()["code"]
    titles = page.locator(".rk-relative h3")
    visit(page, f"{home.app}/tonight?seed=7")
    expect(titles).to_have_count(3)
    alone = titles.all_inner_texts()
    page.get_by_label("Who watches with you?").fill(code)
    page.get_by_role("button", name="Choose a film").click()
    arrived(page, f"**/tonight?company={code}&seed=*")
    expect(titles).to_have_count(3)
    visit(page, f"{home.app}/tonight?seed=7&company={code}")
    expect(page.get_by_label("Who watches with you?")).to_have_value(code)
    assert titles.all_inner_texts() != alone
    visit(page, f"{home.app}/tonight?seed=7&company={'x' * 22}")
    expect(page.get_by_text("Nobody shares a taste by this code")).to_be_visible()


def test_other_visitors_have_a_way_in(page: Page, home_url: str) -> None:
    """The casual one, the fan of a genre, the connoisseur; the two others have tests of their own."""
    visit(page, home_url)
    page.get_by_role("link", name="See all: Trending").click()
    arrived(page, "**/browse?sort=trending")
    expect(page.locator(".rk-wall .rk-card").first).to_be_visible()
    visit(page, f"{home_url}/?genre=Horror")
    horror = page.get_by_role("region", name="Best of Horror")
    horror.get_by_role("link", name="Thriller").click()
    arrived(page, "**/?genre=Thriller")
    expect(page.get_by_role("region", name="Best of Thriller").locator(".rk-card")).not_to_have_count(0)
    visit(page, f"{home_url}/browse?sort=hidden-gems&countries=Japan&year_max=1979")
    expect(page.locator(".rk-active")).to_contain_text("Japan")
    years = page.locator(".rk-wall .rk-card .rk-meta").all_inner_texts()
    assert years
    assert all(int(year[:4]) < 1980 for year in years)


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


def test_a_history_fits_a_phone(page: Page, home: Home) -> None:
    held = home.member(page)
    requests.put(f"{home.api}/me/ratings/157336", json={"rating": 9}, headers=held, timeout=60)
    page.set_viewport_size({"width": 390, "height": 800})
    visit(page, f"{home.app}/history")
    expect(stars_of(page, "Interstellar")).to_have_value("9")
    title = page.locator(".rk-choice .rk-title").bounding_box()
    assert title
    assert title["height"] < 60  # a line or two


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
