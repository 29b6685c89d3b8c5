"""A film's facts: the head of the film page, and two films side by side with their similarity."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import htpy as h

from contract import Filters
from ui import words
from ui.markup import films
from ui.markup.films import chips, linked_chips
from ui.models.films import More, Movie, MovieSummary, Offers, Recommendation
from ui.models.state import BrowseState, CompareState, MixState, Preferences

MOST_COMPANIES = 6
MOST_ACTORS = 8
MOST_KEYWORDS = 14
MOST_COMPARED = 12
ADJUSTED = "Rating, adjusted for few votes"
DIFFERENT = 0.25
"""From this on the adjusted rating is worth a line of its own."""
UNKNOWN = h.span(".rk-meta", aria_label="not known")["–"]


def hero(film: MovieSummary, actions: h.Node) -> h.Element:
    """A film's facts beside its poster; while the database is away, a summary shows what it has.

    Args:
        actions: what can be done with the film.
    """
    known = film if isinstance(film, Movie) else None
    genres = {name: BrowseState(Filters(genres=(name,))).href() for name in film.genres}
    return h.section(".rk-hero")[
        h.div[films.poster(film)],
        h.div[
            h.h1[film.title, film.year and [" ", h.span[f"({film.year})"]]],
            films.original_title(film),
            known and known.tagline and h.p(".rk-tagline")[known.tagline],
            h.p(".rk-line")[_line(film)],
            linked_chips(genres, "rk-genre"),
            actions,
            known and _details(known),
        ],
    ]


def _line(film: MovieSummary) -> h.Node:
    """Rating with votes, IMDb's beside it, runtime, and the status where the film is not released."""
    if film.vote_count:
        rating: h.Node = [h.b(".rk-rating")[f"★ {film.vote_average:.1f}"], f" from {words.votes(film.vote_count)}"]
    else:
        rating = "No votes yet"
    imdb = _imdb(film) if isinstance(film, Movie) else ""
    status = film.status if isinstance(film, Movie) and film.status != "Released" else ""
    more = (imdb, words.runtime(film.runtime) if film.runtime else "", status)
    return [rating, [f" · {text}" for text in more if text]]


def _imdb(film: Movie) -> str:
    if not film.imdb_rating:
        return ""
    return f"IMDb {film.imdb_rating:.1f}" + (f" from {words.votes(film.imdb_votes)}" if film.imdb_votes else "")


def _details(film: Movie) -> h.Node:
    keywords = {name: BrowseState(Filters(keywords=(name,))).href() for name in film.keywords[:MOST_KEYWORDS]}
    return [
        film.overview and h.p(".rk-overview")[film.overview],
        h.dl(".rk-facts")[[h.div[h.dt[name], h.dd[value]] for name, value in _facts(film) if value]],
        linked_chips(keywords),
        h.p(".rk-outside")[
            [h.a(href=address, target="_blank")[f"{name} ↗"] for name, address in _other_sites(film)]
        ],
    ]


def _people(names: Sequence[str]) -> h.Node:
    """People, each with a link to the films of this person: a mix is searched in words."""
    links = [h.a(".rk-link.rk-film-link", href=MixState(Preferences(text=name)).href())[name] for name in names]
    return links and [[n > 0 and ", ", link] for n, link in enumerate(links)]


def _facts(film: Movie) -> Iterator[tuple[str, h.Node]]:
    language = words.language(film.original_language)
    spoken = ", ".join(film.spoken_languages)
    if film.vote_count and abs(film.rating - film.vote_average) >= DIFFERENT:
        yield ADJUSTED, f"{film.rating:.1f}"
    yield "Director", _people(film.director)
    yield "Cast", _people(film.cast[:MOST_ACTORS])
    yield "Language", language
    yield "Spoken", spoken if spoken != language else ""
    yield "Countries", ", ".join(film.production_countries)
    yield "Studios", ", ".join(film.production_companies[:MOST_COMPANIES])
    yield "Released", words.day(film.release_date) if film.release_date else ""
    yield from _money(film)


def _money(film: Movie) -> Iterator[tuple[str, str]]:
    yield "Budget", words.dollars(film.budget) if film.budget else ""
    yield "Revenue", words.dollars(film.revenue) if film.revenue else ""


