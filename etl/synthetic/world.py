"""What synthetic films are drawn from: topics with their keywords, genres, companies and words.

A topic is a keyword that many films of the bundled sample share, or a genre. What its films have in common
is counted, not fitted: drawing a keyword of a topic means drawing one from all the keywords of all its films,
so what goes together in the sample goes together in the dump, and the result depends on no floating-point sum.

The words of synthetic films that the bundled sample lacks: sentence patterns, scripts, names.

They are kept in `data/topics.json`, written for this purpose. In a pattern, `{x}` is a slot that
`etl.synthetic.text` fills with one word for the film in question; `SLOTS` says with which.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from etl.synthetic.sample import GENRES

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


SAMPLE_FILE = Path(__file__).parents[2] / "data" / "sample.csv.gz"
MAX_GENRES = 4
_MIN_TOPIC_FILMS = 15
_NAMES = 300_000
_NATIVE_NAMES = 4_000
_STRIDE = 7919  # a prime, so that steps of it through a list of names meet each once

# Share of the films of the real file that state the genre, in thousandths. The sample has more adventures and
# fewer documentaries than that, so its films are drawn by the ratio of the two.
_GENRE_SHARE = {
    "Drama": 452,
    "Comedy": 271,
    "Thriller": 145,
    "Romance": 132,
    "Documentary": 130,
    "Horror": 118,
    "Action": 114,
    "Crime": 78,
    "Adventure": 56,
    "Family": 55,
    "Science Fiction": 50,
    "Mystery": 47,
    "Fantasy": 44,
    "Animation": 39,
    "Music": 29,
    "History": 24,
    "War": 20,
    "Western": 12,
    "TV Movie": 7,
}

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Lists of numbers, one per key, drawn from with equal chances; a list may hold a number twice."""

    values: Ints
    starts: Ints
    sizes: Ints

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> Pool:
        """A pool of non-empty lists; list i belongs to key i."""
        kept = [np.asarray(values, dtype=np.int64) for values in lists]
        sizes = np.array([len(values) for values in kept], dtype=np.int64)
        return cls(np.concatenate(kept), np.cumsum(sizes) - sizes, sizes)

    def draw(self, rng: np.random.Generator, keys: Ints) -> Ints:
        """One number for each key, shape of `keys`."""
        places = (rng.random(keys.shape) * self.sizes[keys]).astype(np.int64)
        drawn: Ints = self.values[self.starts[keys] + places]
        return drawn


