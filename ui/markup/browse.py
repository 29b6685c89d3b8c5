"""The catalogue: a sortable table, jumps to a letter or a year, page links, the filters that are set, shelves."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

import htpy as h

from contract import Filters
from ui import words
from ui.markup import films
from ui.markup.films import linked_chips, note
from ui.models.films import MoviePage, MovieSummary, Shelf
from ui.models.sorts import Sort
from ui.models.state import BrowseState, FindState

FIRST_DECADE = 1880
DECADE = 10
COLUMNS = ("Title", "Year", "Rating", "Votes", "Runtime", "Genres")
SORTS = {
    "Title": (Sort.A_TO_Z, Sort.Z_TO_A),
    "Year": (Sort.NEWEST, Sort.OLDEST),
    "Rating": (Sort.BEST, Sort.WORST),
    "Votes": (Sort.MOST_VOTES, Sort.FEWEST_VOTES),
    "Runtime": (Sort.LONGEST, Sort.SHORTEST),
}
"""What a first click on a column's head sorts by, and a second click."""
RULES = {
    "popular": BrowseState(),
    "trending": BrowseState(sort=Sort.TRENDING),
    "acclaimed": BrowseState(sort=Sort.BEST),
    "hidden-gems": BrowseState(sort=Sort.HIDDEN_GEMS),
    "new": BrowseState(Filters(votes_min=50), Sort.NEWEST),
}
"""Where a shelf continues, by its own rule."""
SHRUNK = "Ranked by the mean vote, as if 2,000 more people had given each film the average vote."
NOTES = {
    Sort.BEST: SHRUNK,
    Sort.WORST: SHRUNK,
    Sort.POPULAR: "Popularity is TMDB's measure of attention; it counts in full only where many have voted.",
    Sort.TRENDING: "Popularity that halves with every 180 days since the release.",
    Sort.HIDDEN_GEMS: "The best rated with 50 to 1,000 votes, three years old or more; then all others.",
    Sort.LONGEST: "Films whose runtime is unknown are left out.",
    Sort.SHORTEST: "Films whose runtime is unknown are left out.",
}
"""What an order means, where its name does not say it."""


def _link(label: str, state: BrowseState, **attributes: h.Attribute) -> h.Element:
    """A link inside the catalogue; `data-stay` keeps the scroll position."""
    return h.a(".rk-link", data_stay="1", href=state.href(), **attributes)[label]


def table(found: Iterable[MovieSummary], state: BrowseState) -> h.Element:
    """One film a row; a title links to its page, a column's head sorts."""
    return h.table(".rk-table")[
        h.thead[h.tr[[_head(name, state) for name in COLUMNS]]], h.tbody[[_row(film) for film in found]]
    ]


def _head(name: str, state: BrowseState) -> h.Element:
    kind = "rk-text" if name in {"Title", "Genres"} else "rk-number"
    if name not in SORTS:
        return h.th(scope="col", class_=kind)[name]
    first, second = SORTS[name]
    ascending = state.sort.order == "asc"
    order = ("ascending" if ascending else "descending") if state.sort in (first, second) else None
    arrow = "" if order is None else " ↑" if ascending else " ↓"
    target = state.sorted_by(second if state.sort is first else first)
    return h.th(scope="col", class_=kind, aria_sort=order)[_link(name + arrow, target)]


def _row(film: MovieSummary) -> h.Element:
    numbers = (
        str(film.year or ""),
        f"{film.vote_average:.1f}" if film.vote_count else "",
        f"{film.vote_count:,}",
        words.runtime(film.runtime) if film.runtime else "",
    )
    return h.tr[
        h.th(scope="row")[h.a(".rk-link.rk-card", href=films.href(film))[film.title]],
        [h.td(".rk-number")[text] for text in numbers],
        h.td[", ".join(film.genres[:3])],
    ]


def jumps(state: BrowseState, found: Sequence[MovieSummary]) -> h.Renderable:
    """Links to where letters or decades begin, depending on the sort; the place of the first film is marked."""
    if state.sort.by == "title":
        letters = string.ascii_uppercase if state.sort is Sort.A_TO_Z else string.ascii_uppercase[::-1]
        here = found[0].title[:1].upper() if found else ""
        return _jumps("Jump to a letter", state, ((letter, letter, letter == here) for letter in letters))
    if state.sort.by == "released":
        return _jumps_to_years(state, found[0].year if found else None)
    orders = {
        "Jump to a letter": state.sorted_by(Sort.A_TO_Z),
        "Jump to a year": state.sorted_by(Sort.NEWEST),
    }
    if state.sort is Sort.RANDOM:
        orders = {"Shuffle again": state.sorted_by(Sort.RANDOM, state.seed + 1), **orders}
    return h.nav(".rk-jumps", aria_label="Other orders")[
        h.ul[[h.li[_link(label, target)] for label, target in orders.items()]]
    ]


