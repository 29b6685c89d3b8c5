"""A room that several people share by its address: each adds films, and the list changes for all."""

from __future__ import annotations

import htpy as h
import streamlit as st

from ui import catalogue
from ui.client import NotFoundError
from ui.markup import films
from ui.markup.films import note
from ui.people import session
from ui.people.markup import button, group
from ui.people.models import RULES, Room
from ui.widgets import frame, lists

EVERY_S = 1.5
KEY_LENGTH = 22
LONGEST_NAME = 40


def page() -> None:
    """Draw the page."""
    st.title("Group room", anchor=False)
    key = st.query_params.get("key", "")
    if len(key) != KEY_LENGTH:
        _open()
        return
    try:
        room = session.people().room(key, 0)
    except NotFoundError:
        frame.empty("This room has ended, or never was", {"Open a new room": "room"})
        return
    if room is None:
        return
    st.html(note("Share the address of this page: everybody who has it can add films. It ends after a day."))
    st.html(h.nav(".rk-links")[h.a(".rk-link.rk-copy", href=f"room?key={key}")["Copy the link to this room"]])
    name = st.text_input("Your name", key="room-name", max_chars=LONGEST_NAME).strip()
    rule = st.selectbox(
        "How you agree", list(RULES), list(RULES).index(room.rule), format_func=RULES.__getitem__, key="room-rule"
    )
    if rule != room.rule:
        session.people().agree(key, rule)
    if name:
        session.in_room(key, name)
        lists.title_box(
            catalogue.api(),
            "Add a film",
            "room-",
            None,
            lambda film: h.div(".rk-marks")[
                button(film, "room-like", "I like it", "+"), button(film, "room-dislike", "Not for me", "−")
            ],
        )
    else:
        st.html(note("Say your name, and you can add films."))
    _shown(key)


def _open() -> None:
    st.html(note("Find a film for several people, each on a phone of their own. Nobody needs an account."))
    rule = st.selectbox("How you agree", list(RULES), format_func=RULES.__getitem__, key="new-room-rule")
    if st.button("Open a room", key="open-room", type="primary"):
        st.query_params["key"] = session.people().open_room(rule)
        st.rerun()


@st.fragment(run_every=EVERY_S)
def _shown(key: str) -> None:
    """What is in the room; asked for again and again, and drawn anew once it has changed."""
    kept = st.session_state.get("room-state")
    known: Room | None = kept[1] if kept and kept[0] == key else None
    room = session.people().room(key, known.version if known else 0) or known
    if room is None:
        return
    st.session_state["room-state"] = (key, room)
    for member in room.members:
        st.html(films.heading(member.name))
        st.html(films.choices(member.like, lambda film: button(film, "room-drop", "Take it back", "×")))
        if member.dislike:
            st.html(note("Not: " + ", ".join(film.title for film in member.dislike)))
    st.header("For all of you", anchor=False)
    st.html(group(room.films.results))


page()
