"""Links from page to page: addresses that work by themselves, followed without loading the app again.

Cards are plain `<a href>`, so that they can be opened in a new tab, copied and reached by keyboard. A plain click
would load the whole app anew, so a component catches it and Streamlit turns to the page in the running session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.navigation.page import Page

from ui.state import BrowseState, FilmState, Query, encode

FIND, BROWSE, FILM = "", "browse", "film"

_FOLLOW_JS = """
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    const link = event.target.closest?.("a.rk-link");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    const url = new URL(link.href);
    setTriggerValue("target", { page: url.pathname.split("/").pop(), query: url.search.slice(1) });
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
"""

_follow = st.components.v2.component("reelkin_links", js=_FOLLOW_JS)


def href(page: str, query: Query) -> str:
    """The relative address of a page, for the `href` of an `<a class="rk-link">`; not yet escaped.

    >>> href(FILM, {"id": ["157336"]}), href(FIND, {})
    ('film?id=157336', './')
    """
    written = encode(query)
    return (page or "./") + (f"?{written}" if written else "")


def film(movie_id: int) -> str:
    """The address of a film."""
    return href(FILM, FilmState(movie_id).query())


def browse(state: BrowseState) -> str:
    """The address of a page of the catalogue."""
    return href(BROWSE, state.query())


def follow(pages: Mapping[str, Page]) -> None:
    """Turn to the page whose link was clicked, if one was.

    Args:
        pages: the app's pages by their path.
    """
    target: dict[str, Any] | None = _follow(key="links", on_target_change=lambda: None).get("target")
    if target and target["page"] in pages:
        st.switch_page(pages[target["page"]], query_params=parse_qs(target["query"], keep_blank_values=True))


def query() -> dict[str, list[str]]:
    """The query string of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go(state: BrowseState | FilmState) -> None:
    """Put a state of the page that is shown into the address; back leads to the one before."""
    st.query_params.from_dict(state.query())
