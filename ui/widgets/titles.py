"""The box for a film's title, typos allowed, and what can be done with the films of that title."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Literal

import streamlit as st

from ui import catalogue
from ui.client import ApiError, Client
from ui.markup import films
from ui.markup.parts import note
from ui.models.films import MovieSummary
from ui.widgets import notices

OFFERED = 6
LONGEST_TITLE = 500


def title(label: str, key: str, placeholder: str, bind: Literal["query-params"] | None = None) -> str:
    """A box for a title; returns its text while it is typed.

    Args:
        bind: whether the address holds the text, under the key.
    """
    return st.text_input(
        label,
        key=key,
        bind=bind,
        type="search",
        live="300ms",
        max_chars=LONGEST_TITLE,
        placeholder=placeholder,
        autocomplete="off",
    ).strip()


def box(
    api: Client,
    label: str,
    prefix: str,
    chosen: Hashable,
    actions: films.Actions,
    otherwise: Callable[[], Iterable[MovieSummary]] = tuple,
) -> None:
    """A box for a title, and below it the films of that title, each with what can be done with it.

    Args:
        label: of the box.
        prefix: of the keys, one for each page.
        chosen: what the page shows; the box is emptied once this changes.
        actions: what can be done with a film; None leaves the film out.
        otherwise: films to offer until something is typed.
    """
    key, seen = prefix + "search", prefix + "seen"
    if st.session_state.get(seen, chosen) != chosen:
        st.session_state[key] = ""  # what was typed has been chosen
    st.session_state[seen] = chosen
    typed = title(label, key, "its title, typos are fine")
    try:
        found = catalogue.search(api, typed, None, OFFERED).films if typed else None
        offered = [film for film in (otherwise() if found is None else found) if actions(film) is not None]
    except ApiError as error:  # the rest of the page can still be shown
        notices.show(error)
        return
    if typed and not found:
        st.html(note(f"No film has a title like “{typed}”."))
    elif offered:
        st.html(films.choices(offered, actions))
