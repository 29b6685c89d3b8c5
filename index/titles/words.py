"""Films whose titles share words with the query: other order, missing or further words, typos in several.

Forms found for a query with what they cost, and the mask of films that may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.titles.hashing import LONGEST, changes
from index.titles.store import Forms, TitleData
from index.titles.vocabulary import JOINED_COST, Readings, weight_of, weights

FAME_WORTH = 0.3  # edits that tenfold votes make up for: a hundred times the votes outweigh one edit
YIELDS = 100  # times the votes with which a film one edit away goes before an exact match
RIVALS = 10  # times the votes of an exact match that a film of another title must have to be meant instead
MOST_GAP = 3.0  # edits; a film that leads by more is no surer to be meant
SHORTEST_YIELDING = 4  # letters; of shorter titles, one edit makes any other


def enough_votes(votes: int, times: int) -> int:
    """So many times a film's votes; a film without votes counts as one with a vote."""
    return times * max(votes, 1)


@dataclass(frozen=True)
class Found:
    """Ids of forms and the cost of each, in edits."""

    ids: NDArray[np.int64]
    costs: NDArray[np.float32]

    @classmethod
    def none(cls) -> Self:
        """Nothing found."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))

    def best(self, most: int, bonus: NDArray[np.float32]) -> Found:
        """The `most` of least cost less bonus."""
        if len(self.ids) <= most:
            return self
        kept = np.argpartition(self.costs - bonus, most)[:most]
        return Found(self.ids[kept], self.costs[kept])


@dataclass(frozen=True)
class Mask:
    """Which films may come back.

    Attributes:
        rows: of the forms.
        allowed: flags of films; None for all.
        widening: how much longer lists are read, so that enough of them is left.
    """

    rows: NDArray[np.int32]
    allowed: NDArray[np.bool_] | None
    widening: int

    @classmethod
    def over(cls, rows: NDArray[np.int32], allowed: NDArray[np.bool_] | None) -> Self:
        """The mask over films, for forms of these rows."""
        if allowed is None:
            return cls(rows, None, 1)
        share = np.count_nonzero(allowed) / max(len(allowed), 1)
        return cls(rows, allowed, int(np.clip(1 / max(share, 1e-9), 1, 8)))

    def pick(self, values: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the values whose form may come back."""
        return values if self.allowed is None else values[self.allowed[self.rows[ids]]]


_WORDS = 8  # of a query; a longer one is found by the first of them
_READ = 40_000  # entries of lists read per query
_KEPT = 160  # forms kept

# Costs in edits, fitted on edited titles and on MovieLens' own spellings (see tests/benchmarks/titles.py).
_UNMATCHED = 2.3  # a rare word of the query that the title lacks; a common one costs less
_UNASKED = 1.6  # a title none of whose words were asked for
_REORDERED = 0.45

_NONE = np.empty(0, np.int32)


@dataclass(frozen=True)
class _Slot:
    """One typed word: what not finding it costs, and for each reading a list of forms, a saving, a weight."""

    unmatched: float
    concepts: NDArray[np.int64]
    savings: NDArray[np.float32]
    weights: NDArray[np.float32]


def by_words(words: Sequence[str], data: TitleData, mask: Mask, *, spelt: bool) -> Found:
    """The forms that best cover the words (as `fold.search_words` gives them) and are covered by them.

    Where the words are `spelt` as they should be, none is taken for a misspelt other one.
    """
    forms, asked = data.forms, list(dict.fromkeys(words))[:_WORDS]
    slots = _spelt_slots(asked, data) if spelt else _slots(asked, data)
    slots, keys = _read(slots, forms, mask)
    if not len(keys):
        return Found.none()
    keys.sort()
    keys = keys[changes(keys >> 8)]  # of a form and a slot the cheapest reading
    savings = np.concatenate([_padded(slot.savings) for slot in slots])[keys & 0xFFFF]
    told = np.concatenate([_padded(slot.weights) for slot in slots])[keys & 0xFFFF]
    starts = np.flatnonzero(changes(keys >> 16))
    ids = keys[starts] >> 16
    missing = sum(slot.unmatched for slot in slots) - np.add.reduceat(savings, starts)
    return _best(ids, missing, np.add.reduceat(told, starts), forms)


def known_by_words(words: Sequence[str], data: TitleData, mask: Mask, before: int) -> Found:
    """The same of forms with ids below `before` that hold the rarest of the words; no word is misspelt."""
    forms, vocabulary, asked = data.forms, data.vocabulary, list(dict.fromkeys(words))[:_WORDS]
    found, texts = [vocabulary.id_of(word) for word in asked], data.texts
    told = [weight_of(int(vocabulary.counts[word]), texts) if word >= 0 else 1.0 for word in found]
    known = [(weighs, word) for weighs, word in zip(told, found, strict=True) if word >= 0]
    if not known:
        return Found.none()
    rarest = max(known, key=itemgetter(0))[1]
    ids = _holding(rarest, data, before).astype(np.int64)
    ids = mask.pick(ids, ids)
    if not len(ids):
        return Found.none()
    sought = ids.astype(np.int32)  # as the lists have them: others would be turned into the ids' type
    held = np.array([_are_in(_holding(word, data, before), sought) for word in found])
    weighs = np.array(told, np.float32)
    unmatched = np.minimum(_UNMATCHED * weighs, [len(word) for word in asked])
    return _best(ids, unmatched @ ~held, weighs @ held, forms)


