"""The catalogue in charts: ratings, the best films, years, languages, genres over time, votes, runtimes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import streamlit as st

from contract import Filters
from ui import catalogue, charts, words
from ui.client import Client
from ui.markup import films
from ui.markup.browse import SHRUNK
from ui.markup.films import figures, heading, note
from ui.models.films import Group, Overview, Ratings
from ui.people import session
from ui.widgets import frame
from ui.widgets.lists import LONGEST_TITLE


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
    """The mean votes as they are, and beside them the ratings that are adjusted for few votes."""
    st.header("How films are rated", anchor=False)
    named = catalogue.search(api, title, None).films if title else ()
    everything = catalogue.ratings(api, Filters(), named[0].id if named else None)
    if title and not named:
        st.write("No film has a title like that.")
    means, adjusted = {"All films": everything.mean_votes}, {"All films": everything.ratings}
    if filters.genres:
        found = catalogue.ratings(api, filters, None)
        means[filters.genres[0]], adjusted[filters.genres[0]] = found.mean_votes, found.ratings
    film = everything.film
    if film and film.genre:
        means[film.genre], adjusted[film.genre] = film.mean_votes, film.ratings
    left, right = st.columns(2, gap="large")
    with left:
        rule = (film.movie.title, film.movie.vote_average) if film else None
        frame.draw(charts.ratings(means, "Mean vote", rule))
    with right:
        rule = (film.movie.title, film.movie.rating) if film else None
        frame.draw(charts.ratings(adjusted, "Rating, adjusted for few votes", rule))
    st.html(
        note(
            "Left: the mean of each film's votes, as it is. Right: as if some more people had given the average "
            f"vote, so that few votes do not decide. Lines of fewer than {charts.FEW} films are faint."
        )
    )
    _standing(everything)


def _standing(found: Ratings) -> None:
    film = found.film
    if film and film.better_than is not None:
        st.text(
            f"{film.movie.name} has {film.movie.rating:.2f}, adjusted for few votes: "
            f"more than {math.floor(film.better_than * 1000) / 10}% of {film.genre or 'all'} films with votes."
        )


def _top(api: Client, filters: Filters) -> None:
    genre = next(iter(filters.genres), "")
    st.html(heading(f"Top rated of {genre}" if genre else "Top rated"))
    st.html(note(SHRUNK))
    best = catalogue.best(api, filters)
    st.html(films.wall(best, session.buttons(best)))
    st.header("Votes and ratings", anchor=False)
    drawn = catalogue.sample(api, filters)
    frame.draw(charts.sample(drawn))
    st.html(note(f"{words.films(len(drawn))} with votes, drawn at random; the same ones each time."))


def _distributions(api: Client, filters: Filters) -> None:
    years = catalogue.groups(api, "years", filters)
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Films by year", anchor=False)
        frame.draw(charts.years(years))
        _fall(years)
    with right:
        st.header("Films by language", anchor=False)
        frame.draw(charts.languages(catalogue.groups(api, "languages", filters)))
    st.header("Genres over time", anchor=False)
    decades: Counter[int] = Counter()
    for year in years:
        decades[int(year.name) // 10 * 10] += year.films
    frame.draw(charts.trends(catalogue.trends(api, filters), decades))
    st.html(note(f"Decades of fewer than {charts.FEW} films are faint. A film counts in each of its genres."))
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Films by votes", anchor=False)
        frame.draw(charts.bars(catalogue.bins(api, "votes", filters), "Votes"))
        st.html(note("Each bar counts the films of the range below it; the ranges grow."))
    with right:
        st.header("Films by runtime", anchor=False)
        frame.draw(charts.bars(catalogue.bins(api, "runtimes", filters), "Minutes"))
        st.html(note("Ranges of ten minutes; the last bar counts all from four hours on."))


def _fall(years: Sequence[Group]) -> None:
    """Why the curve falls at its end, if it does."""
    peak = max(years, key=lambda year: year.films, default=None)
    if peak and int(years[-1].name) > int(peak.name):
        st.html(
            note(
                f"Fewer films after {peak.name} do not mean that fewer were made: TMDB's volunteers enter films "
                "for years after a release, and a dump knows only those that were there on its day."
            )
        )


page()
