"""Lists of films and what is above them: a box for a title, or sliders and filters that tune the list."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import Literal

import htpy as h
import streamlit as st

from contract import Filters, Franchise
from ui import catalogue, words
from ui.client import ApiError, Client
from ui.markup import films
from ui.markup.browse import active_filters
from ui.markup.films import note
from ui.models.films import MovieSummary, Recommendations
from ui.models.state import Preferences, Tuning
from ui.people import session
from ui.widgets import filters, frame

OFFERED = 6
LONGEST_TITLE = 500
MOST_WEIGHT = 3.0
STEP = 0.25
COLUMNS = 4

Changed = Callable[[Tuning], None]


def unseen(
    api: Client, preferences: Preferences, tuning: Tuning, k: int = catalogue.NEIGHBOURS
) -> Recommendations:
    """The best films for some preferences; without what the visitor has seen, if the visitor wants that."""
    kept = frame.kept()
    if not kept.leave_out_seen:
        return catalogue.recommend(api, preferences, tuning, k)
    found = catalogue.recommend(api, preferences, tuning, k, kept.seen)
    if not session.seen(result.movie.id for result in found.results):
        return found
    more = catalogue.recommend(api, preferences, tuning, session.MOST_FILMS, kept.seen)
    seen = session.seen(result.movie.id for result in more.results)
    return catalogue.recommend(api, preferences, tuning, k, (*kept.seen, *seen))


def title_input(label: str, key: str, placeholder: str, bind: Literal["query-params"] | None = None) -> str:
    """A box for a title; returns its text while it is typed.

    Args:
        bind: whether the address holds the text, under the key.
    """
    return st.text_input(
        label,
        key=key,
        bind=bind,
        type="search",
        live="300ms",
        max_chars=LONGEST_TITLE,
        placeholder=placeholder,
        autocomplete="off",
    ).strip()


def title_box(
    api: Client,
    label: str,
    prefix: str,
    chosen: Hashable,
    actions: films.Actions,
    otherwise: Callable[[], Iterable[MovieSummary]] = tuple,
) -> None:
    """A box for a title, and below it the films of that title, each with what can be done with it.

    Args:
        label: of the box.
        prefix: of the keys, one for each page.
        chosen: what the page shows; the box is emptied once this changes.
        actions: what can be done with a film; None leaves the film out.
        otherwise: films to offer until something is typed.
    """
    key, seen = prefix + "search", prefix + "seen"
    if st.session_state.get(seen, chosen) != chosen:
        st.session_state[key] = ""  # what was typed has been chosen
    st.session_state[seen] = chosen
    typed = title_input(label, key, "Type a title; typos are fine")
    try:
        found = catalogue.search(api, typed, None, OFFERED) if typed else None
        shown = (found.films or found.nearest_films) if found else otherwise()
        offered = [film for film in shown if actions(film) is not None]
    except ApiError as error:  # the rest of the page can still be shown
        frame.show_error(error)
        return
    if found and not found.films:
        nearest = " These come nearest:" if offered else ""
        st.html(note(f"No film has a title like “{typed}”.{nearest}"))
    if offered:
        st.html(films.choices(offered, actions))


def recommendations(
    api: Client,
    answer: Recommendations,
    tuning: Tuning,
    prefix: str,
    actions: films.Actions,
    changed: Changed,
    nothing: str,
    address: Callable[[Filters], str],
    *,
    mine: bool = False,
) -> None:
    """Draw the films in order, and above them the widgets that tune the list.

    Args:
        prefix: of the widgets' keys, one for each page.
        actions: what can be done with a film.
        changed: called with the new tuning before the next run.
        nothing: what to say if no film passes the filters.
        address: of the page with other filters.
        mine: whether the service has left out what the visitor has seen.
    """
    bar = st.container(key=f"rk-{prefix}bar")
    if active := filters.in_words(tuning.filters):
        st.html(active_filters(tuning.filters, active, address))
    said = [reason[:1].upper() + reason[1:] for reason in answer.reasons]
    if said and not answer.results:
        frame.empty(". ".join(said))
        return
    for text in said:
        st.html(note(text))
    if not any(answer.query.weights.values()):
        frame.empty("Every weight is 0, so no film is more similar than another. Raise at least one.")
    elif answer.results:
        full = answer.full_score or max(result.score for result in answer.results)
        st.html(_summary(answer, tuning.filters))
        st.html(note(_scale(answer.full_score)))
        st.html(films.neighbours(answer.results, actions, full))
    else:
        frame.empty(nothing, {"Clear the filters": address(Filters())})
    with bar:  # above the films but filled after them, so that they do not wait for it
        _sliders(tuning, answer.query.weights, prefix, changed)
        filters.popover(
            api, tuning.filters, prefix, answer.matching, lambda chosen: changed(replace(tuning, filters=chosen))
        )
        _sequels(tuning, prefix, changed)
        if not mine:
            _seen(prefix)


def _sequels(tuning: Tuning, prefix: str, changed: Changed) -> None:
    """A toggle that hides sequels and other versions, and all but one film of every other franchise."""
    key, hidden = prefix + "franchise", tuning.franchise is not Franchise.ALL

    def toggled() -> None:
        changed(replace(tuning, franchise=Franchise.NONE if st.session_state[key] else Franchise.ALL))

    if st.session_state.get(key) != hidden:
        st.session_state[key] = hidden
    st.toggle("Hide sequels and other versions", key=key, on_change=toggled)


def _seen(prefix: str) -> None:
    """A toggle that leaves out the films that the visitor has seen, once there are some."""
    key, kept = prefix + "unseen", frame.kept()

    def changed() -> None:
        frame.keep(replace(kept, leave_out_seen=st.session_state[key]))

    if kept.seen or session.signed_in():
        if st.session_state.get(key) != kept.leave_out_seen:
            st.session_state[key] = kept.leave_out_seen
        known = "" if session.signed_in() else f" ({words.films(len(kept.seen))})"
        st.toggle(f"Leave out what I have seen{known}", key=key, on_change=changed)


def _sliders(tuning: Tuning, blocks: Mapping[str, float], prefix: str, changed: Changed) -> None:
    """A slider for variety and one for each block; 1 is the block's own weight, 0 leaves it out.

    They are drawn while their panel is open, at first if something is tuned.
    """

    def touched() -> None:
        chosen = {block: st.session_state[f"{prefix}weight-{block}"] for block in blocks}
        if not any(chosen.values()):
            # Sliders of an expander that is closed were once all reported as 0 after a reload. With every weight 0
            # there is nothing to order films by, so nothing is lost: the sliders go back to what they were.
            return
        weights = {block: factor for block, factor in chosen.items() if factor != 1}
        changed(replace(tuning, weights=weights, diversity=round(st.session_state[prefix + "diversity"], 2)))

    tuned = bool(tuning.weights or tuning.diversity)
    key = prefix + "tune"
    if key not in st.session_state:
        st.session_state[key] = tuned
    opened = st.expander("Adjust what matters", icon=":material/instant_mix:", key=key, on_change="rerun")
    if not opened.open:
        return
    with opened:
        columns = st.columns(COLUMNS, gap="medium")
        with columns[0]:
            _slider("Variety", prefix + "diversity", tuning.diversity, 1.0, 0.05, touched)
        for n, block in enumerate(blocks, start=1):
            with columns[n % COLUMNS]:
                value = tuning.weights.get(block, 1.0)
                key = f"{prefix}weight-{block}"
                _slider(words.block(block), key, value, max(MOST_WEIGHT, value), STEP, touched)
        if tuned:
            st.button(
                "Reset",
                key=prefix + "reset",
                on_click=lambda: changed(Tuning(tuning.filters, franchise=tuning.franchise)),
            )


def _slider(label: str, key: str, value: float, most: float, step: float, touched: Callable[[], None]) -> None:
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    st.slider(label, 0.0, most, step=step, key=key, on_change=touched)


def _scale(full: float | None) -> str:
    """What the scores mean. A film alike in every part need not score 1: parts that are unknown count 0."""
    bar = "The best score of this list is a full bar."
    if full is not None:
        bar = f"A film that is alike in every part would get {full:.3f}, a full bar."
    return f"The score is the sum of the parts below it; higher is more similar. {bar}"


def _summary(answer: Recommendations, chosen: Filters) -> h.Element:
    """How many films these were chosen from, and how fast."""
    passing = " that pass the filters" if chosen != Filters() else ""
    degraded = " The latest changes may be missing for a moment." if answer.degraded else ""
    return note(f"Chosen from {words.films(answer.matching)}{passing} in {answer.took_ms:.1f} ms.{degraded}")
