"""For operators: the service's present status, the generations, their measurements, and what they changed."""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta

import htpy as h
import streamlit as st

from ui import catalogue, charts
from ui.client import ApiError, Client
from ui.markup import operations
from ui.models.operations import Generation, Sample, between, together
from ui.widgets import administration, frame

PREFIX = "operator-"
SAMPLES_KEY, CHOSEN_KEY = PREFIX + "samples", "generation"
EVERY = timedelta(seconds=2)
SPAN_S = 180
"""Seconds that the live charts show."""


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Service status · Reelkin")
    api = catalogue.api()
    if not catalogue.operates(api):
        frame.empty("This page is for administrators", frame.START)
        return
    found = catalogue.generations(api)
    st.title("Service status", anchor=False)
    _live(api)
    administration.page(found)
    st.header("Generations", anchor=False)
    if not found:
        frame.empty("No generation is built yet")
        st.code("python -m etl build", language="bash")
        return
    st.html(operations.generations(found))
    _details(api, found)


@st.fragment(run_every=EVERY)
def _live(api: Client) -> None:
    """State, requests and latencies, drawn again every two seconds."""
    try:
        ready, now = api.ready(), api.metrics(time.monotonic())
    except ApiError as error:
        frame.show_error(error)
        return
    samples: deque[Sample] = st.session_state.setdefault(SAMPLES_KEY, deque())
    samples.append(now)
    while samples[0].at < now.at - SPAN_S:
        samples.popleft()
    st.html(operations.state(ready))
    st.header("Requests", anchor=False)
    span_s = now.at - samples[0].at
    recent = together(between(samples[0], now).values())
    st.html(h.fragment[operations.latencies(recent, span_s), operations.counters(now.cache, now.recall)])
    left, right = st.columns(2, gap="large")
    frame.draw(charts.rates(samples, SPAN_S), left)
    frame.draw(charts.latencies(samples, SPAN_S), right)
    with st.expander("By route, since the service started", key=PREFIX + "routes"):
        st.html(operations.routes(now.routes))


def _details(api: Client, found: tuple[Generation, ...]) -> None:
    """One generation: its curve, its stages, and what it changed."""
    by_id = {generation.id: generation for generation in found}
    served = next((number for number, generation in enumerate(found) if generation.served), 0)
    chosen = by_id[
        st.selectbox("Generation", list(by_id), index=served, key=CHOSEN_KEY, bind="query-params", width=320)
    ]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Recall against speed", anchor=False)
        if chosen.curve:
            frame.draw(charts.curve(chosen))
        else:
            st.write("The build measured no other settings, so there is no curve.")
    with right:
        st.subheader("Time of each stage of the build", anchor=False)
        frame.draw(charts.stages(chosen))
    st.subheader("What it changed", anchor=False)
    if chosen is found[-1]:
        st.write("It is the oldest generation that is kept: there is none before it to compare it with.")
        return
    try:
        st.html(operations.changes(catalogue.changes(api, chosen.id)))
    except ApiError as error:  # the rest of the page can still be shown
        frame.show_error(error)


page()
