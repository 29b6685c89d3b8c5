"""What every search engine promises, whichever library is behind it.

Scores are inner products of the query with the *stored* vectors, in double precision: higher is better, and the
same pair scores the same from every engine. Ties break by row, lowest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.selection import Selection


@dataclass(frozen=True)
class Neighbours:
    """The answer to one query, best first.

    Attributes:
        rows: shape (m,), int64, without repeats; m is the smaller of k and the number of rows that may come back
            (an approximate engine without a selection may find fewer).
        scores: shape (m,), float64.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    @classmethod
    def none(cls) -> Neighbours:
        """An empty answer."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float64))


class VectorIndex(Protocol):
    """A searchable set of vectors of one space."""

    name: str

    def __len__(self) -> int: ...

    def search(
        self, query: NDArray[np.floating], k: int, selection: Selection | None = None, *, exact: bool = False
    ) -> Neighbours:
        """The k rows with the largest inner product.

        Args:
            query: shape (dim,); any float dtype; not changed.
            k: at least 1; may exceed the number of vectors.
            selection: the rows that may come back; k of them do if k pass, however few they are.
            exact: compare with every vector that may come back.

        Raises:
            BadVectorsError: the query has another shape or is not finite.
        """

    def save(self, folder: Path) -> None:
        """Write what `open` of the same engine reads back into an existing folder."""
