"""What only administrators do: see what visitors do today, and start, watch and cancel rebuilds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import streamlit as st

from ui import catalogue
from ui.client import ApiError, Client, NotFoundError
from ui.markup import operations
from ui.markup.films import links, note
from ui.models.jobs import READING, Job
from ui.models.operations import Generation
from ui.people import session

PREFIX = "admin-"
KIND_KEY, FILE_KEY, LIMIT_KEY, GENERATION_KEY = (PREFIX + name for name in ("kind", "file", "limit", "generation"))
ERROR_KEY = PREFIX + "error"
OFTEN, SELDOM = timedelta(seconds=2), timedelta(seconds=5)
KINDS = {
    "build": "Build the index",
    "ingest": "Load a catalogue",
    "ratings": "Load ratings",
    "imdb": "Add IMDb's files",
    "enrich": "Ask OMDb for what is missing",
    "rollback": "Go back to an earlier generation",
}
BEFORE = "the one before"
MOST_ASKED = 1_000
SHOWN = 10
"""Jobs that are shown, the latest first."""


def page(generations: Sequence[Generation]) -> None:
    """Draw both parts, or how to become an administrator.

    Args:
        generations: the newest first.
    """
    if st.session_state.get(catalogue.ROLE_KEY) != catalogue.ADMIN:
        st.html(note("Rebuilds and statistics of visitors are shown to administrators."))
        st.html(links({"Sign in": "account"}))
        st.html(operations.command("python -m api create-user NAME --role admin"))
        return
    st.header("Visitors today", anchor=False)
    _visitors()
    st.header("Rebuilds", anchor=False)
    _start([built.id for built in generations])
    _jobs(next((list(built.stages_s) for built in generations if built.stages_s), []))


@st.fragment(run_every=SELDOM)
def _visitors() -> None:
    """Visitors, requests, searches and films of today, asked for again every few seconds."""
    people = session.people()
    try:
        seen = people.live()
    except NotFoundError as error:
        st.html(note(f"{error}."))
        return
    except ApiError as error:
        _failed(error)
        return
    api = catalogue.api()
    titles = {film.what: _title(api, film.what) for film in seen.opened}
    st.html(operations.visitors(seen, titles))
    st.button("Empty these statistics", key=PREFIX + "forget", on_click=_tried(people.forget_live))


def _title(client: Client, movie_id: str) -> str:
    """The title of a film; its id if it is gone."""
    try:
        return catalogue.movie(client, int(movie_id)).name
    except ApiError:
        return movie_id


@st.fragment
def _start(generations: Sequence[str]) -> None:
    """Choose a rebuild, with what it needs, and start it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Rebuild", list(KINDS), key=KIND_KEY, format_func=KINDS.__getitem__, width=260)
        options: dict[str, str | int] = {}
        if kind in READING:
            options["file"] = st.text_input(
                "File in the data folder", key=FILE_KEY, placeholder="movies.csv", width=260
            )
        elif kind == "enrich":
            options["limit"] = st.number_input("Films, at most", 1, value=MOST_ASKED, key=LIMIT_KEY, width=160)
        elif kind == "rollback":
            chosen = st.selectbox("Generation", [BEFORE, *generations], key=GENERATION_KEY, width=260)
            options |= {} if chosen == BEFORE else {"generation": chosen}
        start = _tried(lambda: session.people().start_job(kind, **options))
        st.button("Start", key=PREFIX + "start", type="primary", on_click=start)
    if told := st.session_state.pop(ERROR_KEY, ""):
        st.error(told)


@st.fragment(run_every=OFTEN)
def _jobs(stages: Sequence[str]) -> None:
    """The latest rebuilds: those under way with their progress, all with their log."""
    try:
        found = session.people().jobs()
    except ApiError as error:
        _failed(error)
        return
    if not found.workers:
        st.html(note("No worker runs, so rebuilds wait. Start one:"))
        st.html(operations.command("python -m etl worker"))
    if not found.jobs:
        st.html(note("Nothing was rebuilt in the last thirty days."))
    for job in found.jobs[:SHOWN]:
        _job(job, stages)


def _job(job: Job, stages: Sequence[str]) -> None:
    with st.container(border=True, key=f"rk-job-{job.id}"):
        st.html(operations.job(KINDS.get(job.kind, job.kind), job))
        done = job.progress(stages)
        if job.open and done is not None:
            st.progress(done, text=f"{done:.0%} of the stages of the build before")
        if job.log:
            with st.expander("What it printed", key=f"{PREFIX}log-{job.id}"):
                st.html(operations.printed(job.log))
        if job.open:
            cancel = _tried(lambda: session.people().cancel_job(job.id))
            st.button("Cancel", key=f"{PREFIX}cancel-{job.id}", on_click=cancel)


def _tried(act: Callable[[], object]) -> Callable[[], None]:
    """What a click does, before the next run; a failure is told after that."""

    def clicked() -> None:
        try:
            act()
        except ApiError as error:
            st.session_state[ERROR_KEY] = f"Not done: {error}."

    return clicked


def _failed(error: ApiError) -> None:
    if session.expired(error):
        st.rerun()
    st.html(note(f"{error}."))
