"""One reading of a query against the index: the forms that resemble it, and what sets each apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from index.titles import nearby as neighbours
from index.titles.fold import search_words, squash
from index.titles.hashing import distinct
from index.titles.store import TitleData, whole
from index.titles.typos import (
    APART_COST,
    BEGUN_COST,
    KIND_COSTS,
    MOST_APART,
    NUMBER_COST,
    PERFECT_COST,
    REST_COST,
    STRANGE_COST,
    digits_of,
    edits_and_costs,
)
from index.titles.vocabulary import candidates_of, prefix_range
from index.titles.words import RIVALS, Found, Mask, by_words, enough_votes, known_by_words

NEAR = 3_000  # forms near the query that are compared with it
BEGUN = 64  # best known of the forms that begin with it
_BESIDE = 8  # forms that come next by the alphabet, on either side: all that there is for gibberish
EXACT = 512  # best known of the forms that are it
RIVAL_EDITS = 2  # within which films are looked for that may be meant by a title as it is spelt

_YEAR_BESIDE = 0.7  # a year too many or too few
_YEAR_WRONG = 3.0
_YEAR_UNKNOWN = 1.0

_KIND_COSTS = np.array(KIND_COSTS)


@dataclass(frozen=True)
class Candidates:
    """Forms that resemble a query.

    Attributes:
        ids: (m,) forms.
        costs: (m,) what sets each apart from the query, in edits.
        exact: (m,) whether it is the query, letter by letter, and of the year if one was asked for.
        close: (m,) whether it is one edit away, or of the same words.
        literal: (m,) whether it is the query, letter by letter, of whatever year.
        meant: (m,) whether it may be meant; of a title that is spelt as it should be, other films seldom are.
    """

    ids: NDArray[np.int64]
    costs: NDArray[np.float64]
    exact: NDArray[np.bool_]
    close: NDArray[np.bool_]
    literal: NDArray[np.bool_]
    meant: NDArray[np.bool_]

    @classmethod
    def merged(cls, parts: Sequence[Candidates]) -> Candidates:
        """The candidates of several readings of a query."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.costs for part in parts]),
            np.concatenate([part.exact for part in parts]),
            np.concatenate([part.close for part in parts]),
            np.concatenate([part.literal for part in parts]),
            np.concatenate([part.meant for part in parts]),
        )


def match(
    words: tuple[str, ...], year: int | None, data: TitleData, mask: Mask, *, brief: bool = False
) -> Candidates:
    """The films that the words, and a year within one of the film's, may mean.

    Args:
        words: of the query, folded.
        year: None for any.
        data: the index.
        mask: of the films that may come back.
        brief: of a title, letter by letter, only the films that may be meant.
    """
    forms, text = data.forms, squash(words)
    alike = begun(text, data)
    same = _best_known(alike.same, EXACT, mask)
    titles = same[whole(forms.kinds[same])]
    if year is not None and len(titles):
        off, known = _years_off(data.films.years[forms.rows[titles]], year)
        titles = titles[known & (off <= 1)]
    readings: list[Candidates] = []
    if len(titles):
        votes = int(data.films.votes[forms.rows[titles.min()]])
        before = better_known(data, enough_votes(votes, RIVALS))
        worded = known_by_words(search_words(words), data, mask, before)
        longer = _best_known(alike.longer[alike.longer < before], BEGUN, mask)
        near = _near(text, data, mask, RIVAL_EDITS)
        ids = np.concatenate([same, longer, near[near < before], worded.ids])
        readings.append(_weighed(text, year, ids, worded, data))
    if not (brief and readings):
        worded = by_words(search_words(words), data, mask, spelt=len(titles) > 0)
        others = (_best_known(alike.longer, BEGUN, mask), _best_known(alike.beside, _BESIDE, mask))
        ids = np.concatenate([same, *others, _near(text, data, mask), worded.ids])
        found = _weighed(text, year, ids, worded, data)
        readings.append(replace(found, meant=found.meant & (len(titles) == 0)))
    return Candidates.merged(readings)


