"""The home page: enter a film's title, typos allowed, and open it; shelves until something is typed."""

from __future__ import annotations

import re
from dataclasses import replace

import htpy as h
import streamlit as st

from contract import Filters
from ui import catalogue
from ui.markup import browse, films
from ui.markup.films import links, note
from ui.models.films import SearchAnswer
from ui.models.state import LONGEST_TEXT, BrowseState, FindState, MixState, Preferences
from ui.people import session
from ui.widgets import frame, lists


def page() -> None:
    """Draw the page."""
    st.title("Name a film, find more like it", anchor=False)
    # The box itself replaces the address: Back should not go through every letter typed.
    typed = lists.title_input(
        "Title of a film", "q", "interstelar, amelie, the seven samurai … typos are fine", bind="query-params"
    )
    state = replace(FindState.read(frame.query()), title=typed)
    if typed:
        _search(state)
    else:
        _shelves(state.genre)


def _search(state: FindState) -> None:
    st.set_page_config(page_title=f"{state.title} · Reelkin")
    title, year = _title_and_year(state.title)
    limit = catalogue.MOST_SUGGESTIONS if state.more else catalogue.SUGGESTIONS
    answer = catalogue.search(catalogue.api(), title, year, limit)
    if not answer.matches:
        described = MixState(Preferences(text=state.title[:LONGEST_TEXT])).href()
        ways = {"Search in your own words": described, "Browse the catalogue": BrowseState().href()}
        frame.empty(f"No film has a title like “{state.title}”", ways)
        if answer.nearest:
            st.header("The nearest titles", anchor=False)
            st.html(films.suggestions(answer.nearest_films, ""))
        return
    _found(answer, state.title)
    if len(answer.matches) == catalogue.SUGGESTIONS:
        more = replace(state, more=True).href()
        st.html(links({"Show more": more}))
    if year is None:
        st.html(note("Did you mean another one? Add its year in brackets: dune (1984)"))


def _title_and_year(typed: str) -> tuple[str, int | None]:
    """`Dune (1984)` as a title and its year. Without the brackets, 2049 may be part of the title."""
    found = re.fullmatch(r"(.*\S)\s*\((\d{4})\)", typed)
    return (found[1], int(found[2])) if found else (typed, None)


def _found(answer: SearchAnswer, query: str) -> None:
    best, *others = answer.films
    if answer.ambiguous:
        st.header("Did you mean", anchor=False)
        st.html(films.suggestions([best, *others], query))
        return
    st.header("Best match", anchor=False)
    st.html(films.suggestions([best], query))
    if others:
        st.header("Or one of these", anchor=False)
        st.html(films.suggestions(others, query))


def _shelves(genre: str) -> None:
    api = catalogue.api()
    found = catalogue.shelves(api)
    if not any(shelf.films for shelf in found):
        frame.empty("The catalogue is empty")
        return
    first = [catalogue.genre_shelf(api, genre)] if genre else []
    shown = first + [shelf for shelf in found if not (genre and shelf.genre)]
    own = session.buttons(film for shelf in shown for film in shelf.films)
    # One element: Streamlit puts more space between elements than there is between shelves.
    st.html(h.fragment[[browse.shelf(shelf, own) for shelf in shown]])
    genres = catalogue.genres(api, Filters())  # after the films, so that they do not wait for it
    st.html(browse.genre_links(count.name for count in genres))
    st.html(links({"Browse them all": BrowseState().href()}))


page()
