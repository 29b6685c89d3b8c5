"""The title index as its callers see it: open it, ask it for a title."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.titles.errors import EmptyQueryError
from index.titles.fold import MAX_TYPED, fold, split_year, weight
from index.titles.found import Mask
from index.titles.matching import Candidates, match
from index.titles.ranking import rank
from index.titles.store import OF_TITLE, TitleData


@dataclass(frozen=True)
class TitleMatch:
    """A film that may be meant.

    Attributes:
        row: its position in the arrays the index was built from.
        movie_id: TMDB's id.
        score: 0 to 1, how much it resembles the query; never higher than that of the match before.
        matched: "title" or "original_title", whichever resembles the query more.
        text: that title in the catalogue's spelling.
    """

    row: int
    movie_id: int
    score: float
    matched: str
    text: str


@dataclass(frozen=True)
class TitleAnswer:
    """What a query was taken for.

    Attributes:
        query: as it was asked.
        confidence: 0 to 1, how likely the first match has the title that is meant; measured, not guessed.
        ambiguous: another match may well be meant: one of the same title, or nearly as good, or the exact
            match of an obscure film that yielded to a film a hundred times as well known.
        resolved: False when no film resembles the query; the matches are then merely the nearest.
        matches: best first.
    """

    query: str
    confidence: float
    ambiguous: bool
    resolved: bool
    matches: tuple[TitleMatch, ...]


class TitleIndex:
    """Films by title, whatever the spelling. Read-only, memory-mapped, safe to share between threads."""

    def __init__(self, data: TitleData) -> None:
        self._data = data

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the index that `build_titles` wrote into the folder.

        Raises:
            TitleFormatError: the folder holds none, or one of another format.
        """
        return cls(TitleData.open(path))

    def search(
        self,
        query: str,
        *,
        year: int | None = None,
        limit: int = 10,
        allowed: NDArray[np.bool_] | None = None,
    ) -> TitleAnswer:
        """The films that the query may mean, best first.

        Args:
            query: a title as typed: misspelt, unfinished, reordered, in any script, with a year or without.
            year: of release; a film one year off still counts, others come after.
            limit: at most so many matches, at least 1.
            allowed: (films,) mask over rows; only these come back.

        Raises:
            EmptyQueryError: the query holds no visible character.
            ValueError: `limit` is below 1, or `allowed` is not one flag per film.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}; it must be at least 1")
        films = self._data.films
        if allowed is not None and allowed.shape != films.movie_ids.shape:
            raise ValueError(f"allowed has shape {allowed.shape}; {films.movie_ids.shape} was expected")
        words = fold(query[:MAX_TYPED])
        if not words:
            raise EmptyQueryError(f"the title is {query[:40]!r}; write at least one letter, digit or symbol")
        ranking = rank(self._candidates(words, year, allowed), weight(words), self._data)
        best = zip(ranking.forms[:limit].tolist(), ranking.scores[:limit].tolist(), strict=True)
        return TitleAnswer(
            query=query,
            confidence=ranking.confidence,
            ambiguous=ranking.ambiguous,
            resolved=ranking.resolved,
            matches=tuple(self._match(form, score) for form, score in best),
        )

    def _candidates(
        self, words: tuple[str, ...], year: int | None, allowed: NDArray[np.bool_] | None
    ) -> Candidates:
        mask = Mask.over(self._data.forms.rows, allowed)
        found = [match(words, year, self._data, mask)]
        if (apart := split_year(words)) is not None:  # "dune 1984", but also "blade runner 2049"
            found.append(match(apart[0], apart[1] if year is None else year, self._data, mask))
        return Candidates.merged(found)

    def _match(self, form: int, score: float) -> TitleMatch:
        films = self._data.films
        row = int(self._data.forms.rows[form])
        of_title = self._data.forms.kinds[form] in OF_TITLE
        return TitleMatch(
            row=row,
            movie_id=int(films.movie_ids[row]),
            score=score,
            matched="title" if of_title else "original_title",
            text=(films.titles if of_title else films.originals)[row].as_py(),
        )