def _other_sites(film: Movie) -> Iterator[tuple[str, str]]:
    if film.imdb_id and re.fullmatch(r"tt\d+", film.imdb_id, re.ASCII):
        yield "IMDb", f"https://www.imdb.com/title/{film.imdb_id}/"
    yield "TMDB", f"https://www.themoviedb.org/movie/{film.id}"


WAYS = {
    "flatrate": "Subscription",
    "free": "Free",
    "ads": "With advertisements",
    "rent": "To rent",
    "buy": "To buy",
}


def offers(found: Offers) -> h.Element:
    """Where a film can be watched, with the source that TMDB's terms ask to name."""
    return h.section(".rk-offers", aria_label="Where to watch")[
        h.dl(".rk-facts")[
            [
                h.div[h.dt[label], h.dd[", ".join(services)]]
                for way, label in WAYS.items()
                if (services := getattr(found, way))
            ]
        ],
        h.p(".rk-outside")[
            found.link and h.a(href=found.link, target="_blank")["All offers at TMDB ↗"],
            h.span(".rk-meta")["Source of the offers: JustWatch"],
        ],
    ]


def people(found: More) -> h.Node:
    """Cast and crew with characters and jobs, and the link to a trailer."""
    return [
        found.trailer and h.p(".rk-outside")[h.a(href=found.trailer, target="_blank")["Trailer ↗"]],
        [
            h.dl(".rk-facts", aria_label=label)[[h.div[h.dt[one.role or label], h.dd[one.name]] for one in some]]
            for label, some in (("Cast", found.cast), ("Crew", found.crew))
            if some
        ],
    ]


def compare_link(name: str, *movie_ids: int) -> h.Element:
    """The link that compares films.

    Args:
        name: of the other film, for people who hear the page.
    """
    return h.a(
        ".rk-link.rk-mark.rk-compare", href=CompareState(movie_ids).href(), aria_label=f"Compare with {name}"
    )["Compare"]


def comparison(first: Movie, second: Movie) -> h.Element:
    """One fact a row, one film a column; facts that neither film has are left out."""
    rows = zip(_compared(first), _compared(second), strict=True)
    return h.table(".rk-comparison")[
        h.thead[h.tr[h.td, _head(first, second), _head(second, first)]],
        h.tbody[
            [
                h.tr[h.th(scope="row")[name], h.td[left or UNKNOWN], h.td[right or UNKNOWN]]
                for (name, left), (_, right) in rows
                if left or right
            ]
        ],
    ]


def similarity(found: Recommendation) -> h.Element:
    """The score, the contribution of every block, and what the two films have in common."""
    return h.section(".rk-similarity", aria_label="Similarity")[
        films.score(found.score),
        films.why_bars(found.why.blocks, len(found.why.blocks)),
        chips(found.why.shared.genres, "rk-genre"),
        chips(found.why.shared.keywords),
    ]


def _head(film: Movie, other: Movie) -> h.Element:
    return h.th(scope="col")[
        films.poster(film),
        h.a(".rk-link", href=films.href(film))[h.span(".rk-title")[film.name]],
        h.a(
            ".rk-link.rk-compare",
            href=CompareState((other.id,)).href(),
            aria_label=f"Change {film.title} for another film",
        )["Change"],
    ]


def _compared(film: Movie) -> Iterator[tuple[str, str]]:
    """Facts by name, "" where not known; the same names in the same order for every film."""
    yield "Mean vote", f"★ {film.vote_average:.1f}" if film.vote_count else ""
    yield "Votes", f"{film.vote_count:,}"
    yield ADJUSTED, f"{film.rating:.1f}" if film.vote_count else ""
    yield "Released", words.day(film.release_date) if film.release_date else ""
    yield "Runtime", words.runtime(film.runtime) if film.runtime else ""
    yield "Genres", ", ".join(film.genres)
    yield "Keywords", ", ".join(film.keywords[:MOST_COMPARED])
    yield "Language", words.language(film.original_language)
    yield "Countries", ", ".join(film.production_countries)
    yield "Studios", ", ".join(film.production_companies[:MOST_COMPARED])
    yield from _money(film)
