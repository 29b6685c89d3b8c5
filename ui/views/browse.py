"""The catalogue in pages of posters, sorted and filtered."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from ui import cards, catalogue, links, panels, problems, words
from ui.answers import GenreCount, MoviePage
from ui.state import BrowseState, Sort

PREFIX = "browse-"
SORT_KEY = PREFIX + "sort"
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


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Browse · Reelkin")
    state = BrowseState.read(links.query())
    api = catalogue.api()
    found = catalogue.page(api, state.filters, state.sort, state.cursor)
    st.title(f"Browse {words.films(found.total)}", anchor=False)
    _active(state)
    if found.items:
        st.html(cards.wall(found.items))
        st.html(_pager(state, found))
    else:
        problems.empty(
            "No film passes these filters", {"Clear the filters": links.browse(BrowseState(sort=state.sort))}
        )
    _panel(state, catalogue.genres(api))  # beside the films, and after them: they need not wait for it


def _panel(state: BrowseState, genres: tuple[GenreCount, ...]) -> None:
    def changed() -> None:
        links.go(BrowseState(panels.chosen(state.filters, PREFIX), Sort(st.session_state[SORT_KEY])))

    with st.sidebar:
        if st.session_state.get(SORT_KEY) != state.sort:
            st.session_state[SORT_KEY] = state.sort
        st.selectbox("Sort", list(SORTS), key=SORT_KEY, format_func=SORTS.__getitem__, on_change=changed)
        panels.genres(state.filters, genres, PREFIX, changed)
        panels.years(state.filters, PREFIX, changed)
        panels.votes(state.filters, PREFIX, changed)
        panels.more(state.filters, PREFIX, changed)


def _active(state: BrowseState) -> None:
    """The filters that are set, each with a link that takes it off."""
    said = panels.in_words(state.filters)
    if not said:
        return
    items = (
        f'<li class="rk-genre"><a class="rk-link" href="{escape(links.browse(BrowseState(rest, state.sort)))}" '
        f'aria-label="Remove the filter {escape(label)}">{escape(label)} ✕</a></li>'
        for label, rest in said
    )
    clear = (
        f'<li><a class="rk-link" href="{escape(links.browse(BrowseState(sort=state.sort)))}">Clear all</a></li>'
    )
    st.html(f'<ul class="rk-chips rk-active">{"".join(items)}{clear}</ul>')


def _pager(state: BrowseState, found: MoviePage) -> str:
    before = after = ""
    if found.previous:
        address = links.browse(replace(state, cursor=found.previous, page=max(state.page - 1, 1)))
        before = f'<a class="rk-link" rel="prev" href="{escape(address)}">← Previous</a>'
    if found.next:
        address = links.browse(replace(state, cursor=found.next, page=state.page + 1))
        after = f'<a class="rk-link" rel="next" href="{escape(address)}">Next →</a>'
    pages = -(-found.total // catalogue.PAGE_SIZE)
    place = f"<span>Page {state.page:,} of {pages:,}</span>"
    return f'<nav class="rk-pager" aria-label="Pages">{before}{place}{after}</nav>'


page()
