"""One encoder per kind of block: fitted on a sample of films, applied to all, saved without pickle.

Every encoder maps a batch of n films to (n, width) float32: unit rows, or zero rows where nothing is known. The
weights of the blocks are applied by `index.encode.content`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.arrays import mapped
from index.encode.blocks import Block, Kind
from index.encode.categories import CategoryEncoder
from index.encode.numbers import Matrix, MinMaxEncoder, NumberEncoder, YearEncoder
from index.encode.static import StaticEncoder
from index.encode.texts import MeaningEncoder, TermEncoder


class Encoder(Protocol):
    """What `index.encode.content` asks of every kind of encoder."""

    width: int

    def transform(self, batch: pa.RecordBatch) -> Matrix:
        """The rows of n films, shape (n, width), float32."""

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What was fitted, as plain arrays."""


_KINDS: dict[Kind, type[NumberEncoder | MinMaxEncoder | CategoryEncoder | TermEncoder]] = {
    Kind.NUMBER: NumberEncoder,
    Kind.YEAR: YearEncoder,
    Kind.MINMAX: MinMaxEncoder,
    Kind.TERMS: TermEncoder,
    Kind.TEXT: TermEncoder,
    Kind.PEOPLE: TermEncoder,
    Kind.MEANING: MeaningEncoder,
    Kind.CATEGORY: CategoryEncoder,
    Kind.FORM: CategoryEncoder,
    Kind.STATIC: StaticEncoder,
}


def fit_encoder(block: Block, sample: pa.Table) -> Encoder:
    """Fit the encoder of a block on a sample of films with `FILM_SCHEMA`'s columns."""
    return _KINDS[block.kind].fit(block, sample)


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write an encoder into a folder, which is made: one `.npy` for each of its arrays."""
    folder.mkdir()
    for name, array in encoder.arrays().items():
        np.save(folder / f"{name}.npy", array)


def load_encoder(block: Block, folder: Path) -> Encoder:
    """Memory-map what `save_encoder` wrote for the same block."""
    arrays = {path.stem: mapped(path) for path in folder.glob("*.npy")}
    return _KINDS[block.kind].load(block, arrays)
