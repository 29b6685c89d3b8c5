"""Strings within a few edits of a query, found without comparing it with all of them.

A string of up to `SHORT` letters is stored under every string that one or two deletions make of it, and a query
is looked up by its own deletions (the symmetric deletions of SymSpell, Garbe 2012). A longer string is stored
under each of its three to five segments: fewer edits than segments leave one segment unchanged, near its place
(Li, Deng, Wang, Feng: "Pass-Join", PVLDB 5, 2011, which also gives the range of places to look at).

Deletions and segments are stored as 64-bit hashes. A piece is hashed as a polynomial in one base modulo 2**64, so
the hash of every substring of a query follows from the hashes of its prefixes; `salted` spreads the bits and keeps
kinds of pieces apart.

Memory-mapped tables: lists of ids under a number or a hash, and strings found by their first letters.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from operator import mul

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


SHORT = 8
"""Letters up to which a string is stored under its deletions."""

MOST_EDITS = 4
"""Within this many edits a string is found, if it is long enough; see `edits_found`."""

LONGEST = 128
"""Letters of the longest string that can be hashed."""

DELETED, SPELT, SOUNDED = 1, 2, 3
"""Salts: of deletions, of words as spelt, of words as they sound. Segments have salts from 16 up."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # of Stafford's variant 13 of the MurmurHash3 finaliser
_HALF = np.uint64(32)
_POWERS = np.multiply.accumulate(np.append(np.uint64(1), np.full(LONGEST, _BASE)))
_POWER_INTS: list[int] = _POWERS.tolist()
_MIX_INT, _ALL_BITS = int(_MIX), 2**64 - 1


