"""The words of all titles, and for a typed word the words that may have been meant."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.titles import nearby as neighbours
from index.titles.fold import sound
from index.titles.hashing import LONGEST, HashLists, distinct, salted, salted_hash, text_hashes
from index.titles.typos import edits_and_costs

GUIDED = 256  # texts between two of a guide
SPELT, SOUNDED = 2, 3  # salts
_LEAST_TOLD = 0.02  # by a word that stands in every title
_LOOKED_AT = 600  # near words compared letter by letter
_SOUNDING = 64  # words of one sound
_SOUND_EDITS = 5  # by which such words may differ in writing
_KEPT = 24  # readings of one typed word
_COMPLETED = 48  # completions of the last word

# What a reading costs, in edits.
_SOUND_COST = 1.15
_COMPLETION_COST = 0.35
JOINED_COST = 0.15
_HALF_COST = 1.2


def weights(counts: NDArray[np.int32], texts: int) -> NDArray[np.float32]:
    """How much words tell, 0 to 1, from the number of texts each stands in: inverse document frequency."""
    rarest = np.log(max(texts, 2))
    told = (
        1.0 - np.log(np.minimum(np.maximum(counts, 1), max(texts, 2))) / rarest
    )  # `clip` takes three times as long
    return np.asarray(np.maximum(told, _LEAST_TOLD), dtype=np.float32)


def weight_of(count: int, texts: int) -> float:
    """The weight of one word."""
    most = max(texts, 2)
    return max(1.0 - math.log(min(max(count, 1), most)) / math.log(most), _LEAST_TOLD)


@dataclass(frozen=True)
class Readings:
    """What a typed word may stand for: ids of words and what each reading costs, in edits, cheapest first."""

    words: NDArray[np.int64]
    costs: NDArray[np.float32]

    @classmethod
    def merged(cls, parts: Sequence[Readings]) -> Readings:
        """All readings, cheapest first."""
        costs = np.concatenate([part.costs for part in parts])
        order = np.argsort(costs, kind="stable")
        return cls(np.concatenate([part.words for part in parts])[order], costs[order])


@dataclass(frozen=True)
class Vocabulary:
    """The words, in order of their hash; a word's id is its place.

    Attributes:
        words: (words,) Arrow strings.
        hashes: (words,), ascending.
        alphabetical: (words,), ids in the order of their letters.
        concepts: (words,), the word under whose id the films are kept ("ii" has that of "2").
        counts: (words,), in how many texts each stands, under any of its spellings.
        near: the words by their neighbourhood.
        sounding: the words by their sound.
        sounds: (words,), hash of the sound of each, 0 for none.
    """

    words: pa.StringArray
    hashes: NDArray[np.uint64]
    alphabetical: NDArray[np.int32]
    concepts: NDArray[np.int32]
    counts: NDArray[np.int32]
    near: HashLists
    sounding: HashLists
    sounds: NDArray[np.uint64]

    def find(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Ids of the words, -1 for one that stands in no title."""
        if not words or not len(self.hashes):
            return np.full(len(words), -1)
        hashes = _hashes(tuple(words), SPELT) if len(words) < LONGEST else salted(text_hashes(words), SPELT)
        places = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[places] == hashes, places, -1)

    def id_of(self, word: str) -> int:
        """Id of one word, -1 if it stands in no title."""
        hashes, sought = self.hashes.data, salted_hash(word, SPELT)
        place = bisect_left(hashes, sought)
        return place if place < len(hashes) and hashes[place] == sought else -1

    def readings(self, typed: str, *, completed: bool) -> Readings:
        """The words that `typed` may stand for; also those it begins, when `completed`."""
        found = [self._alike(typed), self._halves(typed)]
        if completed:
            found.append(self._completions(typed))
        merged = Readings.merged(found)
        words, first = np.unique(merged.words, return_index=True)
        # Of readings that cost the same, the commoner word comes first.
        order = first[np.lexsort((-self.counts[words], merged.costs[first]))]
        order = order[: _KEPT + (_COMPLETED if completed else 0)]
        return Readings(merged.words[order], merged.costs[order])

    def joined(self, pairs: Sequence[str]) -> list[Readings]:
        """Of each two typed words in a row the one word that they make, if it is one ("spider man")."""
        found = self.find([pair[:LONGEST] for pair in pairs])
        return [_readings(one[one >= 0], JOINED_COST) for one in found[:, None]]

    def _alike(self, typed: str) -> Readings:
        """Words a few edits away, and words that sound the same."""
        near = candidates_of(self.near, neighbours.query_hashes(typed), _LOOKED_AT)
        spoken = sound(typed)
        said = _hashes((spoken,), SOUNDED)
        heard = candidates_of(self.sounding, said if len(spoken) > 1 else said[:0], _SOUNDING)
        ids = distinct(np.concatenate([near, heard]).astype(np.int64))
        if not len(ids):
            return _readings(ids, 0.0)
        texts = self.words.take(pa.array(ids)).to_numpy(zero_copy_only=False).tolist()
        edits, costs = edits_and_costs(typed, texts)
        alike = (self.sounds[ids] == said) & (edits <= _SOUND_EDITS) & (len(spoken) > 1)
        costs = np.where(alike, np.minimum(costs, _SOUND_COST), costs)
        kept = alike | (edits <= min(neighbours.edits_found(len(typed)), 2))
        return Readings(ids[kept], costs[kept].astype(np.float32))

    def _halves(self, typed: str) -> Readings:
        """Both words of a run of two ("spiderman")."""
        cuts = range(3, len(typed) - 2)
        if len(typed) < 6:
            return _readings(np.empty(0, np.int64), 0.0)
        firsts = self.find([typed[:cut] for cut in cuts])
        seconds = self.find([typed[cut:] for cut in cuts])
        both = (firsts >= 0) & (seconds >= 0)
        if not both.any():
            return _readings(np.empty(0, np.int64), 0.0)
        rarer = np.where(both, np.minimum(self.counts[firsts], self.counts[seconds]), 0)
        best = int(rarer.argmax())
        return _readings(np.array([firsts[best], seconds[best]]), _HALF_COST)

    def _completions(self, typed: str) -> Readings:
        low, _, high = prefix_range(self.words, self.alphabetical, typed)
        ids = self.alphabetical[low:high]
        if len(ids) > _COMPLETED:
            ids = ids[np.argpartition(-self.counts[ids], _COMPLETED)[:_COMPLETED]]
        return _readings(ids.astype(np.int64), _COMPLETION_COST)


