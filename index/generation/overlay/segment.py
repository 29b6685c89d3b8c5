"""A few edited films in memory: what a generation has of all films on disk, encoded by that generation.

A generation's films and those edited since, as one: rows, ids and summaries, names, columns to filter by.

The rows of the parts are laid end to end. A film edited since has a row in a segment and, if it is not new, a row
before it that is no longer alive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contract import Filters, Sort
from index.encode.content import encode_films
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex
from index.engines.vectors import StoredVectors, Vectors
from index.films.filters import UNDATED, Allowed, FilterTable, RecentMasks
from index.films.orders import Place
from index.films.summaries import FilmStore, Summaries, TermIndex
from index.films.words import FilmWords
from index.generation.manifest import Generation
from index.spaces.space import CONTENT, RowMap, VectorSpace
from index.titles.build import imdb_numbers, title_data
from index.titles.store import TitleData


@dataclass(frozen=True)
class Encoded:
    """Films with what the encoders made of them.

    Attributes:
        films: n films, a table of `FILM_SCHEMA`.
        vectors: for each space with an encoder, shape (n, dim), half precision.
        words: as `index.films.words` keeps them; None in a profile without texts.
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
                languages=table["original_language"].to_pylist(),
                imdb_numbers=imdb_numbers(table["imdb_id"]),
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