def letters(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Code points of n texts, shape (n, longest), 0 after the end of a text."""
    array = np.asarray(texts, dtype=np.str_)
    width = max(array.dtype.itemsize // 4, 1)
    return np.ascontiguousarray(array).view(np.uint32).reshape(len(texts), width).astype(np.uint64)


def row_hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash per row of a matrix of code points, shape (n, letters); zeros at the end do not count."""
    return np.asarray(codes @ _POWERS[: codes.shape[1]] * _POWERS[LONGEST])


def text_hashes(texts: Sequence[str], salt: int) -> NDArray[np.uint64]:
    """One salted hash per text, shape (n,)."""
    return salted(row_hashes(letters(texts)), salt) if texts else np.empty(0, np.uint64)


def text_hash(text: str, salt: int) -> int:
    """The hash that `text_hashes` gives of one text: for a word, four times as fast."""
    mixed: int = sum(map(mul, map(ord, text), _POWER_INTS)) * _POWER_INTS[LONGEST]
    mixed = (mixed ^ (salt * _MIX_INT)) & _ALL_BITS
    mixed = (mixed ^ (mixed >> 32)) * _MIX_INT & _ALL_BITS
    return mixed ^ (mixed >> 32)


def prefix_hashes(text: str) -> NDArray[np.uint64]:
    """Sums from which `piece_hashes` gets the hash of any piece of the text, shape (length + 1,)."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    hashes = np.zeros(len(text) + 1, dtype=np.uint64)
    np.add.accumulate(codes * _POWERS[: len(text)], out=hashes[1:])
    return hashes


def piece_hashes(
    prefixes: NDArray[np.uint64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hashes of text[start:end] from the text's `prefix_hashes`: those that `row_hashes` gives of the letters."""
    return np.asarray((prefixes[ends] - prefixes[starts]) * _POWERS[LONGEST - starts])


def salted(hashes: NDArray[np.uint64], salt: NDArray[np.uint64] | int) -> NDArray[np.uint64]:
    """Hashes of one kind of piece, apart from those of other kinds, and spread over all bits."""
    mixed = hashes ^ (np.asarray(salt, dtype=np.uint64) * _MIX)
    mixed = (mixed ^ (mixed >> _HALF)) * _MIX
    return np.asarray(mixed ^ (mixed >> _HALF))


def edits_found(length: int) -> int:
    """Edits (insertions, deletions, substitutions) within which a string of this length is certain to be found."""
    if length <= SHORT:
        return min(length // 2, 2)
    return _segments(length) - 1


def build(texts: Sequence[str], members: Sequence[int] | None = None) -> HashLists:
    """The table of n strings; the id of a string is its position.

    Args:
        texts: the strings.
        members: positions of those that can be found; None for all.

    Raises:
        ValueError: a string is empty or has more than `LONGEST` letters.
    """
    by_length: dict[int, list[int]] = {}
    for i in range(len(texts)) if members is None else members:
        by_length.setdefault(len(texts[i]), []).append(i)
    hashes: list[NDArray[np.uint64]] = []
    ids: list[NDArray[np.int32]] = []
    for length, alike in by_length.items():
        if not 0 < length <= LONGEST:
            raise ValueError(f"a string of {length} letters cannot be kept: 1 to {LONGEST} were expected")
        codes = letters([texts[i] for i in alike])
        keys = _deletion_keys(codes) if length <= SHORT else _segment_keys(codes)
        hashes.extend(keys)
        ids.extend([np.array(alike, dtype=np.int32)] * len(keys))
    if not hashes:
        return HashLists.build(np.empty(0, np.uint64), np.empty(0, np.int32))
    return HashLists.build(np.concatenate(hashes), np.concatenate(ids))


@lru_cache(maxsize=256)  # each part of an index asks again; callers only read
def query_hashes(text: str, edits: int = MOST_EDITS) -> NDArray[np.uint64]:
    """The hashes under which `build` stored the strings within so many edits, at least 2; see `edits_found`."""
    length = len(text)
    parts: list[NDArray[np.uint64]] = []
    if length <= SHORT + 2:
        codes = np.append(letters([text])[0], np.uint64(0))
        parts.append(salted(row_hashes(codes[_kept_of_query(length)]), DELETED))
    starts, ends, salts = _windows(length, edits)
    if len(starts):
        parts.append(salted(piece_hashes(prefix_hashes(text), starts, ends), salts))
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _segments(length: int) -> int:
    return 3 if length < 12 else 4 if length < 22 else 5


def _bounds(length: int) -> list[tuple[int, int]]:
    count = _segments(length)
    return [(i * length // count, (i + 1) * length // count) for i in range(count)]


def _salt(length: int, segment: int) -> int:
    return 16 * length + segment


def _deletion_keys(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    length = codes.shape[1]
    fewest = max(length - edits_found(length), 1)
    kept = [k for size in range(fewest, length + 1) for k in combinations(range(length), size)]
    return [salted(row_hashes(np.ascontiguousarray(codes[:, list(k)])), DELETED) for k in kept]


def _segment_keys(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    length = codes.shape[1]
    return [
        salted(row_hashes(np.ascontiguousarray(codes[:, start:end])), _salt(length, i))
        for i, (start, end) in enumerate(_bounds(length))
    ]


@lru_cache(maxsize=16)
def _kept_of_query(length: int) -> NDArray[np.int64]:
    """Positions of the letters that are kept, one row for each way to delete some; `length` fills up a row."""
    fewest = max(length - min(max(length // 2, 1), 2), 1)
    sizes = range(fewest, min(length, SHORT) + 1)
    rows = [k + (length,) * (sizes[-1] - size) for size in sizes for k in combinations(range(length), size)]
    return np.array(rows, dtype=np.int64)


@lru_cache(maxsize=2 * (LONGEST + 1))
def _windows(length: int, edits: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Starts, ends and salts of the pieces of a query of this length that a string so near may share."""
    found: list[tuple[int, int, int]] = []
    for other in range(SHORT + 1, LONGEST + 1):
        most = min(_segments(other) - 1, edits)
        change = length - other
        if abs(change) > most:
            continue
        for i, (start, end) in enumerate(_bounds(other)[: most + 1]):
            after = most - i  # edits behind a piece that has one edit in each piece before it
            shifts = range(max(-i, change - after, -start), min(i, change + after, length - end) + 1)
            found.extend((start + shift, end + shift, _salt(other, i)) for shift in shifts)
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.uint64)
