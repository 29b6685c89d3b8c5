"""What every search engine promises, whichever library is behind it.

Scores are inner products of the query with the *stored* vectors, in double precision: higher is better, and the
same pair scores the same from every engine. Ties break by row, lowest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from index.engines.vectors import Vectors
from index.films.filters import Selection

Shape = Mapping[str, int]
"""What is fixed when an index is built, by the engine's own names, such as nlist or code_size."""

SearchParameters = Mapping[str, int]
"""How an index is searched, by the engine's own names, such as nprobe or depth.

Both are chosen by measuring; see `index.generation.tuning`.
"""


@dataclass(frozen=True)
class Neighbours:
    """The answer to one query, best first.

    Attributes:
        rows: shape (m,), int64, without repeats; m is the smaller of k and the number of rows that may come back
            (an approximate engine without a selection may find fewer).
        scores: shape (m,), float64.
        exact: the query was compared with every vector that may come back.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    exact: bool

    @classmethod
    def none(cls) -> Neighbours:
        """An empty answer."""
        return cls(np.empty(0, np.int64), np.empty(0, np.float64), exact=True)


class VectorIndex(Protocol):
    """A searchable set of vectors of one space.

    Attributes:
        name: as in the manifest and in `index.engines.registry`.
        vectors: what is searched.
        parameters: how it is searched; may be set between searches.
    """

    name: str
    vectors: Vectors
    parameters: SearchParameters

    @classmethod
    def shapes(cls, vectors: Vectors) -> Iterable[Shape]:
        """Shapes worth building and measuring for some vectors, the likeliest first; at least one."""

    @classmethod
    def build(cls, vectors: Vectors, shape: Shape | None = None) -> Self:
        """Index all vectors, in the likeliest shape if none is given."""

    @classmethod
    def open(cls, vectors: Vectors, folder: Path, search: SearchParameters) -> Self:
        """Read what `save` wrote, for the same vectors.

        Raises:
            DamagedGenerationError: a file is missing, truncated or of other vectors.
        """

    def __len__(self) -> int: ...

    @property
    def knows_kin(self) -> bool:
        """Whether `kin` answers, as a rule."""

    def kin(self, row: int, k: int, selection: Selection | None = None) -> Neighbours | None:
        """What `search` for the vector of a row would give, as it was found before; None: it must be searched."""

    @property
    def size_bytes(self) -> int:
        """Bytes that it takes in memory, with the vectors that are kept to rank what it finds."""

    def finish(self, progress: Callable[[int], None]) -> None:
        """Prepare before `save` what makes searches quicker; `progress` is told how many rows are done."""

    def search(
        self,
        query: NDArray[np.floating],
        k: int,
        selection: Selection | None = None,
        *,
        exact: bool = False,
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
        """Write what `open` of the same engine reads back into an existing folder, the vectors aside."""

    def describe(self) -> dict[str, int]:
        """What the manifest records: sizes, and how it is searched."""

    def choices(self) -> Iterable[list[SearchParameters]]:
        """Search parameters worth measuring: lists of cheap ones first, and in each list from deep to shallow.

        What does not find enough deep finds less when shallow. Empty for an engine that has nothing to choose.
        """
