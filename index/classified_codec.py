"""Two codecs in one: films that lack a block spend its bytes on the others.

Of a million synthetic films seven in ten have no keywords, and 60 of 154 bytes went to them all the same. The
first byte of a code says which of two codecs made the rest: one fitted on the films that have the block, and one
on the films that lack it, which does not know the block at all (classified vector quantisation, Ramamurthi and
Gersho 1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.codec import VectorCodec

FITTED = 16_384
"""Films that either codec is fitted on, at the most; twice as many take twice the time and gain little."""

FEWEST = 1_024
"""With fewer films of a kind, its codec is fitted on all films."""

KINDS = ("lacking", "having")
"""Of films, by the first byte of their codes."""

ARRAYS = tuple(field.name for field in fields(VectorCodec))


@dataclass(frozen=True)
class ClassifiedCodec:
    """Encodes vectors of `dim` components in `size` bytes; used as `VectorCodec` is.

    Attributes:
        codecs: for films that lack the block, without its components; and for films that have it.
        block: the components of the block, shape (2,): the first, and the one after the last.
    """

    codecs: tuple[VectorCodec, VectorCodec]
    block: NDArray[np.int64]

    @classmethod
    def fit(
        cls, sample: NDArray[np.float32], widths: Sequence[int], numbers: Sequence[bool], size: int, seed: int = 0
    ) -> ClassifiedCodec:
        """Fit to a sample of vectors in random order, as `VectorCodec.fit` does; `size` includes the first byte.

        Told apart by the block whose presence saves most: of many components, and there for some films only.
        """
        offsets = np.cumsum([0, *widths])
        has = np.add.reduceat(sample != 0, offsets[:-1], axis=1, dtype=np.int64) > 0
        shares = has.mean(axis=0)
        chosen = int(np.argmax(np.where(numbers, -1.0, shares * (1 - shares) * np.asarray(widths))))
        block = offsets[chosen : chosen + 2]
        lacking = VectorCodec.fit(
            np.delete(_some(sample, ~has[:, chosen]), slice(*block), axis=1),
            np.delete(widths, chosen).tolist(),
            np.delete(numbers, chosen).tolist(),
            size - 1,
            seed,
        )
        having = VectorCodec.fit(_some(sample, has[:, chosen]), widths, numbers, size - 1, seed)
        return cls((lacking, having), block)

    @classmethod
    def open(cls, path: Path) -> ClassifiedCodec:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            lacking, having = (VectorCodec(*(arrays[f"{kind}_{name}"] for name in ARRAYS)) for kind in KINDS)
            return cls((lacking, having), arrays["block"])

    def save(self, path: Path) -> None:
        """Write one `.npz` of plain arrays."""
        arrays = {
            f"{kind}_{name}": getattr(codec, name)
            for kind, codec in zip(KINDS, self.codecs, strict=True)
            for name in ARRAYS
        }
        np.savez(path, allow_pickle=False, block=self.block, **arrays)

    @property
    def dim(self) -> int:
        """Components of a vector."""
        return self.codecs[1].dim

    @property
    def size(self) -> int:
        """Bytes of a code."""
        return 1 + max(codec.size for codec in self.codecs)

    @property
    def size_bytes(self) -> int:
        """Bytes of the codecs themselves."""
        return sum(codec.centres.nbytes + codec.rotation.nbytes for codec in self.codecs)

    def encode(self, vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The codes of n vectors, shape (n, size)."""
        has = vectors[:, slice(*self.block)].any(axis=1)
        codes = np.zeros((len(vectors), self.size), np.uint8)
        codes[:, 0] = has
        for kind, codec in enumerate(self.codecs):
            rows = np.flatnonzero(has == kind)
            codes[rows, 1 : 1 + codec.size] = codec.encode(vectors[np.ix_(rows, self._columns(kind))])
        return codes

    def decode(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The vectors that n codes stand for, shape (n, dim)."""
        decoded = np.zeros((len(codes), self.dim), np.float32)
        for kind, codec in enumerate(self.codecs):
            rows = np.flatnonzero(codes[:, 0] == kind)
            decoded[np.ix_(rows, self._columns(kind))] = codec.decode(codes[rows, 1 : 1 + codec.size])
        return decoded

    def products(self, query: NDArray[np.float64], codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The inner products of a query, shape (dim,), with n decoded vectors, without decoding them."""
        products = np.zeros(len(codes))
        for kind, codec in enumerate(self.codecs):
            rows = np.flatnonzero(codes[:, 0] == kind)
            products[rows] = codec.products(query[self._columns(kind)], codes[rows, 1 : 1 + codec.size])
        return products

    def _columns(self, kind: int) -> NDArray[np.int64]:
        """The components that a codec knows."""
        every = np.arange(self.dim)
        return every if kind else np.delete(every, slice(*self.block))


def _some(sample: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return (sample[mask] if mask.sum() >= FEWEST else sample)[:FITTED]
