"""What changes from one generation to another: films added and removed, and the recommendations for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.answer.recommend import Question, Recommender
from index.engines.faiss_tools import one_thread
from index.generation.manifest import Generation
from index.generation.tuning import KNOWN_VOTES

TEN = 10


@dataclass(frozen=True)
class Change:
    """A film and how its ten nearest changed.

    Attributes:
        movie_id: which film.
        kept: how many of its ten are still among its ten.
        went, came: ids of films that were removed from its ten and added to them, the nearest first.
    """

    movie_id: int
    kept: int
    went: tuple[int, ...]
    came: tuple[int, ...]


@dataclass(frozen=True)
class Difference:
    """What differs between two generations.

    Attributes:
        went, came: ids of films that only the first or only the second has, by votes, most first.
        known: films with `KNOWN_VOTES` votes or more that both have.
        compared: how many of them, drawn at random, had their ten compared.
        kept: mean number of their ten that are still among their ten; None if nothing was compared.
        unchanged: how many have the same ten, in any order.
        changes: the others, those that changed most first, then by votes.
    """

    went: list[int]
    came: list[int]
    known: int
    compared: int
    kept: float | None
    unchanged: int
    changes: list[Change]


def difference(
    before: Generation,
    after: Generation,
    films: int,
    threads: int,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Difference:
    """Compare the films of two generations, and the ten nearest of some that both have.

    Args:
        before, after: the generations.
        films: how many films to draw; a thousand of a million take ten seconds of one core.
        threads: how many films to compare at once.
        progress: told of every film that was compared.
    """
    known = _known(before, after)
    drawn = np.random.default_rng(0).permutation(len(known))[:films]
    sample = known[np.sort(drawn)]
    changes = []
    for done, change in enumerate(_changes(before, after, sample, threads), 1):
        progress("compare", done, len(sample))
        changes.append(change)
    changed = [change for change in changes if change.went or change.came]
    return Difference(
        went=_only_in(before, after).tolist(),
        came=_only_in(after, before).tolist(),
        known=len(known),
        compared=len(sample),
        kept=round(float(np.mean([change.kept for change in changes])), 3) if changes else None,
        unchanged=len(changes) - len(changed),
        changes=sorted(changed, key=lambda change: change.kept),
    )


def _only_in(one: Generation, other: Generation) -> NDArray[np.int64]:
    """Ids of films that the other lacks, in row order, which is by votes."""
    ids = one.films.movie_ids
    return ids[~np.isin(ids, other.films.movie_ids)]


def _known(before: Generation, after: Generation) -> NDArray[np.int64]:
    """Ids of the films with `KNOWN_VOTES` or more that both list, by votes, most first."""
    listed = after.films.listed & (after.filters.column("votes") >= KNOWN_VOTES)
    ids = after.films.movie_ids[listed]
    return ids[np.isin(ids, before.films.movie_ids[before.films.listed])]


def _changes(
    before: Generation, after: Generation, movie_ids: NDArray[np.int64], threads: int
) -> Iterator[Change]:
    """How the ten of some films changed."""
    old, new = Recommender(before), Recommender(after)

    def change(movie_id: int) -> Change:
        ten_before, ten_after = _ten(before, old, movie_id), _ten(after, new, movie_id)
        return Change(
            movie_id=movie_id,
            kept=len(set(ten_before) & set(ten_after)),
            went=tuple(i for i in ten_before if i not in ten_after),
            came=tuple(i for i in ten_after if i not in ten_before),
        )

    with one_thread(), ThreadPoolExecutor(threads) as pool:
        yield from pool.map(change, movie_ids.tolist())


def _ten(generation: Generation, recommender: Recommender, movie_id: int) -> list[int]:
    row = generation.films.row_of(movie_id)
    if row is None:
        return []
    rows = [film.row for film in recommender.recommend(Question(likes=(row,), k=TEN)).films]
    return [int(generation.films.movie_ids[row]) for row in rows]
