"""Links from page to page: addresses that work by themselves, followed without loading the app again.

Cards are plain `<a href>`, so that they can be opened in a new tab, copied and reached by keyboard. A plain click
would load the whole app anew, so a component catches it and turns to the page in the running session. The same
component hands the clicks on our own buttons to Python, and copies addresses.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.models.query import Query, encode
from ui.models.state import BrowseState, CompareState, FilmState, MixState

FIND, BROWSE, FILM, MIX, COMPARE = "", "browse", "film", "mix", "compare"
ANALYTICS, OPERATOR = "analytics", "operator"

# Streamlit's own router answers `popstate` with the page that the address names. `st.switch_page` would do, too,
# but adds a second entry to the history (the old page with the new query), so that Back leads nowhere.
_FOLLOW_JS = """
export default function ({ setTriggerValue }) {
  const clicked = (event) => {
    const button = event.target.closest?.("button.rk-taste");
    if (button) return setTriggerValue("taste", `${button.dataset.verb}:${button.dataset.film}`);
    const link = event.target.closest?.("a.rk-link");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented) return;
    event.preventDefault();
    if (link.classList.contains("rk-copy")) {
      return navigator.clipboard.writeText(link.href).then(() => link.classList.add("rk-copied"));
    }
    const stays = new URL(link.href).pathname === window.location.pathname && link.dataset.stay;
    window.history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate"));
    if (!stays) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  };
  document.addEventListener("click", clicked);
  return () => document.removeEventListener("click", clicked);
}
"""

_KEY = "rk-clicks"
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


def mix(state: MixState) -> str:
    """The address of a mix."""
    return href(MIX, state.query())


def compare(*movie_ids: int) -> str:
    """The address where two films stand side by side, or where the second is still to be chosen."""
    return href(COMPARE, CompareState(movie_ids).query())


def follow(rated: Callable[[str, int], None]) -> None:
    """Catch the clicks of this page; drawn once, anywhere.

    Args:
        rated: called before the next run with the verb and the film of a `button.rk-taste` that was clicked.
    """

    def clicked() -> None:
        verb, _, film = str(st.session_state[_KEY].taste or "").partition(":")
        if film.isdigit():
            rated(verb, int(film))

    _follow(key=_KEY, on_taste_change=clicked)


def query() -> dict[str, list[str]]:
    """The query string of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go(state: BrowseState | FilmState | MixState) -> None:
    """Put a state of the page that is shown into the address; back leads to the one before."""
    st.query_params.from_dict(state.query())
