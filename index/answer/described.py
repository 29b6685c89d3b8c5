"""The vector of free text: that of a film with its story and facts, and of films with a keyword that it names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.answer.asking import examples
from index.answer.lexicon import SHARED_LANGUAGES
from index.answer.pieces import Reading
from index.encode.content import is_brief
from index.spaces.view import Space, View

LIKED = 7.5
"""Rating of a film that is asked for by its genre, language or period, where nothing is said of its quality."""

EXAMPLES = 20
"""Films that say what a keyword is about."""

KEYWORD = 2.0
"""How much those films count beside the text."""

ABOUT = ("genres", "keywords", "text", "meaning")
"""Blocks of what a film is about."""

LANGUAGE = "language"
STATED = (LANGUAGE, "country")
"""Blocks that a text fills where it states the fact, and else leaves empty."""

BESIDE = 2.0
"""How much more they count beside a keyword, so that the films with the keyword do not outweigh them."""


AWAY = 0.5
"""How much the language of most films of a country that a text excludes counts against a film. Of many films no
country is known, and others were only made with help from elsewhere: "not american" would find those in English
first."""


def described_by(view: View, space: Space, reading: Reading, alone: bool) -> NDArray[np.float64] | None:
    """The vector of what was read of a text, shape (dim,); None if none is given, or no word of it is known.

    `alone`: no film that is liked says more.
    """
    if not (reading.story or reading.facts or reading.changes) or space.encoder is None:
        return None
    facts = reading.facts
    if (facts or not reading.theme) and not facts.keys() & {"rating", "vote_count"}:
        facts["rating"] = LIKED
    vector = space.encoder.encode_text(reading.theme, facts).astype(np.float64)
    if not vector.any():
        return None
    found = _with_examples(view, space, reading, vector) if is_brief(reading.story) else vector
    return _away_from(space, reading, found) if alone else found


def _away_from(space: Space, reading: Reading, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same, less the languages that are spoken in excluded countries more than in others."""
    if LANGUAGE not in space.layout.names or space.encoder is None:
        return vector
    excluded = {piece.value for piece in reading.pieces if piece.kind == "without country"}
    part, found = space.layout.slice_of(LANGUAGE), vector.copy()
    for code, country in SHARED_LANGUAGES.items():
        if country in excluded:
            found[part] -= AWAY * space.encoder.encode_text("", {"original_language": code})[part]
    return found


def stated_by(space: Space, vector: NDArray[np.float64]) -> list[slice]:
    """Where a text's vector has what the text states of language and country."""
    parts = [space.layout.slice_of(name) for name in STATED if name in space.layout.names]
    return [part for part in parts if vector[part].any()]


def _with_examples(view: View, space: Space, reading: Reading, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same with what the best known films are about of a keyword that the text names.

    The block of keywords is too narrow for one keyword of few films; their texts and themes are not.
    """
    rows = examples(view, reading, EXAMPLES)
    if len(rows) == 0:
        return vector
    mean, found = space.double(rows).mean(axis=0), vector.copy()
    for name in ABOUT:
        if name in space.layout.names:
            part = space.layout.slice_of(name)
            found[part] += KEYWORD * mean[part]
    for part in stated_by(space, vector):
        found[part] *= BESIDE
    return found
