"""The kind of a film as one choice: features, short films, documentaries ..., each a few filters together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from contract import Filters

SHORT_MIN = 40
"""The Academy's limit between a short film and a feature, in minutes."""
KINDS: Mapping[str, Mapping[str, Any]] = {
    "Feature films": {"runtime_min": SHORT_MIN + 1, "without_genres": ("Documentary", "TV Movie")},
    "Short films": {"runtime_min": 1, "runtime_max": SHORT_MIN},
    "Documentaries": {"genres_all": ("Documentary",)},
    "Television films": {"genres_all": ("TV Movie",)},
    "Concerts and music": {"genres_all": ("Music",)},
}
NONE = Filters()


def kind_of(filters: Filters) -> str | None:
    """The kind whose filters are set as it sets them, or None.

    >>> kind_of(Filters(genres_all=("Documentary",), year_min=1990)), kind_of(Filters())
    ('Documentaries', None)
    """
    return next((kind for kind, wanted in KINDS.items() if _holds(filters, wanted)), None)


def with_kind(filters: Filters, kind: str | None) -> Filters:
    """The filters with another kind in place of the one that is set; None for any."""
    before = kind_of(filters)
    cleared = replace(filters, **{name: getattr(NONE, name) for name in KINDS.get(before or "", ())})
    return cleared if kind is None else replace(cleared, **KINDS[kind])


def select(filters: Filters, prefix: str, changed: Callable[[Filters], None]) -> None:
    """A box that chooses a kind.

    Args:
        prefix: of the widget's key.
        changed: called with the new filters before the next run.
    """
    key, kind = prefix + "kind", kind_of(filters)
    if key not in st.session_state or st.session_state[key] != kind:
        st.session_state[key] = kind
    st.selectbox(
        "Kind of film",
        list(KINDS),
        key=key,
        placeholder="Any kind",
        index=None,
        on_change=lambda: changed(with_kind(filters, st.session_state[key])),
    )


def _holds(filters: Filters, wanted: Mapping[str, Any]) -> bool:
    return all(getattr(filters, name) == value for name, value in wanted.items())
