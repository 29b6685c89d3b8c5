"""Two films side by side: facts, ratings, and how alike they are; the address names both."""

from __future__ import annotations

from html import escape

import streamlit as st

from ui import cards, catalogue, links, problems, versus
from ui.answers import MovieSummary
from ui.client import ApiError, Client
from ui.state import CompareState

SEARCH_KEY, SEEN_KEY = "compare-search", "compare-seen"
LONGEST_TITLE = 500
OFFERED = 6


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Compare · Reelkin")
    state = CompareState.read(links.query())
    api = catalogue.api()
    st.title("Compare two films", anchor=False)
    films = catalogue.with_posters(api, [catalogue.movie(api, movie_id) for movie_id in state.movie_ids])
    if len(films) < 2:
        _choose(api, state, films)
        return
    first, second = films
    st.set_page_config(page_title=f"{first.title} and {second.title} · Reelkin")
    st.html(versus.table(first, second))
    st.header("How alike they are", anchor=False)
    try:
        _likeness(api, first, second)
    except ApiError as error:  # the facts are there, so they stay
        problems.show(error)


def _likeness(api: Client, first: MovieSummary, second: MovieSummary) -> None:
    found = catalogue.likeness(api, first.id, second.id)
    if found is None:
        problems.empty("These two cannot be told apart by the index, or it does not know both yet", {})
    else:
        st.html(versus.likeness(found))


def _choose(api: Client, state: CompareState, films: tuple[MovieSummary, ...]) -> None:
    """A box that finds the film that is missing."""
    if st.session_state.get(SEEN_KEY, state) != state:
        st.session_state[SEARCH_KEY] = ""  # what was typed has been chosen
    st.session_state[SEEN_KEY] = state
    st.html(cards.offers(films, lambda film: ""))
    typed = st.text_input(
        f"Compare {films[0].title} with" if films else "The first film",
        key=SEARCH_KEY,
        type="search",
        live="300ms",
        max_chars=LONGEST_TITLE,
        placeholder="its title, typos and all",
        autocomplete="off",
    ).strip()
    if not typed:
        return
    matches = catalogue.search(api, typed, None, OFFERED).matches
    if not matches:
        st.html(f'<p class="rk-meta">No film is called anything like “{escape(typed)}”.</p>')
    others = (match.movie for match in matches if match.movie.id not in state.movie_ids)
    st.html(cards.offers(others, lambda film: versus.link(film.title, *state.movie_ids, film.id)))


page()
