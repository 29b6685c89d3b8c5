"""Memory-mapped tables: lists of ids under a number or a hash, and strings found by their first letters."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

GUIDE_STEP = 256
"""Strings between two entries of a guide, see `prefix_range`."""

_FEW = 48  # strings up to which reading them one by one is faster than Arrow's `take` (which costs 15 us at least)


def changes(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each value differs from the one before it; True for the first."""
    changed = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changed[1:])
    return changed


def firsts(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions where each value first occurs, ascending (for few values, twice as fast as `np.unique`)."""
    order = np.argsort(values, kind="stable")
    places = order[changes(values[order])]
    places.sort()
    return places


def distinct(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each id once, ascending. Sorts its argument in place (for few ids, much faster than `np.unique`)."""
    ids.sort()
    return ids[changes(ids)]


@dataclass(frozen=True)
class Lists:
    """Lists of int32 in one array: list i is `values[offsets[i]:offsets[i + 1]]`, ascending."""

    offsets: NDArray[np.uint32]
    values: NDArray[np.int32]

    @classmethod
    def build(cls, keys: NDArray[np.int64], values: NDArray[np.int32], count: int) -> Lists:
        """`count` lists: `values[i]`, not negative, goes to the list `keys[i]`."""
        offsets = np.zeros(count + 1, dtype=np.uint32)
        np.cumsum(np.bincount(keys, minlength=count), out=offsets[1:], dtype=np.uint32)
        packed = (keys << 32) | values  # sorting one number is several times faster than an argsort
        packed.sort()
        return cls(offsets, packed.astype(np.int32))

    def sizes(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Lengths of the lists with these numbers."""
        return np.asarray(self.offsets[ids + 1].astype(np.int64) - self.offsets[ids])

    def below(self, i: int, bound: int) -> NDArray[np.int32]:
        """The values of list i that are smaller than `bound`; a view."""
        start, end = int(self.offsets[i]), int(self.offsets[i + 1])
        return self.values[start : bisect_left(self.values.data, bound, start, end)]

    def gather(self, ids: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int32]:
        """The first `sizes[i]` values of list `ids[i]`, for every i, concatenated."""
        ends = np.cumsum(sizes)
        shift = self.offsets[ids].astype(np.int64) - (ends - sizes)
        total = int(ends[-1]) if len(ends) else 0
        return np.asarray(self.values[np.arange(total) + np.repeat(shift, sizes)])


class HashLists:
    """Lists under a hash. Some hashes share a bucket, so the caller verifies what comes back."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self._shift = np.uint64(64 - (len(lists.offsets) - 1).bit_length() + 1)

    @classmethod
    def build(cls, hashes: NDArray[np.uint64], values: NDArray[np.int32]) -> HashLists:
        """`values[i]` under `hashes[i]`; two to four entries a bucket keep the offsets small beside the values."""
        bits = max(int(len(hashes) // 2).bit_length() - 1, 4)
        buckets = (hashes >> np.uint64(64 - bits)).astype(np.int64)
        return cls(Lists.build(buckets, values, 1 << bits))

    def buckets(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The number of the list of each hash."""
        return (hashes >> self._shift).astype(np.int64)

    def candidates(self, hashes: NDArray[np.uint64], most: int, before: int | None = None) -> NDArray[np.int32]:
        """Values kept under any of the hashes, in no order, some more than once.

        Args:
            hashes: any number of them.
            most: values read; the longest lists are cut or left out, the others are read from their start.
            before: drop values that are not smaller. Where ids ascend as votes fall, few are left of most lists.
        """
        buckets = distinct(self.buckets(hashes))
        sizes = self.lists.sizes(buckets)
        if int(sizes.sum()) > most:
            sizes = np.minimum(sizes, most)
            order = np.argsort(sizes, kind="stable")
            buckets, sizes = buckets[order], sizes[order]
            sizes = np.minimum(sizes, np.maximum(most - (np.cumsum(sizes) - sizes), 0))
        if before is None:
            return self.lists.gather(buckets, sizes)
        reached = np.flatnonzero(sizes)
        reached = reached[self.lists.values[self.lists.offsets[buckets[reached]]] < before]
        if not len(reached):
            return np.empty(0, np.int32)
        values = self.lists.gather(buckets[reached], sizes[reached])
        return values[values < before]


def texts_of(texts: pa.StringArray, ids: NDArray[np.integer]) -> list[str]:
    """The strings at some positions."""
    if len(ids) > _FEW:
        taken: list[str] = texts.take(pa.array(ids)).to_numpy(zero_copy_only=False).tolist()
        return taken
    starts, letters = _views(texts)
    return [str(letters[starts[i] : starts[i + 1]], "utf-8") for i in ids.tolist()]


def prefix_range(
    texts: pa.StringArray, order: NDArray[np.int32], prefix: str, guide: Sequence[bytes] = ()
) -> tuple[int, int, int]:
    """Where the strings with a prefix are in alphabetical order.

    Args:
        texts: n strings.
        order: (n,) their positions in the order of their bytes.
        prefix: what they begin with.
        guide: every `GUIDE_STEP`th string in that order, to save most of the bisection.

    Returns:
        Positions in `order`: the first string with the prefix, the first that is longer than it, the end.
    """
    sought = prefix.encode("utf-8", "surrogatepass")
    starts, letters = _views(texts)  # UTF-8 sorts by its bytes as the texts do
    length = len(sought)

    def begin(text: int) -> bytes:
        start = starts[text]
        return bytes(letters[start : min(start + length, starts[text + 1])])

    ids, most = order.data, len(order)
    after = bisect_left(guide, sought) * GUIDE_STEP
    low = bisect_left(ids, sought, max(after - GUIDE_STEP, 0), min(after, most) if guide else most, key=begin)
    high, step = low, 1  # most prefixes have no other string: double the step before bisecting the rest
    while high < most and begin(ids[min(high + step, most) - 1]) == sought:
        high, step = min(high + step, most), 2 * step
    high = bisect_right(ids, sought, high, min(high + step, most), key=begin)
    longer = bisect_left(ids, True, low, high, key=lambda text: starts[text + 1] - starts[text] > length)
    return low, longer, high


def _views(texts: pa.StringArray) -> tuple[memoryview, memoryview]:
    """Where each string starts, and all bytes; one number of a view is read three times as fast as of an array."""
    _, offsets, data = texts.buffers()
    return memoryview(offsets).cast("i")[texts.offset :], memoryview(data or b"")
