"""The encoder of the content space: all blocks of a profile, from films or free text to one vector."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from index.encode.blocks import Block, Kind, Layout, Profile, layout_of
from index.encode.encoders import Encoder, fit_encoder, load_encoder, save_encoder
from index.encode.texts import TermEncoder, unit_rows
from index.films.store import FILM_SCHEMA
from index.films.summaries import most_telling

LONGEST_NAME = 4
"""Words of the longest genre or keyword that is looked up in free text."""

SPOKEN = ("genres", "keywords", "text", "overview", "votes")
"""Blocks that free text can fill."""

DESCRIBED_VOTES = 20_000
"""Votes assumed of a film that somebody describes: those of a well-known one, which is what people remember."""

EXPECTED = ("genres", "keywords")
"""Blocks that are predicted from the words of a text."""

EXPECTED_FROM = 30_000
"""Films that this is learned from: the best known."""

_EXPECTED_FILE = "expected.npz"


class ContentEncoder:
    """The fitted blocks of one profile.

    Attributes:
        profile: which blocks, and how they are put together.
        layout: where each block lies in the vector.
    """

    def __init__(
        self, profile: Profile, encoders: Sequence[Encoder], expected: Mapping[str, NDArray[np.float32]]
    ) -> None:
        self.profile = profile
        self.layout: Layout = layout_of(profile.blocks, (encoder.width for encoder in encoders))
        self._encoders = tuple(encoders)
        self._expected = dict(expected)

    @classmethod
    def fit(cls, profile: Profile, sample: pa.Table) -> ContentEncoder:
        """Fit every block on a sample of films, a table of `FILM_SCHEMA`; empty optional ones are left out."""
        with threadpool_limits(
            limits=1, user_api="blas"
        ):  # narrow matrices: more threads wait more than they work
            blocks = tuple(block for block in profile.blocks if not block.optional or _spoken_of(block, sample))
            encoders = [fit_encoder(block, sample) for block in blocks]
            return cls(replace(profile, blocks=blocks), encoders, _expectations(blocks, encoders, sample))

    @classmethod
    def load(cls, folder: Path) -> ContentEncoder:
        """Read what `save` wrote."""
        written = json.loads((folder / "profile.json").read_text())
        blocks = (
            Block(**{**b, "kind": Kind(b["kind"]), "columns": tuple(b["columns"])}) for b in written["blocks"]
        )
        profile = Profile(**{**written, "blocks": tuple(blocks)})
        expected = {}
        if (folder / _EXPECTED_FILE).is_file():  # a profile without the block `text` has none
            with np.load(folder / _EXPECTED_FILE, allow_pickle=False) as arrays:
                expected = dict(arrays)
        encoders = [load_encoder(block, folder / block.name) for block in profile.blocks]
        return cls(profile, encoders, expected)

    def save(self, folder: Path) -> None:
        """Write the profile as JSON, a folder for each block, and an `.npz` of what is predicted from texts."""
        folder.mkdir(parents=True)
        (folder / "profile.json").write_text(json.dumps(asdict(self.profile), indent=1))
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            save_encoder(encoder, folder / block.name)
        if self._expected:
            np.savez(folder / _EXPECTED_FILE, **self._expected)  # type: ignore[arg-type]

    def encode(self, films: pa.RecordBatch) -> NDArray[np.float32]:
        """The vectors of n films, shape (n, dim): each block's row times the root of its weight."""
        vectors = np.concatenate(
            [
                np.sqrt(np.float32(block.weight)) * encoder.transform(films)
                for block, encoder in zip(self.profile.blocks, self._encoders, strict=True)
            ],
            axis=1,
        )
        return unit_rows(vectors) if self.profile.unit_length else vectors

    @property
    def words(self) -> TermEncoder | None:
        """The encoder of the block `text`, or None in a profile without it."""
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            if block.name == "text" and isinstance(encoder, TermEncoder):
                return encoder
        return None

    def encode_text(self, text: str) -> NDArray[np.float32]:
        """The vector of free text, shape (dim,), float32: that of a well-known film with this overview.

        Genres and keywords that the text contains count as the film's own, and as much as those that films with
        such words have. Blocks that are not in `SPOKEN` stay zero. The vector is all zero if no word is known.
        """
        phrases = _phrases(text)
        film = {"id": 0, "overview": text, "genres": phrases, "keywords": phrases, "vote_count": DESCRIBED_VOTES}
        encoded: NDArray[np.float32] = self.encode(pa.RecordBatch.from_pylist([film], schema=FILM_SCHEMA))[0]
        told = False
        for block in self.profile.blocks:
            part = encoded[self.layout.slice_of(block.name)]
            if block.name not in SPOKEN:
                part[:] = 0
            told |= block.name != "votes" and bool(part.any())
        for name, expected in self._expected.items():
            part = encoded[self.layout.slice_of(name)]
            guess = encoded[self.layout.slice_of("text")] @ expected
            part[:] = _unit(_unit(part) + _unit(guess)) * np.sqrt(self.layout.weight_of(name))
        return encoded if told else np.zeros_like(encoded)


