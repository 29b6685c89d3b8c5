"""The filters as widgets in one popover, for the catalogue and for kin.

The address holds the state: widgets show what it says, and a touched widget writes a new address. So a widget's
value is set from the address before it is drawn, and read back only in the callback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from ui import catalogue, words
from ui.client import Client
from ui.models.state import Filters

FIRST_YEAR = 1880
YEARS_AHEAD = 5
LONGEST_MIN = 240
RUNTIME_STEP = 5
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


def popover(api: Client, filters: Filters, prefix: str, matching: int, changed: Callable[[Filters], None]) -> None:
    """A button that unfolds every filter of the API.

    Args:
        prefix: of the widgets' keys, one for each page.
        matching: how many films pass now.
        changed: called with the new filters before the next run.
    """

    def touched() -> None:
        changed(chosen(filters, prefix))

    count = len(in_words(filters))
    label = f"Filters · {count}" if count else "Filters"
    with st.popover(label, key=prefix + "filters", icon=":material/tune:"):
        st.html(
            f'<p class="rk-matching" role="status"><b>{matching:,}</b> {"film" if matching == 1 else "films"}</p>'
        )
        left, right = st.columns(2, gap="medium")
        with right:
            _ranges(filters, prefix, touched)
            _origins(filters, prefix, touched)
        with left:
            _topics(api, filters, prefix, touched)


def _topics(api: Client, filters: Filters, prefix: str, touched: Changed) -> None:
    """Genres with the films that each would leave, and keywords."""
    films = {count.name: count.films for count in catalogue.genres(api, replace(filters, genres=()))}
    known = sorted(films)
    labels = {"genres": "Genres, any of", "genres_all": "Genres, all of", "without_genres": "Genres, none of"}
    for name, label in labels.items():
        counted = films if name == "genres" else {}
        st.multiselect(
            label,
            _with(known, getattr(filters, name)),
            key=_seed(prefix, name, list(getattr(filters, name))),
            format_func=lambda genre, of=counted: f"{genre} · {of[genre]:,}" if genre in of else genre,
            placeholder="All genres" if name == "genres" else "",
            on_change=touched,
        )
    for name, label in (("keywords", "Keywords, any of"), ("without_keywords", "Keywords, none of")):
        st.multiselect(
            label,
            list(getattr(filters, name)),
            key=_seed(prefix, name, list(getattr(filters, name))),
            accept_new_options=True,
            placeholder="Type one, press Enter",
            on_change=touched,
        )


def _ranges(filters: Filters, prefix: str, touched: Changed) -> None:
    """Years, runtime, votes and rating. An end of a slider means no bound."""
    low, high = _year_range(filters)
    value = (_or(filters.year_min, low), _or(filters.year_max, high))
    st.slider("Years", low, high, key=_seed(prefix, "years", (min(value), max(value))), on_change=touched)
    longest = _longest(filters)
    value = (filters.runtime_min or 0, _or(filters.runtime_max, longest))
    runtime_key = _seed(prefix, "runtime", (min(value), max(value)))
    st.slider("Runtime, minutes", 0, longest, step=RUNTIME_STEP, key=runtime_key, on_change=touched)
    votes = filters.votes_min or 0
    st.select_slider(
        "Votes, at least",
        sorted({*VOTES, votes}),
        key=_seed(prefix, "votes", votes),
        format_func=lambda count: f"{count:,}" if count else "any",
        on_change=touched,
    )
    rating_key = _seed(prefix, "rating", filters.rating_min or 0.0)
    st.slider("Rating, at least", 0.0, 10.0, step=0.1, format="%.1f", key=rating_key, on_change=touched)


def _origins(filters: Filters, prefix: str, touched: Changed) -> None:
    """Languages, countries, and whether adult films may be shown."""
    st.multiselect(
        "Original language",
        _with(sorted(words.LANGUAGES, key=words.language), filters.languages),
        key=_seed(prefix, "languages", list(filters.languages)),
        format_func=words.language,
        placeholder="All languages",
        on_change=touched,
    )
    st.multiselect(
        "Countries, any of",
        _with(COUNTRIES, filters.countries),
        key=_seed(prefix, "countries", list(filters.countries)),
        accept_new_options=True,
        placeholder="All countries",
        on_change=touched,
    )
    st.toggle("Adult films, too", key=_seed(prefix, "adult", filters.adult), on_change=touched)


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
        adult=value("adult", before.adult),
    )


def in_words(filters: Filters) -> list[tuple[str, Filters]]:
    """Each filter that is set, said in words, with the filters that remain without it."""
    said = []
    for name in _LISTS:
        for item in getattr(filters, name):
            rest = tuple(other for other in getattr(filters, name) if other != item)
            label = words.language(item) if name == "languages" else item
            if name.startswith("without_"):
                label = f"not {item}"
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
    if filters.adult:
        said.append(("adult films, too", replace(filters, adult=False)))
    return said


_LISTS = (
    "genres",
    "genres_all",
    "without_genres",
    "keywords",
    "without_keywords",
    "languages",
    "countries",
)


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


# The ends of both sliders mean "no bound", so a bound that the address sets lies inside them.


def _year_range(filters: Filters) -> tuple[int, int]:
    ahead = date.today().year + YEARS_AHEAD
    years = [year for year in (filters.year_min, filters.year_max) if year is not None]
    return min([FIRST_YEAR, *(year - 1 for year in years)]), max([ahead, *(year + 1 for year in years)])


def _longest(filters: Filters) -> int:
    minutes = (filters.runtime_min or 0, filters.runtime_max or 0)
    return max([LONGEST_MIN, *(length + RUNTIME_STEP for length in minutes if length >= LONGEST_MIN)])
