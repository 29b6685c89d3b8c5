"""The catalogue in pages, as a wall of posters or a table, sorted and filtered."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from ui import catalogue, words
from ui.client import Client
from ui.html import browse as tables
from ui.html import films as cards
from ui.html import paging
from ui.models.films import MoviePage
from ui.models.state import BrowseState, Sort, View
from ui.widgets import filters as panels
from ui.widgets import links
from ui.widgets import notices as problems

PREFIX = "browse-"
SORT_KEY, VIEW_KEY = PREFIX + "sort", PREFIX + "view"
SORTS = {
    Sort.POPULAR: "Most popular",
    Sort.BEST: "Best rated",
    Sort.MOST_VOTES: "Most votes",
    Sort.NEWEST: "Newest",
    Sort.OLDEST: "Oldest",
    Sort.A_TO_Z: "Title, A to Z",
    Sort.Z_TO_A: "Title, Z to A",
    Sort.UNPOPULAR: "Least popular",
    Sort.WORST: "Worst rated",
    Sort.FEWEST_VOTES: "Fewest votes",
}
VIEWS = {View.WALL: ":material/grid_view: Posters", View.TABLE: ":material/table_rows: Table"}


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Browse · Reelkin")
    state = BrowseState.read(links.query())
    api = catalogue.api()
    found = catalogue.page(api, state)
    st.title(f"Browse {words.films(found.total)}", anchor=False)
    bar = st.container(key="rk-bar", horizontal=True, vertical_alignment="bottom")
    _active(state)
    st.html(paging.jumps(state, found.items))
    if found.items:
        st.html(tables.table(found.items, state) if state.view is View.TABLE else cards.wall(found.items))
    elif found.total:
        problems.empty("The catalogue ends before this", {"To its first page": links.browse(state.begun())})
    else:
        ways = {"Clear the filters": links.browse(BrowseState(sort=state.sort, view=state.view))}
        problems.empty("No film passes these filters", ways)
    if pager := paging.pager(state, found):
        st.html(pager)
    with bar:  # above the films, and filled after them: they need not wait for it
        _order(state)
        _view(state)
        _filters(api, state, found)


def _order(state: BrowseState) -> None:
    def changed() -> None:
        links.go(state.begun(sort=Sort(st.session_state[SORT_KEY])))

    if st.session_state.get(SORT_KEY) != state.sort:
        st.session_state[SORT_KEY] = state.sort
    st.selectbox("Sort", list(SORTS), key=SORT_KEY, format_func=SORTS.__getitem__, on_change=changed, width=200)


def _view(state: BrowseState) -> None:
    def changed() -> None:
        links.go(replace(state, view=View(st.session_state[VIEW_KEY] or state.view)))

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


def _filters(api: Client, state: BrowseState, found: MoviePage) -> None:
    panels.popover(api, state.filters, PREFIX, found.total, lambda filters: links.go(state.begun(filters)))


def _active(state: BrowseState) -> None:
    """The filters that are set, each with a link that takes it off."""
    said = panels.in_words(state.filters)
    if not said:
        return
    items = (
        f'<li class="rk-genre"><a class="rk-link" data-stay="1" href="{escape(links.browse(state.begun(rest)))}" '
        f'aria-label="Remove the filter {escape(label)}">{escape(label)} ✕</a></li>'
        for label, rest in said
    )
    clear = escape(links.browse(BrowseState(sort=state.sort, view=state.view)))
    clear_all = f'<li><a class="rk-link" data-stay="1" href="{clear}">Clear all</a></li>'
    st.html(f'<ul class="rk-chips rk-active">{"".join(items)}{clear_all}</ul>')


page()
