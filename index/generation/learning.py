"""What a build learns from ratings: the space of films' vectors by who likes them, and the models beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.encode.blocks import Layout
from index.engines.vectors import StoredVectors, Vectors
from index.films.summaries import FilmStore
from index.generation.manifest import VECTORS, RatingsRecord, SpaceRecord
from index.generation.space_builder import SpaceBuilder
from index.ratings.fitting import fit
from index.ratings.measures import FEWEST_LIKES, Rated, opinions_of
from index.spaces.space import RowMap

FEWEST_USERS = 20
"""Users with `FEWEST_LIKES` likes below which nothing is learned."""


@dataclass(frozen=True)
class Learner:
    """Learns from ratings of the films of a generation that is being built.

    Attributes:
        films: of the generation.
        vectors: of their content.
        layout: of these vectors.
        votes: of the films, shape (n,).
        builder: of the space; its folder is made.
    """

    films: FilmStore
    vectors: Vectors
    layout: Layout
    votes: NDArray[np.int32]
    builder: SpaceBuilder

    def learn(self, ratings: Rated) -> tuple[RatingsRecord, SpaceRecord | None]:
        """Fit, and write all into the folder; None where nothing can be learned, and the record says why."""
        with self.builder.stage("read ratings"):
            users = len(np.unique(ratings.users))
            opinions, rows = opinions_of(ratings, self.films)
        likes = opinions.likes
        problem = _problem(ratings, users, likes.shape[0])
        record = RatingsRecord(len(ratings.users), users, likes.nnz, likes.shape[1], problem)
        if problem:
            return record, None
        folder = self.builder.location.folder
        folder.mkdir()
        with self.builder.stage("fit models of ratings"):
            fitted = fit(opinions, self.vectors.single(rows), self.layout, self.builder.progress)
            stored = StoredVectors.from_array(fitted.vectors)
            stored.save(folder / VECTORS)
            fitted.parts.save(folder)
        space = self.builder.build(stored, self.votes[rows], rows=RowMap(rows.astype(np.int32)))
        record.parameters.update(fitted.parameters)
        record.tried.extend(fitted.tried)
        return record, space


def _problem(ratings: Rated, users: int, usable: int) -> str:
    """Why nothing can be learned; "" if something can."""
    if ratings.tenths.min() == ratings.tenths.max():
        return f"all {len(ratings.users):,} ratings are equal"
    if usable < FEWEST_USERS:
        return (
            f"of {users:,} users only {usable:,} like {FEWEST_LIKES} films or more (four stars of five); "
            f"{FEWEST_USERS} are needed"
        )
    return ""