@lru_cache(maxsize=512)  # asked again for each part of an index; read only
def _hashes(words: tuple[str, ...], salt: int) -> NDArray[np.uint64]:
    return salted(text_hashes(words), salt)


def _readings(ids: NDArray[np.int64], cost: float) -> Readings:
    return Readings(ids, np.full(len(ids), cost, dtype=np.float32))


def candidates_of(table: HashLists, hashes: NDArray[np.uint64], most: int) -> NDArray[np.int32]:
    """Up to `most` ids kept under any of the hashes, some twice; short lists first, each from its start."""
    buckets = distinct(table.buckets(hashes))
    sizes = np.minimum(table.lists.sizes(buckets), most)
    order = np.argsort(sizes, kind="stable")
    buckets, sizes = buckets[order], sizes[order]
    room = np.maximum(most - (np.cumsum(sizes) - sizes), 0)
    sizes = np.minimum(sizes, room)
    return table.lists.gather(buckets, sizes)


def candidates_below(table: HashLists, hashes: NDArray[np.uint64], most: int, bound: int) -> set[int]:
    """Those of `candidates_of` that are smaller than a number: of ids in order of fame, few."""
    offsets, values = table.lists.offsets.data, table.lists.values.data
    spans = [(offsets[bucket], offsets[bucket + 1]) for bucket in set(table.buckets(hashes).tolist())]
    if sum(end - start for start, end in spans) > most:
        spans = _cut(spans, most)
    found: set[int] = set()
    for start, end in spans:
        if start < end and values[start] < bound:
            found.update(values[start : bisect_left(values, bound, start, end)])
    return found


def _cut(spans: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """So much of the spans as `candidates_of` takes."""
    cut, room = [], most
    for start, end in sorted(spans, key=lambda span: (min(span[1] - span[0], most), span)):
        cut.append((start, min(end, start + room)))
        room = max(room - (end - start), 0)
    return cut


def texts_of(texts: pa.StringArray, ids: Sequence[int]) -> list[str]:
    """Some of the texts; of a few, Arrow's own `take` and what it needs around take longer."""
    starts, letters = _views(texts)
    return [str(letters[starts[i] : starts[i + 1]], "utf-8") for i in ids]


def prefix_range(
    texts: pa.StringArray, order: NDArray[np.int32], prefix: str, guide: Sequence[bytes] = ()
) -> tuple[int, int, int]:
    """Places in `order`, the order of the letters: of the texts that are the prefix, of those that go on, the end.

    A `guide`, every `GUIDED`th of the texts in this order, saves most of the way.
    """
    sought = prefix.encode("utf-8", "surrogatepass")
    starts, letters = _views(texts)  # UTF-8 sorts by its bytes as the texts do
    length = len(sought)

    def begin(text: int) -> bytes:
        start = starts[text]
        return bytes(letters[start : min(start + length, starts[text + 1])])

    ids, most = order.data, len(order)
    after = bisect_left(guide, sought) * GUIDED
    low = bisect_left(ids, sought, max(after - GUIDED, 0), min(after, most) if guide else most, key=begin)
    high, step = low, 1  # mostly no other begins with it: look beside before bisecting all the rest
    while high < most and begin(ids[min(high + step, most) - 1]) == sought:
        high, step = min(high + step, most), 2 * step
    high = bisect_right(ids, sought, high, min(high + step, most), key=begin)
    longer = bisect_left(ids, True, low, high, key=lambda text: starts[text + 1] - starts[text] > length)
    return low, longer, high


def _views(texts: pa.StringArray) -> tuple[memoryview, memoryview]:
    """Where each text starts, and the letters of all: a view gives a number three times as fast as an array."""
    _, offsets, data = texts.buffers()
    return memoryview(offsets).cast("i")[texts.offset :], memoryview(data or b"")
