"""Search the title index: what a query may mean, which forms resemble it, in which order they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from index.titles import neighbours
from index.titles.by_words import by_words
from index.titles.errors import EmptyQueryError
from index.titles.fold import MAX_TYPED, fold, search_words, split_year, squash
from index.titles.found import FAME_WORTH, Found, Mask
from index.titles.store import Kind, TitleData
from index.titles.vocabulary import candidates_of, prefix_range

_NEAR = 3000
_BEGINNING = 64
_EXACT = 256
_MAIN_COST = 0.4
_BEGUN_COST = 0.6
_REST_COST = 0.8
_YEAR_OFF = (0.0, 0.7)
_YEAR_WRONG = 3.0
_YEAR_UNKNOWN = 1.0
_YIELDS = 100
_SHORTEST_YIELDING = 3


@dataclass(frozen=True)
class TitleMatch:
    row: int
    movie_id: int
    score: float
    matched: str
    text: str


@dataclass(frozen=True)
class TitleAnswer:
    query: str
    confidence: float
    ambiguous: bool
    resolved: bool
    matches: tuple[TitleMatch, ...]


class TitleIndex:
    def __init__(self, data: TitleData) -> None:
        self._films, self._forms, self._vocabulary = data.films, data.forms, data.vocabulary

    @classmethod
    def open(cls, path: Path) -> Self:
        return cls(TitleData.open(path))

    def search(self, query, *, year=None, limit=10, allowed=None):
        words = fold(query[:MAX_TYPED])
        if not words:
            raise EmptyQueryError(f"the title looked for is {query!r}; write at least one letter, digit or symbol")
        mask = Mask.over(self._forms.rows, allowed)
        asked = [(words, year)]
        if (apart := split_year(words)) is not None:
            asked.append((apart[0], apart[1] if year is None else year))
        parts = [self._match(w, y, mask) for w, y in asked]
        ids = np.concatenate([p[0] for p in parts])
        costs = np.concatenate([p[1] for p in parts])
        exact = np.concatenate([p[2] for p in parts])
        near = np.concatenate([p[3] for p in parts])
        rows = self._forms.rows[ids]
        fame = self._forms.fames[ids]
        total = costs - FAME_WORTH * fame
        order = np.lexsort((rows, total, ~exact))
        _, first = np.unique(rows[order], return_index=True)
        order = order[np.sort(first)]
        if len(order) and exact[order[0]] and len(squash(words)) >= _SHORTEST_YIELDING:
            v = max(int(self._films.votes[rows[order[0]]]), 1)
            over = near[order] & (self._films.votes[rows[order]] >= _YIELDS * v) & ~exact[order]
            if over.any():
                w = np.flatnonzero(over)[0]
                order = np.concatenate([order[w : w + 1], np.delete(order, w)])
        order = order[:limit]
        n = len(squash(words))
        score = np.minimum.accumulate(np.exp(-np.maximum(costs[order], 0) / (1 + 0.25 * min(n, 16))))
        ms = []
        for i, s in zip(order, score):
            r = int(rows[i])
            k = int(self._forms.kinds[ids[i]])
            text = (self._films.titles if k in (0, 2) else self._films.originals)[r].as_py()
            ms.append(
                TitleMatch(
                    r,
                    int(self._films.movie_ids[r]),
                    float(s),
                    "title" if k in (0, 2) else "original_title",
                    text,
                )
            )
        self.debug = (costs[order], total[order], exact[order], near[order])
        return TitleAnswer(query, 0.0, False, bool(len(score) and score[0] > 0.4), tuple(ms))

    def _match(self, words, year, mask):
        forms = self._forms
        text = squash(words)
        near = candidates_of(forms.near, neighbours.query_hashes(text), _NEAR * mask.widening)
        near = mask.pick(near, near)
        low, high = prefix_range(forms.texts, forms.alphabetical, text)
        begun = forms.alphabetical[low:high].astype(np.int64)
        begun = mask.pick(begun, begun)
        if len(begun) > _BEGINNING:
            begun = np.partition(begun, _BEGINNING)[:_BEGINNING]
        _, end = prefix_range(forms.texts, forms.alphabetical[low:high], text)
        worded = by_words(search_words(words), forms, self._vocabulary, mask)
        ids = np.unique(np.concatenate([near, begun, worded.ids]))
        texts = forms.texts.take(pa.array(ids)).to_numpy(zero_copy_only=False).tolist()
        if not texts:
            return np.empty(0, np.int64), np.empty(0), np.empty(0, bool), np.empty(0, bool)
        edits = process.cdist([text], texts, scorer=OSA.distance, dtype=np.int32)[0]
        kinds = forms.kinds[ids]
        main = kinds >= Kind.MAIN_TITLE
        costs = edits + np.where(main, _MAIN_COST, 0.0)
        begins = np.array([t.startswith(text) for t in texts])
        lengths = np.array([len(t) for t in texts])
        costs = np.where(
            begins & (edits > 0),
            np.minimum(costs, _BEGUN_COST + _REST_COST * (1 - len(text) / lengths)),
            costs,
        )
        place = np.searchsorted(ids, worded.ids)
        costs[place] = np.minimum(costs[place], np.where(edits[place] > 0, worded.costs, costs[place]))
        exact = (edits == 0) & ~main
        perfect = np.zeros(len(ids), bool)
        perfect[place] = worded.costs < 0.4
        near_ = (edits <= 1) | perfect
        if year is not None:
            ys = self._films.years[forms.rows[ids]].astype(int)
            off = abs(ys - year)
            add = np.where(
                ys == 0,
                _YEAR_UNKNOWN,
                np.where(off <= 1, np.array(_YEAR_OFF)[np.minimum(off, 1)], _YEAR_WRONG),
            )
            costs = costs + add
            exact &= (ys != 0) & (off <= 1)
        return ids, costs, exact, near_
