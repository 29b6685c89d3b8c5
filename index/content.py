"""The content space: all blocks of a profile fitted together, films and free text encoded into one vector."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

from index.blocks import Block, Kind, Layout, Profile, layout_of
from index.encoders import Encoder, TermEncoder, fit_encoder, load_encoder, save_encoder
from index.films import FILM_SCHEMA

LONGEST_NAME = 4
"""Words that a genre or keyword found in free text may have."""

SPOKEN = ("genres", "keywords", "text", "overview")
"""Blocks that free text can speak in."""


class ContentEncoder:
    """The fitted blocks of one profile.

    Attributes:
        profile: which blocks, and how they are put together.
        layout: where each block lies in the vector.
    """

    def __init__(self, profile: Profile, encoders: Sequence[Encoder]) -> None:
        self.profile = profile
        self.layout: Layout = layout_of(profile.blocks, (encoder.width for encoder in encoders))
        self._encoders = tuple(encoders)

    @classmethod
    def fit(cls, profile: Profile, sample: pa.Table) -> ContentEncoder:
        """Fit every block on a sample of films, a table of `FILM_SCHEMA`; silent optional ones are left out."""
        with threadpool_limits(
            limits=1, user_api="blas"
        ):  # narrow matrices: more threads wait more than they work
            blocks = tuple(block for block in profile.blocks if not block.optional or _spoken_of(block, sample))
            return cls(replace(profile, blocks=blocks), [fit_encoder(block, sample) for block in blocks])

    @classmethod
    def load(cls, folder: Path) -> ContentEncoder:
        """Read what `save` wrote."""
        written = json.loads((folder / "profile.json").read_text())
        blocks = (
            Block(**{**b, "kind": Kind(b["kind"]), "columns": tuple(b["columns"])}) for b in written["blocks"]
        )
        profile = Profile(**{**written, "blocks": tuple(blocks)})
        return cls(profile, [load_encoder(block, folder / f"{block.name}.npz") for block in profile.blocks])

    def save(self, folder: Path) -> None:
        """Write the profile as JSON and one `.npz` for each block."""
        folder.mkdir(parents=True)
        (folder / "profile.json").write_text(json.dumps(asdict(self.profile), indent=1))
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            save_encoder(encoder, folder / f"{block.name}.npz")

    def encode(self, films: pa.RecordBatch) -> NDArray[np.float32]:
        """The vectors of n films, shape (n, dim): each block's row times the root of its weight."""
        vectors = np.concatenate(
            [
                np.sqrt(np.float32(block.weight)) * encoder.transform(films)
                for block, encoder in zip(self.profile.blocks, self._encoders, strict=True)
            ],
            axis=1,
        )
        return normalize(vectors, copy=False) if self.profile.unit_length else vectors

    @property
    def words(self) -> TermEncoder | None:
        """The encoder of the block `text`, or None in a profile without it."""
        for block, encoder in zip(self.profile.blocks, self._encoders, strict=True):
            if block.name == "text" and isinstance(encoder, TermEncoder):
                return encoder
        return None

    def encode_text(self, text: str) -> NDArray[np.float32]:
        """The vector of free text, shape (dim,): a film whose overview it is.

        Genres and keywords that stand in the text as words count as the film's own. Blocks of numbers and of
        production stay zero. The result is all zero when no word of the text is known.
        """
        phrases = _phrases(text)
        film = {"id": 0, "overview": text, "genres": phrases, "keywords": phrases}
        encoded: NDArray[np.float32] = self.encode(pa.RecordBatch.from_pylist([film], schema=FILM_SCHEMA))[0]
        for block in self.profile.blocks:
            if block.name not in SPOKEN:
                encoded[self.layout.slice_of(block.name)] = 0
        return encoded


def _spoken_of(block: Block, films: pa.Table) -> bool:
    return any(len(films[column].combine_chunks().flatten()) for column in block.columns)


def _phrases(text: str) -> list[str]:
    words = re.findall(r"[\w'-]+", text.lower())
    spans = ((i, j) for i in range(len(words)) for j in range(i + 1, min(i + LONGEST_NAME, len(words)) + 1))
    return list(dict.fromkeys(" ".join(words[i:j]) for i, j in spans))
