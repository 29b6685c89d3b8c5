"""The words of all titles, and the words that a typed word may stand for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from index.titles import nearby
from index.titles.costs import edits_and_costs
from index.titles.fold import sound
from index.titles.nearby import LONGEST, SOUNDED, SPELT, text_hash, text_hashes
from index.titles.tables import HashLists, distinct, prefix_range, texts_of

_LEAST_WEIGHT = 0.02  # of a word that is in every title
_COMPARED = 600  # near words whose letters are compared
_SOUNDING = 64  # words of one sound
_SOUND_EDITS = 5  # by which such words may differ in spelling
_KEPT = 24  # readings of one typed word
_COMPLETED = 48  # completions of the last word
_FEW = 12  # words up to which looking up one after the other is faster than NumPy

# What a reading costs, in edits.
_SOUND_COST = 1.15
_COMPLETION_COST = 0.35
_JOINED_COST = 0.15
_HALF_COST = 1.2


def weights(counts: NDArray[np.int32], texts: int) -> NDArray[np.float32]:
    """How much each word tells about a title: its inverse document frequency, scaled to 0..1.

    Args:
        counts: (n,) texts that contain each word; a word that is in none tells as much as one that is in one.
        texts: how many there are.
    """
    most = max(texts, 2)
    told = 1.0 - np.log(np.minimum(np.maximum(counts, 1), most)) / np.log(most)  # `clip` is three times as slow
    return np.asarray(np.maximum(told, _LEAST_WEIGHT), dtype=np.float32)


@dataclass(frozen=True)
class Readings:
    """Words that a typed word may stand for: their ids, and the cost of each reading in edits, ascending."""

    words: NDArray[np.int64]
    costs: NDArray[np.float32]

    @classmethod
    def of(cls, words: NDArray[np.int64], cost: float) -> Readings:
        """Readings of equal cost."""
        return cls(words, np.full(len(words), cost, dtype=np.float32))

    @classmethod
    def merged(cls, parts: Sequence[Readings]) -> Readings:
        """All readings, cheapest first."""
        costs = np.concatenate([part.costs for part in parts])
        order = np.argsort(costs, kind="stable")
        return cls(np.concatenate([part.words for part in parts])[order], costs[order])


@dataclass(frozen=True)
class Vocabulary:
    """The words, in the order of their hashes; the id of a word is its position.

    Attributes:
        words: (words,) Arrow strings.
        hashes: (words,), ascending.
        alphabetical: (words,), ids in alphabetical order.
        concepts: (words,), the word under whose id the titles are listed ("ii" has that of "2").
        counts: (words,), texts that contain each word, in any of its spellings.
        near: the words by their neighbourhood, see `nearby`.
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
        """Ids of n words, shape (n,); -1 for a word that is in no title."""
        if not words or not len(self.hashes):
            return np.full(len(words), -1)
        if len(words) <= _FEW:
            return np.array([self._find_one(word) for word in words])
        hashes = text_hashes(words, SPELT)
        places = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[places] == hashes, places, -1)

    def _find_one(self, word: str) -> int:
        hashes, sought = self.hashes.data, text_hash(word, SPELT)
        place = bisect_left(hashes, sought)
        return place if place < len(hashes) and hashes[place] == sought else -1

    def readings(self, typed: str, *, completed: bool) -> Readings:
        """The words that `typed` may stand for; also those that begin with it, if `completed`."""
        found = [self._alike(typed), self._halves(typed)]
        if completed:
            found.append(self._completions(typed))
        merged = Readings.merged(found)
        words, first = np.unique(merged.words, return_index=True)
        # Of readings that cost the same, the commoner word comes first.
        order = first[np.lexsort((-self.counts[words], merged.costs[first]))]
        order = order[: _KEPT + (_COMPLETED if completed else 0)]
        return Readings(merged.words[order], merged.costs[order])

    def spelt(self, words: Sequence[str]) -> list[Readings]:
        """Of each word only the word itself, if it is in a title."""
        return [Readings.of(one[one >= 0], 0.0) for one in self.find(words)[:, None]]

    def joined(self, pairs: Sequence[str]) -> list[Readings]:
        """Of each two typed words in a row the one word that they make, if it is in a title ("spider man")."""
        found = self.find([pair[:LONGEST] for pair in pairs])
        return [Readings.of(one[one >= 0], _JOINED_COST) for one in found[:, None]]

    def _alike(self, typed: str) -> Readings:
        """Words a few edits away, and words that sound the same."""
        spoken = sound(typed)
        said = text_hashes([spoken] if len(spoken) > 1 else [], SOUNDED)
        near = self.near.candidates(nearby.query_hashes(typed), _COMPARED)
        heard = self.sounding.candidates(said, _SOUNDING)
        ids = distinct(np.concatenate([near, heard]).astype(np.int64))
        if not len(ids):
            return Readings.of(ids, 0.0)
        edits, costs = edits_and_costs(typed, texts_of(self.words, ids))
        alike = np.isin(self.sounds[ids], said) & (edits <= _SOUND_EDITS)
        costs = np.where(alike, np.minimum(costs, _SOUND_COST), costs)
        kept = alike | (edits <= min(nearby.edits_found(len(typed)), 2))
        return Readings(ids[kept], costs[kept].astype(np.float32))

    def _halves(self, typed: str) -> Readings:
        """Both words of two that were typed as one ("spiderman")."""
        cuts = range(3, len(typed) - 2)
        firsts = self.find([typed[:cut] for cut in cuts])
        seconds = self.find([typed[cut:] for cut in cuts])
        both = (firsts >= 0) & (seconds >= 0)
        if not both.any():
            return Readings.of(np.empty(0, np.int64), 0.0)
        rarer = np.where(both, np.minimum(self.counts[firsts], self.counts[seconds]), 0)
        best = int(rarer.argmax())
        return Readings.of(np.array([firsts[best], seconds[best]]), _HALF_COST)

    def _completions(self, typed: str) -> Readings:
        low, _, high = prefix_range(self.words, self.alphabetical, typed)
        ids = self.alphabetical[low:high]
        if len(ids) > _COMPLETED:
            ids = ids[np.argpartition(-self.counts[ids], _COMPLETED)[:_COMPLETED]]
        return Readings.of(ids.astype(np.int64), _COMPLETION_COST)
