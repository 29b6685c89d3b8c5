"""Strings within a few edits of a query, without looking at the others.

Up to `SHORT` letters, a string is kept under every string that one or two deletions make of it, and so are
queries looked up (the symmetric deletions of SymSpell). A longer one is kept under each of its three to five
segments: fewer edits than segments leave one of them whole, near its place (Li, Deng, Wang, Feng:
"Pass-Join", PVLDB 5, 2011, from which the windows of positions come).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from index.titles.hashing import LONGEST, HashLists, column_hashes, letters, piece_hashes, prefix_hashes, salted

SHORT = 8
MOST = 4  # edits that any string is surely found within
_DELETED = 1  # the salt of the deletions; segments have greater ones


def edits_found(length: int) -> int:
    """Edits (insertions, deletions, substitutions) within which a string of this length is surely found."""
    if length <= SHORT:
        return min(length // 2, 2)
    return _segments(length) - 1


def _segments(length: int) -> int:
    return 3 if length < 12 else 4 if length < 22 else 5


def _bounds(length: int) -> list[tuple[int, int]]:
    count = _segments(length)
    return [(i * length // count, (i + 1) * length // count) for i in range(count)]


def _salt(length: int, segment: int) -> int:
    return 16 * length + segment


def build(texts: Sequence[str]) -> HashLists:
    """The table of n strings of at most `LONGEST` letters; a string's id is its place."""
    by_length: dict[int, list[int]] = {}
    for i, text in enumerate(texts):
        by_length.setdefault(len(text), []).append(i)
    hashes: list[NDArray[np.uint64]] = []
    ids: list[NDArray[np.int32]] = []
    for length, members in by_length.items():
        if not 0 < length <= LONGEST:
            raise ValueError(f"a string of {length} letters cannot be kept: 1 to {LONGEST} were expected")
        codes = letters([texts[i] for i in members])
        keys = _deletion_keys(codes) if length <= SHORT else _segment_keys(codes)
        hashes.extend(keys)
        ids.extend([np.array(members, dtype=np.int32)] * len(keys))
    if not hashes:
        return HashLists.build(np.empty(0, np.uint64), np.empty(0, np.int32))
    return HashLists.build(np.concatenate(hashes), np.concatenate(ids))


def _deletion_keys(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    length = codes.shape[1]
    kept = _kept(length)
    return [salted(column_hashes(np.ascontiguousarray(codes[:, list(k)])), _DELETED) for k in kept]


def _kept(length: int) -> list[tuple[int, ...]]:
    fewest = max(length - edits_found(length), 1)
    return [k for size in range(fewest, length + 1) for k in combinations(range(length), size)]


def _segment_keys(codes: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    length = codes.shape[1]
    return [
        salted(column_hashes(np.ascontiguousarray(codes[:, start:end])), _salt(length, i))
        for i, (start, end) in enumerate(_bounds(length))
    ]


@lru_cache(maxsize=256)  # asked again for each part of an index; read only
def query_hashes(text: str, edits: int = MOST) -> NDArray[np.uint64]:
    """The hashes under which strings so many edits from this one are kept, 2 or more, as far as such are found."""
    length = len(text)
    parts: list[NDArray[np.uint64]] = []
    if length <= SHORT + 2:
        codes = np.append(letters([text])[0], np.uint64(0))
        parts.append(salted(column_hashes(codes[_kept_of_query(length)]), _DELETED))
    starts, ends, salts = _windows(length, edits)
    if len(starts):
        parts.append(salted(piece_hashes(prefix_hashes(text), starts, ends), salts))
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


@lru_cache(maxsize=16)
def _kept_of_query(length: int) -> NDArray[np.int64]:
    """Places of the letters that are kept, one row for each way to delete some; `length` after the last."""
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
            after = most - i  # edits behind a piece that comes after one edit in each before it
            shifts = range(max(-i, change - after, -start), min(i, change + after, length - end) + 1)
            found.extend((start + shift, end + shift, _salt(other, i)) for shift in shifts)
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.uint64)
