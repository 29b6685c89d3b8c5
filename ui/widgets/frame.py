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
from typing import TYPE_CHECKING
from uuid import uuid4

import htpy as h
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import catalogue
from ui.client import ApiDownError, ApiError, NotFoundError, NotReadyError, RefusedError
from ui.markup.films import SEEN_VERBS, heading, links, note
from ui.models.kept import Kept
from ui.models.state import BrowseState, FindState, MixState, PageState, Preferences
from ui.people import session

if TYPE_CHECKING:  # most pages have no chart
    import altair as alt

# What the browser keeps outlives a reload and a new tab. It is reported once a session, before it is written.
# Browsers may refuse to store.
_STORAGE_JS = """
export default function ({ data, setTriggerValue }) {
  const key = "reelkin.kept";
  try {
    if (window.reelkinSession !== data.session) {
      window.reelkinSession = data.session;
      window.reelkinKept = localStorage.getItem(key) ?? data.empty;
      if (window.reelkinKept !== data.kept && window.reelkinKept !== data.empty) {
        return setTriggerValue("stored", window.reelkinKept);
      }
    }
    if (window.reelkinKept !== data.kept) localStorage.setItem(key, window.reelkinKept = data.kept);
  } catch (error) {
    console.info("Nothing is kept:", error);
  }
  const tell = () => {
    if (document.documentElement.dataset.shown) setTriggerValue("shown", Date.now());
    else setTimeout(tell, 50);
  };
  if (data.waits) tell();
}
"""

_CLICKS_KEY, _STORAGE_KEY, _SESSION_KEY = "rk-clicks", "rk-storage", "session"
_LAST_MARK_KEY = "last-mark"
_KEPT_KEY, _SHARED_KEY = "kept", "shared"
_SHOWN_KEY, _WAITS_KEY = "shown", "waits"
_clicks = st.components.v2.component("reelkin_clicks", js=(Path(__file__).parent / "clicks.js").read_text())
_storage = st.components.v2.component("reelkin_storage", js=_STORAGE_JS)


def query() -> dict[str, list[str]]:
    """The query string of the address."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def go(state: PageState) -> None:
    """Write a state of the current page into the address; Back returns to the one before."""
    st.query_params.from_dict(state.query())


def kept() -> Kept:
    """What the visitor's browser keeps: mixes, marks, films seen."""
    found: Kept = st.session_state.get(_KEPT_KEY, Kept())
    return found


def keep(wanted: Kept) -> None:
    """Keep something else from now on, instead of a shared mix."""
    st.session_state[_KEPT_KEY] = wanted
    st.session_state[_SHARED_KEY] = False


def shared() -> bool:
    """Whether the address of this session was opened with another mix than the visitor's own."""
    return bool(st.session_state.get(_SHARED_KEY))


def catch_clicks() -> None:
    """Catch the clicks of this page; called once, anywhere."""
    _clicks(key=_CLICKS_KEY, on_marks_change=_marked)


def store() -> None:
    """Keep it in the browser, and take over what that has; called once, after the page."""
    session = st.session_state.setdefault(_SESSION_KEY, uuid4().hex)
    waits = st.session_state.pop(_WAITS_KEY, False)
    data = {"kept": kept().stored(), "empty": Kept().stored(), "session": session, "waits": waits}
    _storage(key=_STORAGE_KEY, data=data, on_stored_change=_stored, on_shown_change=_shown)


def _shown() -> None:
    st.session_state[_SHOWN_KEY] = True


def draw(chart: alt.Chart | alt.LayerChart, place: DeltaGenerator | None = None) -> None:
    """Draw a chart; at first only its place, since what draws charts is larger than all the rest of a page.

    Args:
        place: where; here unless given.
    """
    height = int(chart.height)
    # While Streamlit loads what draws charts, a low bar is in the place of each; a container stays as high.
    framed = (place or st).container(height=height, border=False)
    if st.session_state.get(_SHOWN_KEY):
        framed.altair_chart(chart)
    else:
        st.session_state[_WAITS_KEY] = True
        framed.html(h.div(".rk-waits", aria_hidden="true"))


def _stored() -> None:
    """What the browser kept of an earlier session, before the next run."""
    found = Kept.read(str(st.session_state[_STORAGE_KEY].stored or ""))
    opened, now = MixState.read(query()), kept()
    for movie_id in now.seen:  # a mark may have come first
        found = found.marked_seen(movie_id, seen=True)
    if opened.preferences:
        own = found.mixes.get(opened.name, Preferences())
        keep(found)
        st.session_state[_SHARED_KEY] = bool(own) and opened.preferences != own
    else:
        keep(found.using(found.current, found.preferences.with_all(now.preferences)))


def _marked() -> None:
    """Clicks on buttons of `markup.films.mark_buttons`, before the next run; each counts once."""
    for mark in st.session_state[_CLICKS_KEY].marks or ():
        if mark["at"] <= st.session_state.get(_LAST_MARK_KEY, 0):
            continue
        st.session_state[_LAST_MARK_KEY] = mark["at"]
        before, verb, movie_id = kept(), mark["verb"], int(mark["film"])
        mix = before.preferences
        if session.hears(verb):
            session.apply(verb, movie_id)
            if verb not in SEEN_VERBS:
                continue
        if verb in SEEN_VERBS:
            keep(before.marked_seen(movie_id, seen=SEEN_VERBS[verb]))
        else:
            change = {"like": mix.with_like, "dislike": mix.with_dislike}.get(verb, mix.without)
            keep(before.using(before.current, change(movie_id)))


START = {"Find a film": FindState().href(), "Browse the catalogue": BrowseState().href()}
"""Links for pages that have nothing to show."""


AWAY, AWAY_ADVICE = "Films are away for a moment", "Nothing of yours is lost. Please try again in a minute."
"""What a visitor reads of a failure of the service, whatever its cause."""


@dataclass(frozen=True)
class Notice:
    """A failure in words.

    Attributes:
        advice: one sentence on what to do.
        command: a command that helps, or "".
        temporary: whether the service has failed, so that trying again may help; the words are the operator's.
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
            return Notice("This address cannot be used", "It contains an invalid value.", temporary=False)
        case _:
            return Notice("The API failed", "See its log for the cause.")


def show_error(error: ApiError) -> None:
    """Draw a failure; never a traceback. What has failed in the service is told to those who operate it."""
    said = notice(error)
    with st.container(border=True):
        st.html(heading(AWAY if said.temporary else said.headline))
        st.write(AWAY_ADVICE if said.temporary else said.advice)
        if not said.temporary:
            st.html(note(f"Details: {error}."))
            st.html(links(START))
            return
        st.button("Try again", key=f"again-{type(error).__name__}", type="primary")
        if catalogue.operates(catalogue.api()):
            with st.expander("For the administrator", key=f"operator-{type(error).__name__}"):
                _tell(error, said)


def _tell(error: ApiError, said: Notice) -> None:
    st.write(f"{said.headline}. {said.advice}")
    if said.command:
        st.code(said.command, language="bash")
    where = " Its address is the setting REELKIN_API_URL." if isinstance(error, ApiDownError) else ""
    st.html(note(f"Details: {error}.{where}"))


def empty(message: str, addresses: Mapping[str, str] | None = None) -> None:
    """Draw that nothing was found, with links that lead on."""
    with st.container(border=True):
        st.html(heading(message))
        if addresses:
            st.html(links(addresses))