class EncodedBatch(NamedTuple):
    """What the encoders make of n films.

    Attributes:
        vectors: shape (n, dim), float32.
        words: shape (n, KEPT), uint16, the most telling words of each film's texts as
            `index.films.summaries.most_telling` gives them; None in a profile without the block `text`.
    """

    vectors: NDArray[np.float32]
    words: NDArray[np.uint16] | None


def encode_films(encoder: ContentEncoder, films: pa.RecordBatch) -> EncodedBatch:
    """The vectors and the telling words of a batch of `FILM_SCHEMA`, for a build and for edited films alike.

    Keywords are part of the vector but not of the telling words: an explanation lists shared keywords separately.
    """
    words = None if encoder.words is None else most_telling(encoder.words.weigh(_without_keywords(films)))
    return EncodedBatch(encoder.encode(films), words)


def _without_keywords(films: pa.RecordBatch) -> pa.RecordBatch:
    position = films.schema.get_field_index("keywords")
    field = films.schema.field(position)
    return films.set_column(position, field, pa.nulls(len(films), field.type))


def _expectations(
    blocks: Sequence[Block], encoders: Sequence[Encoder], sample: pa.Table
) -> dict[str, NDArray[np.float32]]:
    """For each block of `EXPECTED`, the matrix that predicts it from the block `text`, up to a constant.

    A ridge regression over the best-known films that have both; shape (width of text, width of the block).
    """
    from sklearn.linear_model import Ridge  # only where something is fitted: see `index.encode.texts`

    of_block = {block.name: encoder for block, encoder in zip(blocks, encoders, strict=True)}
    if not {"text", *EXPECTED} <= of_block.keys():
        return {}
    order = pc.sort_indices(sample, sort_keys=[("vote_count", "descending"), ("id", "ascending")])
    films = sample.take(order[:EXPECTED_FROM]).combine_chunks().to_batches()[0]
    texts = of_block["text"].transform(films)
    expected = {}
    for name in EXPECTED:
        values = of_block[name].transform(films)
        both = texts.any(axis=1) & values.any(axis=1)
        if both.any():
            expected[name] = Ridge().fit(texts[both], values[both]).coef_.T.astype(np.float32)
    return expected


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector


def _spoken_of(block: Block, films: pa.Table) -> bool:
    return any(len(films[column].combine_chunks().flatten()) for column in block.columns)


def _phrases(text: str) -> list[str]:
    words = re.findall(r"[\w'-]+", text.lower())
    spans = ((i, j) for i in range(len(words)) for j in range(i + 1, min(i + LONGEST_NAME, len(words)) + 1))
    return list(dict.fromkeys(" ".join(words[i:j]) for i, j in spans))
