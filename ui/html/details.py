"""Facts as HTML: the head of the film page, and figures in a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from ui import words
from ui.html import films as cards
from ui.models.films import Movie, MovieSummary
from ui.models.state import BrowseState, Filters
from ui.widgets import links

MOST_COMPANIES = 6
MOST_ACTORS = 8
MOST_KEYWORDS = 14
LONG = 14
"""Letters of a figure that is given twice the room."""


def hero(film: MovieSummary, actions: str) -> str:
    """What is known about a film, beside its poster: a `Movie` fills it, a summary shows what it has.

    Args:
        actions: markup of what can be done with the film.
    """
    if isinstance(film, Movie):
        before, after = _paragraph("rk-tagline", film.tagline), _details(film)
    else:
        before = after = ""
    genres = _chips("rk-genre", ((name, Filters(genres=(name,))) for name in film.genres))
    year = f" <span>({film.year})</span>" if film.year else ""
    return (
        f'<section class="rk-hero"><div>{cards.poster(film)}</div><div>'
        f"<h1>{escape(film.title)}{year}</h1>{cards.original_title(film)}{before}"
        f'<p class="rk-line">{_line(film)}</p>{genres}{actions}{after}</div></section>'
    )


def _details(film: Movie) -> str:
    overview = _paragraph("rk-overview", film.overview)
    keywords = _chips("", ((name, Filters(keywords=(name,))) for name in film.keywords[:MOST_KEYWORDS]))
    return f"{overview}{_table(film)}{keywords}{_links(film)}"


def _paragraph(kind: str, text: str) -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if text else ""


def _line(film: MovieSummary) -> str:
    """Rating with votes, runtime, and the status where the film is not out."""
    parts = []
    if film.vote_count:
        votes = "1 vote" if film.vote_count == 1 else f"{film.vote_count:,} votes"
        parts.append(f'<b class="rk-rating">★ {film.rating:.1f}</b> with {votes}')
    else:
        parts.append("No votes yet")
    if film.runtime:
        parts.append(words.runtime(film.runtime))
    if isinstance(film, Movie) and film.status not in {"", "Released"}:
        parts.append(escape(film.status))
    return " · ".join(parts)


def _chips(kind: str, ways: Iterable[tuple[str, Filters]]) -> str:
    """Names, each a link to the films that share it."""
    items = (
        f'<li class="{kind}"><a class="rk-link" href="{escape(links.browse(BrowseState(filters)))}">'
        f"{escape(name)}</a></li>"
        for name, filters in ways
    )
    return f'<ul class="rk-chips">{"".join(items)}</ul>'


def _table(film: Movie) -> str:
    language = words.language(film.original_language)
    spoken = ", ".join(film.spoken_languages)
    known = {
        "Director": ", ".join(film.director),
        "Cast": ", ".join(film.cast[:MOST_ACTORS]),
        "Language": language,
        "Spoken": spoken if spoken != language else "",
        "Countries": ", ".join(film.production_countries),
        "Companies": ", ".join(film.production_companies[:MOST_COMPANIES]),
        "Released": words.day(film.release_date) if film.release_date else "",
        "Budget": words.dollars(film.budget) if film.budget else "",
        "Revenue": words.dollars(film.revenue) if film.revenue else "",
    }
    rows = (f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in known.items() if value)
    return f'<dl class="rk-facts">{"".join(rows)}</dl>'


def _links(film: Movie) -> str:
    outside = {"TMDB": f"https://www.themoviedb.org/movie/{film.id}"}
    if film.imdb_id and re.fullmatch(r"tt\d+", film.imdb_id):
        outside = {"IMDb": f"https://www.imdb.com/title/{film.imdb_id}/", **outside}
    items = (f'<a href="{url}" target="_blank">{name} ↗</a>' for name, url in outside.items())
    return f'<p class="rk-outside">{"".join(items)}</p>'


def figures(known: Mapping[str, str]) -> str:
    """Numbers under their names, side by side."""
    items = (_figure(name, value) for name, value in known.items())
    return f'<dl class="rk-figures">{"".join(items)}</dl>'


def _figure(name: str, value: str) -> str:
    kind = "rk-long" if len(value) > LONG else ""
    return f'<div class="{kind}"><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>'
