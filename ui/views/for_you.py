"""Films for the member; for a newcomer films to choose from, three of which give a first list."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from contract import Filters
from ui import catalogue
from ui.client import ApiError
from ui.markup import films
from ui.markup.browse import active_filters
from ui.markup.films import links, note
from ui.models.films import Recommendations
from ui.models.state import BrowseState, ForYouState, MixState, Tuning
from ui.people import session
from ui.people.pages import SIGN_IN
from ui.widgets import filters, frame, lists

PREFIX = "for-you-"
WATCHLIST_KEY = PREFIX + "watchlist"
LEFT_OUT = "Films that you have seen, or that do not interest you, are left out of both lists."
FILMS = 20
STARTERS = 12
ENOUGH = 3


def page() -> None:
    """Draw the page."""
    st.title("For you", anchor=False)
    if not session.signed_in():
        _newcomer()
        return
    state = ForYouState.read(frame.query())
    _watchlist(state)
    try:
        found = session.people().recommendations(state, FILMS)
    except ApiError as error:
        if not session.expired(error):
            raise
        st.rerun()
    _list(state, found)


def _watchlist(state: ForYouState) -> None:
    """A toggle between all films and those of the watchlist."""

    def toggled() -> None:
        frame.go(replace(state, watchlist=st.session_state[WATCHLIST_KEY]))

    if st.session_state.get(WATCHLIST_KEY) != state.watchlist:
        st.session_state[WATCHLIST_KEY] = state.watchlist
    st.toggle("Only my watchlist", key=WATCHLIST_KEY, on_change=toggled, help=LEFT_OUT)


def _list(state: ForYouState, found: Recommendations) -> None:
    def changed(chosen: Tuning) -> None:
        frame.go(replace(state, tuning=chosen))

    def filtered(chosen: Filters) -> None:
        changed(replace(state.tuning, filters=chosen))

    def address(chosen: Filters) -> str:
        return replace(state, tuning=replace(state.tuning, filters=chosen)).href()

    api = catalogue.api()
    movies = catalogue.with_posters(api, [result.movie for result in found.results])
    results = tuple(
        result.model_copy(update={"movie": movie}) for result, movie in zip(found.results, movies, strict=True)
    )
    if not results and state.tuning == Tuning():
        everything = {"All films for you": replace(state, watchlist=False).href()} if state.watchlist else {}
        frame.empty("No film is left" if not state.watchlist else "Your watchlist has no unseen film", everything)
        return
    own = session.buttons(movies)
    if found.welcome:
        st.html(note("These are well received and popular. Rate a few films, and the list becomes yours."))
        st.html(links({"Import your history": "history", "Browse the catalogue": BrowseState().href()}))
        if active := filters.in_words(state.tuning.filters):
            st.html(active_filters(state.tuning.filters, active, address))
        filters.popover(api, state.tuning.filters, PREFIX, found.matching, filtered)
        st.html(films.wall(movies, own))
        return
    st.header("Your list", anchor=False)
    lists.recommendations(
        api,
        found.model_copy(update={"results": results}),
        state.tuning,
        PREFIX,
        own,
        changed,
        "No film passes these filters",
        address,
        mine=True,
    )


def _newcomer() -> None:
    kept = frame.kept()
    liked = len(kept.preferences.likes)
    st.html(note(f"Choose films that appeal to you: {ENOUGH} of them give a first list. {liked} chosen so far."))
    first = {"See your first list": MixState(kept.preferences, name=kept.current).href()}
    st.html(links((first if liked >= ENOUGH else {}) | {"Sign in, and your ratings count": SIGN_IN["Sign in"]}))
    shown = catalogue.with_posters(catalogue.api(), session.people().starters(STARTERS))
    st.html(films.pickable(shown, kept))


page()