class Layers:
    """The rows of a generation and of the segments after it.

    Attributes:
        starts: the first row of each part.
        alive: shape (n,), bool: False where a film was edited or deleted since.
    """

    def __init__(self, alive: Sequence[NDArray[np.bool_]]) -> None:
        self.starts: list[int] = [0, *np.cumsum([len(part) for part in alive[:-1]]).tolist()]
        self.alive = np.concatenate(alive)

    def __len__(self) -> int:
        return len(self.alive)

    def place(self, row: int) -> tuple[int, int]:
        """The part that a row belongs to, and its row within that part."""
        part = bisect_right(self.starts, row) - 1
        return part, row - self.starts[part]

    def split(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """Rows by part: the part, their positions in `rows`, and their rows within the part."""
        of_part = np.searchsorted(self.starts, rows, side="right") - 1
        for part in np.unique(of_part).tolist():
            positions = np.flatnonzero(of_part == part)
            yield part, positions, rows[positions] - self.starts[part]

    def cut(self, allowed: Allowed) -> tuple[Allowed, ...]:
        """Allowed rows, part by part."""
        ends = [*self.starts[1:], len(self)]
        return tuple(
            Allowed(allowed.mask[start:end], allowed.filters) for start, end in zip(self.starts, ends, strict=True)
        )


class LayeredFilms:
    """Implements `index.spaces.view.Films`.

    Ids say which records are one film: an edit that changes that for another film counts as an edit of that film,
    too (`sql.edits`).
    """

    def __init__(
        self, base: FilmStore, segments: Sequence[Segment], votes: Sequence[NDArray[np.int32]], layers: Layers
    ) -> None:
        self._base, self._segments, self._layers, self._votes = base, segments, layers, votes
        self._parts = (base, *(segment.films for segment in segments))

    def __len__(self) -> int:
        return len(self._layers)

    def row_of(self, movie_id: int) -> int | None:
        """See `Films`; a film that was deleted has none."""
        for part, start in zip(reversed(self._parts), reversed(self._layers.starts), strict=True):
            row = part.row_of(movie_id)
            if row is not None and self._layers.alive[start + row]:
                return start + row
        return None

    def best_of(self, row: int) -> int:
        """See `Films`."""
        best = self.row_of(self._best_id(row))
        return row if best is None else best

    def group_of(self, row: int) -> list[int]:
        """See `Films`."""
        best_id = self._best_id(row)
        found = {row}
        of_base = self._base.row_of(best_id)
        if of_base is not None and self._base.best_of(of_base) == of_base:
            found.update(record for record in self._base.group_of(of_base) if self._layers.alive[record])
        for segment, start in zip(self._segments, self._layers.starts[1:], strict=True):
            records = (np.flatnonzero(segment.best_ids == best_id) + start).tolist()
            found.update(record for record in records if self._layers.alive[record])
        return sorted(found)

    def summaries(self, rows: NDArray[np.int64] | list[int]) -> list[dict[str, Any]]:
        """See `Films`."""
        found: list[dict[str, Any]] = [{}] * len(rows)
        for part, positions, local in self._layers.split(np.asarray(rows, np.int64)):
            for position, film in zip(positions.tolist(), self._parts[part].summaries(local), strict=True):
                found[position] = film
        return found

    def titles(self, rows: NDArray[np.int64]) -> list[str]:
        """See `Films`."""
        found = [""] * len(rows)
        for part, positions, local in self._layers.split(rows):
            for position, title in zip(positions.tolist(), self._parts[part].titles(local), strict=True):
                found[position] = title
        return found

    def column(self, name: str) -> NDArray[Any]:
        """See `Films`."""
        return np.concatenate([part.column(name) for part in self._parts])

    def along(
        self, sort: Sort, mask: NDArray[np.bool_], wanted: int, *, after: Place | None, rising: bool
    ) -> list[Place]:
        """See `Films`: the first of what every part finds."""
        parts = zip(self._parts, np.split(mask, self._layers.starts[1:]), strict=True)
        found = [
            place for part, some in parts for place in part.along(sort, some, wanted, after=after, rising=rising)
        ]
        return sorted(found, reverse=not rising)[:wanted]

    def ties(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """See `Films`."""
        movie_ids, votes = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        for part, positions, local in self._layers.split(rows):
            movie_ids[positions] = self._parts[part].movie_ids[local]
            votes[positions] = self._votes[part][local]
        return movie_ids, -votes

    def _best_id(self, row: int) -> int:
        part, local = self._layers.place(row)
        if part == 0:
            return int(self._base.movie_ids[self._base.best_of(local)])
        return int(self._segments[part - 1].best_ids[local])


CACHED_BYTES = 2**24
"""Of masks that are kept, besides those that the generation keeps: those of the last 4 filters at a million films.
The next edit computes all of them again."""


class LayeredTerms:
    """Implements `index.spaces.view.Terms`. Rows that are not alive still have names: masks exclude them."""

    def __init__(self, parts: Sequence[TermIndex], layers: Layers) -> None:
        self._parts, self._layers = parts, layers

    def __bool__(self) -> bool:
        return any(self._parts)

    @property
    def names(self) -> Sequence[str]:
        """See `Terms`: those of the generation, then those added by edits."""
        return self._named[0]

    def films_with(self, name: str) -> NDArray[np.integer]:
        """See `Terms`."""
        parts = zip(self._parts, self._layers.starts, strict=True)
        return np.concatenate([part.films_with(name) + start for part, start in parts])

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """See `Terms`."""
        names, numbers = self._named
        counts = np.zeros(len(names), np.int64)
        for part, of_part, cut in zip(self._parts, numbers, self._cut(mask), strict=True):
            counts[of_part] += part.counts(cut)  # a name occurs once in a part
        return counts

    def pairs(self, mask: NDArray[np.bool_]) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """See `Terms`."""
        found = [part.pairs(cut) for part, cut in zip(self._parts, self._cut(mask), strict=True)]
        rows = [of_part + start for (of_part, _), start in zip(found, self._layers.starts, strict=True)]
        terms = [of_part[term] for (_, term), of_part in zip(found, self._named[1], strict=True)]
        return np.concatenate(rows), np.concatenate(terms)

    def spelling(self, name: str) -> str | None:
        """See `Terms`."""
        return next((known for part in self._parts if (known := part.spelling(name)) is not None), None)

    def ending_with(self, word: str) -> list[str]:
        """See `Terms`."""
        return list(dict.fromkeys(name for part in self._parts for name in part.ending_with(word)))

    def of_film(self, row: int) -> list[str]:
        """See `Terms`."""
        part, local = self._layers.place(row)
        return self._parts[part].of_film(local)

    def _cut(self, mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        return np.split(mask, self._layers.starts[1:])

    @cached_property
    def _named(self) -> tuple[Sequence[str], list[NDArray[np.int64]]]:
        """All names, and for each part where its names are among them."""
        base, *others = self._parts
        fresh: dict[str, tuple[int, str]] = {}
        numbers = [np.arange(len(base.names))]
        for part in others:
            of_part = []
            for name in part.names:
                known = base.term_of(name)
                if known is None:
                    known = fresh.setdefault(name.casefold(), (len(base.names) + len(fresh), name))[0]
                of_part.append(known)
            numbers.append(np.array(of_part, np.int64))
        return [*base.names, *(name for _, name in fresh.values())], numbers


class LayeredFilters:
    """Implements `index.spaces.view.FilterColumns`."""

    def __init__(self, parts: Sequence[FilterTable], layers: Layers) -> None:
        self._parts, self._layers = parts, layers
        self._columns: dict[str, NDArray[Any]] = {}
        self.terms = {kind: LayeredTerms([part.terms[kind] for part in parts], layers) for kind in parts[0].terms}
        selecting = partial(_select, parts, layers)  # not a method: see `index.films.filters`
        self.select = RecentMasks(selecting, CACHED_BYTES)

    def kept(self, filters: Filters) -> Allowed | None:
        """See `FilterColumns`."""
        return self.select.kept(filters)

    def column(self, name: str) -> NDArray[Any]:
        """See `FilterColumns`; for a row that is not alive, as if nothing were known."""
        if name not in self._columns:
            column = np.concatenate([part.column(name) for part in self._parts])
            column[~self._layers.alive] = UNDATED if name == "released" else 0
            self._columns[name] = column
        return self._columns[name]


def _select(parts: Sequence[FilterTable], layers: Layers, filters: Filters) -> Allowed:
    """The rows of each part that are alive and pass."""
    return Allowed(np.concatenate([part.select(filters).mask for part in parts]) & layers.alive, filters)
