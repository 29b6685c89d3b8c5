"""Films whose titles share words with the query: in another order, some missing, some extra, several misspelt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.titles.nearby import changes
from index.titles.store import Forms, TitleData
from index.titles.vocabulary import FAME_WORTH, REORDERED_COST, UNASKED_COST, UNMATCHED_COST, Readings, weights

_Int = TypeVar("_Int", bound=np.integer)

_WORDS = 8  # of a query that are looked up; a longer query is found by its first words
_READ = 40_000  # entries of lists read per query
_KEPT = 160  # forms kept


@dataclass(frozen=True)
class Found:
    """Forms found by their words.

    Attributes:
        ids: (m,) of the forms, ascending until `best` cut them.
        costs: (m,) in edits.
    """

    ids: NDArray[np.int64]
    costs: NDArray[np.float32]

    @classmethod
    def none(cls) -> Self:
        """Nothing found."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float32))

    def best(self, most: int, bonus: NDArray[np.float32]) -> Found:
        """The `most` forms of least cost less bonus, shape (m,)."""
        if len(self.ids) <= most:
            return self
        kept = np.argpartition(self.costs - bonus, most)[:most]
        return Found(self.ids[kept], self.costs[kept])


@dataclass(frozen=True)
class Mask:
    """Which films may come back.

    Attributes:
        rows: (forms,) the film of each form.
        allowed: (films,) flags; None for all.
        widening: how many times as many candidates are read, so that enough of them are allowed.
    """

    rows: NDArray[np.int32]
    allowed: NDArray[np.bool_] | None
    widening: int

    @classmethod
    def over(cls, rows: NDArray[np.int32], allowed: NDArray[np.bool_] | None) -> Self:
        """The mask of some films, for the forms with these rows."""
        if allowed is None:
            return cls(rows, None, 1)
        share = np.count_nonzero(allowed) / max(len(allowed), 1)
        return cls(rows, allowed, int(np.clip(1 / max(share, 1e-9), 1, 8)))

    def pick(self, values: NDArray[_Int], ids: NDArray[np.integer]) -> NDArray[_Int]:
        """The values whose form, of the same position in `ids`, may come back."""
        return values if self.allowed is None else values[self.allowed[self.rows[ids]]]


@dataclass(frozen=True)
class _Slot:
    """One word of the query and its readings.

    Attributes:
        missing: what a title costs that has none of the readings.
        concepts: (r,) the words read.
        savings: (r,) how much of `missing` a title that has the word does not cost.
        told: (r,) weights of the words.
    """

    missing: float
    concepts: NDArray[np.int64]
    savings: NDArray[np.float32]
    told: NDArray[np.float32]


def by_words(words: Sequence[str], data: TitleData, mask: Mask, *, spelt: bool) -> Found:
    """The forms that contain the most telling words of the query and few others.

    Args:
        words: of the query, as `fold.search_words` gives them.
        data: the index.
        mask: of the films that may come back.
        spelt: the words are spelt correctly: none is taken for a misspelling of another one.
    """
    slots, keys = _read(_slots(list(dict.fromkeys(words))[:_WORDS], data, spelt), data.forms, mask)
    if not len(keys):
        return Found.none()
    keys.sort()
    keys = keys[changes(keys >> 8)]  # of a form and a slot the cheapest reading
    savings = np.concatenate([_padded(slot.savings) for slot in slots])[keys & 0xFFFF]
    told = np.concatenate([_padded(slot.told) for slot in slots])[keys & 0xFFFF]
    starts = np.flatnonzero(changes(keys >> 16))
    ids = keys[starts] >> 16
    missing = sum(slot.missing for slot in slots) - np.add.reduceat(savings, starts)
    return _best(ids, missing, np.add.reduceat(told, starts), data.forms)


