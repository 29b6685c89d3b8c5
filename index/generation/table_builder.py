"""How the table of nearest neighbours is built: in batches, by any engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engines.base import Location, Rows, Spread, engine_class, untold
from index.engines.vectors import StoredVectors, Vectors
from index.spaces.neighbours import LARGEST_SCORE, MISSING, UNIT, WIDTH, NeighbourTable
from index.spaces.space import VectorSpace

BATCH = 1_024
"""Rows searched together: more have to wait for one another's memory, fewer share less of it."""

SCORED = 2**23
"""Components of vectors copied at once to be multiplied, at the most: 64 MB."""

THREADS = 2
NO_SCORE = -np.iinfo(np.int32).max
"""Of a row that is missing."""


def build_table(
    space: VectorSpace, progress: Rows = untold, spread: Spread | None = None
) -> NeighbourTable | None:
    """The table of a space that holds all films, or of the space's own rows.

    Args:
        space: without a row map; saved, if it is to be spread.
        progress: told how many rows have been searched.
        spread: has rows searched by other processes.

    Returns:
        None if vectors are so long that scores do not fit the table.
    """
    vectors = space.vectors
    if vectors.longest() ** 2 > LARGEST_SCORE:
        return None
    rows, scores = with_mutual(*searched(space, space.engine.batch_order().astype(np.int64), progress, spread))
    return settled(rows, scores, exact=space.engine.name == "exact")


def settled(rows: NDArray[np.int32], scores: NDArray[np.int32], *, exact: bool) -> NeighbourTable:
    """The table of rows and scores, shapes (n, `WIDTH`), `NO_SCORE` where a row is missing; both are changed."""
    rows[scores[:, 0] == 0] = MISSING  # a film of which nothing is known is equally near to all
    scores[rows == MISSING] = 0
    return NeighbourTable(np.stack([rows, scores], axis=1), exact=exact)


def searched(
    space: VectorSpace, order: NDArray[np.int64], progress: Rows = untold, spread: Spread | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The nearest rows of some rows, and their scores in whole units, shapes (n, `WIDTH`).

    Args:
        space: of n rows, without a row map.
        order: the rows, in the order in which they are searched; of others all is missing.
        progress: told how many rows have been searched.
        spread: has rows searched by other processes; the space is saved then.
    """
    batches, done = [], 0
    parts = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    if spread is None or space.vectors.path is None:
        found: Iterator[NDArray[np.int32]] = (candidates_of(space, rows, WIDTH) for rows in parts)
    else:
        engine, path = space.engine, space.vectors.path.absolute()
        location = replace(engine.location, folder=engine.location.folder.absolute())
        saved = _Saved(engine.name, location, tuple(engine.describe().items()), path)
        found = spread(_found, [(saved, rows) for rows in parts])
    for some, near in zip(parts, found, strict=True):
        batches.append((some, near))
        progress(done := done + len(some))
    return _scored(space.vectors, batches)


@dataclass(frozen=True)
class _Saved:
    """A space whose vectors and engine are saved, for other processes."""

    engine: str
    location: Location
    parameters: tuple[tuple[str, int], ...]
    vectors: Path


@lru_cache(1)
def _opened(saved: _Saved) -> VectorSpace:
    vectors = StoredVectors.open(saved.vectors)
    engine = engine_class(saved.engine).open(vectors, saved.location, dict(saved.parameters))
    return VectorSpace(saved.location.folder.name, vectors, engine)


def _found(part: tuple[_Saved, NDArray[np.int64]]) -> NDArray[np.int32]:
    return candidates_of(_opened(part[0]), part[1], WIDTH)


def candidates_of(space: VectorSpace, rows: NDArray[np.int64], most: int) -> NDArray[np.int32]:
    """Rows near to each of some rows, shape (len(rows), m) with m of about `most`, `MISSING` for too few."""
    queries = space.vectors.single(rows)
    found = space.engine.candidates_of_many(queries, most)
    if found is not None:
        return found.astype(np.int32)
    one_by_one = np.full((len(rows), most), MISSING, np.int32)
    for place, query in enumerate(queries):
        nearest = space.search(query, most).rows
        one_by_one[place, : len(nearest)] = nearest
    return one_by_one


def _scored(
    vectors: Vectors, batches: Iterable[tuple[NDArray[np.int64], NDArray[np.int32]]]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The best `WIDTH` of the candidates by their exact scores, and those, shapes (n, `WIDTH`)."""
    rows = np.full((len(vectors), WIDTH), MISSING, np.int32)
    scores = np.full((len(vectors), WIDTH), NO_SCORE, np.int32)

    def score(batch: tuple[NDArray[np.int64], NDArray[np.int32]]) -> None:
        some, found = batch
        near, units = best_of_them(found, products(vectors, some, found))
        rows[some, : near.shape[1]], scores[some, : near.shape[1]] = near, units

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(score, batches))
    return rows, scores


