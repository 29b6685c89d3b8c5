"""Shelves: films in the order of a rule that fits in one sentence, over the columns of a generation.

v is a film's votes, R their mean, p its popularity, C the mean vote over all films with votes. A shelf is a score
and the films that belong to it. If fewer of these pass the filters than were asked for, other films follow by the
same score, so that a filter never shortens a shelf.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.films.filters import Allowed
from index.spaces.view import Films, FilterColumns, top_rows

ENOUGH_VOTES = 50
"""With so many votes a film counts as released, so its date is trusted and it may be new."""

ACCLAIMED_VOTES = 2_000
"""How many votes at the mean a film is given besides its own: a few admirers do not make it one of the best."""
ACCLAIMED_WORDS = "the mean vote, as if 2,000 more people had given the average film's vote C"
ACCLAIMED_FORMULA = "(v·R + 2000·C) / (v + 2000)"
GEM_VOTES = range(50, 1_001)
GEM_AGE_DAYS = 3 * 365
GEM_WITHOUT = ("Music", "TV Movie")
"""Concert films and specials, which mostly admirers vote on."""

NEW_DAYS = 365
HALF_LIFE_DAYS = 180
RELATED = 6
RELATED_SHARE = 0.01
"""Share of a genre's films that must have another genre, too, for that to be related."""


class Shelf(StrEnum):
    """The shelves, in the order in which they are shown."""

    POPULAR = "popular"
    TRENDING = "trending"
    ACCLAIMED = "acclaimed"
    HIDDEN_GEMS = "hidden-gems"
    NEW = "new"
    GENRE = "genre"


@dataclass(frozen=True)
class Related:
    """A genre that often occurs with another.

    Attributes:
        films: how many have both.
        lift: how much more often than by chance films of the one have the other.
    """

    name: str
    films: int
    lift: float


class ShelfColumns:
    """The columns that the rules use, of all n films of a generation, each of shape (n,)."""

    def __init__(self, films: Films, filters: FilterColumns) -> None:
        self.votes = filters.column("votes").astype(np.float32)
        self.vote_average = films.column("vote_average").astype(np.float32)
        self.popularity = films.column("popularity").astype(np.float32)
        self.released: NDArray[np.int32] = filters.column("released")
        self._filters = filters

    @cached_property
    def mean_vote(self) -> float:
        """C: the mean vote over all films with votes."""
        voted = self.votes > 0
        return float(self.vote_average[voted].mean(dtype=np.float64)) if voted.any() else 0.0

    @cached_property
    def age_days(self) -> NDArray[np.int32]:
        """Days from a film's release to the latest release with `ENOUGH_VOTES`; negative after it."""
        believed = self.released[self.votes >= ENOUGH_VOTES]
        return np.int32((believed if len(believed) else self.released).max()) - self.released

    @cached_property
    def special(self) -> NDArray[np.bool_]:
        """Films of the genres of `GEM_WITHOUT`."""
        found = np.zeros(len(self.votes), np.bool_)
        for genre in GEM_WITHOUT:
            found[self._filters.terms["genres"].films_with(genre)] = True
        return found

    def weighted(self, weight: int) -> NDArray[np.float32]:
        """The mean vote, as if as many votes as `weight` said C: (v R + weight C) / (v + weight)."""
        rating: NDArray[np.float32] = (self.votes * self.vote_average + np.float32(weight * self.mean_vote)) / (
            self.votes + np.float32(weight)
        )
        return rating

    def believed_popularity(self, votes: int) -> NDArray[np.float32]:
        """Popularity, half of it for a film with as many votes as `votes`: p v / (v + votes)."""
        believed: NDArray[np.float32] = self.popularity * self.votes / (self.votes + np.float32(votes))
        return believed


@dataclass(frozen=True)
class Rule:
    """What defines a shelf.

    Attributes:
        title: as a heading.
        words: the rule in one sentence.
        formula: the score, and in brackets the films that belong to the shelf.
        score: of every film, higher first, shape (n,).
        belongs: which films belong to the shelf, shape (n,).
    """

    title: str
    words: str
    formula: str
    score: Callable[[ShelfColumns], NDArray[np.float32]]
    belongs: Callable[[ShelfColumns], NDArray[np.bool_]] = lambda films: films.votes > 0


def _trend(films: ShelfColumns) -> NDArray[np.float32]:
    age = np.maximum(films.age_days, 0).astype(np.float32)
    trend: NDArray[np.float32] = films.believed_popularity(50) * np.exp2(-age / HALF_LIFE_DAYS)
    return trend


