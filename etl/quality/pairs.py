"""Pairs of films that a judge calls alike, and others: by co-rating, tags, franchises and golden lists.

They are drawn from a generation's films, from a fixed seed. How often a pair that is alike scores above one that
is not is a measure of the scores (AUC) that needs no lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from index.films.series import franchise_of
from index.generation.manifest import Generation
from index.quality.evaluation import CoRating, for_learning
from index.spaces.space import CONTENT

KNOWN_VOTES = 200
"""Votes of films that franchises and unlike pairs are drawn from."""

YEARS = 3
"""Films of one first genre and at most so many years apart make hard pairs."""

UNLIKE = 4_000
LARGEST_FRANCHISE = 12
COMMONEST_TAG = 60
"""Tags given to more films say too little."""

Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """Pairs of rows, both of shape (n, 2): those that are alike, and those that are not."""

    alike: Pairs
    unlike: Pairs

    def half(self, generation: Generation, *, learning: bool) -> Judged:
        """The pairs whose films both lie in the learning half, or both in the reporting half."""
        inside = for_learning(generation.films.movie_ids[:].astype(np.int64)) == learning
        return Judged(self.alike[inside[self.alike].all(axis=1)], self.unlike[inside[self.unlike].all(axis=1)])

    def __bool__(self) -> bool:
        return bool(len(self.alike) and len(self.unlike))


class Judges:
    """Draws pairs from a generation's films, from a fixed seed."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._random = np.random.default_rng(3)
        filters = generation.filters
        self._years = filters.column("year")
        listed = filters.column("listed") & (filters.column("votes") >= KNOWN_VOTES) & (self._years > 0)
        self._known = np.flatnonzero(listed)
        shelves = defaultdict(list)
        for row in self._known.tolist():
            shelves[self._genre(row), int(self._years[row])].append(row)
        self._shelves = shelves

    def franchises(self) -> Judged:
        """Films of one franchise by their titles, against films of the same genre and time."""
        titles = self._generation.films.titles(self._known)
        members = defaultdict(list)
        for row, title in zip(self._known.tolist(), titles, strict=True):
            members[franchise_of(title)].append(row)
        sizes = range(2, LARGEST_FRANCHISE + 1)
        alike = [
            pair
            for rows in members.values()
            if len(rows) in sizes
            for pair in combinations(rows, 2)
            if self._genre(pair[0]) == self._genre(pair[1])
        ]
        return Judged(_pairs(alike), self._hard((first for first, _ in alike), 2))

    def golden(self, films: Mapping[int, Sequence[int]]) -> Judged:
        """Golden films with the films expected beside them, against films of the same genre and time."""
        alike = [(row, other) for row, others in films.items() for other in others]
        return Judged(_pairs(alike), self._hard(films, 60))

    def tags(self, folder: Path) -> Judged:
        """Films that MovieLens users gave the same rare tag, against tagged films without one in common.

        Empty if the folder has no tags.csv.
        """
        if not (folder / "tags.csv").is_file():
            return Judged(_pairs([]), _pairs([]))
        links = pd.read_csv(folder / "links.csv", usecols=["movieId", "tmdbId"]).dropna()
        given = pd.read_csv(folder / "tags.csv", usecols=["movieId", "tag"]).merge(links, on="movieId")
        tags: dict[int, set[str]] = defaultdict(set)
        for movie_id, tag in zip(given["tmdbId"].astype(int), given["tag"].astype(str), strict=True):
            row = self._generation.films.row_of(movie_id)
            if row is not None:
                tags[row].add(tag.strip().lower())
        films = defaultdict(list)
        for row in sorted(tags):
            for tag in tags[row]:
                films[tag].append(row)
        telling = (films[tag] for tag in sorted(films) if 2 <= len(films[tag]) <= COMMONEST_TAG)
        shared = sorted({pair for rows in telling for pair in combinations(rows, 2)})
        drawn = self._random.choice(sorted(tags), (3 * UNLIKE, 2)) if tags else _pairs([])
        unlike = [(a, b) for a, b in drawn.tolist() if a != b and not tags[a] & tags[b]]
        return Judged(_pairs(shared), _pairs(unlike))

    def co_rating(self, rated: CoRating) -> Judged:
        """Rated films with ten of the films most rated together with them, against any other rated film."""
        alike = [
            (int(row), int(other))
            for row, others in zip(rated.rows, rated.neighbours, strict=True)
            for other in others[:10]
        ]
        near = {(int(r), int(o)) for r, others in zip(rated.rows, rated.neighbours, strict=True) for o in others}
        drawn = self._random.choice(rated.rows, (3 * len(alike), 2)).tolist()
        return Judged(_pairs(alike), _pairs((a, b) for a, b in drawn if a != b and (a, b) not in near))

    def _genre(self, row: int) -> str:
        return next(iter(self._generation.filters.terms["genres"].of_film(row)), "")

    def _hard(self, rows: Iterable[int], count: int) -> Pairs:
        pairs = []
        for row in rows:
            genre, year = self._genre(row), int(self._years[row])
            near = [
                other
                for around in range(year - YEARS, year + YEARS + 1)
                for other in self._shelves.get((genre, around), ())
                if other != row
            ]
            if near:
                pairs += [(row, int(other)) for other in self._random.choice(near, count)]
        return _pairs(pairs)


def _pairs(pairs: Iterable[tuple[int, int]]) -> Pairs:
    return np.array(list(pairs), np.int64).reshape(-1, 2)


def cosines(generation: Generation, pairs: Pairs) -> NDArray[np.float64]:
    """The cosines of each block of some pairs, shape (n, blocks)."""
    space = generation.spaces[CONTENT]
    products = space.double(pairs[:, 0]) * space.double(pairs[:, 1])
    shares: NDArray[np.float64] = space.layout.shares(products) / np.array(space.layout.weights)
    return shares