def products(vectors: Vectors, rows: NDArray[np.int64], found: NDArray[np.int32]) -> NDArray[np.int32]:
    """The exact scores of m candidates of each row in whole units, shape (len(rows), m).

    Args:
        vectors: of all rows.
        rows: shape (n,).
        found: shape (n, m), `MISSING` where there is none, which has `NO_SCORE`.
    """
    units = np.empty(found.shape, np.int32)
    step = max(SCORED // max(found.shape[1] * vectors.dim, 1), 1)
    for start in range(0, len(rows), step):
        part, near = rows[start : start + step], found[start : start + step]
        of_near = vectors.double(np.maximum(near, 0).ravel().astype(np.int64))
        of_part = of_near.reshape(*near.shape, vectors.dim) @ vectors.double(part)[:, :, None]
        units[start : start + step] = np.rint(of_part[:, :, 0] * UNIT)
    units[found == MISSING] = NO_SCORE
    return units


def best_of_them(
    found: NDArray[np.int32], units: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The `WIDTH` candidates of each row with the highest scores, best first, ties by row, and their scores."""
    best = np.lexsort((found, -units), axis=-1)[:, :WIDTH]
    return np.take_along_axis(found, best, axis=1), np.take_along_axis(units, best, axis=1)


def with_mutual(rows: NDArray[np.int32], scores: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The nearest rows of each row, those found from the other side added.

    A product is the same both ways: where a's search found b, and b's search missed a, a may still be among the
    nearest of b. At a million films that finds every seventh of those missed.

    Args:
        rows: shape (n, m), the nearest of each row, best first; `MISSING` at the end where fewer were found.
        scores: shape (n, m), their inner products in whole units; `NO_SCORE` where a row is missing.

    Returns:
        The same, best first, ties by row.
    """
    count, width = rows.shape
    source = np.repeat(np.arange(count, dtype=np.int32), width)
    found, score = rows.ravel(), scores.ravel()
    entering = (found >= 0) & (score > scores[found, -1])
    source, found, score = source[entering], found[entering], score[entering]
    missed = ~_among(_pairs(found, source), np.sort(_pairs(np.arange(count)[:, None], rows).ravel()))
    return entered(rows, scores, source[missed], found[missed], score[missed])


def entered(
    rows: NDArray[np.int32],
    scores: NDArray[np.int32],
    source: NDArray[np.int32],
    found: NDArray[np.int32],
    score: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The nearest rows of each row, with further ones among them where they score higher.

    Args:
        rows, scores: as of `with_mutual`.
        source: shape (p,), a row that enters a list in which it is not yet.
        found: shape (p,), the row that it is near to.
        score: shape (p,), their product.
    """
    width = rows.shape[1]
    order = np.lexsort((source, -score, found))  # for each row found, the best that found it first
    source, found, score = source[order], found[order], score[order]
    place = np.arange(len(found)) - np.searchsorted(found, found)
    most = place < width
    changed, at = np.unique(found[most], return_inverse=True)
    more = np.full((len(changed), width), MISSING, np.int32)
    of_more = np.full((len(changed), width), NO_SCORE, np.int32)
    more[at, place[most]], of_more[at, place[most]] = source[most], score[most]
    both, of_both = np.hstack([rows[changed], more]), np.hstack([scores[changed], of_more])
    best = np.lexsort((both, -of_both), axis=-1)[:, :width]
    nearest, of_nearest = rows.copy(), scores.copy()
    nearest[changed] = np.take_along_axis(both, best, axis=1)
    of_nearest[changed] = np.take_along_axis(of_both, best, axis=1)
    return nearest, of_nearest


def _pairs(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Two rows as one number."""
    return (first.astype(np.uint64) << np.uint64(32)) | second.astype(np.uint32)


def _among(values: NDArray[np.uint64], ascending: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which values are among others; searching for ascending values is several times as fast."""
    order = np.argsort(values)
    places = np.minimum(np.searchsorted(ascending, values[order]), len(ascending) - 1)
    among = np.empty(len(values), np.bool_)
    among[order] = ascending[places] == values[order]
    return among