def _weighed(text: str, year: int | None, ids: NDArray[np.int64], worded: Found, data: TitleData) -> Candidates:
    """The forms, which may come twice, with what sets them apart from the text; `worded` are among them."""
    ids = distinct(ids)
    if not len(ids):
        return Candidates(ids, np.empty(0), *(np.empty(0, np.bool_) for _ in range(4)))
    forms = data.forms
    taken = forms.texts.take(pa.array(ids))
    choices = taken.to_numpy(zero_copy_only=False).tolist()
    edits, costs = edits_and_costs(text, choices)
    kinds = forms.kinds[ids]
    costs += _KIND_COSTS[kinds] + np.where(edits >= len(text), STRANGE_COST, 0.0)
    begins = np.flatnonzero(pc.starts_with(taken, pattern=text).to_numpy(zero_copy_only=False) & (edits > 0))
    rest = 1.0 - len(text) / np.array([len(choices[place]) for place in begins])
    costs[begins] = np.minimum(costs[begins], BEGUN_COST + REST_COST * rest)
    if digits := digits_of(text):
        costs += NUMBER_COST * np.array([other != digits for other in digits_of("\n".join(choices)).split(b"\n")])
    close = edits <= 1
    _take_words(worded, ids, edits, costs, close)
    literal = (edits == 0) & whole(kinds)
    exact = literal.copy()
    if year is not None:
        off, known = _years_off(data.films.years[forms.rows[ids]], year)
        exact &= known & (off <= 1)
        close &= known & (off <= 1)
        costs += np.where(known, np.where(off <= 1, off * _YEAR_BESIDE, _YEAR_WRONG), _YEAR_UNKNOWN)
    return Candidates(ids, costs, exact, close, literal, np.ones(len(ids), np.bool_))


def _take_words(
    worded: Found,
    ids: NDArray[np.int64],
    edits: NDArray[np.int64],
    costs: NDArray[np.float64],
    close: NDArray[np.bool_],
) -> None:
    """Lower the costs, in place, of forms whose words resemble the query's more than their letters do."""
    place = np.searchsorted(ids, worded.ids)
    by_word = worded.costs + APART_COST * np.minimum(edits[place], MOST_APART)
    costs[place] = np.minimum(costs[place], np.where(edits[place] > 0, by_word, costs[place]))
    close[place] |= by_word < PERFECT_COST


def _years_off(years: NDArray[np.int16], year: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    return np.abs(years.astype(np.int64) - year), years != 0


def _near(text: str, data: TitleData, mask: Mask, edits: int = neighbours.MOST) -> NDArray[np.int64]:
    hashes = neighbours.query_hashes(text, edits)
    near = candidates_of(data.forms.near, hashes, NEAR * mask.widening).astype(np.int64)
    return mask.pick(near, near)


@dataclass(frozen=True)
class Begun:
    """Forms that are a text, that begin with it, and that stand beside it in the alphabet."""

    same: NDArray[np.int32]
    longer: NDArray[np.int32]
    beside: NDArray[np.int32]


def begun(text: str, data: TitleData) -> Begun:
    """The forms around a text, by their letters."""
    order = data.forms.alphabetical
    low, longer, high = prefix_range(data.forms.texts, order, text, data.guide)
    return Begun(order[low:longer], order[longer:high], order[max(low - _BESIDE, 0) : low + _BESIDE])


def _best_known(forms: NDArray[np.int32], most: int, mask: Mask) -> NDArray[np.int64]:
    """Some of the forms that may come back."""
    ids = forms.astype(np.int64)
    ids = mask.pick(ids, ids)
    return np.partition(ids, most)[:most] if len(ids) > most else ids


def better_known(data: TitleData, votes: int) -> int:
    """How many forms, the first ones, are of films with so many votes or more."""
    rows, known = data.forms.rows.data, data.films.votes.data
    return bisect_left(rows, True, key=lambda row: known[row] < votes)
