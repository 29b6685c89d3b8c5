"""Which rows a search may return: a mask, counted once and packed once for FAISS."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import faiss
import numpy as np
from numpy.typing import NDArray


class Selection:
    """The rows that pass a filter, out of n.

    Attributes:
        mask: shape (n,), bool; not to be changed afterwards.
    """

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.mask = mask
        self._parts: tuple[Selection, ...] = ()

    @cached_property
    def count(self) -> int:
        """How many rows pass."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows that pass, ascending."""
        return np.flatnonzero(self.mask)

    @cached_property
    def selector(self) -> faiss.IDSelector:
        """The selector that FAISS asks for every row it meets; it keeps the packed bits alive."""
        bits = np.packbits(self.mask, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
        selector.bits = bits  # FAISS keeps a bare pointer
        return selector

    def parts(self, starts: Sequence[int]) -> tuple[Selection, ...]:
        """The same, cut before each of `starts` but the first, which is 0; kept, since whoever asks asks again."""
        if len(self._parts) != len(starts):
            ends = [*starts[1:], len(self.mask)]
            self._parts = tuple(Selection(self.mask[a:b]) for a, b in zip(starts, ends, strict=True))
        return self._parts

    def without(self, rows: NDArray[np.int64]) -> Selection:
        """The same rows but for some."""
        mask = self.mask.copy()
        mask[rows] = False
        return Selection(mask)
