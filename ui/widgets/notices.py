"""What a page shows when the API does not answer: what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from ui.client import ApiDownError, ApiError, NotFoundError, NotReadyError, RefusedError
from ui.widgets import links


@dataclass(frozen=True)
class Notice:
    """A failure in words.

    Attributes:
        advice: one sentence on what to do.
        command: a command that helps, or "".
        passing: whether it may work in a moment.
    """

    headline: str
    advice: str
    command: str = ""
    passing: bool = True


def notice(error: ApiError) -> Notice:
    """The words for an error."""
    match error:
        case ApiDownError():
            return Notice("The API is not running", "Start it in the project's folder:", "python -m api")
        case NotReadyError(code="no_generation"):
            return Notice(
                "The index is not built yet",
                "Load a catalogue and build the index; the API picks it up by itself:",
                "python -m etl ingest data/sample.csv.gz && python -m etl build",
            )
        case NotReadyError():
            return Notice("The database is away", "The API cannot reach it; look at REELKIN_DATABASE_URL.")
        case NotFoundError():
            return Notice("There is no such film", "Look it up by its title instead.", passing=False)
        case RefusedError(code="bad_cursor"):
            return Notice(
                "This page has moved", "The catalogue changed; start from its first page.", passing=False
            )
        case RefusedError(code="damaged_generation"):
            return Notice("It cannot be compared", "A file of one of the two is damaged.", passing=False)
        case RefusedError():
            return Notice("The API refuses this address", "A value in it cannot work.", passing=False)
        case _:
            return Notice("The API failed", "Its log says more.")


def show(error: ApiError) -> None:
    """Draw a failure; never a traceback."""
    said = notice(error)
    with st.container(border=True):
        st.header(said.headline, anchor=False)
        st.write(said.advice)
        if said.command:
            st.code(said.command, language="bash")
        where = " Its address is the setting REELKIN_API_URL." if isinstance(error, ApiDownError) else ""
        st.html(f'<p class="rk-meta">In detail: {escape(str(error))}.{where}</p>')
        if said.passing:
            st.button("Try again", key=f"again-{type(error).__name__}", type="primary")
        else:
            ways = {
                "Find a film": links.href(links.FIND, {}),
                "Browse the catalogue": links.href(links.BROWSE, {}),
            }
            st.html(ways_out(ways))


def empty(message: str, ways: dict[str, str]) -> None:
    """Draw that nothing was found, with links that lead on."""
    with st.container(border=True):
        st.header(message, anchor=False)
        st.html(ways_out(ways))


def ways_out(ways: dict[str, str]) -> str:
    """Links in a row, from their labels to their addresses."""
    found = "".join(
        f'<a class="rk-link" href="{escape(address)}">{escape(label)}</a>' for label, address in ways.items()
    )
    return f'<nav class="rk-ways">{found}</nav>'
