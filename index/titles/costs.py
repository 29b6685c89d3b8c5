"""What sets a form apart from a query, in edits; fitted together with the costs of `by_words`."""

from __future__ import annotations

from rapidfuzz.distance import Levenshtein

from index.titles.edits import FEW, SLIP_GAIN, SLIPS

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
