"""The forms that resemble a query, from all indexes that are searched together, with what ranks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.titles.matching import Candidates
from index.titles.store import TitleData


@dataclass(frozen=True)
class Pool:
    """Candidates of one or more indexes.

    Attributes:
        found: (m,) candidates, of each index its own forms.
        sources: (m,), which index each is of.
        rows: (m,), its film, by the rows of all indexes laid end to end.
        movie_ids: (m,), TMDB's id of the film.
        votes: (m,), the film's.
        fames: (m,), log10(1 + votes).
    """

    found: Candidates
    sources: NDArray[np.int64]
    rows: NDArray[np.int64]
    movie_ids: NDArray[np.int64]
    votes: NDArray[np.int32]
    fames: NDArray[np.float32]
    _indexes: Sequence[TitleData]

    @classmethod
    def of(cls, found: Sequence[Candidates], indexes: Sequence[TitleData], starts: Sequence[int]) -> Pool:
        """The candidates of each index; row 0 of index i is row `starts[i]` of all."""
        rows = [data.forms.rows[part.ids] for part, data in zip(found, indexes, strict=True)]
        films = [(data.films, of_index) for data, of_index in zip(indexes, rows, strict=True)]
        return cls(
            found=Candidates.merged(found),
            sources=np.repeat(np.arange(len(found)), [len(part.ids) for part in found]),
            rows=np.concatenate(
                [part.astype(np.int64) + start for part, start in zip(rows, starts, strict=False)]
            ),
            movie_ids=np.concatenate([known.movie_ids[of_index] for known, of_index in films]),
            votes=np.concatenate([known.votes[of_index] for known, of_index in films]),
            fames=np.concatenate([data.forms.fames[part.ids] for part, data in zip(found, indexes, strict=True)]),
            _indexes=indexes,
        )

    def index_of(self, place: int | np.int64) -> TitleData:
        """The index that a candidate is of."""
        return self._indexes[int(self.sources[place])]

    def text(self, place: int | np.int64) -> str:
        """A candidate's form."""
        text: str = self.index_of(place).forms.texts[int(self.found.ids[place])].as_py()
        return text
