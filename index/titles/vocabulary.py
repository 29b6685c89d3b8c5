"""The words of all titles, and the words that a typed word may stand for.

What sets a title apart from a query, in edits, and what the votes of its film make up for.

Every rule of the search that has a number is here: what edits, missing words and missing years cost, how votes are
weighed against them, and how sure the best film is. The numbers were fitted together on edited titles and on
MovieLens' own spellings (`python -m tests.benchmarks.titles` measures them).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from index.titles import nearby
from index.titles.fold import sound, weight
from index.titles.nearby import (
    LONGEST,
    SOUNDED,
    SPELT,
    HashLists,
    distinct,
    prefix_range,
    text_hash,
    text_hashes,
    texts_of,
)

# A title loses one of its letters, or has two neighbours swapped, far more often than a given letter of the 26 is
# inserted or substituted at a given place. Gains of 0 to 0.6 put 95.8 to 96.9 % of misspelt titles first.
SLIP_GAIN, SLIPS = 0.4, 2
FEW_EDITS = 4
"""A title farther away costs too much to be meant; its edits are not looked at in detail."""

_BARE_COST = 0.4  # without its leading article
_MAIN_COST = 0.66  # without its subtitle
_PLAIN_COST = 0.05  # with its number as digits, or in Latin letters
_SUB_COST = 0.66  # the subtitle alone
_OTHER_COST = 0.05  # an alternative title
_INITIALS_COST = 0.7
_KIND_COSTS = np.repeat(  # by `store.Kind`
    (0.0, _BARE_COST, _MAIN_COST, _PLAIN_COST, _SUB_COST, _OTHER_COST, _INITIALS_COST), (2, 2, 2, 2, 2, 1, 1)
)
_STRANGE_COST = 2.0  # as many edits as the query has letters
_NUMBER_COST = 0.5  # the query has a number and the title another one or none
OTHER_NUMBER_COST = 8.0  # the query is nothing but a number, and the title has another one or none
_BEGUN_COST, _REST_COST = 0.6, 1.0  # the title begins with the query; times the share of it that follows

UNMATCHED_COST = 2.3  # a rare word of the query that the title lacks; a common one costs less
UNASKED_COST = 1.6  # a title none of whose words are in the query
REORDERED_COST = 0.45
APART_COST, MOST_APART = 0.08, 8  # an edit of a title found by its words, and how many of them count
PERFECT_COST = 0.9  # below it all words are there and hardly any other

OTHERWISE_COST = 0.1  # the number is written in another way
PLACED_COST = 0.3  # the number is the place of the film in its franchise

_YEAR_BESIDE = 0.7  # a year too many or too few
_YEAR_WRONG = 3.0
_YEAR_UNKNOWN = 1.0

FAME_WORTH = 0.3  # edits that ten times the votes make up for
RIVAL_VOTES = 10  # times the votes of an exact match that a film of another title has if it may be meant instead
YIELD_VOTES = 100  # times the votes with which a film one edit away comes before an exact match
COMPARABLE_VOTES = 25  # times the votes up to which another film of the same title may be meant
SHORTEST_CLOSE = 4  # letters; one edit turns any shorter title into another
LEAST_LEAD, MOST_LEAD = -2.0, 3.0  # edits; more changes nothing

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789\n"))


def edits_and_costs(text: str, choices: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edits between a text as typed and each of m strings, and their cost.

    Returns:
        (m,) edits: insertions, deletions, substitutions and swaps of neighbours (the optimal string alignment
        distance). (m,) costs, in which up to `SLIPS` lost or swapped letters among up to `FEW_EDITS` edits count
        `SLIP_GAIN` less.
    """
    edits = process.cdist([text], choices, scorer=OSA.distance, dtype=np.int32)[0].astype(np.int64)
    costs = edits.astype(np.float64)
    few = np.flatnonzero(edits <= FEW_EDITS)
    if len(few):
        meant = [choices[i] for i in few.tolist()]
        swaps = process.cdist([text], meant, scorer=Levenshtein.distance, dtype=np.int32)[0] - edits[few]
        longer = np.fromiter(map(len, meant), dtype=np.int64, count=len(meant)) - len(text)
        lost = np.minimum(np.maximum(longer, 0), edits[few] - swaps)
        costs[few] -= SLIP_GAIN * np.minimum(swaps + lost, SLIPS)
    return edits, costs


def letters_costs(
    text: str, choices: Sequence[str], kinds: NDArray[np.int8]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edits between a squashed query and each of m forms, and what sets each form apart by its letters.

    Args:
        text: of the query, squashed.
        choices: m texts of forms.
        kinds: (m,) their `store.Kind`.

    Returns:
        (m,) edits and (m,) costs.
    """
    edits, costs = edits_and_costs(text, choices)
    costs += _KIND_COSTS[kinds] + np.where(edits >= len(text), _STRANGE_COST, 0.0)
    for place, choice in enumerate(choices):
        if choice.startswith(text) and edits[place]:
            costs[place] = min(costs[place], _BEGUN_COST + _REST_COST * (1.0 - len(text) / len(choice)))
    if digits := _digits_of(text):
        costs += _NUMBER_COST * ~has_number(digits.decode(), choices)
    return edits, costs


def has_number(digits: str, choices: Sequence[str]) -> NDArray[np.bool_]:
    """Which of m texts have these digits and no others, shape (m,)."""
    others = _digits_of("\n".join(choices)).split(b"\n")
    return np.array([other == digits.encode() for other in others], np.bool_)


def _digits_of(text: str) -> bytes:
    """The digits of a text, and its line ends."""
    return text.encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS)


def years_apart(years: NDArray[np.int16], year: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Of n years of release (0 = unknown): which are within one year of another, and what each costs."""
    apart, known = np.abs(years.astype(np.int64) - year), years != 0
    beside = known & (apart <= 1)
    return beside, np.where(beside, apart * _YEAR_BESIDE, np.where(known, _YEAR_WRONG, _YEAR_UNKNOWN))


def enough_votes(votes: int, times: int) -> int:
    """`times` a film's votes; a film without votes counts as one with one vote."""
    return times * max(votes, 1)


def close_edits(text: str) -> int:
    """Edits up to which a form is close to a query: none for a short one, as one edit makes any other title."""
    return int(weight((text,)) >= SHORTEST_CLOSE)


def comparable(votes: int, others: int) -> bool:
    """Whether a film with `others` votes may be meant by the title of a film with `votes`."""
    return (others + 1) * COMPARABLE_VOTES >= votes + 1


def lead(best: float, other: float) -> float:
    """Edits, fame counted, by which the best film leads that of another title: `LEAST_LEAD` to `MOST_LEAD`."""
    return min(max(other - best, LEAST_LEAD), MOST_LEAD)


def score_scale(length: int) -> float:
    """Edits at which the score of a film falls to 1 / e: more for a longer query."""
    return 1.0 + 0.25 * min(length, 16)


def confidence(cost: float, ahead: float, length: int, *, exact: bool) -> float:
    """How likely the best film has the title that is meant, 0 to 1: logistic in its cost and its lead.

    Fitted on 6,800 queries: edited, exact and shortened titles, other spellings from MovieLens, gibberish.

    Args:
        cost: of the best film.
        ahead: its `lead`.
        length: of the query, in letters.
        exact: whether the query is its title, letter by letter.
    """
    gain = 3.4 * min(ahead, 1.0) + 1.15 * max(ahead - 1.0, 0.0)
    z = 2.3 + gain - 5.5 * cost / score_scale(length) - (1.9 if exact else 0.0)
    return 1.0 / (1.0 + math.exp(-z))


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
