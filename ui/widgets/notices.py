"""Messages instead of results: what is wrong when the API does not answer, and that nothing was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.client import ApiDownError, ApiError, NotFoundError, NotReadyError, RefusedError
from ui.markup.parts import heading, links, note
from ui.models.state import BrowseState, FindState

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


def show(error: ApiError) -> None:
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
