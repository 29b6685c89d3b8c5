"""The catalogue in charts: at a glance, ratings, votes, years, languages, genres over time, the top, runtime."""

from __future__ import annotations

import math

import streamlit as st

from ui import catalogue, charts, words
from ui.client import Client
from ui.html import details as facts
from ui.html import films as cards
from ui.models.state import Filters
from ui.models.statistics import Overview, Ratings
from ui.widgets import notices as problems
from ui.widgets.titles import LONGEST_TITLE

BEST = 12


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Analytics · Reelkin")
    api = catalogue.api()
    st.title("The catalogue in charts", anchor=False)
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        genre = st.selectbox(
            "Genre",
            sorted(count.name for count in catalogue.genres(api, Filters())),
            index=None,
            key="genre",
            bind="query-params",
            accept_new_options=True,
            placeholder="All genres",
        )
        title = st.text_input(
            "Set a film against its genre",
            key="film",
            bind="query-params",
            max_chars=LONGEST_TITLE,
            placeholder="its title",
        ).strip()
    filters = Filters(genres=(genre,) if genre else ())
    seen = catalogue.overview(api, filters)
    if not seen.films:
        problems.empty(f"No film has the genre “{genre}”" if genre else "The catalogue is empty", {})
        return
    _glance(seen)
    _ratings(api, filters, title)
    _top(api, filters)
    _distributions(api, filters)


def _glance(seen: Overview) -> None:
    years = f"{seen.first_year}–{seen.last_year}" if seen.first_year else "unknown"
    figures = {
        "Films": f"{seen.films:,}",
        "With votes": f"{seen.voted:,}",
        "Votes": f"{seen.votes:,}",
        "Mean vote": f"{seen.mean_vote:.2f}" if seen.mean_vote is not None else "none",
        "Years": years,
        "Median runtime": words.runtime(seen.median_runtime) if seen.median_runtime else "unknown",
        "Languages": f"{seen.languages:,}",
        "Countries": f"{seen.countries:,}",
    }
    st.html(facts.figures(figures))


def _ratings(api: Client, filters: Filters, title: str) -> None:
    st.header("How films are rated", anchor=False)
    matches = catalogue.search(api, title, None).matches if title else ()
    found = catalogue.ratings(api, filters, matches[0].movie.id if matches else None)
    if title and not matches:
        st.write("No film is called anything like that.")
    st.altair_chart(charts.ratings(found))
    _standing(found)


def _standing(found: Ratings) -> None:
    film = found.film
    if film and film.better_than is not None:
        st.text(
            f"{cards.named(film.movie)} has {film.movie.rating:.2f}, "
            f"more than {math.floor(film.better_than * 1000) / 10}% of {film.genre or 'all'} films with votes."
        )


def _top(api: Client, filters: Filters) -> None:
    found = catalogue.top(api, filters)
    genre = next(iter(filters.genres), "")
    st.header(f"Top rated of {genre}" if genre else "Top rated", anchor=False)
    st.html(cards.wall(found.by_rating[:BEST]))
    st.header("Top by votes and by rating", anchor=False)
    st.altair_chart(charts.top({film.id: film for film in (*found.by_votes, *found.by_rating)}.values()))


def _distributions(api: Client, filters: Filters) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Films by year", anchor=False)
        st.altair_chart(charts.years(catalogue.groups(api, "years", filters)))
    with right:
        st.header("Films by language", anchor=False)
        st.altair_chart(charts.languages(catalogue.groups(api, "languages", filters)))
    st.header("Genres over time", anchor=False)
    st.altair_chart(charts.trends(catalogue.trends(api, filters)))
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Films by votes", anchor=False)
        st.altair_chart(charts.bars(catalogue.bins(api, "votes", filters), "Votes"))
    with right:
        st.header("Films by runtime", anchor=False)
        st.altair_chart(charts.bars(catalogue.bins(api, "runtimes", filters), "Minutes"))


page()
