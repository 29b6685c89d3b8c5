"""A member's marks, paths and groups as HTML."""

from __future__ import annotations

from collections.abc import Mapping

import htpy as h

from ui.markup import films
from ui.models.films import MovieSummary
from ui.people.models import GroupFilm, Marks, Path

MOST_STARS, POINTS = 5, 10
"""Stars, and the points of a rating: a star is two points."""


def member_buttons(film: MovieSummary, marks: Marks | None) -> h.Node:
    """Stars, seen, watchlist and not interested; nothing while nobody is signed in (`marks` is None then)."""
    if marks is None:
        return None
    return h.div(".rk-marks.rk-own", role="group", aria_label=f"Your marks of {film.title}")[
        _stars(film, marks.rating or 0),
        _toggle(film, "seen", "Seen", "✓", "watched" in marks.lists, undone_by="unseen"),
        _toggle(film, "watch-later", "Watchlist", "+", "watchlist" in marks.lists),
        _toggle(film, "skip", "Not interested", "×", "not-interested" in marks.lists),
    ]


def _stars(film: MovieSummary, rating: float) -> h.Element:
    """A slider of half stars over the stars that it fills; 0 is no rating."""
    return h.span(".rk-stars", style=f"--rated:{rating / POINTS:.0%}", title="Your rating")[
        h.input(
            type="range",
            min=0,
            max=POINTS,
            step=1,
            value=round(rating),
            data_film=film.id,
            aria_label=f"Your stars: {film.title}",
            aria_valuetext=f"{rating / 2:g} of {MOST_STARS} stars" if rating else "not rated",
        )
    ]


def _toggle(film: MovieSummary, verb: str, label: str, sign: str, pressed: bool, undone_by: str = "") -> h.Element:
    return button(film, (undone_by or f"no-{verb}") if pressed else verb, label, sign, pressed=pressed)


def button(film: MovieSummary, verb: str, label: str, sign: str, *, pressed: bool = False) -> h.Element:
    """A button that reports its verb and its film."""
    return h.button(
        ".rk-mark",
        type="button",
        data_verb=verb,
        data_film=film.id,
        aria_pressed=str(pressed).lower(),
        aria_label=f"{label}: {film.title}",
        title=label,
    )[h.span(aria_hidden="true")[sign], h.span(".rk-label")[f" {label}"]]


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