def rivals_by_words(words: Sequence[str], data: TitleData, mask: Mask, before: int) -> Found:
    """The forms with ids below `before` that contain the rarest word of a query that is spelt correctly.

    What `by_words` gives of them, except that no two words are read as one. Used for an exact title, where the few
    films known far better are all that may be meant instead: a tenth of the time, as it reads the start of a few
    lists only.
    """
    if before == 0:
        return Found.none()
    asked = list(dict.fromkeys(words))[:_WORDS]
    found, counts = data.find(asked)
    told = weights(counts, data.texts)
    lists = [_containing(word, data, before) for word in found.tolist()]
    ids = lists[int((told * (found >= 0)).argmax())].astype(np.int64)
    ids = mask.pick(ids, ids)
    if not len(ids):
        return Found.none()
    sought = ids.astype(np.int32)  # the type of the lists: searching for another one would convert them
    contained = np.array([_are_in(one, sought) for one in lists])
    return _best(ids, _missing(asked, told) @ ~contained, told @ contained, data.forms)


def forms_with(words: Sequence[str], data: TitleData) -> NDArray[np.int32]:
    """Ids of the whole titles that contain all the words, as `fold.search_words` gives them; ascending."""
    lists = [_containing(word, data, len(data.forms.rows)) for word in data.find(words)[0].tolist()]
    lists.sort(key=len)  # "the" is in a hundred thousand titles
    found = lists[0]
    for other in lists[1:]:
        found = found[_are_in(other, found)]
    return found


def _containing(word: int, data: TitleData, before: int) -> NDArray[np.int32]:
    """Ids below `before` of the forms that contain a word, ascending; none for an unknown word, -1."""
    if word < 0:
        return np.empty(0, np.int32)
    return data.forms.containing.below(int(data.vocabulary.concepts[word]), before)


def _are_in(values: NDArray[np.int32], ids: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each id is among the values; both are ascending."""
    if not len(values):
        return np.zeros(len(ids), np.bool_)
    return np.asarray(values.take(values.searchsorted(ids), mode="clip") == ids)


def _missing(words: Sequence[str], told: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a title costs that lacks each of the words: at most as many edits as the word has letters."""
    return np.asarray(
        np.minimum(np.float32(UNMATCHED_COST) * told, np.array([len(word) for word in words], np.float32))
    )


def _best(
    ids: NDArray[np.int64], missing: NDArray[np.floating], told: NDArray[np.floating], forms: Forms
) -> Found:
    """The best `_KEPT` of some forms.

    Args:
        ids: (m,) of them.
        missing: (m,) what the words of the query cost that each lacks.
        told: (m,) the weights of those that it has, added up.
        forms: of the index.
    """
    covered = np.minimum(told / forms.masses[ids], 1.0)
    costs = REORDERED_COST + missing + UNASKED_COST * (1.0 - covered)
    return Found(ids, costs.astype(np.float32)).best(_KEPT, FAME_WORTH * forms.fames[ids])


def _slots(words: Sequence[str], data: TitleData, spelt: bool) -> list[_Slot]:
    vocabulary = data.vocabulary
    missing = _missing(words, weights(data.find(words)[1], data.texts)).tolist()
    joined = vocabulary.joined([first + second for first, second in pairwise(words)])
    if spelt:
        own = vocabulary.spelt(words)
    else:
        last = len(words) - 1
        own = [vocabulary.readings(word, completed=i == last and len(word) > 1) for i, word in enumerate(words)]
    slots: list[_Slot] = []
    for i in range(len(words)):
        found = Readings.merged([own[i], *joined[max(i - 1, 0) : i + 1]])
        concepts = vocabulary.concepts[found.words]
        savings = np.maximum(missing[i] - found.costs, 0.0)
        first = np.unique(concepts, return_index=True)[1]
        first = first[savings[first] > 0]
        first.sort()
        told = weights(vocabulary.counts[found.words[first]], data.texts)
        slots.append(_Slot(missing[i], concepts[first].astype(np.int64), savings[first], told))
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
