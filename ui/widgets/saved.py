"""Filters that the visitor's browser keeps by name; the address holds those that are set."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from contract import Filters
from ui.models.state import LONGEST_NAME
from ui.widgets import frame


def saved(filters: Filters, prefix: str, changed: Callable[[Filters], None]) -> None:
    """Boxes that set saved filters, and that save those that are set.

    Args:
        filters: those that are set.
        prefix: of the widgets' keys, one for each page.
        changed: called with other filters before the next run.
    """
    kept = frame.kept()
    here = next((name for name, some in kept.filters.items() if some == filters), None)
    if kept.filters:
        _choose(here, prefix, lambda name: changed(frame.kept().filters[name]))
    if here is not None:
        forget = lambda: frame.keep(kept.without_filters(here))  # noqa: E731
        st.button("Forget these saved filters", key=prefix + "forget", icon=":material/delete:", on_click=forget)
    elif filters != Filters():
        _save(filters, prefix + "save")


def _choose(here: str | None, prefix: str, chosen: Callable[[str], None]) -> None:
    key = prefix + "saved"

    def touched() -> None:
        if st.session_state[key]:
            chosen(st.session_state[key])

    if st.session_state.get(key, "") != here:
        st.session_state[key] = here
    st.selectbox(
        "Saved filters",
        list(frame.kept().filters),
        index=None,
        key=key,
        placeholder="Choose",
        on_change=touched,
    )


def _save(filters: Filters, key: str) -> None:
    def named() -> None:
        if name := st.session_state[key].strip():
            frame.keep(frame.kept().with_filters(name, filters))
            st.session_state[key] = ""

    st.text_input("Save these filters as", key=key, max_chars=LONGEST_NAME, placeholder="A name", on_change=named)
