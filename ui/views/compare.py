"""Two films side by side: facts, ratings, and how alike they are; the address names both."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ui import catalogue
from ui.client import ApiError, Client
from ui.html import comparison as versus
from ui.html import films as cards
from ui.models.films import MovieSummary
from ui.models.state import BrowseState, CompareState, Sort, Taste, Tuning
from ui.widgets import links
from ui.widgets import notices as problems
from ui.widgets import titles as choosing

PREFIX = "compare-"


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


def _choose(api: Client, state: CompareState, films: Sequence[MovieSummary]) -> None:
    """A box that finds the film that is missing; until one is named, the nearest kin or the best known films."""
    if films:
        st.html(cards.offers(films, lambda film: ""))

    def candidates() -> list[MovieSummary]:
        if not films:
            return list(catalogue.page(api, BrowseState(sort=Sort.MOST_VOTES)).items[: choosing.OFFERED])
        kin = catalogue.recommend(api, Taste(likes=state.movie_ids), Tuning()).results
        return [result.movie for result in kin[: choosing.OFFERED]]

    def action(film: MovieSummary) -> str:
        return "" if film.id in state.movie_ids else versus.link(film.title, *state.movie_ids, film.id)

    label = f"Compare {films[0].title} with" if films else "The first film"
    choosing.box(api, label, PREFIX, state, action, candidates)


page()
