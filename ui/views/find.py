"""The home page: name a film, typos and all, and open it; shelves until something is typed."""

from __future__ import annotations

import re

import streamlit as st

from ui import catalogue
from ui.html import films as cards
from ui.html import shelves
from ui.models.films import SearchAnswer
from ui.models.query import first
from ui.models.state import BrowseState, Filters
from ui.widgets import links
from ui.widgets import notices as problems
from ui.widgets import titles as choosing


def page() -> None:
    """Draw the page."""
    st.title("Name a film, meet its kin", anchor=False)
    # The box writes the address itself, and replaces it: a letter typed is no place to go back to.
    typed = choosing.title(
        "Title of a film", "q", "interstelar, amelie, the seven samurai … typos are fine", bind="query-params"
    )
    if not typed:
        _start()
        return
    st.set_page_config(page_title=f"{typed} · Reelkin")
    title, year = _title_and_year(typed)
    limit = catalogue.MOST_SUGGESTIONS if first(links.query(), "more") else catalogue.SUGGESTIONS
    answer = catalogue.search(catalogue.api(), title, year, limit)
    if answer.matches:
        _found(answer)
        if len(answer.matches) == catalogue.SUGGESTIONS:
            more = links.href(links.FIND, {"q": [typed], "more": ["true"]})
            st.html(problems.ways_out({f"Up to {catalogue.MOST_SUGGESTIONS} films": more}))
        if year is None:
            st.html('<p class="rk-meta">Is it another one? Say its year in brackets: dune (1984)</p>')
    else:
        problems.empty(
            f"No film is called anything like “{typed}”", {"Browse the catalogue": links.href(links.BROWSE, {})}
        )


def _title_and_year(typed: str) -> tuple[str, int | None]:
    """`Dune (1984)` as a title and its year. Without the brackets, 2049 may be part of the title."""
    found = re.fullmatch(r"(.*\S)\s*\((\d{4})\)", typed)
    return (found[1], int(found[2])) if found else (typed, None)


def _start() -> None:
    api = catalogue.api()
    found = catalogue.shelves(api)
    if not any(shelf.films for shelf in found):
        problems.empty("The catalogue is empty", {})
        return
    chosen = first(links.query(), "genre")
    if chosen:
        st.html(shelves.shelf(catalogue.genre_shelf(api, chosen)))
    st.html("".join(shelves.shelf(shelf) for shelf in found if not (chosen and shelf.genre)))
    genres = catalogue.genres(api, Filters())  # after the films: they need not wait for it
    st.html(shelves.genres(genre.name for genre in genres))
    st.html(problems.ways_out({"Browse them all": links.browse(BrowseState())}))


def _found(answer: SearchAnswer) -> None:
    best, *others = (match.movie for match in answer.matches)
    if answer.ambiguous:
        st.header("Did you mean", anchor=False)
        st.html(cards.suggestions([best, *others]))
        return
    st.header("Best match", anchor=False)
    st.html(cards.suggestions([best]))
    if others:
        st.header("Or one of these", anchor=False)
        st.html(cards.suggestions(others))


page()
