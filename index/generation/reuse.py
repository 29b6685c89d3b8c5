"""What a build takes over from an earlier generation: encoders, and vectors, codes and neighbours of the films
that have not changed.

A film has changed if its fingerprint has: a hash of what its vector is made from. Numbers that change all the time
are in it in steps that a vector hardly shows: votes and popularity of two percent, means of votes of a twentieth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from index.arrays import mapped
from index.encode.blocks import Profile
from index.encode.content import ContentEncoder
from index.encode.texts import tokens_of
from index.generation.manifest import Generation, Manifest, ReuseRecord, SpaceRecord, made_with
from index.spaces.space import CONTENT, VectorSpace

FINGERPRINTS = "fingerprints.npy"

MOST_ENCODED = 0.1
"""Films that may be new or changed since the encoders were fitted, as a part of all; above it all is made anew."""

MOST_DRIFT = 0.01
"""Drift of the vocabulary above which all is made anew: the part of the words of all films that has become unknown
to the encoders since they were fitted, estimated from the films that have changed."""

RARE = 1_000
"""An optional block of fewer than one in so many films is not worth making all anew."""

DRIFT_SAMPLE = 20_000
"""Films of either kind whose words are looked up."""

_INSTEAD = {"rating": "vote_average"}  # with the votes: the Bayesian mean of every film moves with any change
_STEPS = {"vote_average": 0.05}
_LOG_STEPS = {"vote_count": 0.02, "popularity": 0.02}
_FIELD_END, _NAME_END, _NULL = "\x1f", "\x1e", "\x00"


def fingerprints(films: pa.Table, profile: Profile) -> NDArray[np.uint64]:
    """A hash of each of n films, shape (n,): of the columns that the blocks of a profile are made from."""
    columns = sorted({_INSTEAD.get(column, column) for block in profile.blocks for column in block.columns})
    batches = films.select(columns).to_batches()
    return np.concatenate([_hashes([_as_text(name, batch[name]) for name in columns]) for batch in batches])


def _as_text(name: str, column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        return pc.binary_join(column, _NAME_END)
    if name in _STEPS:
        column = pc.round(pc.divide(column.cast(pa.float64()), _STEPS[name]))
    elif name in _LOG_STEPS:
        column = pc.round(pc.divide(pc.log1p(column.cast(pa.float64())), _LOG_STEPS[name]))
    return column.cast(pa.string())


def _hashes(columns: Sequence[pa.Array]) -> NDArray[np.uint64]:
    rows = pc.binary_join_element_wise(*columns, _FIELD_END, null_handling="replace", null_replacement=_NULL)
    rows = rows.cast(pa.large_binary())
    data = memoryview(rows.buffers()[2] or b"")
    ends = np.frombuffer(rows.buffers()[1], np.int64)[rows.offset : rows.offset + len(rows) + 1].tolist()
    return np.array([xxh3_64_intdigest(data[a:b]) for a, b in pairwise(ends)], np.uint64)


@dataclass(frozen=True)
class SpaceBefore:
    """A space of an earlier generation, and its rows.

    Attributes:
        space, record: of the earlier generation.
        same: shape (n,), the earlier row of each film of now; -1 for a new one.
        unchanged: the same for films whose vector is the same, -1 for others.
    """

    space: VectorSpace
    record: SpaceRecord
    same: NDArray[np.int64]
    unchanged: NDArray[np.int64]


@dataclass(frozen=True)
class Before:
    """An earlier generation from which a build takes what still holds.

    Attributes:
        generation: it.
        encoder: of its content.
        content: its content space, with the earlier rows of the films of now.
        record: what the manifest says of it.
    """

    generation: Generation
    encoder: ContentEncoder
    content: SpaceBefore
    record: ReuseRecord

    @classmethod
    def of(
        cls,
        generation: Generation,
        films: pa.Table,
        order: NDArray[np.int64],
        prints: NDArray[np.uint64],
        profile: Profile,
    ) -> Before | str:
        """Compare a catalogue with an earlier generation.

        Args:
            generation: the earlier one.
            films: the n films of now, a table of `FILM_SCHEMA`.
            order: shape (n,), where in it each row of now is.
            prints: the fingerprints of the rows.
            profile: of the new generation.

        Returns:
            Why all has to be made anew, in words, where nothing can be taken over.
        """
        space, manifest = generation.spaces[CONTENT], generation.manifest
        encoder, folder = space.encoder, space.engine.location.folder.parent
        if encoder is None or encoder.words is None or not (folder / FINGERPRINTS).is_file():
            return "the earlier generation has no vectors of films that can be kept"
        if why := _otherwise_made(manifest, encoder, films, profile):
            return why
        same = _places(generation.films.movie_ids, films["id"].to_numpy()[order])
        unchanged = np.where((same >= 0) & (mapped(folder / FINGERPRINTS)[same] == prints), same, -1)
        encoded = int((unchanged < 0).sum())
        since_fit = encoded + (0 if manifest.reused is None else manifest.reused.since_fit)
        if since_fit > MOST_ENCODED * len(films):
            return f"{since_fit:,} of {len(films):,} films are new or changed since the encoders were fitted"
        drift = _excess(encoder, films, order, unchanged) * since_fit / len(films)
        if drift > MOST_DRIFT:
            return f"{drift:.1%} of the words of all films have become unknown to the encoders"
        content = SpaceBefore(space, manifest.spaces[CONTENT], same, unchanged)
        record = ReuseRecord(manifest.id, encoded, since_fit, round(drift, 6))
        return cls(generation, encoder, content, record)

    def kept(self, rows: slice) -> Kept:
        """The vectors and words of some films of now that have not changed."""
        earlier = self.content.unchanged[rows]
        missing, words = earlier < 0, self.generation.words
        assert words is not None
        return Kept(
            self.content.space.vectors.single(np.maximum(earlier, 0)),
            words.of_rows(np.maximum(earlier, 0)),
            missing,
        )


class Kept(NamedTuple):
    """What is kept of m films.

    Attributes:
        vectors: shape (m, dim), float32; any numbers where one is missing.
        words: shape (m, KEPT), uint16, as of `index.films.words.most_telling`; likewise.
        missing: shape (m,), which films have to be encoded.
    """

    vectors: NDArray[np.float32]
    words: NDArray[np.uint16]
    missing: NDArray[np.bool_]


def _otherwise_made(manifest: Manifest, encoder: ContentEncoder, films: pa.Table, profile: Profile) -> str:
    """Why the vectors of an earlier generation are not those of a profile; "" if they are."""
    has = {block.name for block in encoder.profile.blocks}
    blocks = tuple(block for block in profile.blocks if block.name in has or not block.optional)
    if replace(profile, blocks=blocks) != encoder.profile:
        return "the profile is another one"
    if manifest.libraries != made_with():
        return "libraries or encoders have other versions"
    for block in profile.blocks:
        if block.name not in has and any(_filled(films[name]) * RARE > len(films) for name in block.columns):
            return f"films have the block {block.name} now"
    return ""


def _filled(lists: pa.ChunkedArray) -> int:
    filled: int | None = pc.sum(pc.greater(pc.list_value_length(lists), 0)).as_py()
    return filled or 0


def _places(earlier: NDArray[np.int64], ids: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where each id stands among earlier ones, which are in any order; -1 where it does not."""
    order = np.argsort(earlier)
    at = order[np.minimum(np.searchsorted(earlier, ids, sorter=order), len(earlier) - 1)]
    return np.where(earlier[at] == ids, at, -1)


def _excess(
    encoder: ContentEncoder, films: pa.Table, order: NDArray[np.int64], unchanged: NDArray[np.int64]
) -> float:
    """How much larger the part of words that encoders do not know is in changed films than in others."""
    parts = []
    for rows in (np.flatnonzero(unchanged < 0), np.flatnonzero(unchanged >= 0)):
        some = rows[:: max(len(rows) // DRIFT_SAMPLE, 1)]
        parts.append(_unknown(encoder, films.take(order[some])) if len(some) else 0.0)
    return max(parts[0] - parts[1], 0.0)


def _unknown(encoder: ContentEncoder, films: pa.Table) -> float:
    (block,) = (block for block in encoder.profile.blocks if block.name == "text")
    assert encoder.words is not None
    tokens, _ = tokens_of(block, films)
    known = pc.is_in(tokens, value_set=pa.array(encoder.words.terms, pa.string()))
    return 1 - (pc.sum(known).as_py() or 0) / max(len(tokens), 1)
