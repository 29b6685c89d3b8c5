"""What the member watches, and how the member rates."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from ui import catalogue, words
from ui.client import ApiError
from ui.markup import films
from ui.markup.films import figures, note
from ui.models.films import MovieSummary
from ui.people import session
from ui.people.models import Insights, NameShare
from ui.people.pages import SIGN_IN
from ui.widgets import frame

HEIGHT, ROW_HEIGHT, AXIS_HEIGHT = 260, 24, 60
MOST = 12


def page() -> None:
    """Draw the page."""
    st.title("Insights", anchor=False)
    if not session.signed_in():
        frame.empty("Sign in to see what you watch", SIGN_IN)
        return
    try:
        told = session.people().insights()
    except ApiError as error:
        if not session.expired(error):
            raise
        st.rerun()
    if not told.seen:
        frame.empty("Rate a few films first, or import your history", {"History": "history"})
        return
    _compared(told)
    left, right = st.columns(2)
    with left:
        rated = [(f"{float(rating):g}", films) for rating, films in told.ratings.items()]
        _chart("Your ratings", pd.DataFrame(rated, columns=["name", "films"]), numbers=True)
    with right:
        years = pd.DataFrame([(str(year.year), year.films) for year in told.over_time], columns=["name", "films"])
        _chart("Films by the year in which you watched them", years, numbers=True)
    for title, names in {
        "Genres": told.genres,
        "Decades": told.decades,
        "Countries": told.countries,
        "Languages": [one.model_copy(update={"name": words.language(one.name)}) for one in told.languages],
        "Directors": told.directors,
        "Actors": told.actors,
    }.items():
        if names:
            _chart(title, pd.DataFrame([(one.name, one.films) for one in names[:MOST]], columns=["name", "films"]))
            if apart := _apart(names):
                st.html(note(apart))
    _wall("You like them more than most people", [film.movie for film in told.compared.higher])
    _wall("You like them less than most people", [film.movie for film in told.compared.lower])
    _wall("Acclaimed films of your genres that you have not seen", told.blind_spots)
    _wall("What you gave up on", told.given_up)


def _compared(told: Insights) -> None:
    compared = told.compared
    known = {"Seen": f"{told.seen:,}", "Rated": f"{told.rated:,}"}
    if compared.rating is not None and compared.crowd is not None:
        known |= {"Your mean": f"{compared.rating:.1f}", "Everybody's": f"{compared.crowd:.1f}"}
    if compared.correlation is not None:
        known["Agreement"] = f"{compared.correlation:.2f}"
    st.html(figures(known))
    if "Agreement" in known:
        st.html(
            note("Agreement is 1 where you rate films as everybody does, 0 where the two have nothing in common.")
        )


def _chart(title: str, rows: pd.DataFrame, *, numbers: bool = False) -> None:
    st.header(title, anchor=False)
    name, films_axis = ("name:N", "films:Q")
    height = HEIGHT if numbers else ROW_HEIGHT * len(rows) + AXIS_HEIGHT
    chart = alt.Chart(rows, height=height, description=title).mark_bar()
    tooltip = [alt.Tooltip(name, title=title), alt.Tooltip(films_axis, title="Films")]
    if numbers:
        encoded = chart.encode(
            alt.X(name, sort=None, title=None, axis=alt.Axis(labelAngle=0)),
            alt.Y(films_axis, title="Films"),
            tooltip=tooltip,
        )
    else:
        encoded = chart.encode(
            alt.X(films_axis, title="Films"),
            alt.Y(name, sort=None, title=None, axis=alt.Axis(labelOverlap=False)),
            tooltip=tooltip,
        )
    frame.draw(encoded)


def _apart(names: Sequence[NameShare]) -> str:
    """What the member likes more than most people, in words."""
    rated = [one for one in names if one.rating is not None and one.crowd is not None and one.films > 1]
    best = max(rated, key=lambda one: (one.rating or 0) - (one.crowd or 0), default=None)
    if best is None or (best.rating or 0) <= (best.crowd or 0):
        return ""
    return (
        f"Compared with everybody, you like these most: {best.name}, {best.rating:.1f} against {best.crowd:.1f}."
    )


def _wall(title: str, found: Sequence[MovieSummary]) -> None:
    if found:
        st.header(title, anchor=False)
        shown = catalogue.with_posters(catalogue.api(), found)
        st.html(films.wall(shown, session.buttons(shown)))


page()
