"""A title that is spelt as it should be, answered from the few films that it may mean.

The lists of an index begin with the best-known films, and only films known far better than the title's own may be
meant instead. That leaves so few that calls of NumPy and Arrow cost more than looking at most of them one by one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.titles import nearby as neighbours
from index.titles.fold import search_words, squash, weight
from index.titles.matching import BEGUN, EXACT, NEAR, RIVAL_EDITS, begun, better_known
from index.titles.store import WHOLE, TitleData
from index.titles.typos import APART_COST, FEW, MOST_APART, PERFECT_COST, letters_cost
from index.titles.vocabulary import candidates_below, texts_of
from index.titles.words import (
    FAME_WORTH,
    MOST_GAP,
    RIVALS,
    SHORTEST_YIELDING,
    YIELDS,
    Mask,
    enough_votes,
    known_by_words,
)


@dataclass(frozen=True)
class Exact:
    """The films of a title, letter by letter.

    Attributes:
        forms: one of each film, the best-known first.
        gap: edits, fame counted, by which the first leads the best film of another title.
    """

    forms: Sequence[int]
    gap: float


def exact(words: tuple[str, ...], data: TitleData) -> Exact | None:
    """What `match` and `rank` find of a title where it is simple, at a small part of the time.

    Args:
        words: of the title, folded, without a year.
        data: the only index that is searched, all of whose films may come back.

    Returns:
        None where no film has the title, and where the best-known one that has it yields to another.
    """
    forms, films, text = data.forms, data.films, squash(words)
    alike = begun(text, data)
    same, kinds = sorted(alike.same.tolist())[:EXACT], forms.kinds.data
    titles = [form for form in same if kinds[form] in WHOLE]
    if not titles:
        return None

    def votes(form: int) -> int:
        return int(films.votes[forms.rows[form]])

    most = votes(titles[0])
    enough = enough_votes(most, YIELDS) if weight(words) >= SHORTEST_YIELDING else sys.maxsize
    if any(votes(form) >= enough for form in same[: same.index(titles[0])]):  # they are it but for an article, say
        return None
    gap, fame = MOST_GAP, float(FAME_WORTH * forms.fames[titles[0]])
    before = better_known(data, enough_votes(most, RIVALS))
    for form, total, close in _rivals(words, text, alike.longer, data, before):
        if close and votes(form) >= enough:
            return None
        gap = min(gap, total + fame)
    if len(titles) > 1:
        titles.sort(key=lambda form: (-votes(form), films.movie_ids[forms.rows[form]]))
    return Exact(titles, gap)


def _rivals(
    words: tuple[str, ...], text: str, longer: NDArray[np.int32], data: TitleData, before: int
) -> Iterator[tuple[int, float, bool]]:
    """Forms with ids below `before` that resemble the text but are not it: with cost less fame, and whether close.

    Only those that can be as near as `MOST_GAP`, and of those that share words the nearest alone.
    """
    forms = data.forms
    worded = known_by_words(search_words(words), data, Mask.over(forms.rows, None), before)
    ids = worded.ids.tolist()
    near = candidates_below(forms.near, neighbours.query_hashes(text, RIVAL_EDITS), NEAR, before)
    if len(longer):
        near.update(np.sort(longer[longer < before])[:BEGUN].tolist())
    near.difference_update(ids)
    ids.extend(near)
    texts = texts_of(forms.texts, ids)
    apart = np.full(len(worded.ids), MOST_APART)
    few: list[tuple[int, int]] = []
    if len(longer):
        few.extend((i, OSA.distance(text, form)) for i, form in enumerate(texts) if form.startswith(text))
    for _, edits, i in process.extract(text, texts, scorer=OSA.distance, score_cutoff=MOST_APART, limit=None):
        if i < len(apart):
            apart[i] = edits
        if edits <= FEW:
            few.append((i, edits))
    for i, edits in few:
        if edits:  # of the same letters is only another film's shorter form: no other title
            cost = letters_cost(text, texts[i], edits, int(forms.kinds[ids[i]]))
            yield ids[i], cost - float(FAME_WORTH * forms.fames[ids[i]]), edits <= 1
    if len(apart):
        costs = worded.costs + APART_COST * apart
        totals = costs - FAME_WORTH * forms.fames[worded.ids]
        for i in {int(totals.argmin()), *np.flatnonzero(costs < PERFECT_COST).tolist()}:
            yield ids[i], float(totals[i]), bool(costs[i] < PERFECT_COST)
