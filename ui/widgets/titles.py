"""Boxes that films are named in: a title, typos and all, and what can be done with the films of that title."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from html import escape
from typing import Literal

import streamlit as st

from ui import catalogue
from ui.client import ApiError, Client
from ui.html import films as cards
from ui.models.films import MovieSummary
from ui.widgets import notices as problems

OFFERED = 6
LONGEST_TITLE = 500


def title(label: str, key: str, placeholder: str, bind: Literal["query-params"] | None = None) -> str:
    """A box for a title, and what is typed in it, while it is typed.

    Args:
        bind: whether the address holds it, under the key.
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
    actions: Callable[[MovieSummary], str],
    otherwise: Callable[[], Iterable[MovieSummary]] = tuple,
) -> None:
    """A box for a title, and below it the films of that title, typos and all, each with what can be done with it.

    Args:
        label: of the box.
        prefix: of the keys, one for each page.
        chosen: what the page shows; the box is emptied once this is another.
        actions: markup of what can be done with a film, "" to leave the film out.
        otherwise: films to offer until something is typed.
    """
    key, seen = prefix + "search", prefix + "seen"
    if st.session_state.get(seen, chosen) != chosen:
        st.session_state[key] = ""  # what was typed has been chosen
    st.session_state[seen] = chosen
    typed = title(label, key, "its title, typos and all")
    try:
        found = [match.movie for match in catalogue.search(api, typed, None, OFFERED).matches] if typed else None
        films = [film for film in (otherwise() if found is None else found) if actions(film)]
    except ApiError as error:  # what is chosen already stays
        problems.show(error)
        return
    if typed and not found:
        st.html(f'<p class="rk-meta">No film is called anything like “{escape(typed)}”.</p>')
    elif films:
        st.html(cards.offers(films, actions))
