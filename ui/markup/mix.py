"""Marks for the mix: buttons on any page, the tray that shows what is in it, and the films of the mix page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import htpy as h

from ui.markup import films
from ui.models.films import MovieSummary
from ui.models.state import MixState, Preferences

MORE, LESS = ("like", "More like this", "+"), ("dislike", "Less like this", "−")
"""Verb, label and sign of the two marks."""


def buttons(film: MovieSummary, preferences: Preferences, more: h.Node = None) -> h.Element:
    """More and less like this, as two buttons that stay pressed; a second press removes the mark.

    Args:
        more: what else can be done with the film.
    """
    marked = (film.id in preferences.likes, film.id in preferences.dislikes)
    return h.div(".rk-marks")[
        [_button(*mark, film, pressed) for mark, pressed in zip((MORE, LESS), marked, strict=True)], more
    ]


def _button(verb: str, label: str, sign: str, film: MovieSummary, pressed: bool) -> h.Element:
    return h.button(
        f".rk-mark.rk-{verb}",
        type="button",
        data_verb="drop" if pressed else verb,
        data_film=film.id,
        aria_pressed=str(pressed).lower(),
        aria_label=f"{label}: {film.title}",
    )[h.span(aria_hidden="true")[sign], f" {label}"]


def tray(preferences: Preferences) -> h.Element:
    """What the mix contains and the link to it, for every page."""
    contents = [
        f"{len(preferences.likes)} liked" if preferences.likes else "",
        f"{len(preferences.dislikes)} disliked" if preferences.dislikes else "",
        "your words" if preferences.text else "",
    ]
    return h.aside(".rk-tray", aria_label="Your mix")[
        h.span[f"Your mix: {', '.join(filter(None, contents))}"],
        h.a(".rk-link", href=MixState(preferences).href())["See its films →"],
    ]


def links(state: MixState, film: MovieSummary) -> h.Element:
    """More and less like this, as links to the mix with the film in it."""
    targets = (state.preferences.with_like(film.id), state.preferences.with_dislike(film.id))
    return h.div(".rk-marks")[
        [
            h.a(
                f".rk-link.rk-mark.rk-{kind}",
                data_stay="1",
                href=replace(state, preferences=target).href(),
                aria_label=f"{label}: {film.title}",
            )[h.span(aria_hidden="true")[sign], f" {label}"]
            for (kind, label, sign), target in zip((MORE, LESS), targets, strict=True)
        ]
    ]


def contents(state: MixState, likes: Sequence[MovieSummary], dislikes: Sequence[MovieSummary]) -> h.Element:
    """The films of the mix, each with a link that removes it, and the link that saves the mix."""
    return h.section(".rk-mix", aria_label="In this mix")[
        _group("More like", state, likes),
        _group("Less like", state, dislikes),
        h.nav(".rk-links")[
            h.a(".rk-link.rk-copy", href=state.href())["Copy the link to this mix"],
            # An address without parameters would show the preferences of the session again.
            h.a(".rk-link", href=f"{MixState.PAGE}?like=")["Start again"],
        ],
    ]


def _group(name: str, state: MixState, found: Iterable[MovieSummary]) -> h.Node:
    return found and [h.h2[name], films.choices(found, lambda film: _remove(state, film))]


def _remove(state: MixState, film: MovieSummary) -> h.Element:
    rest = replace(state, preferences=state.preferences.without(film.id))
    return h.a(".rk-link.rk-remove", data_stay="1", href=rest.href(), aria_label=f"Remove {film.title}")["✕"]
