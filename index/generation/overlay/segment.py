"""A few edited films in memory: what a generation has of all films on disk, encoded by that generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.encode.content import ContentEncoder, encode_films
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.vectors import StoredVectors, Vectors
from index.films.filters import FilterTable
from index.films.store import FilmStore
from index.films.summaries import FilmWords, Summaries
from index.generation.opened import Generation
from index.titles.build import title_data
from index.titles.store import TitleData


@dataclass(frozen=True)
class Encoded:
    """Films with what the encoders made of them.

    Attributes:
        films: n films, a table of `FILM_SCHEMA`.
        vectors: shape (n, dim), half precision.
        words: as `index.films.summaries` keeps them; None in a profile without texts.
    """

    films: pa.Table
    vectors: NDArray[np.float16]
    words: NDArray[np.uint16] | None

    @classmethod
    def of(cls, films: pa.Table, encoder: ContentEncoder) -> Encoded:
        """Some films, encoded."""
        vectors, words = [np.empty((0, encoder.layout.dim), np.float32)], []
        for batch in films.combine_chunks().to_batches():
            encoded = encode_films(encoder, batch)
            vectors.append(encoded.vectors)
            if encoded.words is not None:
                words.append(encoded.words)
        return cls(films, np.concatenate(vectors).astype(np.float16), np.concatenate(words) if words else None)

    @classmethod
    def joined(cls, parts: Sequence[Encoded]) -> Encoded:
        """All films of some parts, of which those without films do not count."""
        parts = [part for part in parts if len(part.films)] or parts[:1]
        words = [part.words for part in parts if part.words is not None]
        return cls(
            pa.concat_tables([part.films for part in parts]),
            np.concatenate([part.vectors for part in parts]),
            np.concatenate(words) if words else None,
        )

    def take(self, rows: NDArray[np.int64]) -> Encoded:
        """Some of the films."""
        words = None if self.words is None else self.words[rows]
        return Encoded(self.films.take(rows), self.vectors[rows], words)


@dataclass(frozen=True)
class Segment:
    """Films in the order of votes, then id, ready to be searched.

    Attributes:
        encoded: the films.
        films: their ids and summaries; every film stands for itself.
        best_ids: shape (n,): id of the best record of the same film, its own for most.
        filters, titles, vectors, index, words: as a generation has them.
    """

    encoded: Encoded
    films: FilmStore
    best_ids: NDArray[np.int64]
    filters: FilterTable
    titles: TitleData
    vectors: Vectors
    index: ExactIndex
    words: FilmWords | None

    @classmethod
    def build(cls, films: Encoded, generation: Generation) -> Segment:
        """A segment of one film or more, to be searched beside a generation."""
        keys = [("vote_count", "descending"), ("id", "ascending")]
        ordered = films.take(pc.sort_indices(films.films, sort_keys=keys).to_numpy().astype(np.int64))
        table = ordered.films.combine_chunks()
        movie_ids = table["id"].to_numpy().astype(np.int64)
        best_ids = pc.coalesce(table["duplicate_of"], table["id"]).to_numpy().astype(np.int64)
        vectors = _stored(ordered.vectors, generation.content.vectors)
        terms = generation.content.encoder.words
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
            vectors=vectors,
            index=ExactIndex(vectors),
            words=None if terms is None or ordered.words is None else FilmWords(terms.terms, ordered.words),
        )

    def __len__(self) -> int:
        return len(self.films)


def _stored(vectors: NDArray[np.float16], beside: Vectors) -> Vectors:
    """The vectors as a generation keeps its own."""
    if isinstance(beside, CompactVectors):
        return CompactVectors(beside.codec, beside.codec.encode(vectors.astype(np.float32)))
    return StoredVectors.from_array(vectors)
