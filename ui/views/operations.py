"""For whoever runs the service: how it fares right now, what was built, how that measured and what it changed."""

from __future__ import annotations

import time
from collections import deque
from datetime import timedelta

import streamlit as st

from ui import catalogue, charts
from ui.client import ApiError, Client
from ui.html import operations as operating
from ui.models import metrics as live
from ui.models.metrics import Sample
from ui.models.operations import Built
from ui.widgets import notices as problems

PREFIX = "operator-"
SAMPLES_KEY, CHOSEN_KEY = PREFIX + "samples", "generation"
EVERY = timedelta(seconds=2)
SPAN_S = 180
"""Seconds that the live charts show."""


def page() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Operator · Reelkin")
    api = catalogue.api()
    built = catalogue.generations(api)
    st.title("How the service fares", anchor=False)
    _live(api)
    st.header("Generations", anchor=False)
    if not built:
        problems.empty("No generation is built yet", {})
        st.code("python -m etl build", language="bash")
        return
    st.html(operating.generations(built))
    _measured(api, built)


@st.fragment(run_every=EVERY)
def _live(api: Client) -> None:
    """State, requests and latencies, drawn anew every two seconds."""
    try:
        ready, now = api.ready(), api.metrics(time.monotonic())
    except ApiError as error:
        problems.show(error)
        return
    samples: deque[Sample] = st.session_state.setdefault(SAMPLES_KEY, deque())
    samples.append(now)
    while samples[0].at < now.at - SPAN_S:
        samples.popleft()
    st.html(operating.state(ready))
    st.header("Requests", anchor=False)
    span_s = now.at - samples[0].at
    recent = live.together(live.between(samples[0], now).values())
    st.html(operating.latencies(recent, span_s) + operating.counters(now.cache, now.recall))
    left, right = st.columns(2, gap="large")
    left.altair_chart(charts.rates(samples, SPAN_S))
    right.altair_chart(charts.waits(samples, SPAN_S))
    with st.expander("By route, since the service started", key=PREFIX + "routes"):
        st.html(operating.routes(now.routes))


def _measured(api: Client, built: tuple[Built, ...]) -> None:
    """One generation: its curve, its stages, and what it changed."""
    by_id = {generation.id: generation for generation in built}
    served = next((number for number, generation in enumerate(built) if generation.served), 0)
    chosen = by_id[
        st.selectbox("Look at", list(by_id), index=served, key=CHOSEN_KEY, bind="query-params", width=320)
    ]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Recall against speed", anchor=False)
        if chosen.curve:
            st.altair_chart(charts.curve(chosen))
        else:
            st.write("It was not searched at several settings, so there is no curve.")
    with right:
        st.subheader("Where the build's time went", anchor=False)
        st.altair_chart(charts.stages(chosen))
    st.subheader("What it changed", anchor=False)
    if chosen is built[-1]:
        st.write("It is the oldest that is kept: there is none before it to compare it with.")
        return
    try:
        st.html(operating.changes(catalogue.changes(api, chosen.id)))
    except ApiError as error:  # the rest of the page is there, so it stays
        problems.show(error)


page()
