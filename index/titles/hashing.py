"""Strings and pieces of strings as 64-bit hashes, many at a time, and lists of rows kept under a hash.

A piece is hashed as a polynomial in one fixed base, modulo 2**64: the hash of every substring of a query then
follows from the hashes of its prefixes. `salted` tells kinds of pieces apart and spreads the bits.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np
from numpy.typing import NDArray

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # of Stafford's variant 13 of the MurmurHash3 finaliser
_HALF = np.uint64(32)
LONGEST = 128  # letters that a hashed string may have


def _powers() -> NDArray[np.uint64]:
    powers = np.ones(LONGEST + 1, dtype=np.uint64)
    powers[1:] = _BASE
    return np.multiply.accumulate(powers)


_POWERS = _powers()
_POWER_INTS: list[int] = _POWERS.tolist()
_MIX_INT, _ALL_BITS = int(_MIX), 2**64 - 1


def letters(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Code points of the texts, (texts, longest), 0 after the end of a text."""
    array = np.asarray(texts, dtype=np.str_)
    width = max(array.dtype.itemsize // 4, 1)
    return np.ascontiguousarray(array).view(np.uint32).reshape(len(texts), width).astype(np.uint64)


def prefix_hashes(text: str) -> NDArray[np.uint64]:
    """Hashes of the prefixes of one text, (length + 1): that of the empty prefix first."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    hashes = np.zeros(len(text) + 1, dtype=np.uint64)
    np.add.accumulate(codes * _POWERS[: len(text)], out=hashes[1:])
    return hashes


def piece_hashes(
    prefixes: NDArray[np.uint64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hashes of text[start:end], comparable with `column_hashes` of the same letters."""
    return np.asarray((prefixes[ends] - prefixes[starts]) * _POWERS[LONGEST - starts])


def column_hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash per row of a matrix of letters (rows, letters); zeros after the end do not count."""
    return np.asarray(codes @ _POWERS[: codes.shape[1]] * _POWERS[LONGEST])


def text_hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    """One hash per text, comparable with `piece_hashes`."""
    return column_hashes(letters(texts))


def salted(hashes: NDArray[np.uint64], salt: NDArray[np.uint64] | int) -> NDArray[np.uint64]:
    """The hashes of pieces of one kind, apart from those of other kinds and spread over all bits."""
    mixed = hashes ^ (np.asarray(salt, dtype=np.uint64) * _MIX)
    mixed = (mixed ^ (mixed >> _HALF)) * _MIX
    return np.asarray(mixed ^ (mixed >> _HALF))


def salted_hash(text: str, salt: int) -> int:
    """`salted(text_hashes([text]), salt)`: of a few short words, each alone is faster than NumPy's calls."""
    mixed: int = sum(map(mul, map(ord, text), _POWER_INTS)) * _POWER_INTS[LONGEST]
    mixed = (mixed ^ (salt * _MIX_INT)) & _ALL_BITS
    mixed = (mixed ^ (mixed >> 32)) * _MIX_INT & _ALL_BITS
    return mixed ^ (mixed >> 32)


def changes(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each value differs from the one before; of the first, True."""
    changed = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changed[1:])
    return changed


def firsts(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each value stands for the first time, ascending (`np.unique` takes twice as long for a few)."""
    order = np.argsort(values, kind="stable")
    places = order[changes(values[order])]
    places.sort()
    return places


def distinct(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ids once each, ascending; sorts them in place (several times faster than `np.unique` on a few)."""
    ids.sort()
    return ids[changes(ids)]


@dataclass(frozen=True)
class Lists:
    """Lists of int32 under a number, laid end to end: list i is `values[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.uint32]
    values: NDArray[np.int32]

    @classmethod
    def build(cls, keys: NDArray[np.int64], values: NDArray[np.int32], count: int) -> Lists:
        """`count` lists of the values under each key, ascending in each list."""
        offsets = np.zeros(count + 1, dtype=np.uint32)
        np.cumsum(np.bincount(keys, minlength=count), out=offsets[1:], dtype=np.uint32)
        packed = (keys << 32) | values  # sorting one number is several times faster than an argsort
        packed.sort()
        return cls(offsets, packed.astype(np.int32))

    def sizes(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Length of each list."""
        return np.asarray(self.offsets[ids + 1].astype(np.int64) - self.offsets[ids])

    def below(self, i: int, bound: int) -> NDArray[np.int32]:
        """The values of one list that are smaller than a number."""
        start, end = int(self.offsets[i]), int(self.offsets[i + 1])
        return self.values[start : bisect_left(self.values.data, bound, start, end)]

    def gather(self, ids: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int32]:
        """The first `sizes[i]` values of each list, one list after another."""
        ends = np.cumsum(sizes)
        shift = self.offsets[ids].astype(np.int64) - (ends - sizes)
        total = int(ends[-1]) if len(ends) else 0
        return np.asarray(self.values[np.arange(total) + np.repeat(shift, sizes)])


class HashLists:
    """Lists under a hash. Hashes share a bucket now and then, so what comes back is to be verified."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self._shift = np.uint64(64 - (len(lists.offsets) - 1).bit_length() + 1)

    @classmethod
    def build(cls, hashes: NDArray[np.uint64], values: NDArray[np.int32]) -> HashLists:
        """Two to four entries a bucket: the table stays small beside the lists."""
        bits = max(int(len(hashes) // 2).bit_length() - 1, 4)
        buckets = (hashes >> np.uint64(64 - bits)).astype(np.int64)
        return cls(Lists.build(buckets, values, 1 << bits))

    def buckets(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Number of the list of each hash."""
        return (hashes >> self._shift).astype(np.int64)
