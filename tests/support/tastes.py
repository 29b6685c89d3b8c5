"""Ratings by made-up people with a taste each: of made-up films, and of the films of the sample."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.ratings.measures import Rated
from tests.support.sample import DUMP

USERS = 120


def drawn(groups: NDArray[np.integer], users: int = USERS, head: int = 40) -> NDArray[np.int64]:
    """User, film and tenths of each rating, shape (n, 3): user u likes most of some films of group u % groups.

    Args:
        groups: the group of each film, shape (films,), from 0; the first films are known to more people.
        users: how many.
        head: the film that is known to half as many people as the first.
    """
    random = np.random.default_rng(0)
    fame = 1 / (1 + np.arange(len(groups)) / head)
    rows = []
    for user in range(users):
        own = groups == user % (int(groups.max()) + 1)
        rated = np.flatnonzero(random.random(len(groups)) < fame * np.where(own, 0.6, 0.12))
        for film in rated.tolist():
            good = random.random() < (0.9 if own[film] else 0.2)
            rows.append((user, film, int(random.integers(8, 11) if good else random.integers(1, 7)) * 10))
    return np.array(rows)


def of_topics(films: int, users: int = USERS) -> Rated:
    """Ratings of the first films of `tests.support.films.make_films`, by people who like one topic each."""
    rated = drawn(np.arange(films) % 4, users)
    return Rated(rated[:, 0].astype(np.int32), (rated[:, 1] + 1).astype(np.int32), rated[:, 2].astype(np.uint8))


def write_sample_ratings(path: Path, users: int = USERS) -> None:
    """A csv for `etl ratings`, of the 400 best known films of the sample, by people who like one genre."""
    with gzip.open(DUMP, "rt", encoding="utf-8", newline="") as lines:
        films = sorted(csv.DictReader(lines), key=lambda film: -int(film["vote_count"]))[:400]
    genres = ("Horror", "Animation", "Science Fiction", "Romance")
    groups = np.array([next((i for i, name in enumerate(genres) if name in f["genres"]), 4) for f in films])
    with path.open("w", encoding="utf-8", newline="") as stream:
        written = csv.writer(stream)
        written.writerow(("user", "tmdb", "rating"))
        written.writerows(
            (user, films[film]["id"], tenths / 10)
            for user, film, tenths in drawn(groups, users, head=200).tolist()
        )
