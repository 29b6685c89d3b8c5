"""Strings within a few edits of a query, found without comparing it with all of them.

A string of up to `SHORT` letters is stored under every string that one or two deletions make of it, and a query
is looked up by its own deletions (the symmetric deletions of SymSpell, Garbe 2012). A longer string is stored
under each of its three to five segments: fewer edits than segments leave one segment unchanged, near its place
(Li, Deng, Wang, Feng: "Pass-Join", PVLDB 5, 2011, which also gives the range of places to look at).

Deletions and segments are stored as 64-bit hashes. A piece is hashed as a polynomial in one base modulo 2**64, so
the hash of every substring of a query follows from the hashes of its prefixes; `salted` spreads the bits and keeps
kinds of pieces apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from operator import mul

import numpy as np
from numpy.typing import NDArray

from index.titles.tables import HashLists

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


def build(texts: Sequence[str]) -> HashLists:
    """The table of n strings; the id of a string is its position.

    Raises:
        ValueError: a string is empty or has more than `LONGEST` letters.
    """
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
