"""One film: what is known about it, its ten nearest kin and why."""

from __future__ import annotations

import streamlit as st

from ui import cards, catalogue, facts, links, panels, problems, words
from ui.answers import Kin, MovieSummary
from ui.client import ApiError, Client, NotReadyError
from ui.state import FilmState, Filters

PREFIX = "kin-"
DIVERSITY_KEY = PREFIX + "diversity"


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
    st.html(facts.hero(film))
    try:
        _kin(api, state, state.movie_id)
    except ApiError as error:  # the film itself is there, so it stays
        problems.show(error)


def _film(api: Client, state: FilmState, movie_id: int) -> MovieSummary:
    """The film; while the database is away, what the index knows about it."""
    try:
        return catalogue.movie(api, movie_id)
    except NotReadyError:
        return catalogue.kin(api, movie_id, state.filters, state.diversity).asked


def _kin(api: Client, state: FilmState, movie_id: int) -> None:
    st.header("Its nearest kin", anchor=False)
    answer = catalogue.kin(api, movie_id, state.filters, state.diversity)
    panel = st.container(key="rk-kin-filters")  # above the kin, and filled after them: they need not wait for it
    if answer.results:
        st.caption(_summary(answer, state.filters))
        st.html(cards.kin(answer.results))
    else:
        problems.empty("No kin passes these filters", {"Clear the filters": links.film(movie_id)})
    with panel:
        _panel(api, state)


def _panel(api: Client, state: FilmState) -> None:
    def changed() -> None:
        filters = panels.chosen(state.filters, PREFIX)
        links.go(FilmState(state.movie_id, filters, round(st.session_state[DIVERSITY_KEY], 2)))

    first, second, third, fourth = st.columns(4, gap="medium")
    with first:
        panels.genres(state.filters, catalogue.genres(api), PREFIX, changed)
    with second:
        panels.years(state.filters, PREFIX, changed)
    with third:
        panels.votes(state.filters, PREFIX, changed)
    with fourth:
        if st.session_state.get(DIVERSITY_KEY) != state.diversity:
            st.session_state[DIVERSITY_KEY] = state.diversity
        st.slider(
            "Variety",
            0.0,
            1.0,
            step=0.05,
            key=DIVERSITY_KEY,
            help="0 gives the most alike, 1 the most varied",
            on_change=changed,
        )


def _summary(answer: Kin, filters: Filters) -> str:
    among = words.films(answer.matching)
    away = " The database is away; the index answers alone." if answer.degraded else ""
    passing = " that pass the filters" if filters != Filters() else ""
    return f"Chosen from {among}{passing} in {answer.took_ms:.1f} ms.{away}"


page()
