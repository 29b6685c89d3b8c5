"""Pieces: what was read of a text, and what each does to the film sought or to the filters.

What a piece does follows from its kind, value and way alone, so a client may send pieces back, changed or without
some.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from contract import Filters
from index.encode.content import telling
from index.errors import BadQueryError

FORMS: Mapping[str, dict[str, Any]] = {
    "short": {"runtime": 15},
    "anime": {"original_language": "ja", "genres": ["Animation"]},
    "documentary": {"genres": ["Documentary"]},
    "stand-up": {"genres": ["Comedy"], "keywords": ["stand-up comedy"]},
    "concert": {"genres": ["Music"], "keywords": ["concert"]},
}
_FORM_FILTERS: Mapping[str, dict[str, Any]] = {
    "short": {"runtime_max": 40},
    "anime": {"languages": ("ja",), "genres_all": ("Animation",)},
    "documentary": {"genres_all": ("Documentary",)},
    "stand-up": {"keywords": ("stand-up comedy",)},
    "concert": {"keywords": ("concert",)},
}
_RUNTIMES = {"short": 75, "long": 180}
_VOTES = {"little known": 60, "well known": 20_000}
_RATINGS = {"acclaimed": (8.3, 7.0)}
"""What a film is taken to have that is asked for so: the rating sought, and the least that passes as a filter."""

SILENT = "silent era"
_SILENT_YEAR, _SILENT_UNTIL = 1925, 1936


class Piece(NamedTuple):
    """One thing that was read.

    Attributes:
        words: of the text, that carried it.
        kind: one of `WEIGHTS` or `FILTERS_OF`.
        value: as a filter or a film has it; of `like` and `unlike` the film's id.
        how: "filter" or "weight".
    """

    words: str
    kind: str
    value: str
    how: str


def _list_of(column: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {column: [value]}


WEIGHTS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "language": lambda value: {"original_language": value.split(",")[0]},
    "country": lambda value: {"production_countries": value.split(",")},
    "genre": _list_of("genres"),
    "keyword": _list_of("keywords"),
    "period": lambda value: {"year": _SILENT_YEAR if value == SILENT else (sum(_years(value)) + 1) // 2},
    "length": lambda value: {"runtime": _RUNTIMES[value]},
    "form": lambda value: FORMS[value],
    "fame": lambda value: {"vote_count": _VOTES[value]},
    "quality": lambda value: {"rating": _RATINGS[value][0]},
    "director": _list_of("directors"),
    "actor": _list_of("actors"),
    "like": lambda value: _nothing(int(value)),
    "unlike": lambda value: _nothing(int(value)),
}
"""Kind -> what a film has that is sought so, as columns of `FILM_SCHEMA`; an error for an unknown value."""

FILTERS_OF: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "language": lambda value: {"languages": tuple(value.split(","))},
    "without language": lambda value: {"without_languages": (value,)},
    "country": lambda value: {"countries": tuple(value.split(","))},
    "without country": lambda value: {"without_countries": (value,)},
    "genre": lambda value: {"genres_all": (value,)},
    "without genre": lambda value: {"without_genres": (value,)},
    "keyword": lambda value: {"keywords": (value,)},
    "without keyword": lambda value: {"without_keywords": (value,)},
    "period": lambda value: _bounds_of(value, "year"),
    "length": lambda value: _bounds_of(value, "runtime"),
    "form": lambda value: _FORM_FILTERS[value],
    "quality": lambda value: {"rating_min": _RATINGS[value][1]},
}
"""Kind -> fields of `Filters`."""


def _nothing(film: int) -> dict[str, Any]:
    """What a film that is named changes of the one sought: its whole vector counts instead."""
    return {}


def effect(piece: Piece) -> dict[str, Any]:
    """What a piece does: columns of the film sought, or fields of `Filters`.

    Raises:
        BadQueryError: it has no such kind or value.
    """
    kinds = {"weight": WEIGHTS, "filter": FILTERS_OF}.get(piece.how, {})
    if piece.kind not in kinds:
        raise BadQueryError(f"`read`: {piece.kind!r} cannot be a {piece.how}; kinds are {', '.join(kinds)}")
    try:
        made: dict[str, Any] = kinds[piece.kind](piece.value)
    except (KeyError, ValueError):
        raise BadQueryError(f"`read`: {piece.value!r} is no value of {piece.kind!r} as a {piece.how}") from None
    return made


def _years(value: str) -> tuple[int, int]:
    """The first and the last year of a decade ("1980s"), a year or a span ("1960-1969")."""
    if value.endswith("s"):
        return int(value[:-1]), int(value[:-1]) + 9
    first, _, last = value.partition("-")
    return int(first), int(last or first)


def _bounds_of(value: str, name: str) -> dict[str, Any]:
    """Bounds from "until 90", "from 120", and of years from decades and spans."""
    side, _, number = value.partition(" ")
    if value == SILENT:
        return {f"{name}_max": _SILENT_UNTIL}
    if side in ("until", "from"):
        return {f"{name}_{'max' if side == 'until' else 'min'}": int(number)}
    first, last = _years(value)
    return {f"{name}_min": first, f"{name}_max": last}


@dataclass
class Reading:
    """What a text asks for.

    Attributes:
        story: the text without what became a filter or a film; what is embedded.
        pieces: all that was read, in the order found.
    """

    story: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """Columns of `FILM_SCHEMA` that the film sought is taken to have."""
        return _together(effect(piece) for piece in self.pieces if piece.how == "weight")

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of `Filters`."""
        return _together(effect(piece) for piece in self.pieces if piece.how == "filter")

    @property
    def theme(self) -> str:
        """The story; "" where all its words became facts or mean any film: "silent comedies from the 20s"."""
        rest = self.story.lower()
        for piece in sorted(self.pieces, key=lambda piece: -len(piece.words)):
            if piece.kind not in _PLAIN:
                continue
            rest = re.sub(rf"(?<!\w){re.escape(piece.words.lower())}(?!\w)", " ", rest)
        return self.story if telling(rest) else ""

    def filters(self, given: Filters) -> Filters:
        """Filters with those of the text, where the request itself does not name another value."""
        empty, changes = Filters(), self.changes
        ours = {k: v for k, v in changes.items() if getattr(given, k) == getattr(empty, k)}
        return replace(given, **ours) if ours else given

    def films(self, kind: str) -> list[int]:
        """Ids of the films that are named by pieces of the kind `like` or `unlike`."""
        return [int(piece.value) for piece in self.pieces if piece.kind == kind]

    def note(self, words: str, kind: str, value: str, how: str = "weight") -> None:
        """Keep a piece; the first of a kind, a value and a way counts."""
        if not any(piece[1:] == (kind, value, how) for piece in self.pieces):
            self.pieces.append(Piece(words.strip(), kind, value, how))

    def search(self, pattern: str) -> re.Match[str] | None:
        """Where a pattern first matches the story."""
        return re.search(pattern, self.story, re.IGNORECASE)

    def taken(self, pattern: str) -> list[re.Match[str]]:
        """What matches, which leaves the story: words that films must not have would find such films."""
        found = list(re.finditer(pattern, self.story, re.IGNORECASE))
        self.story = tidy(re.sub(pattern, " ", self.story, flags=re.IGNORECASE)) if found else self.story
        return found

    def corrected(self, pieces: Sequence[Piece]) -> Reading:
        """As a client sent it back: with these pieces alone; the words of those left out leave the story."""
        story, words = self.story, {piece.words for piece in pieces}
        for piece in self.pieces:
            if piece.words not in words:
                story = re.sub(rf"(?<!\w){re.escape(piece.words)}(?!\w)", " ", story)
        corrected = Reading(tidy(story), list(pieces))
        assert corrected.facts is not None and corrected.changes is not None  # raises where a piece is wrong
        return corrected


_PLAIN = ("language", "country", "genre", "period", "length", "form", "fame", "quality")
"""Kinds of pieces whose words tell nothing more than the facts that they became."""


def _together(effects: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Effects in one: names are joined, of other values the first counts."""
    merged: dict[str, Any] = {}
    for made in effects:
        for name, value in made.items():
            if isinstance(value, list | tuple) and name in merged:
                merged[name] = type(value)(dict.fromkeys((*merged[name], *value)))
            else:
                merged.setdefault(name, value)
    return merged


def tidy(text: str) -> str:
    """A text without the spaces and commas that words leave behind."""
    return re.sub(r"\s*,(\s*,)+", ",", " ".join(text.split())).strip(" ,;")
