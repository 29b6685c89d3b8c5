"""Who is signed in, in this session and in this browser, and what clicks on a member's marks do.

The browser keeps the token, so that a reload stays signed in; the API ends it after twelve hours. `first_load.js`
puts it into a cookie for the first request of a session, so that the first run is the member's. Where there are no
cookies, the component tells it, and the page is drawn a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import uuid4

import streamlit as st

import settings
from ui import catalogue
from ui.client import ApiError, RefusedError
from ui.markup.films import Actions
from ui.models.films import MovieSummary
from ui.people.client import People
from ui.people.markup import member_buttons
from ui.people.models import Marks

_PEOPLE, _MARKS, _ERROR, _SESSION, _ROOM = (
    "people",
    "people-marks",
    "people-error",
    "people-session",
    "people-room",
)
_COMPONENT, _COOKIE = "rk-token", "reelkin_token"
UNAUTHORIZED = "unauthorized"
MOST_FILMS = 100
"""Of one request."""

VERBS = {
    "watch-later": ("put", "watchlist"),
    "no-watch-later": ("remove", "watchlist"),
    "skip": ("put", "not-interested"),
    "no-skip": ("remove", "not-interested"),
    "unrate": ("remove", "ratings"),
    "seen": ("put", "watched"),
    "unseen": ("remove", "watched"),
}
"""Verbs of buttons -> what they do with which list; `rate-N` rates with N points."""

HIDDEN = ("ratings", "watched", "not-interested")
"""Lists whose films need not come back."""

ROOM_VERBS = {"room-like": True, "room-dislike": False, "room-drop": None}

_TOKEN_JS = """
export default function ({ data, setTriggerValue }) {
  const key = "reelkin.token";
  try {
    if (window.reelkinTokenSession !== data.session) {
      window.reelkinTokenSession = data.session;
      const stored = localStorage.getItem(key) ?? "";
      if (stored && !data.token) return setTriggerValue("stored", stored);
    }
    if (data.token) localStorage.setItem(key, data.token);
    else localStorage.removeItem(key);
  } catch (error) {
    console.info("Nothing is kept:", error);
  }
}
"""
_token = st.components.v2.component("reelkin_token", js=_TOKEN_JS)


def people() -> People:
    """The API as this visitor sees it.

    Raises:
        settings.SettingsError: a setting cannot work.
    """
    url = settings.load().api_url
    found: People | None = st.session_state.get(_PEOPLE)
    if found is None or found.base_url != url.rstrip("/"):
        found = st.session_state[_PEOPLE] = People(url, catalogue.visitor)
    return found


def signed_in() -> bool:
    """Whether somebody is."""
    found: People | None = st.session_state.get(_PEOPLE)
    return bool(found and found.token)


def entered(role: str) -> None:
    """Somebody has signed in or, with "", out."""
    st.session_state[catalogue.ROLE_KEY] = role
    st.session_state.pop(_MARKS, None)


def expired(error: ApiError) -> bool:
    """Whether an error says that the session has ended; then nobody is signed in any longer."""
    if not (isinstance(error, RefusedError) and error.code == UNAUTHORIZED and signed_in()):
        return False
    people().token = ""
    entered("")
    return True


def still_open() -> bool:
    """Whether the API still knows the session; what it refused as unauthorized was something else then."""
    try:
        people().me()
    except ApiError:
        return False
    return True


def open_kept() -> None:
    """Open the session that the browser has kept; called in every run before anything asks who is signed in."""
    if _SESSION in st.session_state:
        return
    st.session_state[_SESSION] = uuid4().hex
    if token := st.context.cookies.get(_COOKIE, ""):
        _take(token)


def store() -> None:
    """Keep the token in the browser, and take over the one that it has; called once, before the page."""
    token = people().token
    _token(key=_COMPONENT, data={"token": token, "session": st.session_state[_SESSION]}, on_stored_change=_stored)
    if message := st.session_state.pop(_ERROR, ""):
        st.toast(message, icon=":material/error:")


def _stored() -> None:
    token = str(st.session_state[_COMPONENT].stored or "")
    if token and not signed_in():
        _take(token)


def _take(token: str) -> None:
    people().token = token
    try:
        entered(people().me().role)
    except ApiError as error:
        if not expired(error):
            people().token = ""


def forget_marks() -> None:
    """Ask for the member's marks again: many have changed."""
    st.session_state.pop(_MARKS, None)


def marks(ids: Sequence[int]) -> dict[int, Marks]:
    """What the member's lists say of some films; asked for once. Nothing while nobody is signed in."""
    if not signed_in():
        return {}
    known: dict[int, Marks] = st.session_state.setdefault(_MARKS, {})
    unknown = [movie_id for movie_id in dict.fromkeys(ids) if movie_id not in known]
    for start in range(0, len(unknown), MOST_FILMS):
        some = unknown[start : start + MOST_FILMS]
        try:
            found = people().films(some)
        except ApiError as error:
            expired(error)
            return known
        known |= {movie_id: found.get(movie_id, Marks()) for movie_id in some}
    return known


def seen(ids: Iterable[int]) -> list[int]:
    """Those of some films that the member has seen or does not want to see."""
    some = list(ids)
    known = marks(some)
    return [i for i in some if i in known and set(HIDDEN) & set(known[i].lists)]


def buttons(films: Iterable[MovieSummary]) -> Actions:
    """What a member can do with each of some films, as markup; None for each while nobody is signed in."""
    known = marks([film.id for film in films])
    return lambda film: member_buttons(film, known.get(film.id))


def hears(verb: str) -> bool:
    """Whether a click with this verb is a member's, or somebody's in a room."""
    return verb in ROOM_VERBS or (signed_in() and (verb in VERBS or verb.startswith("rate-")))


def apply(verb: str, movie_id: int) -> None:
    """Do what a click says; a failure is told after the next run."""
    try:
        if verb in ROOM_VERBS:
            key, name = st.session_state.get(_ROOM, ("", ""))
            people().say(key, name, movie_id, ROOM_VERBS[verb])
        elif verb.startswith("rate-"):
            people().put("ratings", movie_id, float(verb.removeprefix("rate-")))
            people().put("watched", movie_id)
        else:
            done, kind = VERBS[verb]
            (people().put if done == "put" else people().remove)(kind, movie_id)
    except ApiError as error:
        told = "Your session has ended; sign in again" if expired(error) else f"Not done: {error}"
        st.session_state[_ERROR] = told
    st.session_state.get(_MARKS, {}).pop(movie_id, None)


def in_room(key: str, name: str) -> None:
    """From now on clicks of a room's buttons are of this member of this room."""
    st.session_state[_ROOM] = (key, name)
