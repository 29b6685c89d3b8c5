"""The catalogue in pages, as a wall of posters or a table, sorted and filtered."""

from __future__ import annotations

from dataclasses import replace
from random import randrange

import streamlit as st

from contract import Filters
from ui import catalogue, words
from ui.markup import browse, films
from ui.markup.films import note
from ui.models.sorts import Sort, View
from ui.models.state import BrowseState
from ui.people import session
from ui.widgets import filters, frame

PREFIX = "browse-"
SORT_KEY, VIEW_KEY, VOTES_KEY = PREFIX + "sort", PREFIX + "view", PREFIX + "least-votes"
MOST_SEEDS = 1_000_000
SORTS = {
    Sort.POPULAR: "Most popular",
    Sort.TRENDING: "Trending",
    Sort.BEST: "Best rated",
    Sort.HIDDEN_GEMS: "Hidden gems",
    Sort.MOST_VOTES: "Most votes",
    Sort.NEWEST: "Newest",
    Sort.OLDEST: "Oldest",
    Sort.A_TO_Z: "Title, A to Z",
    Sort.Z_TO_A: "Title, Z to A",
    Sort.LONGEST: "Longest",
    Sort.SHORTEST: "Shortest",
    Sort.RANDOM: "At random",
    Sort.UNPOPULAR: "Least popular",
    Sort.WORST: "Worst rated",
    Sort.FEWEST_VOTES: "Fewest votes",
}
VIEWS = {View.WALL: ":material/grid_view: Posters", View.TABLE: ":material/table_rows: Table"}


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Browse · Reelkin")
    state = BrowseState.read(frame.query())
    api = catalogue.api()
    found = catalogue.page(api, state)
    st.title(f"Browse {words.films(found.total)}", anchor=False)
    bar = st.container(key="rk-bar", horizontal=True, vertical_alignment="bottom")
    if active := filters.in_words(state.filters):
        st.html(browse.active_filters(state.filters, active, lambda rest: state.first_page(rest).href()))
    if state.sort in browse.NOTES:
        st.html(note(browse.NOTES[state.sort]))
    st.html(browse.jumps(state, found.items))
    if found.items and state.view is View.TABLE:
        st.html(browse.table(found.items, state))
    elif found.items:
        st.html(films.wall(found.items, session.buttons(found.items)))
    elif found.total:
        frame.empty("The catalogue ends before this page", {"To its first page": state.first_page().href()})
    else:
        frame.empty("No film passes these filters", {"Clear the filters": state.first_page(Filters()).href()})
    if pager := browse.pager(state, found, catalogue.PAGE_SIZE):
        st.html(pager)
    with bar:  # above the films but filled after them, so that they do not wait for it
        _order(state)
        if state.sort.by_rating:
            _votes(state)
        _view(state)
        filters.popover(api, state.filters, PREFIX, found.total, lambda chosen: frame.go(state.first_page(chosen)))


def _order(state: BrowseState) -> None:
    def changed() -> None:
        sort = Sort(st.session_state[SORT_KEY])
        frame.go(state.sorted_by(sort, randrange(1, MOST_SEEDS) if sort is Sort.RANDOM else 0))

    if st.session_state.get(SORT_KEY) != state.sort:
        st.session_state[SORT_KEY] = state.sort
    st.selectbox("Sort", list(SORTS), key=SORT_KEY, format_func=SORTS.__getitem__, on_change=changed, width=200)


def _votes(state: BrowseState) -> None:
    """The minimum of votes, in sight where films are sorted by rating."""

    def changed() -> None:
        least = st.session_state[VOTES_KEY] or None
        frame.go(state.first_page(replace(state.filters, votes_min=least)))

    least = state.filters.votes_min or 0
    if st.session_state.get(VOTES_KEY) != least:
        st.session_state[VOTES_KEY] = least
    st.selectbox(
        "Votes, at least",
        sorted({*filters.VOTES, least}),
        key=VOTES_KEY,
        format_func=lambda votes: f"{votes:,}" if votes else "any",
        on_change=changed,
        width=130,
    )


def _view(state: BrowseState) -> None:
    def changed() -> None:
        frame.go(replace(state, view=View(st.session_state[VIEW_KEY] or state.view)))

    if st.session_state.get(VIEW_KEY) != state.view:
        st.session_state[VIEW_KEY] = state.view
    st.segmented_control(
        "Show as",
        list(VIEWS),
        key=VIEW_KEY,
        format_func=VIEWS.__getitem__,
        required=True,
        on_change=changed,
        label_visibility="collapsed",
    )


page()
