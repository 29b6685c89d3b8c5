"""The ways through the catalogue as HTML: jumps to a letter or a year, the next page and the one before."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from html import escape

from ui import catalogue
from ui.models.films import MoviePage, MovieSummary
from ui.models.state import BrowseState, Sort
from ui.widgets import links

FIRST_DECADE = 1880
DECADE = 10


def jumps(state: BrowseState, films: tuple[MovieSummary, ...]) -> str:
    """Links to where letters or decades begin, by what films are sorted by; where the first film is, is marked."""
    if state.sort.by == "title":
        letters = string.ascii_uppercase if state.sort is Sort.A_TO_Z else string.ascii_uppercase[::-1]
        here = films[0].title[:1].upper() if films else ""
        ways = ((letter, letter, letter == here) for letter in letters)
        return _row("Jump to a letter", state, ways)
    if state.sort.by == "year":
        year = films[0].year if films else None
        decades = range(date.today().year // DECADE * DECADE, FIRST_DECADE - 1, -DECADE)
        newest = state.sort is Sort.NEWEST
        ways = (
            (f"{d}s", str(d + DECADE - 1 if newest else d), d == (year or 0) // DECADE * DECADE) for d in decades
        )
        return _row("Jump to a decade", state, ways) + (_years(state, year) if year else "")
    ways_in = {"Jump to a letter": state.begun(sort=Sort.A_TO_Z), "Jump to a year": state.begun(sort=Sort.NEWEST)}
    items = (f"<li>{_link(name, links.browse(way))}</li>" for name, way in ways_in.items())
    return f'<nav class="rk-jumps" aria-label="Other orders"><ul>{"".join(items)}</ul></nav>'


def _years(state: BrowseState, year: int) -> str:
    decade = year // DECADE * DECADE
    ways = ((str(y), str(y), y == year) for y in range(decade, decade + DECADE))
    return _row(f"Jump to a year of the {decade}s", state, ways)


def _row(label: str, state: BrowseState, ways: Iterable[tuple[str, str, bool]]) -> str:
    """A row of links: what each says, where the page begins, and whether it is here."""
    items = (
        f"<li>{_link(name, links.browse(replace(state.begun(), start=start, page=None)), here)}</li>"
        for name, start, here in ways
    )
    return f'<nav class="rk-jumps" aria-label="{label}"><ul>{"".join(items)}</ul></nav>'


def _link(name: str, address: str, here: bool = False) -> str:
    current = ' aria-current="true"' if here else ""
    return f'<a class="rk-link" data-stay="1" href="{escape(address)}"{current}>{name}</a>'


def pager(state: BrowseState, found: MoviePage) -> str:
    """The page before, this page's number where it is known, and the next; "" where there is only one."""
    if not (found.previous or found.next):
        return ""
    before = after = ""
    if found.previous:
        page = max(state.page - 1, 1) if state.page else None
        before = _turn("prev", "← Previous", replace(state, cursor=found.previous, page=page, start=None))
    if found.next:
        page = state.page + 1 if state.page else None
        after = _turn("next", "Next →", replace(state, cursor=found.next, page=page, start=None))
    pages = -(-found.total // catalogue.PAGE_SIZE)
    place = f"<span>Page {state.page:,} of {pages:,}</span>" if state.page else ""
    return f'<nav class="rk-pager" aria-label="Pages">{before}{place}{after}</nav>'


def _turn(rel: str, label: str, to: BrowseState) -> str:
    return f'<a class="rk-link" rel="{rel}" href="{escape(links.browse(to))}">{label}</a>'
