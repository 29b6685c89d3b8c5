"""A few edited films in memory: what a generation has of all films on disk, encoded by that generation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.encode.content import encode_films
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.vectors import StoredVectors, Vectors
from index.films.filters import FilterTable
from index.films.store import FilmStore
from index.films.summaries import FilmWords, Summaries
from index.generation.opened import Generation
from index.spaces.space import CONTENT, RowMap, VectorSpace
from index.titles.build import title_data
from index.titles.store import TitleData


@dataclass(frozen=True)
class Encoded:
    """Films with what the encoders made of them.

    Attributes:
        films: n films, a table of `FILM_SCHEMA`.
        vectors: for each space with an encoder, shape (n, dim), half precision.
        words: as `index.films.summaries` keeps them; None in a profile without texts.
    """

    films: pa.Table
    vectors: Mapping[str, NDArray[np.float16]]
    words: NDArray[np.uint16] | None

    @classmethod
    def of(cls, films: pa.Table, generation: Generation) -> Encoded:
        """Films, encoded by the encoders of a generation."""
        batches, vectors, words = films.combine_chunks().to_batches(), {}, []
        for name, space in generation.spaces.items():
            if space.encoder is None:
                continue
            encoded = [encode_films(space.encoder, batch) for batch in batches]
            parts = [np.empty((0, space.vectors.dim), np.float32), *(part.vectors for part in encoded)]
            vectors[name] = np.concatenate(parts).astype(np.float16)
            if name == CONTENT:
                words = [part.words for part in encoded if part.words is not None]
        return cls(films, vectors, np.concatenate(words) if words else None)

    @classmethod
    def joined(cls, parts: Sequence[Encoded]) -> Encoded:
        """All films of some parts; empty parts are skipped."""
        parts = [part for part in parts if len(part.films)] or parts[:1]
        words = [part.words for part in parts if part.words is not None]
        return cls(
            pa.concat_tables([part.films for part in parts]),
            {name: np.concatenate([part.vectors[name] for part in parts]) for name in parts[0].vectors},
            np.concatenate(words) if words else None,
        )

    def take(self, rows: NDArray[np.int64]) -> Encoded:
        """Some of the films."""
        words = None if self.words is None else self.words[rows]
        vectors = {name: of_space[rows] for name, of_space in self.vectors.items()}
        return Encoded(self.films.take(rows), vectors, words)


@dataclass(frozen=True)
class Segment:
    """Films in the order of votes, then id, ready to be searched.

    Attributes:
        encoded: the films.
        films: their ids and summaries; every film stands for itself.
        best_ids: shape (n,): id of the best record of the same film, its own for most.
        filters, titles, words, spaces: as a generation has them.
    """

    encoded: Encoded
    films: FilmStore
    best_ids: NDArray[np.int64]
    filters: FilterTable
    titles: TitleData
    words: FilmWords | None
    spaces: Mapping[str, VectorSpace]

    @classmethod
    def build(cls, films: Encoded, generation: Generation) -> Segment:
        """A segment of one film or more, to be searched beside a generation."""
        keys = [("vote_count", "descending"), ("id", "ascending")]
        ordered = films.take(pc.sort_indices(films.films, sort_keys=keys).to_numpy().astype(np.int64))
        table = ordered.films.combine_chunks()
        movie_ids = table["id"].to_numpy().astype(np.int64)
        best_ids = pc.coalesce(table["duplicate_of"], table["id"]).to_numpy().astype(np.int64)
        return cls(
            encoded=Encoded(table, ordered.vectors, ordered.words),
            films=FilmStore(movie_ids, np.arange(len(table), dtype=np.int32), Summaries.build(table)),
            best_ids=best_ids,
            filters=FilterTable.build(table, best_ids == movie_ids),
            titles=title_data(
                movie_ids=movie_ids,
                titles=table["title"].to_pylist(),
                original_titles=table["original_title"].to_pylist(),
                years=table["year"].to_numpy().astype(np.int16),
                votes=table["vote_count"].to_numpy().astype(np.int32),
                beside=generation.titles.parts[0],
            ),
            words=None
            if generation.words is None or ordered.words is None
            else FilmWords(generation.words.terms, ordered.words),
            spaces={
                name: _encoded_space(space, ordered.vectors[name])
                if name in ordered.vectors
                else _kept_space(space, generation, movie_ids)
                for name, space in generation.spaces.items()
            },
        )

    def __len__(self) -> int:
        return len(self.films)


def _encoded_space(base: VectorSpace, vectors: NDArray[np.float16]) -> VectorSpace:
    """Encoded films, their vectors stored as a generation's space stores its own."""
    stored: Vectors = StoredVectors.from_array(vectors)
    if isinstance(base.vectors, CompactVectors):
        stored = CompactVectors(base.vectors.codec, base.vectors.codec.encode(vectors.astype(np.float32)))
    return VectorSpace(base.name, stored, ExactIndex.build(stored, base.engine.location), base.encoder)


def _kept_space(base: VectorSpace, generation: Generation, movie_ids: NDArray[np.int64]) -> VectorSpace:
    """Films with their vectors in a generation's space: without an encoder, edits do not change them."""
    rows = np.array([-1 if (row := generation.films.row_of(i)) is None else row for i in movie_ids.tolist()])
    held = np.flatnonzero((rows >= 0) & base.holds(rows))
    stored = StoredVectors.from_array(base.single(rows[held]))
    return VectorSpace(
        base.name, stored, ExactIndex.build(stored, base.engine.location), rows=RowMap(held.astype(np.int32))
    )
