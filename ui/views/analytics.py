"""The catalogue in charts: ratings, the best films, years, languages, genres over time, votes, runtimes."""

from __future__ import annotations

import math

import streamlit as st

from contract import Filters
from ui import catalogue, charts, words
from ui.client import Client
from ui.markup import films
from ui.markup.films import figures, heading
from ui.models.films import Overview, Ratings
from ui.widgets import frame
from ui.widgets.lists import LONGEST_TITLE

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
            "Compare a film with its genre",
            key="film",
            bind="query-params",
            max_chars=LONGEST_TITLE,
            placeholder="Type a title",
        ).strip()
    filters = Filters(genres=(genre,) if genre else ())
    overview = catalogue.overview(api, filters)
    if not overview.films:
        frame.empty(f"No film has the genre “{genre}”" if genre else "The catalogue is empty")
        return
    _figures(overview)
    _ratings(api, filters, title)
    _top(api, filters)
    _distributions(api, filters)


def _figures(overview: Overview) -> None:
    years = f"{overview.first_year}–{overview.last_year}" if overview.first_year else "unknown"
    known = {
        "Films": f"{overview.films:,}",
        "With votes": f"{overview.voted:,}",
        "Votes": f"{overview.votes:,}",
        "Mean vote": f"{overview.mean_vote:.2f}" if overview.mean_vote is not None else "none",
        "Years": years,
        "Median runtime": words.runtime(overview.median_runtime) if overview.median_runtime else "unknown",
        "Languages": f"{overview.languages:,}",
        "Countries": f"{overview.countries:,}",
    }
    st.html(figures(known))


def _ratings(api: Client, filters: Filters, title: str) -> None:
    st.header("How films are rated", anchor=False)
    named = catalogue.search(api, title, None).films if title else ()
    found = catalogue.ratings(api, filters, named[0].id if named else None)
    if title and not named:
        st.write("No film has a title like that.")
    st.altair_chart(charts.ratings(found))
    _standing(found)


def _standing(found: Ratings) -> None:
    film = found.film
    if film and film.better_than is not None:
        st.text(
            f"{film.movie.name} has {film.movie.rating:.2f}, "
            f"more than {math.floor(film.better_than * 1000) / 10}% of {film.genre or 'all'} films with votes."
        )


def _top(api: Client, filters: Filters) -> None:
    found = catalogue.top(api, filters)
    genre = next(iter(filters.genres), "")
    st.html(heading(f"Top rated of {genre}" if genre else "Top rated"))
    st.html(films.wall(found.by_rating[:BEST]))
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
