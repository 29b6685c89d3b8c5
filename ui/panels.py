"""The filter widgets of Browse and of a film's kin.

The address holds the state: widgets show what it says, and a touched widget writes a new address. So a widget's
value is set from the address before it is drawn, and read back only in the callback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from ui import words
from ui.answers import GenreCount
from ui.state import Filters

FIRST_YEAR = 1880
YEARS_AHEAD = 5
LONGEST_MIN = 240
VOTES = (0, 10, 50, 100, 500, 1_000, 5_000, 10_000)
COUNTRIES = (
    "Argentina",
    "Australia",
    "Austria",
    "Belgium",
    "Brazil",
    "Canada",
    "China",
    "Czech Republic",
    "Denmark",
    "Finland",
    "France",
    "Germany",
    "Hong Kong",
    "Hungary",
    "Iceland",
    "India",
    "Iran",
    "Ireland",
    "Israel",
    "Italy",
    "Japan",
    "Mexico",
    "Netherlands",
    "New Zealand",
    "Norway",
    "Poland",
    "Portugal",
    "Russia",
    "South Africa",
    "South Korea",
    "Soviet Union",
    "Spain",
    "Sweden",
    "Switzerland",
    "Taiwan",
    "Thailand",
    "Turkey",
    "United Kingdom",
    "United States of America",
)
"""Suggestions of the countries box, by TMDB's names; any other can be typed."""

Changed = Callable[[], None]


def genres(filters: Filters, counts: Sequence[GenreCount], prefix: str, changed: Changed) -> None:
    """Any of these genres."""
    films = {count.name: count.films for count in counts}
    st.multiselect(
        "Genres, any of",
        _with(list(films), filters.genres),
        key=_seed(prefix, "genres", list(filters.genres)),
        format_func=lambda name: f"{name} · {films[name]:,}" if name in films else name,
        placeholder="All genres",
        on_change=changed,
    )


def years(filters: Filters, prefix: str, changed: Changed) -> None:
    """First and last year; an end of the slider means no bound."""
    low, high = _year_range(filters)
    value = (_or(filters.year_min, low), _or(filters.year_max, high))
    st.slider("Years", low, high, key=_seed(prefix, "years", (min(value), max(value))), on_change=changed)


def votes(filters: Filters, prefix: str, changed: Changed) -> None:
    """At least so many votes."""
    value = filters.votes_min or 0
    st.select_slider(
        "Votes, at least",
        sorted({*VOTES, value}),
        key=_seed(prefix, "votes", value),
        format_func=lambda count: f"{count:,}" if count else "any",
        on_change=changed,
    )


def more(filters: Filters, prefix: str, changed: Changed) -> None:
    """Keywords, languages, countries, runtime and rating; unfolded while one of them is set."""
    main = Filters(
        filters.genres, year_min=filters.year_min, year_max=filters.year_max, votes_min=filters.votes_min
    )
    with st.expander("More filters", expanded=filters != main):
        _lists(filters, prefix, changed)
        _ranges(filters, prefix, changed)


def _lists(filters: Filters, prefix: str, changed: Changed) -> None:
    st.multiselect(
        "Keywords, any of",
        list(filters.keywords),
        key=_seed(prefix, "keywords", list(filters.keywords)),
        accept_new_options=True,
        placeholder="Type one, press Enter",
        on_change=changed,
    )
    st.multiselect(
        "Original language",
        _with(sorted(words.LANGUAGES, key=words.language), filters.languages),
        key=_seed(prefix, "languages", list(filters.languages)),
        format_func=words.language,
        placeholder="All languages",
        on_change=changed,
    )
    st.multiselect(
        "Countries, any of",
        _with(COUNTRIES, filters.countries),
        key=_seed(prefix, "countries", list(filters.countries)),
        accept_new_options=True,
        placeholder="All countries",
        on_change=changed,
    )


def _ranges(filters: Filters, prefix: str, changed: Changed) -> None:
    longest = _longest(filters)
    value = (filters.runtime_min or 0, _or(filters.runtime_max, longest))
    runtime_key = _seed(prefix, "runtime", (min(value), max(value)))
    st.slider("Runtime, minutes", 0, longest, step=5, key=runtime_key, on_change=changed)
    rating_key = _seed(prefix, "rating", filters.rating_min or 0.0)
    st.slider("Rating, at least", 0.0, 10.0, step=0.1, format="%.1f", key=rating_key, on_change=changed)


def chosen(before: Filters, prefix: str) -> Filters:
    """The filters that the widgets show; what has no widget on this page stays as it was."""

    def value(name: str, otherwise: Any) -> Any:
        return st.session_state.get(prefix + name, otherwise)

    low, high = _year_range(before)
    longest = _longest(before)
    year_min, year_max = value("years", (_or(before.year_min, low), _or(before.year_max, high)))
    runtime = (before.runtime_min or 0, _or(before.runtime_max, longest))
    runtime_min, runtime_max = value("runtime", runtime)
    lists: dict[str, Any] = {name: tuple(value(name, getattr(before, name))) for name in _LISTS}
    return replace(
        before,
        **lists,
        year_min=year_min if year_min > low else None,
        year_max=year_max if year_max < high else None,
        runtime_min=runtime_min or None,
        runtime_max=runtime_max if runtime_max < longest else None,
        votes_min=value("votes", before.votes_min) or None,
        rating_min=value("rating", before.rating_min) or None,
    )


def in_words(filters: Filters) -> list[tuple[str, Filters]]:
    """Each filter that is set, said in words, with the filters that remain without it."""
    said = []
    for name in _LISTS:
        for item in getattr(filters, name):
            rest = tuple(other for other in getattr(filters, name) if other != item)
            label = words.language(item) if name == "languages" else item
            without: dict[str, Any] = {name: rest}
            said.append((label, replace(filters, **without)))
    if years := _span(filters.year_min, filters.year_max):
        said.append((years, replace(filters, year_min=None, year_max=None)))
    if minutes := _span(filters.runtime_min, filters.runtime_max):
        said.append((f"{minutes} minutes", replace(filters, runtime_min=None, runtime_max=None)))
    if filters.votes_min:
        said.append((f"{filters.votes_min:,} votes or more", replace(filters, votes_min=None)))
    if filters.rating_min:
        said.append((f"rated {filters.rating_min:g} or more", replace(filters, rating_min=None)))
    return said


_LISTS = ("genres", "keywords", "languages", "countries")


def _span(least: int | None, most: int | None) -> str:
    if least is None:
        return "" if most is None else f"up to {most}"
    return f"from {least}" if most is None else f"{least} to {most}"


def _seed(prefix: str, name: str, value: Any) -> str:
    """The widget's key, with the address's value in it. Left alone when equal: setting disturbs a hand at work."""
    key = prefix + name
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def _with(options: Sequence[str], extra: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*options, *extra]))


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _year_range(filters: Filters) -> tuple[int, int]:
    ahead = date.today().year + YEARS_AHEAD
    set_years = [year for year in (filters.year_min, filters.year_max) if year is not None]
    return min([FIRST_YEAR, *set_years]), max([ahead, *set_years])


def _longest(filters: Filters) -> int:
    return max(LONGEST_MIN, filters.runtime_min or 0, filters.runtime_max or 0)
