"""The pages, and what frames each: navigation, style, clicks on links, the API's errors, the footer."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import htpy as h
import streamlit as st

from settings import SettingsError
from ui import catalogue
from ui.client import ApiError
from ui.markup import films
from ui.models import state
from ui.models.query import encode
from ui.people import session
from ui.people.pages import PAGES as OWN
from ui.people.pages import PATH
from ui.widgets import frame

HERE = Path(__file__).parent
ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
PAGES = {
    "find": ("Find", "search", ""),
    "browse": ("Browse", "grid_view", state.BROWSE),
    "mix": ("Mix", "blender", state.MIX),
    "compare": ("Compare", "compare", state.COMPARE),
    "analytics": ("Analytics", "bar_chart", state.ANALYTICS),
    "operations": ("Service status", "monitor_heart", state.OPERATOR),
}
"""The pages of the navigation by their module: title, icon, name in the address."""
HOME = ""
TITLE_KEY = "q"
"""Of the box for a title on the home page, and in the address."""
YOU = "You"
"""The group of pages for members and groups."""
SEARCH = h.form(".rk-search", role="search", action="./")[
    h.input(
        type="search", name="q", aria_label="Find a film", placeholder="Title, TMDB or IMDb id", maxlength=500
    ),
    h.button(type="submit", aria_label="Search")["Search"],
]
"""On every page but the one that has a larger box."""


def run() -> None:
    """Draw the page of the address."""
    st.set_page_config(page_title="Reelkin", page_icon=HERE / "icon.svg", layout="wide")
    with suppress(SettingsError):  # the page says what is wrong
        session.open_kept()
    pages = [
        st.Page(
            HERE / f"views/{module}.py",
            title=title,
            icon=f":material/{icon}:",
            url_path=path or None,
            default=not path,
            visibility="hidden" if path == state.OPERATOR and not _operates() else "visible",
        )
        for module, (title, icon, path) in PAGES.items()
    ]
    own = [
        st.Page(HERE / f"views/{module}.py", title=title, icon=f":material/{icon}:", url_path=path)
        for module, (title, icon, path) in OWN.items()
    ]
    hidden = [
        st.Page(HERE / "views/film.py", title="Film", url_path=state.FILM, visibility="hidden"),
        st.Page(HERE / "views/path.py", title="Path", url_path=PATH, visibility="hidden"),
    ]
    page = st.navigation({"": [*pages, *hidden], YOU: own}, position="top")
    st.logo(HERE / "logo.svg", size="large")
    st.html(HERE / "style.css")
    frame.catch_clicks()  # before the films: an early click must not be lost
    if page.url_path != HOME:
        st.html(SEARCH)
    try:
        session.store()  # before the films, too: a member's browser answers at once, and the run starts anew
        page.run()
    except ApiError as error:
        if session.expired(error):
            st.rerun()
        frame.show_error(error)
    except SettingsError as error:
        st.error(str(error))
    frame.store()
    if page.url_path != state.MIX and frame.kept().preferences:
        st.html(films.mix_tray(frame.kept()))
    st.html(h.footer(".rk-footer", data_drawn=_drawn(page.url_path))[ATTRIBUTION])  # the last element of a run


def _drawn(path: str) -> str:
    """The address that this run has drawn."""
    query = frame.query()
    if path == HOME:  # the box writes its text into the address, of which Streamlit's server is not told
        typed = st.session_state.get(TITLE_KEY, "")
        query[TITLE_KEY] = [typed] if typed else []
    return f"{path}?{encode(query)}"


def _operates() -> bool:
    try:
        return catalogue.operates(catalogue.api())
    except SettingsError:  # the page says what is wrong
        return False
