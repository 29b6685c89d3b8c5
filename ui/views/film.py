"""One film: its facts, its ten nearest neighbours and why, and sliders for what counts."""

from __future__ import annotations

from dataclasses import replace

import htpy as h
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import catalogue
from ui.client import ApiError, Client, NotReadyError
from ui.markup import details, films
from ui.models.films import MovieSummary, Recommendations
from ui.models.state import FilmState, Preferences, Tuning
from ui.people import session
from ui.widgets import frame, lists

PREFIX = "film-"


def page() -> None:
    """Draw the page."""
    state = FilmState.read(frame.query())
    if state.movie_id is None:
        frame.empty("No film is chosen", frame.START)
        return
    api = catalogue.api()
    film = _film(api, state, state.movie_id)
    st.set_page_config(page_title=f"{film.name} · Reelkin")
    head = st.empty()
    _head(head, film)
    more = st.container()  # filled after the neighbours, which do not wait for it
    try:
        _neighbours(api, state, state.movie_id)
        asked = _answer(api, state, state.movie_id).asked[0]  # cached, with the poster that was found
        if asked.poster_url != film.poster_url:
            _head(head, film.model_copy(update={"poster_url": asked.poster_url}))
    except ApiError as error:  # the film itself can still be shown
        frame.show_error(error)
    with more:
        _more(api, state.movie_id)


def _more(api: Client, movie_id: int) -> None:
    """What TMDB knows besides, if a key for it is set: where to watch, a trailer, cast and crew."""
    found = catalogue.more(api, movie_id)
    if not found:
        return
    with st.expander("Where to watch, trailer, cast and crew", key=PREFIX + "more"):
        if found.watch:
            here = (st.context.locale or "").rpartition("-")[2].upper()
            countries = list(found.watch)
            at = countries.index(here) if here in countries else 0
            country = st.selectbox("Country", countries, index=at, key=PREFIX + "country", width=160)
            st.html(details.offers(found.watch[country]))
        st.html(h.fragment[details.people(found)])


def _head(place: DeltaGenerator, film: MovieSummary) -> None:
    compare = details.compare_link("another film", film.id)
    own = session.buttons([film])(film)
    place.html(details.hero(film, films.mark_buttons(film, frame.kept(), compare, own)))


def _film(api: Client, state: FilmState, movie_id: int) -> MovieSummary:
    """The film; while the database is away, what the index knows about it."""
    try:
        return catalogue.movie(api, movie_id)
    except NotReadyError:
        return _answer(api, state, movie_id).asked[0]


def _answer(api: Client, state: FilmState, movie_id: int) -> Recommendations:
    return lists.unseen(api, Preferences(likes=(movie_id,)), state.tuning)


def _neighbours(api: Client, state: FilmState, movie_id: int) -> None:
    def changed(chosen: Tuning) -> None:
        frame.go(FilmState(movie_id, chosen))

    kept = frame.kept()
    answer = _answer(api, state, movie_id)
    own = session.buttons(result.movie for result in answer.results)

    def actions(film: MovieSummary) -> h.Node:
        compare = details.compare_link(film.title, movie_id, film.id)
        return films.mark_buttons(film, kept, compare, own(film))

    st.header("Most similar films", anchor=False)
    lists.recommendations(
        api,
        answer,
        state.tuning,
        PREFIX,
        actions,
        changed,
        "No film passes these filters",
        lambda chosen: FilmState(movie_id, replace(state.tuning, filters=chosen)).href(),
    )


page()
