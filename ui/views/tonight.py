"""One film for this evening, and two more; the address holds the mood, the minutes and the seed."""

from __future__ import annotations

import secrets

import streamlit as st

from ui import catalogue
from ui.client import ApiError
from ui.markup import films
from ui.markup.films import note
from ui.people import session
from ui.people.markup import member_buttons
from ui.widgets import frame

LONGEST = 300
SEEDS = 1_000_000


def page() -> None:
    """Draw the page."""
    st.title("Tonight", anchor=False)
    query = st.query_params
    seed = query.get("seed", "")
    with st.form("tonight"):
        text = st.text_input("What are you in the mood for?", query.get("text", ""), max_chars=LONGEST)
        minutes = st.number_input(
            "Minutes at hand (0: any)", 0, 600, int(m) if (m := query.get("minutes", "")).isdigit() else 0, step=10
        )
        asked = st.form_submit_button("Choose a film", type="primary")
    if asked:
        _go(text.strip(), int(minutes), secrets.randbelow(SEEDS))
    if not seed.isdigit():
        return
    try:
        found = session.people().tonight(text.strip(), int(minutes) or None, int(seed) % (SEEDS * 2))
    except ApiError as error:
        if not session.expired(error):
            raise
        st.rerun()
    if not found.results:
        frame.empty("No film fits; take more minutes or another mood")
        return
    movies = catalogue.with_posters(catalogue.api(), [film.movie for film in found.results])
    marks = session.marks([movie.id for movie in movies])
    first, *others = movies
    st.header("Your film", anchor=False)
    st.html(films.choices([first], lambda film: member_buttons(film, marks.get(film.id)) or ""))
    if others:
        st.header("Or one of these", anchor=False)
        st.html(films.choices(others, lambda film: member_buttons(film, marks.get(film.id)) or ""))
    if st.button("Another one", key="tonight-another"):
        _go(text.strip(), int(minutes), int(seed) + 1)
    if not session.signed_in():
        st.html(note("Signed in, your taste counts and nothing comes that you have seen."))


def _go(text: str, minutes: int, seed: int) -> None:
    wanted = {"text": text, "minutes": str(minutes) if minutes else "", "seed": str(seed)}
    st.query_params.from_dict({name: value for name, value in wanted.items() if value})
    st.rerun()


page()
