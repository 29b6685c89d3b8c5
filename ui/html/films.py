"""Films as HTML: the poster wall, suggestions, and the kin with their reasons.

Pure functions from answers to markup. Everything that comes from the API goes through `html.escape`: titles are
what anyone wrote into TMDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape

from ui import words
from ui.html.placeholder import poster as drawn_poster
from ui.models.films import MovieSummary, Recommendation
from ui.widgets import links

MOST_BLOCKS = 5
MOST_KEYWORDS = 6


def wall(films: Iterable[MovieSummary]) -> str:
    """Posters side by side, each a link to its film."""
    return f'<ul class="rk-wall">{"".join(f"<li>{card(film)}</li>" for film in films)}</ul>'


def card(film: MovieSummary) -> str:
    """A poster with title and year below."""
    return (
        f'<a class="rk-link rk-card" href="{escape(links.film(film.id))}">{poster(film)}'
        f'<span class="rk-title">{escape(film.title)}</span>'
        f'<span class="rk-meta">{_meta(film)}</span></a>'
    )


def poster(film: MovieSummary) -> str:
    """The poster; the drawn one lies behind it and stays when it does not load or there is none."""
    drawn = drawn_poster(film.title, film.year, film.genres)
    remote = film.poster_url if film.poster_url and film.poster_url.startswith(("https://", "http://")) else None
    label = f"Poster of {named(film)}" if remote else f"Drawn poster of {named(film)}"
    return (
        f'<img class="rk-poster" src="{escape(remote or drawn)}" alt="{escape(label)}" loading="lazy" '
        f'width="342" height="513" style="background-image:url({drawn})">'
    )


def named(film: MovieSummary) -> str:
    """Title and year; not escaped."""
    return f"{film.title} ({film.year})" if film.year else film.title


def suggestions(films: Iterable[MovieSummary]) -> str:
    """Films in rows: small poster, title, original title, year."""
    return f'<ul class="rk-rows">{"".join(f"<li>{_suggestion(film)}</li>" for film in films)}</ul>'


def _suggestion(film: MovieSummary) -> str:
    return (
        f'<a class="rk-link rk-row" href="{escape(links.film(film.id))}">{poster(film)}<span>'
        f'<span class="rk-title">{escape(film.title)}</span>{original_title(film)}'
        f'<span class="rk-meta">{_meta(film)}</span>{chips(film.genres[:3])}</span></a>'
    )


def offers(films: Iterable[MovieSummary], actions: Callable[[MovieSummary], str]) -> str:
    """Films in small rows, each with what `actions` offers as markup."""
    rows = (
        f'<li class="rk-offer">{poster(film)}<span><a class="rk-link rk-title" '
        f'href="{escape(links.film(film.id))}">{escape(film.title)}</a><span class="rk-meta">{_meta(film)}</span>'
        f"</span>{actions(film)}</li>"
        for film in films
    )
    return f'<ul class="rk-offers">{"".join(rows)}</ul>'


def original_title(film: MovieSummary) -> str:
    """The original title where it differs."""
    if film.original_title.casefold() == film.title.casefold():
        return ""
    return f'<span class="rk-original">{escape(film.original_title)}</span>'


def chips(names: Iterable[str], kind: str = "") -> str:
    """Names in small frames; `kind` is a class of the style sheet."""
    found = "".join(f'<li class="{kind}">{escape(name)}</li>' for name in names)
    return f'<ul class="rk-chips">{found}</ul>' if found else ""


def kin(results: Iterable[Recommendation], actions: Callable[[MovieSummary], str]) -> str:
    """Recommendations in order, each with score, reasons, and what `actions` offers as markup."""
    items = (f"<li>{_kin_card(result, actions(result.movie))}</li>" for result in results)
    return f'<ol class="rk-kin">{"".join(items)}</ol>'


def _kin_card(result: Recommendation, actions: str) -> str:
    film = result.movie
    address = escape(links.film(film.id))
    # The poster repeats the link of the title, so it is left out for keyboards and screen readers.
    return (
        f'<article class="rk-relative"><a class="rk-link" href="{address}" tabindex="-1" aria-hidden="true">'
        f'{poster(film)}</a><div><h3><a class="rk-link" href="{address}">{escape(film.title)}</a></h3>'
        f'<span class="rk-meta">{_meta(film)}</span>{score(result.score)}'
        f"{why_bars(result.blocks)}{chips(result.genres, 'rk-genre')}{chips(result.keywords[:MOST_KEYWORDS])}"
        f"{_more(len(result.keywords) - MOST_KEYWORDS)}{actions}</div></article>"
    )


def score(kinship: float) -> str:
    """A score as a bar with its number."""
    return (
        f'<div class="rk-score" role="img" aria-label="Kinship {kinship:.3f} of 1">'
        f'<span class="rk-track"><span style="width:{_percent(kinship)}"></span></span><b>{kinship:.3f}</b></div>'
    )


def why_bars(blocks: Mapping[str, float], most: int = MOST_BLOCKS) -> str:
    """Each block's part of the score, the largest first; those beyond `most` together."""
    ranked = sorted(blocks.items(), key=lambda part: -abs(part[1]))
    shown = [(words.block(name), part) for name, part in ranked[:most] if part]
    rest = sum(part for _, part in ranked[most:])
    if round(rest, 3):
        shown.append(("The rest", rest))
    longest = max((abs(part) for _, part in shown), default=1.0)
    rows = (
        f"<dt>{escape(label)}</dt>"
        f'<dd class="{"rk-against" if part < 0 else ""}">'
        f'<span style="width:{_percent(abs(part) / longest)}"></span>'
        f"<b>{words.signed(part)}</b></dd>"
        for label, part in shown
    )
    return f'<dl class="rk-why">{"".join(rows)}</dl>'


def _more(hidden: int) -> str:
    return f'<span class="rk-meta">and {hidden} more keywords in common</span>' if hidden > 0 else ""


def _meta(film: MovieSummary) -> str:
    rating = f"★ {film.rating:.1f}" if film.vote_count else ""
    return " · ".join(part for part in (str(film.year or ""), rating) if part) or "&nbsp;"


def _percent(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.1f}%"