def _holding(word: int, data: TitleData, before: int) -> NDArray[np.int32]:
    """Forms with ids below `before` that hold a word, none if the word is unknown, ascending."""
    return data.forms.containing.below(int(data.vocabulary.concepts[word]), before) if word >= 0 else _NONE


def _are_in(values: NDArray[np.int32], ids: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each id is among the values; both ascend."""
    if not len(values):
        return np.zeros(len(ids), np.bool_)
    return np.asarray(values.take(values.searchsorted(ids), mode="clip") == ids)


def _best(
    ids: NDArray[np.int64], missing: NDArray[np.floating], told: NDArray[np.floating], forms: Forms
) -> Found:
    """The best of some forms.

    Args:
        ids: (m,) of them.
        missing: (m,) what the words of the query cost that each lacks.
        told: (m,) the weights of those that it has.
        forms: all that there are.
    """
    covered = np.minimum(told / forms.masses[ids], 1.0)
    costs = _REORDERED + missing + _UNASKED * (1.0 - covered)
    return Found(ids, costs.astype(np.float32)).best(_KEPT, FAME_WORTH * forms.fames[ids])


def _slots(words: Sequence[str], data: TitleData) -> list[_Slot]:
    vocabulary, texts = data.vocabulary, data.texts
    counts = data.counts(words)
    joined = vocabulary.joined([first + second for first, second in pairwise(words)])
    slots: list[_Slot] = []
    for i, word in enumerate(words):
        found = vocabulary.readings(word, completed=i == len(words) - 1 and len(word) > 1)
        found = Readings.merged([found, *(joined[j] for j in (i - 1, i) if 0 <= j < len(joined))])
        told = weights(vocabulary.counts[found.words], texts)
        known = float(weights(counts[i : i + 1], texts)[0]) if counts[i] else 1.0
        unmatched = min(_UNMATCHED * known, len(word))
        savings = np.maximum(unmatched - found.costs, 0.0)
        first = np.unique(vocabulary.concepts[found.words], return_index=True)[1]
        first = first[savings[first] > 0]
        first.sort()
        slots.append(
            _Slot(
                unmatched,
                vocabulary.concepts[found.words[first]].astype(np.int64),
                savings[first],
                told[first],
            )
        )
    return slots


def _spelt_slots(words: Sequence[str], data: TitleData) -> list[_Slot]:
    """The same where each word stands for itself, or for one word together with the word beside it."""
    vocabulary, counts = data.vocabulary, data.counts(words)
    known = np.where(counts > 0, weights(counts, data.texts), 1.0).tolist()
    written = [*words, *(first + second for first, second in pairwise(words))]
    ids = vocabulary.find([text[:LONGEST] for text in written])
    found = ids >= 0
    told = weights(vocabulary.counts[ids], data.texts).tolist()
    concepts = np.where(found, vocabulary.concepts[ids], -1).tolist()
    slots: list[_Slot] = []
    for i, word in enumerate(words):
        unmatched = min(_UNMATCHED * known[i], len(word))
        readings: dict[int, tuple[float, float]] = {}
        for place in (i, *(len(words) + j for j in (i - 1, i) if 0 <= j < len(words) - 1)):
            saving = unmatched - (0.0 if place == i else JOINED_COST)
            if concepts[place] >= 0 and saving > 0:
                readings.setdefault(concepts[place], (saving, told[place]))
        savings, their_weights = np.array(list(readings.values()), np.float32).reshape(-1, 2).T
        slots.append(_Slot(unmatched, np.array(list(readings), np.int64), savings, their_weights))
    return slots


def _read(slots: list[_Slot], forms: Forms, mask: Mask) -> tuple[list[_Slot], NDArray[np.int64]]:
    """The slots that fit the budget, rarest first, and (form, slot, reading) packed into one number each."""
    lists = forms.containing
    sizes = [lists.sizes(slot.concepts) for slot in slots]
    order = sorted((i for i in range(len(slots)) if len(sizes[i])), key=lambda i: int(sizes[i].sum()))
    kept = [slot for slot in slots if not len(slot.concepts)]
    keys: list[NDArray[np.int64]] = []
    left = _READ * mask.widening
    for i in order:
        if keys and int(sizes[i][0]) > left:
            continue  # a word as common as "the" tells little: the other words decide
        before = np.cumsum(sizes[i]) - sizes[i]
        taken = np.clip(left - before, 0, sizes[i])
        left -= int(taken.sum())
        ids = lists.gather(slots[i].concepts, taken).astype(np.int64)
        tags = np.repeat(np.arange(len(taken)) | (len(kept) << 8), taken)
        keys.append(mask.pick((ids << 16) | tags, ids))
        kept.append(slots[i])
    return kept, np.concatenate(keys) if keys else np.empty(0, np.int64)


def _padded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([values, np.zeros(256 - len(values), dtype=np.float32)])
