"""The words of synthetic films that the bundled sample lacks: sentence patterns, scripts, names.

They are kept in `data/topics.json`, written for this purpose. In a pattern, `{x}` is a slot that
`etl.synthetic.text` fills with one word for the film in question; `SLOTS` says with which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORDS_FILE = Path(__file__).parents[2] / "data" / "topics.json"

SLOTS = {
    "t": "a word of one of the film's keywords, or of its topics'",
    "k": "one of the film's keywords, whole",
    "g": "a noun of one of its genres",
    "n": "a name, more often than not its hero's",
    "p": "a place",
    "r": "a role, such as teacher",
    "a": "an adjective",
    "v": "a verb",
    "o": "any noun",
}
"""Adjectives, roles, verbs and all nouns begin with a consonant, so that "a" before them is right."""


@dataclass(frozen=True)
class Language:
    """A language films are made in, and what agrees with it.

    `weight` is its share in thousandths among the films of the real file that state one, rounded. `words`
    and `syllables` (which names are made of) are in its script, `joiner` stands between the words of a title.
    Without words, titles are made of names; without syllables, names are Latin.
    """

    code: str
    weight: int
    spoken: str
    countries: tuple[str, ...]
    words: tuple[str, ...]
    syllables: tuple[str, ...]
    joiner: str


@dataclass(frozen=True)
class Words:
    """All of `data/topics.json`."""

    overview_patterns: tuple[str, ...]
    short_patterns: tuple[str, ...]
    tagline_patterns: tuple[str, ...]
    title_patterns: tuple[str, ...]
    sequel_suffixes: tuple[str, ...]
    boilerplate: tuple[str, ...]
    repeated_titles: tuple[str, ...]
    places: tuple[str, ...]
    company_suffixes: tuple[str, ...]
    roles: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]
    nouns: tuple[str, ...]
    given_names: tuple[str, ...]
    syllables: tuple[str, ...]
    not_topical: frozenset[str]  # words of keywords that say nothing, or that no title should be made of
    genres: dict[str, tuple[str, ...]]
    languages: tuple[Language, ...]


def load_words(path: Path = WORDS_FILE) -> Words:
    """Read the word lists.

    Raises:
        OSError: the file is missing.
    """
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
    }
    values["not_topical"] = frozenset(raw["not_topical"])
    values["genres"] = {name: tuple(nouns) for name, nouns in raw["genres"].items()}
    values["languages"] = tuple(_language(entry) for entry in raw["languages"])
    return Words(**values)


def _language(entry: dict[str, Any]) -> Language:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    return Language(**values)
