"""A mix: liked films, disliked films and free text give one list; the address holds the taste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from ui import catalogue
from ui.client import Client, RefusedError
from ui.html import films as cards
from ui.models.films import Kin, MovieSummary
from ui.models.state import LONGEST_TEXT, MixState, Taste, Tuning
from ui.widgets import filters as panels
from ui.widgets import links, taste, tuning
from ui.widgets import notices as problems
from ui.widgets import titles as choosing

PREFIX = "mix-"
TEXT_KEY = PREFIX + "text"
FILMS = 20


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Mix · Reelkin")
    query = links.query()
    state = MixState.read(query)
    if query:  # the address is the mix
        taste.keep(state.taste)
    else:  # a bare address shows what was gathered elsewhere
        state = MixState(taste.current())
    api = catalogue.api()
    st.title("Mix", anchor=False)
    st.html(
        '<p class="rk-lead">Films you like, films you do not, and a few words: one list that suits them all.</p>'
    )
    choosing.box(api, "Add a film", PREFIX, state.taste, lambda film: _choices(state, film))
    _words(state)
    if not state.taste:
        _start()
        return
    if not state.taste.likes and not state.taste.text:
        _unfinished(api, state, "A mix needs a film that you like, or a few words")
        return
    try:
        answer = catalogue.recommend(api, state.taste, state.tuning, FILMS)
    except RefusedError as error:  # a text without a known word, mostly
        told = str(error)
        _unfinished(api, state, told[:1].upper() + told[1:])
        return
    _list(api, state, answer)


def _words(state: MixState) -> None:
    def changed() -> None:
        links.go(replace(state, taste=replace(state.taste, text=st.session_state[TEXT_KEY].strip())))

    if st.session_state.get(TEXT_KEY) != state.taste.text:
        st.session_state[TEXT_KEY] = state.taste.text
    st.text_input(
        "In your own words",
        key=TEXT_KEY,
        max_chars=LONGEST_TEXT,
        placeholder="a lonely robot tidies up the earth",
        on_change=changed,
    )


def _list(api: Client, state: MixState, answer: Kin) -> None:
    def changed(chosen: Tuning) -> None:
        links.go(replace(state, tuning=chosen))

    likes, words = len(state.taste.likes), state.taste.text
    if words and not answer.text:
        st.html(f'<p class="rk-meta">No word of “{escape(words)}” is known, so the films alone count.</p>')
    st.html(_held(state, answer.asked[:likes], answer.asked[likes:]))
    st.header("Your list", anchor=False)
    bar = st.container(key="rk-mix-bar")
    if answer.results:
        st.html(tuning.summary(answer, state.tuning.filters))
        st.html(cards.kin(answer.results, lambda film: _choices(state, film)))
    else:
        ways = {"Clear the filters": links.mix(MixState(state.taste))}
        problems.empty("No film passes these filters", ways)
    with bar:
        tuning.sliders(state.tuning, answer.weights, PREFIX, changed)
        panels.popover(api, state.tuning.filters, PREFIX, answer.matching, tuning.filtered(state.tuning, changed))


def _start() -> None:
    starters = (
        Taste(likes=(348, 62)),
        Taste(likes=(129,), dislikes=(128,)),
        Taste(text="a heist that goes wrong"),
    )
    names = ("Alien and 2001", "Spirited Away, less Princess Mononoke", "“a heist that goes wrong”")
    ways = {name: links.mix(MixState(example)) for name, example in zip(names, starters, strict=True)}
    problems.empty("Nothing is in your mix yet. Try one of these", ways)


def _unfinished(api: Client, state: MixState, why: str) -> None:
    """What is in a mix that no list can be made of, and why."""
    likes, dislikes = (
        catalogue.with_posters(api, [catalogue.movie(api, movie_id) for movie_id in movie_ids])
        for movie_ids in (state.taste.likes, state.taste.dislikes)
    )
    st.html(_held(state, likes, dislikes))
    problems.empty(why, {})


def _held(state: MixState, likes: Sequence[MovieSummary], dislikes: Sequence[MovieSummary]) -> str:
    """The films of the mix, each with a link that takes it out, and the link that saves it."""
    rows = ""
    for name, films in (("More like", likes), ("Less like", dislikes)):
        if films:
            rows += f"<h2>{name}</h2>{cards.offers(films, lambda film: _remove(state, film))}"
    save = escape(links.mix(state))
    clear = escape(links.href(links.MIX, {"like": [""]}))
    return (
        f'<section class="rk-held" aria-label="In this mix">{rows}<nav class="rk-ways">'
        f'<a class="rk-link rk-copy" href="{save}">Copy the link to this mix</a>'
        f'<a class="rk-link" href="{clear}">Start again</a></nav></section>'
    )


def _choices(state: MixState, film: MovieSummary) -> str:
    more = links.mix(replace(state, taste=state.taste.with_like(film.id)))
    less = links.mix(replace(state, taste=state.taste.with_dislike(film.id)))
    return (
        f'<div class="rk-tastes">{_choice("like", "More like this", "+", more, film)}'
        f"{_choice('dislike', 'Less like this', '−', less, film)}</div>"
    )


def _choice(kind: str, label: str, sign: str, address: str, film: MovieSummary) -> str:
    return (
        f'<a class="rk-link rk-taste rk-{kind}" data-stay="1" href="{escape(address)}" '
        f'aria-label="{label}: {escape(film.title)}"><span aria-hidden="true">{sign}</span> {label}</a>'
    )


def _remove(state: MixState, film: MovieSummary) -> str:
    rest = links.mix(replace(state, taste=state.taste.without(film.id)))
    return (
        f'<a class="rk-link rk-remove" data-stay="1" href="{escape(rest)}" '
        f'aria-label="Take out {escape(film.title)}">✕</a>'
    )


page()
