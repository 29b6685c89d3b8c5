"""One film: what is known about it, its ten nearest kin and why, and sliders for what counts."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import catalogue
from ui.client import ApiError, Client, NotReadyError
from ui.html import comparison as versus
from ui.html import details as facts
from ui.html import films as cards
from ui.models.films import Kin, MovieSummary
from ui.models.state import FilmState, Taste, Tuning
from ui.widgets import filters as panels
from ui.widgets import links, taste, tuning
from ui.widgets import notices as problems

PREFIX = "kin-"


def page() -> None:
    """Draw the page."""
    state = FilmState.read(links.query())
    if state.movie_id is None:
        ways = {"Find a film": links.href(links.FIND, {}), "Browse the catalogue": links.href(links.BROWSE, {})}
        problems.empty("No film is chosen", ways)
        return
    api = catalogue.api()
    film = _film(api, state, state.movie_id)
    st.set_page_config(page_title=f"{cards.named(film)} · Reelkin")
    head = st.empty()
    _head(head, film)
    try:
        _kin(api, state, state.movie_id)
        asked = _answer(api, state, state.movie_id).asked[0]  # from memory, with the poster that was found
        if asked.poster_url != film.poster_url:
            _head(head, replace(film, poster_url=asked.poster_url))
    except ApiError as error:  # the film itself is there, so it stays
        problems.show(error)


def _head(place: DeltaGenerator, film: MovieSummary) -> None:
    place.html(facts.hero(film, taste.buttons(film.id, film.title, versus.link("another film", film.id))))


def _film(api: Client, state: FilmState, movie_id: int) -> MovieSummary:
    """The film; while the database is away, what the index knows about it."""
    try:
        return catalogue.movie(api, movie_id)
    except NotReadyError:
        return _answer(api, state, movie_id).asked[0]


def _answer(api: Client, state: FilmState, movie_id: int) -> Kin:
    return catalogue.recommend(api, Taste(likes=(movie_id,)), state.tuning)


def _kin(api: Client, state: FilmState, movie_id: int) -> None:
    def changed(chosen: Tuning) -> None:
        links.go(FilmState(movie_id, chosen))

    st.header("Its nearest kin", anchor=False)
    answer = _answer(api, state, movie_id)
    bar = st.container(key="rk-kin-bar")
    if answer.results:
        st.html(tuning.summary(answer, state.tuning.filters))
        st.html(
            cards.kin(
                answer.results,
                lambda kin: taste.buttons(kin.id, kin.title, versus.link(kin.title, movie_id, kin.id)),
            )
        )
    else:
        problems.empty("No kin passes these filters", {"Clear the filters": links.film(movie_id)})
    with bar:  # above the kin, and filled after them: they need not wait for it
        tuning.sliders(state.tuning, answer.weights, PREFIX, changed)
        panels.popover(api, state.tuning.filters, PREFIX, answer.matching, tuning.filtered(state.tuning, changed))


page()
