"""The filters as widgets in one popover, for the catalogue and for recommendations.

Every filter belongs to one control in `LEFT` or `RIGHT`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import streamlit as st

from contract import FILTERS, Filters
from ui import words
from ui.client import Client
from ui.markup.films import matching as matching_films
from ui.widgets import kinds, saved
from ui.widgets.bounds import AtLeast, AtMost, Day, Range
from ui.widgets.controls import Changes, Control, Genres, Names, Panel, Suggested, Switch

FIRST_YEAR = 1880
YEARS_AHEAD = 5
LONGEST_MIN = 240
VOTES = (0, 10, 50, 100, 500, 1_000, 5_000, 10_000)

SUGGESTION = "Type or choose one"

LEFT: tuple[Control, ...] = (
    Genres("genres", "Genres, any of", placeholder="All genres", counted=True),
    Genres("genres_all", "Genres, all of"),
    Genres("without_genres", "Genres, none of", said="not {}"),
    Suggested("keywords", "Keywords, any of", SUGGESTION, kind="keywords"),
    Suggested("without_keywords", "Keywords, none of", SUGGESTION, said="not {}", kind="keywords"),
    Suggested("companies", "Studios, any of", SUGGESTION, said="made by {}", kind="companies"),
    Suggested("directors", "Directors, any of", SUGGESTION, said="directed by {}", kind="directors"),
    Suggested("actors", "Actors, any of", SUGGESTION, said="with {}", kind="actors"),
)
RIGHT: tuple[Control, ...] = (
    Range("years", "Years", FIRST_YEAR, lambda: date.today().year + YEARS_AHEAD, 1, "{}", "year", boxes=True),
    Day("released_min", "Released from", "released from {}"),
    Day("released_max", "Released until", "released until {}"),
    Range("runtime", "Runtime, minutes", 0, lambda: LONGEST_MIN, 5, "{} minutes", "runtime"),
    AtLeast("votes", "Votes, at least", "{:,} votes or more", stops=VOTES),
    AtMost("most_votes", "Votes, at most", "votes", "{:,} votes or fewer", VOTES[1:]),
    AtLeast("rating", "Rating, at least", "rated {:g} or more", most=float(FILTERS["rating_min"].limits[1])),
    AtMost("most_rating", "Rating, at most", "rating", "rated {:g} or less", [step / 2 for step in range(2, 20)]),
    Names(
        "languages",
        "Original language",
        placeholder="All languages",
        options=sorted(words.LANGUAGES, key=words.language),
        text=words.language,
    ),
    Names(
        "without_languages",
        "Original language, none of",
        options=sorted(words.LANGUAGES, key=words.language),
        said="not {}",
        text=words.language,
    ),
    Names("countries", "Countries, any of", placeholder="All countries", options=words.COUNTRIES, free=True),
    Names("without_countries", "Countries, none of", options=words.COUNTRIES, free=True, said="not {}"),
    Switch("adult", "Include adult films", "adult films included"),
)
_ORDER = list(FILTERS)
CONTROLS = sorted((*LEFT, *RIGHT), key=lambda control: _ORDER.index(control.names[0]))


def popover(api: Client, filters: Filters, prefix: str, matching: int, changed: Callable[[Filters], None]) -> None:
    """A button that opens the controls of every filter. They are drawn once it is open: most visits need none.

    Args:
        prefix: of the widgets' keys, one for each page.
        matching: how many films pass now.
        changed: called with the new filters before the next run.
    """

    def touched() -> None:
        values: Changes = {}
        for control in CONTROLS:
            values |= control.changes(st.session_state.get(prefix + control.key, control.value(filters)), filters)
        changed(replace(filters, **values))

    opened = st.popover("Filters", key=prefix + "filters", icon=":material/tune:", on_change="rerun")
    if not opened.open:
        return
    panel = Panel(api, filters, prefix, touched)
    with opened:
        st.html(matching_films(matching))
        kinds.select(filters, prefix, changed)
        left, right = st.columns(2, gap="medium")
        for column, controls in ((right, RIGHT), (left, LEFT)):  # the genres of the left column need a request
            with column:
                for control in controls:
                    control.draw(panel)
        saved.saved(filters, prefix, changed)


def in_words(filters: Filters) -> list[tuple[str, Filters]]:
    """Each filter that is set, in words, with the filters that remain without it."""
    return [
        (label, replace(filters, **changes))
        for control in CONTROLS
        for label, changes in control.in_words(filters)
    ]