def _hidden(films: ShelfColumns) -> NDArray[np.bool_]:
    few = (films.votes >= GEM_VOTES.start) & (films.votes < GEM_VOTES.stop)
    hidden: NDArray[np.bool_] = few & (films.age_days >= GEM_AGE_DAYS) & ~films.special
    return hidden


RULES = {
    Shelf.POPULAR: Rule(
        "Popular",
        "The most popular films; popularity counts in full only where many have voted.",
        "p · v / (v + 500)",
        lambda films: films.believed_popularity(500),
    ),
    Shelf.TRENDING: Rule(
        "Trending",
        "Popular and young: popularity that halves with every 180 days since the release.",
        "p · v / (v + 50) · 2^(−days / 180)   [released]",
        _trend,
        lambda films: films.age_days >= 0,
    ),
    Shelf.ACCLAIMED: Rule(
        "Acclaimed",
        f"The best rated by many: {ACCLAIMED_WORDS}.",
        ACCLAIMED_FORMULA,
        lambda films: films.weighted(ACCLAIMED_VOTES),
    ),
    Shelf.HIDDEN_GEMS: Rule(
        "Hidden gems",
        "Loved by the few who know them: the best rated with 50 to 1,000 votes, three years old or more, "
        "without concerts and television films.",
        "(v·R + 200·C) / (v + 200)   [50 ≤ v ≤ 1000, days ≥ 1095, genres without Music and TV Movie]",
        lambda films: films.weighted(200),
        _hidden,
    ),
    Shelf.NEW: Rule(
        "New",
        "The newest with 50 votes or more, released within a year before the newest of them.",
        "release date   [v ≥ 50, 0 ≤ days ≤ 365]",
        lambda films: -np.abs(films.age_days).astype(np.float32),
        lambda films: (films.votes >= ENOUGH_VOTES) & (films.age_days >= 0) & (films.age_days <= NEW_DAYS),
    ),
    Shelf.GENRE: Rule(
        "Genre",
        f"The best rated of one genre: {ACCLAIMED_WORDS}.",
        f"{ACCLAIMED_FORMULA}   [genre]",
        lambda films: films.weighted(ACCLAIMED_VOTES),
    ),
}


class Shelves:
    """The shelves of one view of films; ties by votes, then id."""

    def __init__(self, films: Films, filters: FilterColumns) -> None:
        self._films, self._filters = films, filters
        self._scores: dict[Shelf, NDArray[np.float32]] = {}

    def top(self, shelf: Shelf, chosen: Allowed, limit: int) -> list[int]:
        """Rows of the first films of a shelf among some; fewer than `limit` only if there are fewer."""
        rows = np.flatnonzero(chosen.mask)
        return [int(row) for row in rows[top_rows(self._films, rows, self.score(shelf)[rows], limit)]]

    def largest_genre(self, mask: NDArray[np.bool_]) -> str | None:
        """The genre that most films of a mask, shape (n,), have; None if no film has any."""
        genres = self._filters.terms["genres"]
        counts = genres.counts(mask)
        return genres.names[int(counts.argmax())] if counts.any() else None

    def related(self, of_genre: NDArray[np.bool_], among: NDArray[np.bool_], genre: str) -> tuple[Related, ...]:
        """The genres that films of one genre have more often than films at large, the highest lift first.

        lift(g) = (n(both) / n(genre)) / (n(g) / n(all)), as in association rules (Brin, Motwani, Ullman and Tsur,
        "Dynamic itemset counting and implication rules for market basket data", 1997, where it is "interest").

        Args:
            of_genre: the films of the genre, shape (n,).
            among: all films that pass the other filters, shape (n,).
            genre: its name, which is not related to itself.
        """
        genres = self._filters.terms["genres"]
        both, all_films = genres.counts(of_genre), genres.counts(among)
        in_genre, in_all = np.count_nonzero(of_genre), np.count_nonzero(among)
        found = [
            Related(name, int(both[term]), round(float(both[term] * in_all / (in_genre * all_films[term])), 3))
            for term, name in enumerate(genres.names)
            if name.casefold() != genre.casefold() and both[term] > in_genre * RELATED_SHARE
        ]
        return tuple(sorted((r for r in found if r.lift > 1), key=lambda r: (-r.lift, r.name))[:RELATED])

    def score(self, shelf: Shelf) -> NDArray[np.float32]:
        """The scores of a shelf, shape (n,); those of films that belong to it are above those of all others."""
        if shelf not in self._scores:
            rule, columns = RULES[shelf], ShelfColumns(self._films, self._filters)
            scores = rule.score(columns)
            below = scores.max() - scores.min() + 1
            self._scores[shelf] = np.where(rule.belongs(columns), scores, scores - below)
        return self._scores[shelf]
