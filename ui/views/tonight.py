"""One film for this evening, and two more; the address holds the mood, the minutes, the company and the seed."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import streamlit as st

from ui import catalogue
from ui.client import ApiError, NotFoundError, RefusedError
from ui.markup import films
from ui.markup.films import note
from ui.people import session
from ui.people.models import Evening
from ui.widgets import frame

LONGEST = 300
LONGEST_MINUTES = 600
SEEDS = 1_000_000
MOST_COMPANY = 10
CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Wish:
    """What is asked of the evening.

    Attributes:
        minutes: at hand; 0 for any.
        company: codes by which members share their taste.
    """

    text: str
    minutes: int
    company: tuple[str, ...]


def page() -> None:
    """Draw the page."""
    st.title("Tonight", anchor=False)
    seed = st.query_params.get("seed", "")
    wish = _form()
    if not seed.isdigit():
        return
    try:
        company = list(wish.company)
        found = session.people().tonight(wish.text, wish.minutes or None, company, int(seed) % (SEEDS * 2))
    except ApiError as error:
        if session.expired(error):
            st.rerun()
        if not isinstance(error, NotFoundError | RefusedError):
            raise
        said = str(error)
        frame.empty(said[:1].upper() + said[1:])
        return
    _shown(found)
    if found.results and st.button("Another one", key="tonight-another"):
        _go(wish, int(seed) + 1)
    if not session.signed_in():
        st.html(note("Signed in, your taste counts and nothing comes that you have seen."))


def _form() -> Wish:
    query = st.query_params
    asked_minutes = query.get("minutes", "")
    with st.form("tonight"):
        text = st.text_input("What are you in the mood for?", query.get("text", "")[:LONGEST], max_chars=LONGEST)
        minutes = st.number_input(
            "Minutes at hand (0: any)",
            0,
            LONGEST_MINUTES,
            min(int(asked_minutes), LONGEST_MINUTES) if asked_minutes.isdecimal() else 0,
            step=10,
        )
        company = st.text_input(
            "Who watches with you? Their codes",
            " ".join(query.get_all("company")[:MOST_COMPANY]),
            placeholder="Members find theirs on the page Account, under “Share your taste”",
        )
        asked = st.form_submit_button("Choose a film", type="primary")
    words = re.split(r"[\s,;]+", company.strip()) if company.strip() else []
    codes = tuple(dict.fromkeys(word for word in words if CODE.fullmatch(word)))[:MOST_COMPANY]
    wish = Wish(text.strip(), int(minutes), codes)
    if strange := [word for word in words if not CODE.fullmatch(word)]:
        st.html(note(f"This is no code: {', '.join(strange[:MOST_COMPANY])}"))
    elif asked:
        _go(wish, secrets.randbelow(SEEDS))
    return wish


def _shown(found: Evening) -> None:
    if not found.results:
        frame.empty("No film fits; take more minutes or another mood")
        return
    movies = catalogue.with_posters(catalogue.api(), [film.movie for film in found.results])
    own = session.buttons(movies)
    first, *others = [
        result.model_copy(update={"movie": movie}) for result, movie in zip(found.results, movies, strict=True)
    ]
    full = max(result.score for result in found.results) or 1.0
    st.header("Your film", anchor=False)
    st.html(films.neighbours([first], own, full))
    if others:
        st.header("Or one of these", anchor=False)
        st.html(films.neighbours(others, own, full))


def _go(wish: Wish, seed: int) -> None:
    wanted = {
        "text": wish.text,
        "minutes": str(wish.minutes or ""),
        "company": list(wish.company),
        "seed": str(seed),
    }
    st.query_params.from_dict({name: value for name, value in wanted.items() if value})
    st.rerun()


page()
