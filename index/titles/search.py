"""The title index as its callers use it: open it, search it for a title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.errors import EmptyQueryError
from index.titles.fold import MAX_TYPED, canonical, fold, numbers, split_year, squash, weight
from index.titles.matching import (
    Candidates,
    exact_votes,
    forms_around,
    least_rival,
    match,
    match_exact,
    named_with_number,
    placed_alone,
)
from index.titles.queries import imdb_number, release_title, title_within, tmdb_id
from index.titles.ranking import Pool, Ranking, rank
from index.titles.sequels import Placed, follows_name, is_place, place_sequel
from index.titles.store import LAST_WHOLE, OF_TITLE, Kind, TitleData
from index.titles.vocabulary import (
    FAME_WORTH,
    OTHERWISE_COST,
    YIELD_VOTES,
    comparable,
    confidence,
    enough_votes,
    lead,
)
from index.titles.words import Mask

_DOUBTFUL = 0.8  # the highest confidence where a number is doubtful: of 76 such answers 0.80 were right


@dataclass(frozen=True)
class TitleMatch:
    """A film that may be meant.

    Attributes:
        row: its row.
        movie_id: TMDB's id.
        score: 0 to 1, how much it resembles the query; never higher than that of the match before it.
        matched: "title", "original_title" or "alternative_title", the one that resembles the query most.
        text: that title as the catalogue spells it; for an alternative title the film's title.
    """

    row: int
    movie_id: int
    score: float
    matched: str
    text: str


@dataclass(frozen=True)
class TitleAnswer:
    """The films that a query may mean.

    Attributes:
        query: as given.
        confidence: 0 to 1, how likely the first match has the title that is meant; see `costs.confidence`.
        ambiguous: another match may be meant: one of the same title, one nearly as good, or an exact match that
            comes after a film with `costs.YIELD_VOTES` times its votes.
        resolved: False if no film resembles the query; the matches are then the nearest.
        matches: best first.
    """

    query: str
    confidence: float
    ambiguous: bool
    resolved: bool
    matches: tuple[TitleMatch, ...]


class TitleIndex:
    """Films by title, in any spelling. Read-only, memory-mapped, safe to share between threads.

    Args:
        parts: indexes that are searched together, in most cases one. Row 0 of each follows the last row of the
            one before it.
        alive: (films,) flags of the films that may be found; None for all.
    """

    def __init__(self, parts: Sequence[TitleData], alive: NDArray[np.bool_] | None = None) -> None:
        self.parts = tuple(parts)
        self._alive = alive
        self._starts = [0, *np.cumsum([len(part.films.movie_ids) for part in self.parts]).tolist()]
        self._masks = self._masked(alive)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the index that `build_titles` wrote into the folder.

        Raises:
            TitleFormatError: the folder holds none, or one of another format.
        """
        return cls([TitleData.open(path)])

    def search(
        self,
        query: str,
        *,
        year: int | None = None,
        limit: int = 10,
        allowed: NDArray[np.bool_] | None = None,
        brief: bool = False,
    ) -> TitleAnswer:
        """The films that the query may mean, best first.

        Args:
            query: a title as typed: misspelt, unfinished, reordered, in any script, with a year or without.
            year: of release; a film of the year before or after still counts, others come after it.
            limit: matches to return at most, 1 or more.
            allowed: (films,) flags of the rows that may be found; None for all that are alive.
            brief: return the first match only and, if it is ambiguous, the others that may be meant: of an exact
                title the films that have it and the one that comes before them. Everything else in the answer is
                the same. An exact title takes a tenth of the time.

        Raises:
            EmptyQueryError: the query has no visible character.
            ValueError: `limit` is below 1, or `allowed` is not one flag per film.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}; it must be at least 1")
        if allowed is not None and allowed.shape != (self._starts[-1],):
            raise ValueError(f"allowed has shape {allowed.shape}; {(self._starts[-1],)} was expected")
        words = fold(query[:MAX_TYPED])
        if not words:
            raise EmptyQueryError(f"the title is {query[:40]!r}; write at least one letter, digit or symbol")
        answer = self._brief(query, words, limit) if brief and year is None and allowed is None else None
        if answer is not None:
            return answer
        mask = self._alive if allowed is None else allowed
        named = self._by_id(query, mask)
        if named is not None:
            return named
        released = release_title(query[:MAX_TYPED])
        if released is not None and fold(released) and not self._is_title(words):
            words = fold(released)
        pool, placed = self._pool(words, year, mask, brief)
        ranking = rank(pool, weight(words))
        if self._doubtful(words, year, pool, ranking, placed):
            ranking = replace(
                ranking,
                confidence=min(ranking.confidence, _DOUBTFUL),
                ambiguous=ranking.resolved,
                likely=len(ranking.places),
            )
        if brief:
            limit = min(limit, ranking.likely)
        best = zip(ranking.places[:limit].tolist(), ranking.scores[:limit].tolist(), strict=True)
        return TitleAnswer(
            query=query,
            confidence=ranking.confidence,
            ambiguous=ranking.ambiguous,
            resolved=ranking.resolved,
            matches=tuple(self._match(pool, place, score) for place, score in best),
        )

    def exact(self, query: str, limit: int = 10) -> TitleAnswer | None:
        """What a brief `search` gives for a title that is spelt right, in 0.1 ms; None: it takes a `search`.

        A number in words or Roman numerals at the end may be a place in a franchise, which takes a few ms to find.
        """
        words = fold(query[:MAX_TYPED])
        plain = canonical(words)
        if not words or len(self.parts) > 1 or (plain != words and is_place(plain[-1])):
            return None
        return self._brief(query, words, limit)

    def same(self, text: str) -> list[tuple[int, Kind, int, int]]:
        """All films with a form that is the text, letter by letter: row, kind, votes and year (or 0) of each.

        Args:
            text: folded and without spaces, see `fold.squash`.
        """
        found = []
        for part, start in zip(self.parts, self._starts, strict=False):
            for form in forms_around(text, part, longer=False).tolist():
                row = int(part.forms.rows[form])
                if self._alive is None or self._alive[start + row]:
                    votes, year = int(part.films.votes[row]), int(part.films.years[row])
                    found.append((start + row, Kind(int(part.forms.kinds[form])), votes, year))
        return found

    def _brief(self, query: str, words: tuple[str, ...], limit: int) -> TitleAnswer | None:
        """The brief answer to an exact title of the first part; None if the general search must answer."""
        if split_year(words) is not None:
            return None
        plain = canonical(words)
        if plain != words and place_sequel(words, self.parts, self._masks):
            return None
        part = self.parts[0]
        found = match_exact(words, plain, part, self._masks[0])
        if found is None:
            return None
        votes = [int(part.films.votes[part.forms.rows[form]]) for form in found.forms[:2]]
        ahead = found.ahead
        for other, mask in zip(self.parts[1:], self._masks[1:], strict=True):
            least = least_rival(words, plain, votes[0], other, mask)
            if least is None:
                return None
            ahead = min(ahead, lead(-float(FAME_WORTH * part.forms.fames[found.forms[0]]), least))
        ambiguous = len(votes) > 1 and comparable(*votes)
        return TitleAnswer(
            query=query,
            confidence=confidence(0.0, ahead, weight(words), exact=True),
            ambiguous=ambiguous,
            resolved=True,
            matches=tuple(_match(part, 0, form, 1.0) for form in found.forms[: limit if ambiguous else 1]),
        )

    def _masked(self, allowed: NDArray[np.bool_] | None) -> list[Mask]:
        """The films of each part that may come back."""
        spans = pairwise(self._starts)
        return [
            Mask.over(part.forms.rows, None if allowed is None else allowed[start:end])
            for part, (start, end) in zip(self.parts, spans, strict=True)
        ]

    def _by_id(self, query: str, allowed: NDArray[np.bool_] | None) -> TitleAnswer | None:
        """The best known film whose TMDB or IMDb id the query names, None if it names none that may come back."""
        text = query[:MAX_TYPED]
        movie_id, number = tmdb_id(text), imdb_number(text)
        if movie_id is None and number is None:
            return None
        found: list[tuple[int, TitleMatch]] = []
        for part, start in zip(self.parts, self._starts, strict=False):
            films = part.films
            mine = films.movie_ids == movie_id if movie_id is not None else films.imdb_numbers == number
            for row in np.flatnonzero(mine).tolist():
                if allowed is None or allowed[start + row]:
                    title, one = films.titles[row].as_py(), int(films.movie_ids[row])
                    found.append((int(films.votes[row]), TitleMatch(start + row, one, 1.0, "title", title)))
        if not found:
            return None
        return TitleAnswer(query, 1.0, False, True, (max(found, key=lambda pair: pair[0])[1],))

    def _is_title(self, words: tuple[str, ...]) -> bool:
        """Whether a film has these words as its whole title."""
        same = [(part, forms_around(squash(words), part, longer=False)) for part in self.parts]
        return any((part.forms.kinds[ids] <= LAST_WHOLE).any() for part, ids in same)

    def _pool(
        self, words: tuple[str, ...], year: int | None, allowed: NDArray[np.bool_] | None, brief: bool
    ) -> tuple[Pool, Placed | None]:
        apart = split_year(words)  # "dune 1984", but also "blade runner 2049"
        masks = self._masks if allowed is self._alive else self._masked(allowed)
        placed = place_sequel(words, self.parts, masks)
        within = None if self._is_title(words) else title_within(apart[0] if apart else words, self.parts, masks)
        plain = canonical(words)
        found = []
        whole = self._matched(words, year, masks, brief=brief and apart is None)
        dated = None if apart is None else self._matched(apart[0], apart[1] if year is None else year, masks)
        for i, (part, mask) in enumerate(zip(self.parts, masks, strict=True)):
            readings = [whole[i]] if dated is None else [whole[i], dated[i]]
            if plain != words:
                readings.append(named_with_number(plain, year, part, mask))
            if placed is not None and placed.part == i:
                readings.append(placed_alone(placed.form, year, part))
            if placed is not None and placed.otherwise is not None and placed.otherwise[0] == i:
                readings.append(placed_alone(placed.otherwise[1], year, part, OTHERWISE_COST))
            if within is not None and within[0] == i:
                readings.append(placed_alone(within[1], apart[1] if apart and year is None else year, part))
            found.append(Candidates.merged(readings))
        return Pool.of(found, self.parts, self._starts), placed

    def _matched(
        self, words: tuple[str, ...], year: int | None, masks: Sequence[Mask], *, brief: bool = False
    ) -> list[Candidates]:
        """The films of each part that the words may mean."""
        parts = list(zip(self.parts, masks, strict=True))
        votes = [exact_votes(words, year, part, mask) for part, mask in parts]
        exact = max((most for most in votes if most is not None), default=None)
        return [match(words, year, part, mask, exact, brief=brief) for part, mask in parts]

    def _doubtful(
        self, words: tuple[str, ...], year: int | None, pool: Pool, ranking: Ranking, placed: Placed | None
    ) -> bool:
        """Whether the query has a number that the first film lacks, or that gives it a doubtful place."""
        asked = numbers(words)
        if not (asked or placed) or not len(ranking.places) or pool.found.literal[ranking.places[0]]:
            return False
        best = ranking.places[0]
        part, form = pool.index_of(best), int(pool.found.ids[best])
        row = int(part.forms.rows[form])
        if self._far_better_known(words, int(part.films.votes[row])):
            return True
        if placed is not None and part.forms.rows[form] == self.parts[placed.part].forms.rows[placed.form]:
            return not placed.sure
        if not follows_name(words, part, form):
            return True
        released = int(part.films.years[row])
        known = {str(released + off) for off in (-1, 0, 1)}
        for texts in (part.films.titles, part.films.originals):
            known |= numbers(fold(texts[row].as_py()))
        if part.forms.kinds[form] == Kind.OTHER:
            known |= numbers((part.forms.texts[form].as_py(),))
        return not asked <= known

    def _far_better_known(self, words: tuple[str, ...], votes: int) -> bool:
        """Whether a film that has the words without their number has `YIELD_VOTES` times the votes."""
        *name, number = canonical(words)
        if not name or not is_place(number):
            return False
        enough = enough_votes(votes, YIELD_VOTES)
        same = [(part, forms_around(squash(name), part, longer=False)) for part in self.parts]
        return any((part.films.votes[part.forms.rows[ids]] >= enough).any() for part, ids in same)

    def _match(self, pool: Pool, place: int, score: float) -> TitleMatch:
        return _match(pool.index_of(place), self._starts[pool.sources[place]], int(pool.found.ids[place]), score)


def _match(part: TitleData, start: int, form: int, score: float) -> TitleMatch:
    row, kind = int(part.forms.rows[form]), int(part.forms.kinds[form])
    of_title = kind in OF_TITLE
    return TitleMatch(
        row=start + row,
        movie_id=int(part.films.movie_ids[row]),
        score=score,
        matched="title" if of_title else "alternative_title" if kind == Kind.OTHER else "original_title",
        text=(part.films.titles if of_title or kind == Kind.OTHER else part.films.originals)[row].as_py(),
    )
