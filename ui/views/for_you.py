"""Films for the member; for a newcomer films to choose from, three of which give a first list."""

from __future__ import annotations

import streamlit as st

from ui import catalogue
from ui.client import ApiError
from ui.markup import films
from ui.markup.films import links, note
from ui.models.state import MixState
from ui.people import session
from ui.people.pages import SIGN_IN
from ui.widgets import frame

FILMS = 20
STARTERS = 12
ENOUGH = 3


def page() -> None:
    """Draw the page."""
    st.title("For you", anchor=False)
    if not session.signed_in():
        _newcomer()
        return
    columns = st.columns(2)
    among = columns[0].toggle("Only my watchlist", key="for-you-watchlist")
    variety = columns[1].slider("Variety", 0.0, 1.0, 0.0, 0.05, key="for-you-variety")
    try:
        found = session.people().recommendations(FILMS, "watchlist" if among else "", variety)
    except ApiError as error:
        if not session.expired(error):
            raise
        st.rerun()
    if not found.results:
        frame.empty("No film is left" if not among else "Your watchlist is empty")
        return
    movies = catalogue.with_posters(catalogue.api(), [result.movie for result in found.results])
    results = [
        result.model_copy(update={"movie": movie}) for result, movie in zip(found.results, movies, strict=True)
    ]
    st.html(
        note(
            "What you have seen, do not want to see or have on your watchlist is left out. "
            "The best score of this list is a full bar."
        )
    )
    st.header("Your list", anchor=False)
    full = max(result.score for result in results) or 1.0
    st.html(films.neighbours(results, session.buttons(movies), full))


def _newcomer() -> None:
    kept = frame.kept()
    liked = len(kept.preferences.likes)
    st.html(note(f"Choose films that appeal to you: {ENOUGH} of them give a first list. {liked} chosen so far."))
    first = {"See your first list": MixState(kept.preferences, name=kept.current).href()}
    st.html(links((first if liked >= ENOUGH else {}) | {"Sign in, and your ratings count": SIGN_IN["Sign in"]}))
    shown = catalogue.with_posters(catalogue.api(), session.people().starters(STARTERS))
    st.html(films.pickable(shown, kept))


page()
