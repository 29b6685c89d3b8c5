"""Films: the poster wall, rows of suggestions, and neighbours with the reasons for their score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import htpy as h

from ui import words
from ui.markup.parts import chips
from ui.markup.placeholder import poster as drawn_poster
from ui.models.films import MovieSummary, Recommendation
from ui.models.state import FilmState

MOST_BLOCKS = 5
MOST_KEYWORDS = 6

Actions = Callable[[MovieSummary], h.Node]
"""What can be done with a film, as markup; None for nothing."""


def href(film: MovieSummary) -> str:
    """The address of a film's page."""
    return FilmState(film.id).href()


def wall(films: Iterable[MovieSummary]) -> h.Element:
    """Posters side by side, each a link to its film."""
    return h.ul(".rk-wall")[[h.li[card(film)] for film in films]]


def card(film: MovieSummary) -> h.Element:
    """A poster with title and year below."""
    return h.a(".rk-link.rk-card", href=href(film))[poster(film), h.span(".rk-title")[film.title], _facts(film)]


def poster(film: MovieSummary) -> h.VoidElement:
    """The poster; the drawn one is behind it and shows if it does not load or there is none."""
    drawn = drawn_poster(film.title, film.year, film.genres)
    remote = film.poster_url if film.poster_url and film.poster_url.startswith(("https://", "http://")) else None
    return h.img(
        ".rk-poster",
        src=remote or drawn,
        alt=f"Poster of {film.name}" if remote else f"Drawn poster of {film.name}",
        loading="lazy",
        width=342,
        height=513,
        style=f"background-image:url({drawn})",
    )


def suggestions(films: Iterable[MovieSummary]) -> h.Element:
    """Films in rows: small poster, title, original title, year, genres."""
    return h.ul(".rk-rows")[[h.li[_suggestion(film)] for film in films]]


def _suggestion(film: MovieSummary) -> h.Element:
    return h.a(".rk-link.rk-row", href=href(film))[
        poster(film),
        h.span[h.span(".rk-title")[film.title], original_title(film), _facts(film), chips(film.genres[:3])],
    ]


def choices(films: Iterable[MovieSummary], actions: Actions) -> h.Element:
    """Films in small rows, each with what can be done with it."""
    return h.ul(".rk-choices")[
        [
            h.li(".rk-choice")[
                poster(film),
                h.span[h.a(".rk-link.rk-title", href=href(film))[film.title], _facts(film)],
                actions(film),
            ]
            for film in films
        ]
    ]


def original_title(film: MovieSummary) -> h.Node:
    """The original title where it differs."""
    if film.original_title.casefold() == film.title.casefold():
        return None
    return h.span(".rk-original")[film.original_title]


def neighbours(results: Iterable[Recommendation], actions: Actions) -> h.Element:
    """Recommended films in order, each with its score, the reasons, and what can be done with it."""
    return h.ol(".rk-neighbours")[[h.li[_neighbour(result, actions(result.movie))] for result in results]]


def _neighbour(result: Recommendation, actions: h.Node) -> h.Element:
    film, shared = result.movie, result.why.shared
    hidden = len(shared.keywords) - MOST_KEYWORDS
    return h.article(".rk-relative")[
        # The poster repeats the link of the title, so it is left out for keyboards and screen readers.
        h.a(".rk-link", href=href(film), tabindex=-1, aria_hidden="true")[poster(film)],
        h.div[
            h.h3[h.a(".rk-link", href=href(film))[film.title]],
            _facts(film),
            score(result.score),
            why_bars(result.why.blocks),
            chips(shared.genres, "rk-genre"),
            chips(shared.keywords[:MOST_KEYWORDS]),
            hidden > 0 and h.span(".rk-meta")[f"and {hidden} more keywords in common"],
            actions,
        ],
    ]


def score(value: float) -> h.Element:
    """A score as a bar with its number."""
    return h.div(".rk-score", role="img", aria_label=f"Kinship {value:.3f} of 1")[
        h.span(".rk-track")[h.span(style=f"width:{_percent(value)}")], h.b[f"{value:.3f}"]
    ]


def why_bars(blocks: Mapping[str, float], most: int = MOST_BLOCKS) -> h.Element:
    """Each block's contribution to the score, the largest first; those beyond `most` together."""
    ranked = sorted(blocks.items(), key=lambda block: -abs(block[1]))
    shown = [(words.block(name), part) for name, part in ranked[:most] if part]
    rest = sum(part for _, part in ranked[most:])
    if round(rest, 3):
        shown.append(("The rest", rest))
    longest = max((abs(part) for _, part in shown), default=1.0)
    return h.dl(".rk-why")[[element for label, part in shown for element in _bar(label, part, longest)]]


def _bar(label: str, part: float, longest: float) -> tuple[h.Element, h.Element]:
    bar, value = h.span(style=f"width:{_percent(abs(part) / longest)}"), h.b[words.signed(part)]
    return h.dt[label], h.dd(class_="rk-negative" if part < 0 else None)[bar, value]


def _facts(film: MovieSummary) -> h.Element:
    """Year and rating; a no-break space keeps the line where neither is known."""
    rating = f"★ {film.rating:.1f}" if film.vote_count else ""
    known = " · ".join(part for part in (str(film.year or ""), rating) if part)
    return h.span(".rk-meta")[known or "\N{NO-BREAK SPACE}"]


def _percent(share: float) -> str:
    return f"{min(max(share, 0.0), 1.0) * 100:.1f}%"
