"""How kin are chosen, as widgets: a slider for each block of the vector, variety, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from ui import words
from ui.models.films import Kin
from ui.models.state import Filters, Tuning

MOST_WEIGHT = 3.0
STEP = 0.25
COLUMNS = 4

Changed = Callable[[Tuning], None]


def sliders(tuning: Tuning, blocks: Mapping[str, float], prefix: str, changed: Changed) -> None:
    """A slider for variety and one for each block; 1 is the block's own weight, 0 leaves it out.

    Args:
        blocks: the blocks that there are.
        prefix: of the widgets' keys, one for each page.
        changed: called with the new tuning before the next run.
    """
    set_here = bool(tuning.weights or tuning.diversity)
    with st.expander("Tune what counts", expanded=set_here, icon=":material/instant_mix:", key=prefix + "tune"):
        columns = st.columns(COLUMNS, gap="medium")
        with columns[0]:
            _slider(
                "Variety",
                prefix + "diversity",
                tuning.diversity,
                1.0,
                0.05,
                _touched(tuning, blocks, prefix, changed),
            )
        for n, block in enumerate(blocks, start=1):
            with columns[n % COLUMNS]:
                value = tuning.weights.get(block, 1.0)
                most = max(MOST_WEIGHT, value)
                touched = _touched(tuning, blocks, prefix, changed)
                _slider(words.block(block), f"{prefix}weight-{block}", value, most, STEP, touched)
        if set_here:
            st.button("Reset", key=prefix + "reset", on_click=lambda: changed(Tuning(tuning.filters)))


def _touched(tuning: Tuning, blocks: Mapping[str, float], prefix: str, changed: Changed) -> Callable[[], None]:
    def read() -> None:
        chosen = {block: st.session_state[f"{prefix}weight-{block}"] for block in blocks}
        weights = {block: factor for block, factor in chosen.items() if factor != 1}
        changed(replace(tuning, weights=weights, diversity=round(st.session_state[prefix + "diversity"], 2)))

    return read


def _slider(label: str, key: str, value: float, most: float, step: float, touched: Callable[[], None]) -> None:
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    st.slider(label, 0.0, most, step=step, key=key, on_change=touched)


def filtered(tuning: Tuning, changed: Changed) -> Callable[[Filters], Any]:
    """What a change of the filters alone means."""
    return lambda filters: changed(replace(tuning, filters=filters))


def summary(answer: Kin, filters: Filters) -> str:
    """How many films these were chosen from, and how fast, as HTML."""
    among = words.films(answer.matching)
    away = " The database is away; the index answers alone." if answer.degraded else ""
    passing = " that pass the filters" if filters != Filters() else ""
    return f'<p class="rk-meta">Chosen from {among}{passing} in {answer.took_ms:.1f} ms.{away}</p>'