class Vocabulary:
    """Strings and their numbers, each string once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def add(self, word: str) -> int:
        """The number of a word, new or known."""
        return self._numbers.setdefault(word, len(self._numbers))

    def add_all(self, words: Iterable[str]) -> list[int]:
        """The numbers of several words."""
        return [self.add(word) for word in words]

    def strings(self) -> list[str]:
        """The words by number."""
        return list(self._numbers)


@dataclass(frozen=True)
class World:
    """Everything films are drawn from. Films, topics, genres and words (indices into `text`) are numbers."""

    words: Words
    text: Vocabulary
    keywords: pa.StringArray
    companies: pa.StringArray
    film_genres: Ints  # films x MAX_GENRES: places in GENRES, -1 where a film has fewer
    film_topics: Pool
    topic_films: Pool
    topic_keywords: Pool
    topic_companies: Pool
    language_films: Pool
    keyword_words: Pool
    title_words: Pool  # by film
    genre_words: Pool
    names: Ints  # words, the most common name first
    native_words: Pool  # by language
    native_names: Pool  # by language
    invented_companies: Ints


def build_world(sample: Path = SAMPLE_FILE) -> World:
    """Count the bundled sample.

    Raises:
        OSError: the sample or the word lists are missing.
    """
    words = load_words()
    films = pd.read_csv(sample, dtype=str, keep_default_na=False)
    text, keywords, companies = Vocabulary(), Vocabulary(), Vocabulary()
    film_keywords = [keywords.add_all(_split(value)) for value in films["keywords"]]
    film_companies = [companies.add_all(_split(value)) for value in films["production_companies"]]
    film_genres = [[GENRES.index(name) for name in _split(value)] for value in films["genres"]]
    film_topics = _film_topics(film_genres, film_keywords, keywords.strings(), words)
    topic_films = _inverted(film_topics)
    names = _names(words.syllables, _NAMES, words.given_names)
    native = [_names(one.syllables or words.syllables, _NATIVE_NAMES) for one in words.languages]
    invented = [
        companies.add(f"{name} {suffix}")
        for name, suffix in zip(names, itertools.cycle(words.company_suffixes), strict=False)
    ]
    return World(
        words=words,
        text=text,
        keywords=pa.array(keywords.strings(), pa.string()),
        film_genres=np.array([(genres + [-1] * MAX_GENRES)[:MAX_GENRES] for genres in film_genres]),
        film_topics=Pool.of(film_topics),
        topic_films=Pool.of(topic_films),
        topic_keywords=_gathered(topic_films, film_keywords),
        topic_companies=_gathered(topic_films, film_companies),
        language_films=_language_films(list(films["original_language"]), film_genres, words),
        keyword_words=Pool.of(text.add_all(_topical(one, words) or words.nouns) for one in keywords.strings()),
        title_words=Pool.of(text.add_all(_topical(one, words) or words.nouns) for one in films["title"]),
        genre_words=Pool.of(text.add_all(words.genres[genre]) for genre in GENRES),
        names=np.array(text.add_all(names)),
        native_words=Pool.of(
            text.add_all(one.words or own) for one, own in zip(words.languages, native, strict=True)
        ),
        native_names=Pool.of(map(text.add_all, native)),
        invented_companies=np.array(invented),
        companies=pa.array(companies.strings(), pa.string()),
    )


def _split(value: str) -> list[str]:
    return list(dict.fromkeys(part for part in value.split(", ") if part.strip()))


def _topical(phrase: str, words: Words) -> list[str]:
    """The words of a keyword or title that say what a film is about."""
    found = re.findall(r"[^\W\d_]{3,}", phrase.casefold())
    return [word for word in found if word not in words.not_topical]


def _film_topics(
    genres: list[list[int]], keywords: list[list[int]], names: list[str], words: Words
) -> list[list[int]]:
    """Each film's topics: its genres, numbered as in GENRES, and its keywords that enough films share."""
    counts = Counter(itertools.chain.from_iterable(keywords))
    shared = [
        number for number, films in counts.items() if films >= _MIN_TOPIC_FILMS and _topical(names[number], words)
    ]
    topic_of = {number: len(GENRES) + place for place, number in enumerate(shared)}
    return [
        own + [topic_of[number] for number in film if number in topic_of]
        for own, film in zip(genres, keywords, strict=True)
    ]


def _inverted(film_topics: list[list[int]]) -> list[list[int]]:
    """The films of each topic."""
    films: list[list[int]] = [[] for _ in range(1 + max(map(max, film_topics)))]
    for film, topics in enumerate(film_topics):
        for topic in topics:
            films[topic].append(film)
    return films


def _gathered(topic_films: list[list[int]], lists: list[list[int]]) -> Pool:
    """All entries of all films of each topic, repeats included, so that a draw follows the counts."""
    return Pool.of(list(itertools.chain.from_iterable(lists[film] for film in films)) for films in topic_films)


def _language_films(codes: list[str], genres: list[list[int]], words: Words) -> Pool:
    """The sample's films by language (all, where it has none), each as often as its genres are common."""
    counts = Counter(itertools.chain.from_iterable(genres))
    ratio = {g: _GENRE_SHARE[GENRES[g]] * len(genres) / (1000 * films) for g, films in counts.items()}
    often = [max(1, round(10 * sum(ratio[g] for g in own) / len(own))) for own in genres]
    everything = [film for film, times in enumerate(often) for _ in range(times)]
    return Pool.of(
        [film for film in everything if codes[film] == language.code] or everything for language in words.languages
    )


def _names(syllables: Sequence[str], count: int, first: Sequence[str] = ()) -> list[str]:
    """Names of two syllables, then of three and of four, in no order, after those to come first."""
    names = dict.fromkeys(first)
    for length in (2, 3, 4):
        possible = len(syllables) ** length
        for place in range(min(possible, count)):
            names[_name(syllables, length, place * _STRIDE % possible)] = None
            if len(names) >= count:
                return list(names)
    return list(names)


def _name(syllables: Sequence[str], length: int, number: int) -> str:
    """The name whose syllables are the digits of a number."""
    parts = []
    for _ in range(length):
        number, digit = divmod(number, len(syllables))
        parts.append(syllables[digit])
    return "".join(parts).capitalize()
