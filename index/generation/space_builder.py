"""How one vector space of a generation is built: index, search parameters, table of neighbours, measures.

How the table of nearest neighbours is built: in batches, by any engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encode.content import ContentEncoder
from index.engines.base import Location, Rows, Spread, engine_class, untold
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.vectors import StoredVectors, Vectors
from index.generation.manifest import SpaceRecord
from index.generation.tuning import (
    SMALLEST_INDEX,
    TARGET_RECALL,
    Sample,
    best_of,
    known_recall,
    reaches,
    searched_recall,
    tune,
)
from index.spaces.neighbours import LARGEST_SCORE, MISSING, UNIT, WIDTH, NeighbourTable
from index.spaces.space import RowMap, VectorSpace

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
    order, batches, done = space.engine.batch_order().astype(np.int64), [], 0
    parts = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    if spread is None or vectors.path is None:
        found: Iterator[NDArray[np.int32]] = map(partial(_candidates, space), parts)
    else:
        engine, path = space.engine, vectors.path.absolute()
        location = replace(engine.location, folder=engine.location.folder.absolute())
        saved = _Saved(engine.name, location, tuple(engine.describe().items()), path)
        found = spread(_found, [(saved, rows) for rows in parts])
    for some, near in zip(parts, found, strict=True):
        batches.append((some, near))
        progress(done := done + len(some))
    rows, scores = _scored(vectors, batches)
    rows, scores = with_mutual(rows, scores)
    rows[scores[:, 0] == 0] = MISSING  # a film of which nothing is known is equally near to all
    scores[rows == MISSING] = 0
    return NeighbourTable(np.stack([rows, scores], axis=1), exact=space.engine.name == "exact")


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
    return _candidates(_opened(part[0]), part[1])


def _candidates(space: VectorSpace, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Rows near to each of some rows, shape (len(rows), m), `MISSING` where fewer were found."""
    queries = space.vectors.single(rows)
    found = space.engine.candidates_of_many(queries, WIDTH)
    if found is not None:
        return found.astype(np.int32)
    one_by_one = np.full((len(rows), WIDTH), MISSING, np.int32)
    for place, query in enumerate(queries):
        nearest = space.search(query, WIDTH).rows
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
        step = max(SCORED // max(found.shape[1] * vectors.dim, 1), 1)
        for start in range(0, len(some), step):
            part, near = some[start : start + step], found[start : start + step]
            of_near = vectors.double(np.maximum(near, 0).ravel().astype(np.int64))
            products = of_near.reshape(*near.shape, vectors.dim) @ vectors.double(part)[:, :, None]
            units = np.rint(products[:, :, 0] * UNIT)
            units[near == MISSING] = NO_SCORE
            best = np.lexsort((near, -units), axis=-1)[:, :WIDTH]
            rows[part, : best.shape[1]] = np.take_along_axis(near, best, axis=1)
            scores[part, : best.shape[1]] = np.take_along_axis(units, best, axis=1)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(score, batches))
    return rows, scores


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
    source, found, score = source[missed], found[missed], score[missed]
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
    mutual, of_mutual = rows.copy(), scores.copy()
    mutual[changed] = np.take_along_axis(both, best, axis=1)
    of_mutual[changed] = np.take_along_axis(of_both, best, axis=1)
    return mutual, of_mutual


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


Stage = Callable[[str], AbstractContextManager[None]]
"""Given the name of a stage, a context in which it is timed."""

INDEX_STAGE, TABLE_STAGE = "train index", "find neighbours"


@dataclass(frozen=True)
class SpaceBuilder:
    """Builds a space from vectors that are stored already.

    Attributes:
        location: where; `location.folder` exists, and its name is the space's.
        engine: of `index.engines.base`; a space below `SMALLEST_INDEX` rows is searched exactly.
        target_recall: search parameters are chosen for this recall@10 against exact search of the same vectors.
        with_table: find the nearest films of every film beforehand: a second for 10,000 films.
        stage: times the stages.
        progress: told how many rows are indexed, how many have their neighbours found, and of how many.
        spread: has parts of the work done by other processes.
    """

    location: Location
    engine: str
    target_recall: float = TARGET_RECALL
    with_table: bool = True
    stage: Stage = lambda name: nullcontext()
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None
    spread: Spread | None = None

    def build(
        self,
        vectors: Vectors,
        votes: NDArray[np.int32],
        *,
        encoder: ContentEncoder | None = None,
        rows: RowMap | None = None,
        judge: Vectors | None = None,
    ) -> SpaceRecord:
        """Index vectors, choose how to search them, and save all but the vectors and the encoder.

        Args:
            vectors: of the n rows of the space.
            votes: of the film of each row, shape (n,).
            encoder: that made the vectors, if one did.
            rows: which films the rows are of, if not of all.
            judge: vectors that the recorded recall is measured by; None for `vectors`.

        Raises:
            EngineMissingError: the engine's package is not installed.
            EngineUnavailableError: the engine's server does not answer.
        """
        space, curve = self._indexed(vectors, votes)
        if self.with_table:
            with self.stage(TABLE_STAGE):
                space.engine.save()
                table = build_table(space, self._rows(TABLE_STAGE, len(vectors)), self.spread)
                space = VectorSpace(space.name, vectors, space.engine, table=table)
        with self.stage("measure recall"):
            sample = Sample.draw(vectors if judge is None else judge, votes)
            recall = searched_recall(space, sample) | {"table": known_recall(space, sample)["random"]}
        space.engine.save()
        if space.table is not None:
            space.table.save(self.location.folder)
        if rows is not None:
            rows.save(self.location.folder)
        layout = None if encoder is None else encoder.layout
        return SpaceRecord(
            rows=len(vectors),
            dim=vectors.dim,
            compact=isinstance(vectors, CompactVectors),
            encoded=encoder is not None,
            mapped=rows is not None,
            table=space.table is not None,
            blocks={} if layout is None else dict(zip(layout.names, layout.weights, strict=True)),
            widths={} if layout is None else dict(zip(layout.names, layout.widths, strict=True)),
            engine=space.engine.name,
            parameters=space.engine.describe(),
            recall=recall,
            curve=curve,
            target=self.target_recall,
        )

    def _rows(self, stage: str, total: int) -> Rows:
        return lambda done: self.progress(stage, done, total)

    def _indexed(self, vectors: Vectors, votes: NDArray[np.int32]) -> tuple[VectorSpace, list[dict[str, float]]]:
        """The index of the first shape that reaches the recall, or else of the best, and every point measured."""
        small = len(vectors) < SMALLEST_INDEX
        engine = engine_class(ExactIndex.name if small else self.engine)
        name = self.location.folder.name
        with self.stage("measure recall"):
            sample = Sample.draw(vectors, votes)
        curve: list[dict[str, float]] = []
        chosen = None
        for shape in engine.shapes(vectors):
            with self.stage(INDEX_STAGE):
                told = self._rows(INDEX_STAGE, len(vectors))
                index = engine.build(vectors, self.location, shape, told, self.spread)
                space = VectorSpace(name, vectors, index)
            with self.stage("measure recall"):
                points = tune(space, sample, self.target_recall)
            curve += points
            if chosen is None or not points or best_of(curve, self.target_recall) in points:
                chosen = space
            if not points or reaches(points, self.target_recall):
                break
        assert chosen is not None, "an engine has at least one shape"
        return chosen, curve