def _jumps_to_years(state: BrowseState, year: int | None) -> h.Renderable:
    """Decades, and the years of the decade that is shown."""
    decades = range(date.today().year // DECADE * DECADE, FIRST_DECADE - 1, -DECADE)
    last = DECADE - 1 if state.sort is Sort.NEWEST else 0
    shown = (year or 0) // DECADE * DECADE
    to_decades = ((f"{decade}s", str(decade + last), decade == shown) for decade in decades)
    rows = [_jumps("Jump to a decade", state, to_decades)]
    if year:
        to_years = ((str(one), str(one), one == year) for one in range(shown, shown + DECADE))
        rows.append(_jumps(f"Jump to a year of the {shown}s", state, to_years))
    return h.fragment[rows]


def _jumps(label: str, state: BrowseState, targets: Iterable[tuple[str, str, bool]]) -> h.Element:
    """A row of links: the text of each, where its page starts, and whether that is here."""
    return h.nav(".rk-jumps", aria_label=label)[
        h.ul[
            [
                h.li[_link(name, state.starting_at(start), aria_current="true" if here else None)]
                for name, start, here in targets
            ]
        ]
    ]


def pager(state: BrowseState, found: MoviePage, page_size: int) -> h.Element | None:
    """The previous page, the number of this page if it is known, and the next page; None for a single page."""
    if not (found.previous or found.next):
        return None

    def turn(rel: str, label: str, cursor: str | None, step: int) -> h.Node:
        page = max(state.page + step, 1) if state.page else None
        target = replace(state, cursor=cursor, page=page, start=None)
        return cursor and h.a(".rk-link", rel=rel, href=target.href())[label]

    pages = -(-found.total // page_size)
    return h.nav(".rk-pager", aria_label="Pages")[
        turn("prev", "← Previous", found.previous, -1),
        state.page and h.span[f"Page {state.page:,} of {pages:,}"],
        turn("next", "Next →", found.next, 1),
    ]


def active_filters(
    filters: Filters, said: Iterable[tuple[str, Filters]], address: Callable[[Filters], str]
) -> h.Element:
    """The filters that are set, each with a link that removes it, and the address that holds them.

    Args:
        filters: those that are set.
        said: each filter in words, and the filters that remain without it.
        address: of the page with other filters.
    """

    def link(text: str, rest: Filters, label: str | None = None) -> h.Element:
        return h.a(".rk-link", data_stay="1", href=address(rest), aria_label=label)[text]

    return h.ul(".rk-chips.rk-active", aria_label="Filters that are set")[
        [h.li(".rk-genre")[link(f"{label} ✕", rest, f"Remove the filter {label}")] for label, rest in said],
        h.li[link("Clear all", Filters())],
        h.li[h.a(".rk-link.rk-copy", href=address(filters))["Copy the link"]],
    ]


def shelf(found: Shelf, actions: films.Actions = films.no_actions) -> h.Element:
    """A shelf under its title and rule; the shelf of a genre links to the genres that go with it.

    Args:
        actions: what can be done with a film.
    """
    title = f"Best of {found.genre}" if found.genre else found.title
    see_all = (
        BrowseState(Filters(genres=(found.genre,)), Sort.BEST)
        if found.genre
        else RULES.get(found.name, BrowseState())
    )
    related = {f"{genre.name} {genre.lift:.1f}×": _genre_href(genre.name) for genre in found.related}
    return h.section(".rk-shelf", aria_label=title)[
        h.div(".rk-shelf-head")[
            h.h2[title],
            h.a(".rk-link", href=see_all.href(), aria_label=f"See all: {title}")["See all"],
            [
                h.button(".rk-arrow", type="button", data_way=way, aria_label=f"{label}: {title}")[sign]
                for way, label, sign in (("-1", "Back", "←"), ("1", "Further", "→"))
            ],
        ],
        h.details(".rk-meta")[h.summary[found.rule], h.code[found.formula]],
        related
        and [
            note("Often combined with; how many times as often as by chance:"),
            linked_chips(related, "rk-genre"),
        ],
        h.ul(".rk-row-of-films", tabindex=0, aria_label=f"Films: {title}")[
            [h.li[films.card(film), actions(film)] for film in found.films]
        ],
    ]


def genre_links(names: Iterable[str]) -> h.Element:
    """Links to the shelf of each genre."""
    return h.nav(".rk-shelf", aria_label="Shelves by genre")[
        h.h2["A shelf for every genre"], linked_chips({name: _genre_href(name) for name in names}, "rk-genre")
    ]


def _genre_href(name: str) -> str:
    return FindState(genre=name).href()
