"""Two films side by side as HTML: their facts in a table, and how alike they are, block by block."""

from __future__ import annotations

from html import escape

from ui import words
from ui.html import films as cards
from ui.models.films import Movie, Recommendation
from ui.widgets import links

MOST_NAMES = 12
UNKNOWN = '<span class="rk-meta" aria-label="not known">–</span>'


def link(name: str, *movie_ids: int) -> str:
    """The link that compares films.

    Args:
        name: of the other film, for those who hear the page.
    """
    address = escape(links.compare(*movie_ids))
    label = f"Compare with {escape(name)}"
    return f'<a class="rk-link rk-taste rk-compare" href="{address}" aria-label="{label}">Compare</a>'


def table(first: Movie, second: Movie) -> str:
    """One fact a row, one film a column."""
    heads = _head(first, second) + _head(second, first)
    left, right = _facts(first), _facts(second)
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(left[name]) or UNKNOWN}</td>'
        f"<td>{escape(right[name]) or UNKNOWN}</td></tr>"
        for name in left
        if left[name] or right[name]
    )
    return f'<table class="rk-versus"><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def likeness(found: Recommendation) -> str:
    """The score, each block's part of it, and what both films have."""
    shared = cards.chips(found.genres, "rk-genre") + cards.chips(found.keywords)
    return (
        f'<section class="rk-likeness" aria-label="Likeness">{cards.score(found.score)}'
        f"{cards.why_bars(found.blocks, len(found.blocks))}{shared}</section>"
    )


def _head(film: Movie, other: Movie) -> str:
    return (
        f'<th scope="col">{cards.poster(film)}<a class="rk-link" href="{escape(links.film(film.id))}">'
        f'<span class="rk-title">{escape(cards.named(film))}</span></a>'
        f'<a class="rk-link rk-compare" href="{escape(links.compare(other.id))}" '
        f'aria-label="Change {escape(film.title)} for another film">Change</a></th>'
    )


def _facts(film: Movie) -> dict[str, str]:
    """Facts in words, "" where not known; the same names in the same order for every film."""
    voted = film.vote_count > 0
    return {
        "Rating": f"★ {film.rating:.1f}" if voted else "",
        "Mean vote": f"{film.vote_average:.1f}" if voted else "",
        "Votes": f"{film.vote_count:,}",
        "Released": words.day(film.release_date) if film.release_date else "",
        "Length": words.runtime(film.runtime) if film.runtime else "",
        "Genres": ", ".join(film.genres),
        "Keywords": ", ".join(film.keywords[:MOST_NAMES]),
        "Language": words.language(film.original_language),
        "Countries": ", ".join(film.production_countries),
        "Companies": ", ".join(film.production_companies[:MOST_NAMES]),
        "Budget": words.dollars(film.budget) if film.budget else "",
        "Revenue": words.dollars(film.revenue) if film.revenue else "",
    }
