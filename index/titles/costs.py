"""What sets a title apart from a query, in edits, and what the votes of its film make up for.

Every rule of the search that has a number is here: what edits, missing words and missing years cost, how votes are
weighed against them, and how sure the best film is. The numbers were fitted together on edited titles and on
MovieLens' own spellings (`python -m tests.benchmarks.titles` measures them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from index.titles.fold import weight

# A title loses one of its letters, or has two neighbours swapped, far more often than a given letter of the 26 is
# inserted or substituted at a given place. Gains of 0 to 0.6 put 95.8 to 96.9 % of misspelt titles first.
SLIP_GAIN, SLIPS = 0.4, 2
FEW_EDITS = 4
"""A title farther away costs too much to be meant; its edits are not looked at in detail."""

_BARE_COST = 0.4  # without its leading article
_MAIN_COST = 0.66  # without its subtitle
_PLAIN_COST = 0.05  # with its number as digits, or in Latin letters
_SUB_COST = 0.66  # the subtitle alone
_INITIALS_COST = 0.7
_KIND_COSTS = np.repeat(  # by `store.Kind`
    (0.0, _BARE_COST, _MAIN_COST, _PLAIN_COST, _SUB_COST, _INITIALS_COST), (2, 2, 2, 2, 2, 1)
)
_STRANGE_COST = 2.0  # as many edits as the query has letters
_NUMBER_COST = 0.5  # the query has a number and the title another one or none
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
        others = _digits_of("\n".join(choices)).split(b"\n")
        costs += _NUMBER_COST * np.array([other != digits for other in others])
    return edits, costs


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
