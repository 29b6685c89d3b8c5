"""Forms found for a query with what they cost, and the mask of films that may come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

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
