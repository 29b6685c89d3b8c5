"""Small parts that many pages share: headings, notes, links, chips, figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import htpy as h

WIDE = 14
"""Letters of a figure's value from which it takes two columns."""


def heading(text: str) -> h.Element:
    """A heading whose text may come from outside: Streamlit's own headings would read it as Markdown."""
    return h.h2(".rk-heading")[text]


def note(*content: h.Node) -> h.Element:
    """A remark in small letters."""
    return h.p(".rk-meta")[content]


def links(addresses: Mapping[str, str]) -> h.Element:
    """Links side by side, from their labels to their addresses."""
    return h.nav(".rk-links")[[h.a(".rk-link", href=address)[label] for label, address in addresses.items()]]


def chips(names: Iterable[str], kind: str = "") -> h.Node:
    """Names in small frames; `kind` is a class of the style sheet. Nothing where there is no name."""
    found = [h.li(class_=kind or None)[name] for name in names]
    return h.ul(".rk-chips")[found] if found else None


def linked_chips(links: Mapping[str, str], kind: str = "") -> h.Element:
    """Names in small frames, each a link to its address."""
    return h.ul(".rk-chips")[
        [h.li(class_=kind or None)[h.a(".rk-link", href=address)[name]] for name, address in links.items()]
    ]


def figures(known: Mapping[str, str]) -> h.Element:
    """Values under their names, side by side."""
    return h.dl(".rk-figures")[
        [
            h.div(class_={"rk-wide-figure": len(value) > WIDE})[h.dt[name], h.dd[value]]
            for name, value in known.items()
        ]
    ]


def matching(count: int) -> h.Element:
    """How many films match, read aloud when it changes."""
    return h.p(".rk-matching", role="status")[h.b[f"{count:,}"], " film" if count == 1 else " films"]
