"""How one vector space of a generation is built: index, search parameters, table of neighbours, measures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encode.content import ContentEncoder
from index.engines.base import Location
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.registry import engine_class
from index.engines.vectors import Vectors
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
from index.spaces.space import RowMap, VectorSpace
from index.spaces.table import build_table

Stage = Callable[[str], AbstractContextManager[None]]
"""Given the name of a stage, a context in which it is timed."""

TABLE_STAGE = "find neighbours"


@dataclass(frozen=True)
class SpaceBuilder:
    """Builds a space from vectors that are stored already.

    Attributes:
        location: where; `location.folder` exists, and its name is the space's.
        engine: of `index.engines.registry`; a space below `SMALLEST_INDEX` rows is searched exactly.
        target_recall: search parameters are chosen for this recall@10 against exact search of the same vectors.
        with_table: find the nearest films of every film beforehand: a second for 10,000 films.
        stage: times the stages.
        progress: told how many rows have their neighbours found, and of how many.
    """

    location: Location
    engine: str
    target_recall: float = TARGET_RECALL
    with_table: bool = True
    stage: Stage = lambda name: nullcontext()
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None

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
                table = build_table(space, lambda done: self.progress(TABLE_STAGE, done, len(vectors)))
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
            with self.stage("train index"):
                space = VectorSpace(name, vectors, engine.build(vectors, self.location, shape))
            with self.stage("measure recall"):
                points = tune(space, sample, self.target_recall)
            curve += points
            if chosen is None or not points or best_of(curve, self.target_recall) in points:
                chosen = space
            if not points or reaches(points, self.target_recall):
                break
        assert chosen is not None, "an engine has at least one shape"
        return chosen, curve
