"""What every page needs around its content: the address, clicks, the visitor's preferences, and messages.

Cards are plain `<a href>`, so they can be opened in a new tab, copied and reached by keyboard. A plain click would
load the whole app again, so a component catches it and changes the page in the running session. The same component
reports clicks on marks to Python, and copies addresses. A message is shown instead of results: what is wrong when
the API does not answer, or that nothing was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs
from uuid import uuid4

import streamlit as st

from ui.client import ApiDownError, ApiError, NotFoundError, NotReadyError, RefusedError
from ui.markup.films import heading, links, note
from ui.models.query import encode
from ui.models.state import BrowseState, FindState, MixState, PageState, Preferences

# The visitor's own mix outlives a reload and a new tab in the browser's storage. What is stored is reported once a
# session, before anything is written; a browser may refuse storage.
_STORAGE_JS = """
export default function ({ data, setTriggerValue }) {
  const key = "reelkin.mix";
  try {
    if (window.reelkinSession !== data.session) {
      window.reelkinSession = data.session;
      window.reelkinMix = localStorage.getItem(key) ?? "";
      if (window.reelkinMix && window.reelkinMix !== data.mix) return setTriggerValue("stored", window.reelkinMix);
    }
    if (window.reelkinMix !== data.mix) localStorage.setItem(key, window.reelkinMix = data.mix);
  } catch (error) {
    console.info("The mix is not kept:", error);
  }
}
"""

_CLICKS_KEY, _STORAGE_KEY, _SESSION_KEY = "rk-clicks", "rk-storage", "session"
_LAST_MARK_KEY = "last-mark"
_PREFERENCES_KEY, _SHARED_KEY = "preferences", "shared"
_clicks = st.components.v2.component("reelkin_clicks", js=(Path(__file__).parent / "clicks.js").read_text())
_storage = st.components.v2.component("reelkin_storage", js=_STORAGE_JS)


def query() -> dict[str, list[str]]:
    """The query string of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go(state: PageState) -> None:
    """Write a state of the current page into the address; Back returns to the one before."""
    st.query_params.from_dict(state.query())


def preferences() -> Preferences:
    """The visitor's own preferences so far."""
    found: Preferences = st.session_state.get(_PREFERENCES_KEY, Preferences())
    return found


def keep(wanted: Preferences) -> None:
    """Remember preferences as the visitor's own, from now on instead of a shared mix."""
    st.session_state[_PREFERENCES_KEY] = wanted
    st.session_state[_SHARED_KEY] = False


def shared() -> bool:
    """Whether the address of this session was opened with another mix than the visitor's own."""
    return bool(st.session_state.get(_SHARED_KEY))


def catch_clicks() -> None:
    """Catch the clicks of this page; called once, anywhere."""
    _clicks(key=_CLICKS_KEY, on_marks_change=_marked)


def store() -> None:
    """Keep the preferences in the browser, and take over what it has; called once, after the page."""
    session = st.session_state.setdefault(_SESSION_KEY, uuid4().hex)
    mix = encode(MixState(preferences()).query())
    _storage(key=_STORAGE_KEY, data={"mix": mix, "session": session}, on_stored_change=_stored)


def _stored() -> None:
    """The mix that the browser had from an earlier session, before the next run."""
    stored = MixState.read(parse_qs(str(st.session_state[_STORAGE_KEY].stored or ""))).preferences
    opened = MixState.read(query()).preferences
    if not stored:
        return
    if opened:
        keep(stored)
        st.session_state[_SHARED_KEY] = opened != stored
    else:  # a mark may have come first
        keep(stored.with_all(preferences()))


def _marked() -> None:
    """Clicks on buttons of `markup.films.mark_buttons`, before the next run; each counts once."""
    for mark in st.session_state[_CLICKS_KEY].marks or ():
        if mark["at"] <= st.session_state.get(_LAST_MARK_KEY, 0):
            continue
        st.session_state[_LAST_MARK_KEY] = mark["at"]
        before = preferences()
        change = {"like": before.with_like, "dislike": before.with_dislike}.get(mark["verb"], before.without)
        keep(change(int(mark["film"])))


START = {"Find a film": FindState().href(), "Browse the catalogue": BrowseState().href()}
"""Links for pages that have nothing to show."""


@dataclass(frozen=True)
class Notice:
    """A failure in words.

    Attributes:
        advice: one sentence on what to do.
        command: a command that helps, or "".
        temporary: whether trying again may help.
    """

    headline: str
    advice: str
    command: str = ""
    temporary: bool = True


def notice(error: ApiError) -> Notice:
    """The words for an error."""
    match error:
        case ApiDownError():
            return Notice("The API is not running", "Start it in the project's folder:", "python -m api")
        case NotReadyError(code="no_generation"):
            return Notice(
                "The index is not built yet",
                "Load a catalogue and build the index; the API opens it by itself:",
                "python -m etl ingest data/sample.csv.gz && python -m etl build",
            )
        case NotReadyError():
            return Notice("The database cannot be reached", "Check the setting REELKIN_DATABASE_URL.")
        case NotFoundError():
            return Notice("There is no such film", "Search for it by its title.", temporary=False)
        case RefusedError(code="bad_cursor"):
            return Notice(
                "This page has moved", "The catalogue changed; start from its first page.", temporary=False
            )
        case RefusedError(code="damaged_generation"):
            return Notice("It cannot be compared", "A file of one of the two is damaged.", temporary=False)
        case RefusedError():
            return Notice("The API rejects this address", "It contains an invalid value.", temporary=False)
        case _:
            return Notice("The API failed", "See its log for the cause.")


def show_error(error: ApiError) -> None:
    """Draw a failure; never a traceback."""
    said = notice(error)
    with st.container(border=True):
        st.html(heading(said.headline))
        st.write(said.advice)
        if said.command:
            st.code(said.command, language="bash")
        where = " Its address is the setting REELKIN_API_URL." if isinstance(error, ApiDownError) else ""
        st.html(note(f"Details: {error}.{where}"))
        if said.temporary:
            st.button("Try again", key=f"again-{type(error).__name__}", type="primary")
        else:
            st.html(links(START))


def empty(message: str, addresses: Mapping[str, str] | None = None) -> None:
    """Draw that nothing was found, with links that lead on."""
    with st.container(border=True):
        st.html(heading(message))
        if addresses:
            st.html(links(addresses))
