"""A member's marks, paths and groups as HTML."""

from __future__ import annotations

from collections.abc import Mapping

import htpy as h

from ui.markup import films
from ui.models.films import MovieSummary
from ui.people.models import GroupFilm, Marks, Path
from ui.people.session import STARS

MOST_STARS = 5


def member_buttons(film: MovieSummary, marks: Marks | None) -> h.Node:
    """Stars, watchlist and not interested; nothing while nobody is signed in (`marks` is None then)."""
    if marks is None:
        return None
    rated = marks.rating or 0
    return h.div(".rk-marks.rk-own", role="group", aria_label=f"Your marks of {film.title}")[
        [_star(film, star, rated) for star in range(1, MOST_STARS + 1)],
        _toggle(film, "watch-later", "Watchlist", "+", "watchlist" in marks.lists),
        _toggle(film, "skip", "Not interested", "×", "not-interested" in marks.lists),
    ]


def _star(film: MovieSummary, star: int, rated: float) -> h.Element:
    filled = rated >= STARS * star - 1
    mine = STARS * (star - 1) < rated <= STARS * star
    return h.button(
        ".rk-mark.rk-star",
        type="button",
        data_verb="unrate" if mine else f"rate-{star}",
        data_film=film.id,
        aria_pressed=str(filled).lower(),
        aria_label=f"{star} of {MOST_STARS} stars: {film.title}",
    )[h.span(aria_hidden="true")["★" if filled else "☆"]]


def _toggle(film: MovieSummary, verb: str, label: str, sign: str, pressed: bool) -> h.Element:
    return button(film, f"no-{verb}" if pressed else verb, label, sign, pressed=pressed)


def button(film: MovieSummary, verb: str, label: str, sign: str, *, pressed: bool = False) -> h.Element:
    """A button that reports its verb and its film."""
    return h.button(
        ".rk-mark",
        type="button",
        data_verb=verb,
        data_film=film.id,
        aria_pressed=str(pressed).lower(),
        aria_label=f"{label}: {film.title}",
    )[h.span(aria_hidden="true")[sign], f" {label}"]


def path(found: Path) -> h.Element:
    """The films of a path in order, each with what it has in common with the one before."""
    return h.ol(".rk-rows")[
        [
            h.li[
                h.a(".rk-link.rk-row", href=films.href(step.movie))[
                    films.poster(step.movie),
                    h.span[
                        h.span(".rk-title")[step.movie.name],
                        step.score is not None and films.score(step.score),
                        step.why is not None
                        and films.chips([*step.why.shared.genres[:3], *step.why.shared.keywords[:4]]),
                    ],
                ]
            ]
            for step in found.steps
        ]
    ]


def group(results: tuple[GroupFilm, ...]) -> h.Element:
    """The films for a group, each with everybody's part."""
    return h.ol(".rk-rows")[
        [
            h.li[
                h.a(".rk-link.rk-row", href=films.href(film.movie))[
                    films.poster(film.movie),
                    h.span[
                        h.span(".rk-title")[film.movie.name],
                        film.turn and films.note(f"{film.turn} chooses"),
                        _parts(film.members),
                    ],
                ]
            ]
            for film in results
        ]
    ]


def _parts(members: Mapping[str, float]) -> h.Node:
    return [h.div[films.note(name), films.score(part)] for name, part in members.items()]
