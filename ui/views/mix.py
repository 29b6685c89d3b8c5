"""A mix: liked films, disliked films and free text give one list; the address holds all of them."""

from __future__ import annotations

from dataclasses import replace

import htpy as h
import streamlit as st

from ui import catalogue
from ui.client import Client, NotFoundError, RefusedError
from ui.markup import films
from ui.markup.films import note
from ui.models.films import Recommendations
from ui.models.state import LONGEST_NAME, LONGEST_TEXT, MixState, Preferences, Tuning
from ui.people import session
from ui.widgets import frame, lists

PREFIX = "mix-"
TEXT_KEY, CHOSEN_KEY, NAME_KEY = PREFIX + "text", PREFIX + "chosen", PREFIX + "name"
FILMS = 20
EXAMPLES = {
    "Alien and 2001": Preferences(likes=(348, 62)),
    "Spirited Away, less Princess Mononoke": Preferences(likes=(129,), dislikes=(128,)),
    "“a heist that goes wrong”": Preferences(text="a heist that goes wrong"),
}


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Mix · Reelkin")
    query = frame.query()
    state = MixState.read(query)
    kept = frame.kept()
    if not query:  # an address without parameters shows the visitor's own mix
        state = MixState(kept.preferences, name=kept.current)
    if not (query and frame.shared()):
        frame.keep(kept.using(state.name, state.preferences))
    api = catalogue.api()
    st.title("Mix", anchor=False)
    st.html(h.p(".rk-lead")["Films you like, films you do not, and a few words: one list that suits them all."])
    if frame.shared():
        _offer(state)
    else:
        _mixes(state)
    lists.title_box(api, "Add a film", PREFIX, state.preferences, lambda film: films.mix_links(state, film))
    _text(state)
    if not state.preferences:
        examples = {name: MixState(example).href() for name, example in EXAMPLES.items()}
        frame.empty("Your mix is empty. Try one of these", examples)
        return
    try:
        _results(api, state)
    except NotFoundError:
        _results(api, _without_unknown(api, state))


def _without_unknown(api: Client, state: MixState) -> MixState:
    """The mix without the films that are not in the catalogue; names them, each with a link that removes it."""
    preferences = state.preferences
    gone = catalogue.missing(api, (*preferences.likes, *preferences.dislikes))
    for movie_id in gone:
        preferences = preferences.without(movie_id)
    addresses = {one: replace(state, preferences=state.preferences.without(one)).href() for one in gone}
    st.html(films.unknown(addresses))
    return replace(state, preferences=preferences)


def _results(api: Client, state: MixState) -> None:
    if not state.preferences.likes and not state.preferences.text:
        _unfinished(api, state, "A mix needs a film that you like, or a few words")
        return
    try:
        answer = lists.unseen(api, state.preferences, state.tuning, FILMS)
    except RefusedError as error:  # usually a text without a known word
        said = str(error)
        _unfinished(api, state, said[:1].upper() + said[1:])
        return
    _list(api, state, answer)


def _offer(state: MixState) -> None:
    """A shared mix beside the visitor's own: open that, keep both, add this one to it, or replace it."""
    kept = frame.kept()
    own, name = kept.preferences, kept.current

    with st.container(border=True, key="rk-shared"):
        st.html(note("Somebody shared this mix; your own is kept."))
        with st.container(horizontal=True):
            added = replace(state, preferences=own.with_all(state.preferences), name=name)
            beside = replace(state, name=kept.new_name())
            st.button("Back to mine", on_click=_use, args=(MixState(own, name=name),))
            st.button("Keep it beside mine", on_click=_use, args=(beside,))
            st.button("Add to mine", on_click=_use, args=(added,))
            st.button("Replace mine", on_click=_use, args=(replace(state, name=name),))


def _use(wanted: MixState) -> None:
    """Show a mix, and keep it as the visitor's own of that name."""
    frame.keep(frame.kept().using(wanted.name, wanted.preferences))
    frame.go(wanted)


def _mixes(state: MixState) -> None:
    """The visitor's mixes: choose one, name it, begin another, delete it."""
    kept = frame.kept()
    names = list(kept.mixes)

    def choose() -> None:
        name = st.session_state[CHOSEN_KEY]
        _use(MixState(kept.mixes[name], name=name))

    def rename() -> None:
        frame.keep(kept.renamed(st.session_state[NAME_KEY].strip()))
        frame.go(replace(state, name=frame.kept().current))

    def delete() -> None:
        rest = kept.without_current()
        frame.keep(rest)
        frame.go(MixState(rest.preferences, name=rest.current))

    if not any(kept.mixes.values()):
        return
    with st.container(key="rk-mixes", horizontal=True, vertical_alignment="bottom"):
        if len(names) > 1:
            if st.session_state.get(CHOSEN_KEY) != state.name:
                st.session_state[CHOSEN_KEY] = state.name
            st.selectbox("Mix", names, key=CHOSEN_KEY, format_func=films.mix_name, on_change=choose, width=260)
        st.button("New mix", icon=":material/add:", on_click=_use, args=(MixState(name=kept.new_name()),))
        with st.popover("Rename", icon=":material/edit:"):
            if st.session_state.get(NAME_KEY) != state.name:
                st.session_state[NAME_KEY] = state.name
            st.text_input("Name of this mix", key=NAME_KEY, max_chars=LONGEST_NAME, on_change=rename)
        if len(names) > 1:
            st.button("Delete this mix", icon=":material/delete:", on_click=delete)


def _text(state: MixState) -> None:
    def changed() -> None:
        text = st.session_state[TEXT_KEY].strip()
        frame.go(replace(state, preferences=state.preferences.with_text(text)))

    if st.session_state.get(TEXT_KEY) != state.preferences.text:
        st.session_state[TEXT_KEY] = state.preferences.text
    st.text_input(
        "In your own words",
        key=TEXT_KEY,
        max_chars=LONGEST_TEXT,
        placeholder="a lonely robot tidies up the earth",
        on_change=changed,
    )


def _list(api: Client, state: MixState, answer: Recommendations) -> None:
    def changed(chosen: Tuning) -> None:
        frame.go(replace(state, tuning=chosen))

    likes, text = len(state.preferences.likes), state.preferences.text
    if text and not answer.query.text:
        st.html(note(f"No word of “{text}” is known, so only the films count."))
    if answer.query.read or state.preferences.unread:
        st.html(films.readings(state, answer.query.read))
    st.html(films.mix_contents(state, answer.asked[:likes], answer.asked[likes:]))
    st.header("Your list", anchor=False)
    own = session.buttons(result.movie for result in answer.results)
    lists.recommendations(
        api,
        answer,
        state.tuning,
        PREFIX,
        lambda film: films.mix_links(state, film, own(film) or films.seen_button(film, frame.kept())),
        changed,
        "No film passes these filters",
        lambda chosen: replace(state, tuning=replace(state.tuning, filters=chosen)).href(),
    )


def _unfinished(api: Client, state: MixState, why: str) -> None:
    """The films of a mix that gives no list, and the reason."""
    likes, dislikes = (
        catalogue.with_posters(api, [catalogue.movie(api, movie_id) for movie_id in movie_ids])
        for movie_ids in (state.preferences.likes, state.preferences.dislikes)
    )
    st.html(films.mix_contents(state, likes, dislikes))
    frame.empty(why)


page()
