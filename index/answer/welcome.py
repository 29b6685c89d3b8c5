"""What to show to somebody of whom nothing is known: films that are well received and popular.

A film's score is the product of how much better than the average film it is rated, as if 2,000 more people had
given the average film's vote, and of the logarithm of its popularity: acclaim that few know of and fame without
acclaim both count little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract import Filters
from index.answer.diversity import apart, diversified
from index.answer.shelves import ShelfColumns
from index.films.filters import Allowed
from index.films.series import franchise_of
from index.spaces.neighbours import Neighbours
from index.spaces.space import CONTENT
from index.spaces.view import View, top_rows

VOTES = 2_000
POPULAR_VOTES = 500
POOL = 400
"""Films that starters are chosen among."""

DIFFERENT = 0.8
"""How much more it counts that starters differ than that they are well known."""


def welcome(view: View, allowed: Allowed, k: int, hidden: NDArray[np.bool_] | None = None) -> Neighbours:
    """The first k films for a newcomer, one of each franchise as far as there are enough.

    Args:
        view: the films.
        allowed: those that may come back.
        k: how many.
        hidden: shape (n,), further films that may not; None for none.
    """
    mask = allowed.mask if hidden is None else allowed.mask & ~hidden
    rows = np.flatnonzero(mask)
    columns = ShelfColumns(view.films, view.filters)
    fame = np.log1p(np.maximum(columns.believed_popularity(POPULAR_VOTES)[rows], 0))
    scores = ((columns.weighted(VOTES)[rows] - np.float32(columns.mean_vote)) * fame).astype(np.float64)
    places = top_rows(view.films, rows, scores, max(4 * k, 40))
    first = apart(view.films.titles(rows[places]), (), k)
    chosen = [*first, *(place for place in range(len(places)) if place not in set(first))][:k]
    found = places[np.array(chosen, dtype=np.int64)]
    return Neighbours(rows[found], np.round(scores[found], 6), exact=True)


def starters(view: View, filters: Filters, k: int) -> list[int]:
    """Rows of k well-known films that differ most from one another, for somebody to say which of them appeal."""
    pool = welcome(view, view.filters.select(filters), POOL)
    franchises = [franchise_of(title) for title in view.films.titles(pool.rows)]
    known = Neighbours(pool.rows, np.maximum(pool.scores, 1e-9), pool.exact)
    return [int(row) for row in diversified(view.spaces[CONTENT], known, k, DIFFERENT, franchises).rows]
