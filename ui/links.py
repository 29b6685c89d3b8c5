"""Links from page to page: addresses that work by themselves, followed without loading the app again.

Cards are plain `<a href>`, so that they can be opened in a new tab, copied and reached by keyboard. A plain click
would load the whole app anew, so a component catches it and turns to the page in the running session.
"""

from __future__ import annotations

import streamlit as st

from ui.state import BrowseState, FilmState, Query, encode

FIND, BROWSE, FILM = "", "browse", "film"

# Streamlit's own router answers `popstate` with the page that the address names. `st.switch_page` would do, too,
# but adds a second entry to the history (the old page with the new query), so that Back leads nowhere.
_FOLLOW_JS = """
export default function () {
  const follow = (event) => {
    const link = event.target.closest?.("a.rk-link");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    window.history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
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


def follow() -> None:
    """Catch the clicks of this page's links; drawn once, anywhere."""
    _follow(key="links")


def query() -> dict[str, list[str]]:
    """The query string of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go(state: BrowseState | FilmState) -> None:
    """Put a state of the page that is shown into the address; back leads to the one before."""
    st.query_params.from_dict(state.query())
