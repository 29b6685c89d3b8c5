"""How one vector space of a generation is built: index, search parameters, table of neighbours, measures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encode.content import ContentEncoder
from index.engines.base import Location, Rows, Spread, VectorIndex, engine_class
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.vectors import Vectors
from index.generation.manifest import SpaceRecord
from index.generation.reuse import SpaceBefore
from index.generation.table_builder import build_table
from index.generation.table_update import updated_table
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
from index.spaces.neighbours import NeighbourTable
from index.spaces.space import RowMap, VectorSpace

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
        before: SpaceBefore | None = None,
        ids: NDArray[np.int64] | None = None,
    ) -> SpaceRecord:
        """Index vectors, choose how to search them, and save all but the vectors and the encoder.

        Args:
            vectors: of the n rows of the space.
            votes: of the film of each row, shape (n,).
            encoder: that made the vectors, if one did.
            rows: which films the rows are of, if not of all.
            judge: vectors that the recorded recall is measured by; None for `vectors`.
            before: the same space of an earlier generation; what holds of its index and neighbours is kept.
            ids: of the film of each row, shape (n,): an earlier generation is measured by the same films.

        Raises:
            EngineMissingError: the engine's package is not installed.
            EngineUnavailableError: the engine's server does not answer.
        """
        with self.stage("measure recall"):
            sample = Sample.draw(vectors, votes, ids=ids)
        kept = None if before is None else self._kept(vectors, before, sample)
        space, curve = kept or self._indexed(vectors, sample)
        if self.with_table:
            with self.stage(TABLE_STAGE):
                space.engine.save()
                table = self._table(space, before)
                space = VectorSpace(space.name, vectors, space.engine, table=table)
        with self.stage("measure recall"):
            judged = sample if judge is None or judge is vectors else Sample.draw(judge, votes, ids=ids)
            recall = searched_recall(space, judged) | {"table": known_recall(space, judged)["random"]}
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

    def _kept(
        self, vectors: Vectors, before: SpaceBefore, sample: Sample
    ) -> tuple[VectorSpace, list[dict[str, float]]] | None:
        """The earlier index with what has changed, and the points measured for it; None if it does not do."""
        if before.record.engine != self._engine(vectors).name or before.record.target != self.target_recall:
            return None
        with self.stage("update index"):
            engine = before.space.engine.updated(vectors, self.location, before.unchanged)
        if engine is None:
            return None
        space = VectorSpace(self.location.folder.name, vectors, engine)
        with self.stage("measure recall"):
            if min(searched_recall(space, sample).values()) >= self.target_recall:
                return space, before.record.curve
            points = tune(space, sample, self.target_recall, onwards=True)
        return (space, points) if reaches(points, self.target_recall) else None

    def _table(self, space: VectorSpace, before: SpaceBefore | None) -> NeighbourTable | None:
        progress = self._rows(TABLE_STAGE, len(space.vectors))
        table = None if before is None else before.space.table
        if before is None or table is None or table.exact or space.engine.name == ExactIndex.name:
            return build_table(space, progress, self.spread)
        return updated_table(space, table, before.same, before.unchanged, progress)

    def _engine(self, vectors: Vectors) -> type[VectorIndex]:
        return engine_class(ExactIndex.name if len(vectors) < SMALLEST_INDEX else self.engine)

    def _indexed(self, vectors: Vectors, sample: Sample) -> tuple[VectorSpace, list[dict[str, float]]]:
        """The index of the first shape that reaches the recall, or else of the best, and every point measured."""
        engine, name = self._engine(vectors), self.location.folder.name
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
