"""The visitor's session: the address, clicks on links and marks, and the preferences collected on any page.

Cards are plain `<a href>`, so they can be opened in a new tab, copied and reached by keyboard. A plain click would
load the whole app again, so a component catches it and changes the page in the running session. The same component
reports clicks on marks to Python, and copies addresses.
"""

from __future__ import annotations

import streamlit as st

from ui.models.state import PageState, Preferences

# Streamlit's own router answers `popstate` with the page of the address. `st.switch_page` would do as well, but it
# adds a second entry to the history (the old page with the new query), so that Back leads nowhere.
_CLICKS_JS = """
export default function ({ setTriggerValue }) {
  const clicked = (event) => {
    const button = event.target.closest?.("button.rk-mark");
    if (button) return setTriggerValue("mark", `${button.dataset.verb}:${button.dataset.film}`);
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

_CLICKS_KEY, _PREFERENCES_KEY = "rk-clicks", "preferences"
_clicks = st.components.v2.component("reelkin_clicks", js=_CLICKS_JS)


def query() -> dict[str, list[str]]:
    """The query string of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go(state: PageState) -> None:
    """Write a state of the current page into the address; Back returns to the one before."""
    st.query_params.from_dict(state.query())


def preferences() -> Preferences:
    """The preferences so far."""
    found: Preferences = st.session_state.get(_PREFERENCES_KEY, Preferences())
    return found


def keep(wanted: Preferences) -> None:
    """Remember preferences for this session."""
    st.session_state[_PREFERENCES_KEY] = wanted


def catch_clicks() -> None:
    """Catch the clicks of this page; called once, anywhere."""
    _clicks(key=_CLICKS_KEY, on_mark_change=_marked)


def _marked() -> None:
    """A click on a button of `markup.mix.buttons`, before the next run."""
    verb, _, film = str(st.session_state[_CLICKS_KEY].mark or "").partition(":")
    if film.isdigit():
        before = preferences()
        change = {"like": before.with_like, "dislike": before.with_dislike}.get(verb, before.without)
        keep(change(int(film)))
