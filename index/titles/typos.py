"""What sets a form apart from a query, in edits; fitted together with the costs of `by_words`.

What typing errors cost: the edits between two strings, and which of them are easily made.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

# A certain title loses a certain letter, or has two certain letters swapped, far more often than a certain
# letter of the 26 is put in or in the place of another. Fitted: 0 to 0.6 gave 95.8 to 96.9 % of titles.
SLIP_GAIN, SLIPS = 0.4, 2
FEW = 4  # edits; what is farther away costs too much to be meant


def edits_and_costs(text: str, choices: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edits between the text and each choice, and their cost.

    Args:
        text: as typed.
        choices: m strings that may be meant.

    Returns:
        (m,) edits (insertions, deletions, substitutions, swaps of neighbours; the optimal string alignment),
        and (m,) costs, in which up to two lost or swapped letters among up to four edits count for less.
    """
    edits = process.cdist([text], choices, scorer=OSA.distance, dtype=np.int32)[0].astype(np.int64)
    costs = edits.astype(np.float64)
    few = np.flatnonzero(edits <= FEW)
    if len(few):
        meant = [choices[i] for i in few.tolist()]
        swaps = process.cdist([text], meant, scorer=Levenshtein.distance, dtype=np.int32)[0] - edits[few]
        longer = np.fromiter(map(len, meant), dtype=np.int64, count=len(meant)) - len(text)
        lost = np.minimum(np.maximum(longer, 0), edits[few] - swaps)
        costs[few] -= SLIP_GAIN * np.minimum(swaps + lost, SLIPS)
    return edits, costs


_BARE_COST = 0.4  # an article is missing
_MAIN_COST = 0.66  # a subtitle is missing
STRANGE_COST = 2.0  # not one letter stayed in its place
NUMBER_COST = 0.5  # the query has a number and the title another, or none
KIND_COSTS = (0.0, 0.0, _BARE_COST, _BARE_COST, _MAIN_COST, _MAIN_COST)  # by Kind
BEGUN_COST, REST_COST = 0.6, 1.0  # more follows; times the share of the title that is still to come
APART_COST, MOST_APART = 0.08, 8  # an edit of a title whose words were asked for, and how many count
PERFECT_COST = 0.9  # below it the words are all there and hardly any other

_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789\n"))


def digits_of(text: str) -> bytes:
    """The digits of a text, and the ends of its lines."""
    return text.encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS)


def letters_cost(text: str, form: str, edits: int, kind: int) -> float:
    """What sets one form apart by its letters; `matching` computes the same of many.

    Args:
        text: of the query.
        form: as it is kept.
        edits: between the two, 1 or more.
        kind: of the form.
    """
    cost = float(edits)
    if edits <= FEW:
        swaps = Levenshtein.distance(text, form) - edits
        lost = min(max(len(form) - len(text), 0), edits - swaps)
        cost -= SLIP_GAIN * min(swaps + lost, SLIPS)
    cost += KIND_COSTS[kind] + (STRANGE_COST if edits >= len(text) else 0.0)
    if form.startswith(text):
        cost = min(cost, BEGUN_COST + REST_COST * (1.0 - len(text) / len(form)))
    digits = digits_of(text)
    return cost + (NUMBER_COST if digits and digits_of(form) != digits else 0.0)
