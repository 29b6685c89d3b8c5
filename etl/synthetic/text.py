"""The sentences of synthetic films: patterns whose slots are filled with the words of a film's own topics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.synthetic.shares import NATIVE_WORDS
from etl.synthetic.world import SLOTS, Ints, Pool, Vocabulary, World

Strings = Any  # pa.StringArray; pyarrow has no types
_OWN_KEYWORDS = 5  # a film's first keywords describe its subject, whether or not its row states them


@dataclass(frozen=True)
class Subjects:
    """The subject of each film of a chunk of n: the common cause of its columns.

    `topics` is n x 2 (a main and a second one), `keywords` n x many with -1 in place of repeats,
    `genres` n x MAX_GENRES with -1 for none, `hero` and `language` n.
    """

    topics: Ints
    keywords: Ints
    genres: Ints
    hero: Ints
    language: Ints


@dataclass(frozen=True)
class _Bank:
    """Patterns cut into pieces: a word's number, or -1 - s for slot s."""

    pieces: Ints
    starts: Ints
    sizes: Ints


class Writer:
    """Fills patterns for whole chunks of films at once."""

    def __init__(self, world: World) -> None:
        self._world = world
        words, text = world.words, world.text
        self.overviews = _compile(words.overview_patterns, text)
        self.shorts = _compile(words.short_patterns, text)
        self.taglines = _compile(words.tagline_patterns, text)
        self.titles = _compile(words.title_patterns, text)
        self._lists = {
            slot: np.array(text.add_all(entries))
            for slot, entries in (
                ("p", words.places),
                ("r", words.roles),
                ("a", words.adjectives),
                ("v", words.verbs),
                ("o", words.nouns),
            )
        }
        self._keyword_text = np.array(text.add_all(world.keywords.to_pylist()))
        strings = text.strings()
        self._plain = pa.array(strings, pa.string())
        self._capital = pa.array([word[:1].upper() + word[1:] for word in strings], pa.string())

    def write(
        self, rng: np.random.Generator, bank: _Bank, films: Subjects, counts: Ints, capital: bool = False
    ) -> Strings:
        """As many patterns of a bank as `counts` says for each film, filled and joined by spaces.

        Args:
            rng: the source of random numbers.
            bank: one of this writer's banks.
            films: the subjects of the n films.
            counts: int64 of shape (n,); 0 gives an empty string.
            capital: capitalise every filled word, as in a title.
        """
        sentence_film = np.repeat(np.arange(len(counts)), counts)
        pattern = rng.integers(len(bank.sizes), size=len(sentence_film))
        sizes = bank.sizes[pattern]
        piece_film = np.repeat(sentence_film, sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        pieces = bank.pieces[np.repeat(bank.starts[pattern], sizes) + within]
        for number, slot in enumerate(SLOTS):
            where = np.flatnonzero(pieces == -1 - number)
            pieces[where] = self._fill(rng, slot, films, piece_film[where])
        joined = join(self._capital if capital else self._plain, pieces, piece_film, len(counts), "")
        return pc.utf8_rtrim_whitespace(joined)

    def native_titles(self, rng: np.random.Generator, films: Subjects) -> Strings:
        """A title of one to four words in each film's original language."""
        n = len(films.language)
        film = np.repeat(np.arange(n), NATIVE_WORDS.draw(rng, n).astype(np.int64))
        language = films.language[film]
        is_name = rng.random(len(film)) < 0.35
        word = self._world.native_words.draw(rng, language)
        pieces = np.where(is_name, self._world.native_names.draw(rng, language), word)
        titles = join(self._capital, pieces, film, n, " ")
        for joiner in {language.joiner for language in self._world.words.languages} - {" "}:
            uses = np.array([language.joiner == joiner for language in self._world.words.languages])
            mask = pa.array(uses[films.language])
            titles = pc.if_else(mask, pc.replace_substring(titles, " ", joiner), titles)
        return titles

    def names(self, rng: np.random.Generator, size: int) -> Ints:
        """Names by a power law, a few of them frequent and most rare; as words, shape (size,)."""
        u = rng.random(size)
        names: Ints = self._world.names[(len(self._world.names) * u * u * u).astype(np.int64)]
        return names

    def _fill(self, rng: np.random.Generator, slot: str, films: Subjects, film: Ints) -> Ints:
        """A word for each occurrence of a slot, given the film it occurs in."""
        if slot in self._lists:
            return self._lists[slot][rng.integers(len(self._lists[slot]), size=len(film))]
        if slot == "n":
            return np.where(rng.random(len(film)) < 0.6, films.hero[film], self.names(rng, len(film)))
        if slot == "g":
            genre = films.genres[film, rng.integers(2, size=len(film))]
            return self._world.genre_words.draw(rng, np.where(genre < 0, films.genres[film, 0], genre))
        if slot == "k":
            whole: Ints = self._keyword_text[films.keywords[film, 0]]
            return whole
        return self._topic_words(rng, films, film)

    def _topic_words(self, rng: np.random.Generator, films: Subjects, film: Ints) -> Ints:
        """Half from the film's own keywords, else from its topics' keywords or the titles of their films."""
        world = self._world
        topic = films.topics[film, (rng.random(len(film)) < 0.3).astype(np.int64)]
        own = films.keywords[film, rng.integers(_OWN_KEYWORDS, size=len(film))]
        choice = rng.random(len(film))
        keyword = np.where((choice < 0.55) & (own >= 0), own, world.topic_keywords.draw(rng, topic))
        word = world.keyword_words.draw(rng, keyword)
        in_title = world.title_words.draw(rng, world.topic_films.draw(rng, topic))
        return np.where(choice > 0.85, in_title, word)


def join(strings: Strings, numbers: Ints, rows: Ints, count: int, separator: str) -> Strings:
    """Strings by number, joined row by row.

    Args:
        strings: an Arrow array of strings.
        numbers: which, int64 of shape (m,).
        rows: the row each belongs to, int64 of shape (m,), ascending.
        count: the number of rows; a row without strings is empty.
        separator: placed between two strings.
    """
    offsets = np.searchsorted(rows, np.arange(count + 1)).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), strings.take(pa.array(numbers)))
    return pc.binary_join(lists, separator)


def _compile(patterns: Sequence[str], text: Vocabulary) -> _Bank:
    """Cut patterns into pieces; each ends in a space, since another may follow."""
    order = list(SLOTS)
    cut = [
        [
            -1 - order.index(piece[1]) if re.fullmatch(r"\{\w\}", piece) else text.add(piece)
            for piece in re.split(r"(\{\w\})", pattern + " ")
            if piece
        ]
        for pattern in patterns
    ]
    pool = Pool.of(cut)
    return _Bank(pool.values, pool.starts, pool.sizes)


def blank(strings: Strings, keep: NDArray[np.bool_]) -> Strings:
    """The strings where `keep` holds, the empty string elsewhere."""
    return pc.if_else(pa.array(keep), strings, "")
