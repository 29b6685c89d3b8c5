"""The catalogue as an HTML table whose heads sort it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ui import words
from ui.models.films import MovieSummary
from ui.models.state import BrowseState, Sort
from ui.widgets import links

_WAYS = {
    "Title": (Sort.A_TO_Z, Sort.Z_TO_A),
    "Year": (Sort.NEWEST, Sort.OLDEST),
    "Rating": (Sort.BEST, Sort.WORST),
    "Votes": (Sort.MOST_VOTES, Sort.FEWEST_VOTES),
}
"""What a first click on a head does, and a second."""


def table(films: Iterable[MovieSummary], state: BrowseState) -> str:
    """One film a row; the title leads to its page."""
    heads = "".join(_head(name, state) for name in ("Title", "Year", "Rating", "Votes", "Runtime", "Genres"))
    rows = "".join(_row(film) for film in films)
    return f'<table class="rk-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _head(name: str, state: BrowseState) -> str:
    kind = "rk-text" if name in {"Title", "Genres"} else "rk-number"
    if name not in _WAYS:
        return f'<th scope="col" class="{kind}">{name}</th>'
    first, second = _WAYS[name]
    sorted_here = state.sort in (first, second)
    address = escape(links.browse(state.begun(sort=second if state.sort is first else first)))
    arrow = "" if not sorted_here else " ↑" if state.sort.order == "asc" else " ↓"
    order = f' aria-sort="{"ascending" if state.sort.order == "asc" else "descending"}"' if sorted_here else ""
    link = f'<a class="rk-link" data-stay="1" href="{address}">{name}{arrow}</a>'
    return f'<th scope="col" class="{kind}"{order}>{link}</th>'


def _row(film: MovieSummary) -> str:
    numbers = (
        str(film.year or ""),
        f"{film.rating:.1f}" if film.vote_count else "",
        f"{film.vote_count:,}",
        words.runtime(film.runtime) if film.runtime else "",
    )
    cells = "".join(f'<td class="rk-number">{number}</td>' for number in numbers)
    title = f'<a class="rk-link rk-card" href="{escape(links.film(film.id))}">{escape(film.title)}</a>'
    return f'<tr><th scope="row">{title}</th>{cells}<td>{escape(", ".join(film.genres[:3]))}</td></tr>'
