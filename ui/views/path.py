"""A chain of kin from one film to another; the address names both."""

from __future__ import annotations

import streamlit as st

from ui.client import NotFoundError
from ui.markup.films import note
from ui.people import session
from ui.people.markup import path
from ui.widgets import frame


def page() -> None:
    """Draw the page."""
    st.title("From one film to the other", anchor=False)
    ends = [st.query_params.get(name, "") for name in ("from", "to")]
    if not all(end.isdigit() for end in ends) or ends[0] == ends[1]:
        frame.empty("Two films are needed", {"Compare two films": "compare"})
        return
    try:
        found = session.people().path(int(ends[0]), int(ends[1]))
    except NotFoundError as error:
        said = str(error)
        frame.empty(said[:1].upper() + said[1:], {"Compare two films": "compare"})
        return
    st.html(note("Each film resembles the one before; a bar says how much."))
    st.html(path(found))


page()
