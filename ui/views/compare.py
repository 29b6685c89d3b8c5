"""Two films side by side: facts, ratings, and how similar they are; the address names both."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
import streamlit as st

from ui import catalogue
from ui.client import ApiError, Client, NotFoundError
from ui.markup import details, films
from ui.models.films import Movie, MovieSummary
from ui.models.sorts import Sort
from ui.models.state import BrowseState, CompareState, Preferences, Tuning
from ui.widgets import frame, lists

PREFIX = "compare-"


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Compare · Reelkin")
    state = CompareState.read(frame.query())
    api = catalogue.api()
    st.title("Compare two films", anchor=False)
    known = {movie_id: _film(api, movie_id) for movie_id in state.movie_ids}
    state = CompareState(tuple(movie_id for movie_id, film in known.items() if film))
    if gone := [movie_id for movie_id, film in known.items() if not film]:
        st.html(films.unknown(dict.fromkeys(gone, state.href())))
    found = catalogue.with_posters(api, [film for film in known.values() if film])
    if len(found) < 2:
        _choose(api, state, found)
        return
    first, second = found
    st.set_page_config(page_title=f"{first.title} and {second.title} · Reelkin")
    st.html(details.comparison(first, second))
    st.html(films.links({"A path between the two": f"path?from={first.id}&to={second.id}"}))
    st.header("How similar they are", anchor=False)
    try:
        _similarity(api, first, second)
    except ApiError as error:  # the facts can still be shown
        frame.show_error(error)


def _film(api: Client, movie_id: int) -> Movie | None:
    try:
        return catalogue.movie(api, movie_id)
    except NotFoundError:
        return None


def _similarity(api: Client, first: MovieSummary, second: MovieSummary) -> None:
    found = catalogue.similarity(api, first.id, second.id)
    if found is None:
        frame.empty("These are two records of one film, or one of them is too new to be compared")
    else:
        st.html(details.similarity(found))


def _choose(api: Client, state: CompareState, chosen: Sequence[MovieSummary]) -> None:
    """A box for the missing film; until something is typed, the nearest neighbours or the best known films."""
    if chosen:
        st.html(films.choices(chosen, lambda film: None))

    def candidates() -> list[MovieSummary]:
        if not chosen:
            return list(catalogue.page(api, BrowseState(sort=Sort.MOST_VOTES)).items[: lists.OFFERED])
        neighbours = catalogue.recommend(api, Preferences(likes=state.movie_ids), Tuning()).results
        return [result.movie for result in neighbours[: lists.OFFERED]]

    def action(film: MovieSummary) -> h.Node:
        if film.id in state.movie_ids:
            return None
        return details.compare_link(film.title, *state.movie_ids, film.id)

    lists.title_box(api, "The second film" if chosen else "The first film", PREFIX, state, action, candidates)


page()
