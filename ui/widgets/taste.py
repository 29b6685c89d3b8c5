"""The session's taste: films marked "more like this" or "less like this" on any page, for the mix."""

from __future__ import annotations

from html import escape

import streamlit as st

from ui.models.state import MixState, Taste
from ui.widgets import links

_KEY = "taste"


def current() -> Taste:
    """The taste so far."""
    taste: Taste = st.session_state.get(_KEY, Taste())
    return taste


def keep(taste: Taste) -> None:
    """Remember a taste for this session."""
    st.session_state[_KEY] = taste


def rate(verb: str, movie_id: int) -> None:
    """What a click on a button of `buttons` means."""
    taste = current()
    changed = {"like": taste.with_like, "dislike": taste.with_dislike, "drop": taste.without}
    keep(changed.get(verb, taste.without)(movie_id))


def buttons(movie_id: int, name: str, more: str) -> str:
    """More and less like this, as two buttons that stay pressed; a second press takes the mark off.

    Args:
        name: the film's title, for those who hear the page.
        more: markup of what else can be done with the film.
    """
    taste = current()
    return (
        '<div class="rk-tastes">'
        f"{_button('like', 'More like this', '+', movie_id, name, movie_id in taste.likes)}"
        f"{_button('dislike', 'Less like this', '−', movie_id, name, movie_id in taste.dislikes)}{more}</div>"
    )


def _button(verb: str, label: str, sign: str, movie_id: int, name: str, pressed: bool) -> str:
    return (
        f'<button type="button" class="rk-taste rk-{verb}" data-verb="{"drop" if pressed else verb}" '
        f'data-film="{movie_id}" aria-pressed="{str(pressed).lower()}" '
        f'aria-label="{label}: {escape(name)}"><span aria-hidden="true">{sign}</span> {label}</button>'
    )


def tray() -> str:
    """What the mix holds and the way to it, to be seen from any page."""
    taste = current()
    held = [
        f"{len(taste.likes)} liked" if taste.likes else "",
        f"{len(taste.dislikes)} disliked" if taste.dislikes else "",
        "your words" if taste.text else "",
    ]
    address = escape(links.mix(MixState(taste)))
    return (
        f'<aside class="rk-tray" aria-label="Your mix"><span>Your mix: {", ".join(filter(None, held))}</span>'
        f'<a class="rk-link" href="{address}">See its films →</a></aside>'
    )
