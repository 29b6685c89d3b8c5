"""The order of the films that resemble a query, how likely the first is meant, and which others may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.titles.matching import Candidates
from index.titles.nearby import firsts
from index.titles.store import SUBTITLES, Kind, TitleData
from index.titles.vocabulary import (
    FAME_WORTH,
    MOST_LEAD,
    RIVAL_VOTES,
    YIELD_VOTES,
    comparable,
    confidence,
    enough_votes,
    lead,
    score_scale,
)


@dataclass(frozen=True)
class Pool:
    """Candidates of all indexes that are searched together.

    Attributes:
        found: m candidates; their ids are those of their own index.
        sources: (m,) number of the index of each.
        rows: (m,) row of its film, counted over all indexes.
        movie_ids: (m,) TMDB's id of the film.
        votes: (m,) of the film.
        fames: (m,) log10(1 + votes).
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
        """The candidates of each index; row 0 of index i is row `starts[i]` of the pool."""
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
        """The index of a candidate."""
        return self._indexes[int(self.sources[place])]

    def text(self, place: int | np.int64) -> str:
        """The text of a candidate's form."""
        text: str = self.index_of(place).forms.texts[int(self.found.ids[place])].as_py()
        return text

    def kind(self, place: int | np.int64) -> int:
        """The `store.Kind` of a candidate's form."""
        return int(self.index_of(place).forms.kinds[int(self.found.ids[place])])


_RIVAL_LEAD = 0.4  # edits by which the best film must lead another title, or the answer is ambiguous
_RESOLVED = 0.4  # score from which a film resembles the query, however many others do


@dataclass(frozen=True)
class Ranking:
    """Films in the order of the answer.

    Attributes:
        places: position in the pool of each film's best candidate.
        scores: of each film, 0 to 1, never ascending.
        confidence: 0 to 1, how likely the first has the title that is meant.
        ambiguous: another film may be meant.
        resolved: the first film resembles the query.
        likely: how many films, the first ones, may be meant; all of them if not resolved.
    """

    places: NDArray[np.int64]
    scores: NDArray[np.float64]
    confidence: float
    ambiguous: bool
    resolved: bool
    likely: int


def rank(pool: Pool, length: int) -> Ranking:
    """Order the films of the candidates: exact ones first, then by cost less fame, each film once.

    An exact match comes second where a close film has `costs.YIELD_VOTES` times its votes. Candidates that are not
    meant change neither the first film nor the confidence.

    Args:
        pool: candidates, several of which may be of one film.
        length: of the query, in letters.
    """
    found = pool.found
    totals = found.costs - FAME_WORTH * pool.fames
    places = np.lexsort((pool.movie_ids, -pool.votes, totals, ~found.exact))
    if not len(places):
        return Ranking(places, np.empty(0), 0.0, False, False, 0)
    order, meant = places[firsts(pool.rows[places])], places[found.meant[places]]
    best, yielded = _best(meant, pool)
    if yielded:
        order = np.concatenate([[best], order[pool.rows[order] != pool.rows[best]]])
    scores = np.exp(-found.costs[order] / score_scale(length))
    ahead = _lead(best, meant, totals, pool)
    sure = confidence(float(found.costs[best]), ahead, length, exact=bool(found.exact[best]))
    # A year that does not fit makes the answer doubtful; it does not make the title unknown.
    resolved = bool(scores[0] >= _RESOLVED or sure >= 0.5 or found.literal[best])
    rivalled = ahead < _RIVAL_LEAD and not found.exact[best]
    named = _is_better_known_subtitle(best, meant, pool)
    ambiguous = resolved and (yielded or rivalled or named or _shared(order, found, pool.votes[order[:2]]))
    likely = 0 if named else int(np.count_nonzero(found.exact[order])) + yielded
    return Ranking(
        places=order,
        scores=np.minimum.accumulate(scores),
        confidence=sure,
        ambiguous=ambiguous,
        resolved=resolved,
        likely=(likely or len(order)) if ambiguous or not resolved else 1,
    )


def _best(meant: NDArray[np.int64], pool: Pool) -> tuple[np.int64, bool]:
    """The candidate that comes first, and whether an exact one yields to it."""
    found, first = pool.found, meant[0]
    if not found.exact[first]:
        return first, False
    enough = enough_votes(int(pool.votes[first]), YIELD_VOTES)
    preferred = meant[found.close[meant] & ~found.exact[meant] & (pool.votes[meant] >= enough)]
    return (preferred[0], True) if len(preferred) else (first, False)


def _lead(best: np.int64, meant: NDArray[np.int64], totals: NDArray[np.float64], pool: Pool) -> float:
    """`costs.lead` of the best candidate over the best film of another title: one with that subtitle is another.

    An exact title means another film only if that is far better known.
    """
    rivals = meant[pool.rows[meant] != pool.rows[best]]
    if pool.found.exact[best]:
        rivals = rivals[pool.votes[rivals] >= enough_votes(int(pool.votes[best]), RIVAL_VOTES)]
    text = pool.text(best)
    for place in rivals[:64]:
        if pool.text(place) != text or pool.kind(place) >= Kind.SUB_TITLE:
            return lead(float(totals[best]), float(totals[place]))
    return MOST_LEAD


def _is_better_known_subtitle(best: np.int64, meant: NDArray[np.int64], pool: Pool) -> bool:
    """Whether an exact title is the subtitle of a film with more votes: "The Last Stand"."""
    if not pool.found.exact[best]:
        return False
    text = pool.text(best)
    known = meant[pool.votes[meant] > pool.votes[best]]
    return any(pool.kind(place) in SUBTITLES and pool.text(place) == text for place in known[:64])


def _shared(order: NDArray[np.int64], found: Candidates, votes: NDArray[np.int32]) -> bool:
    """Whether another film matches as exactly and is nearly as well known."""
    if len(order) < 2 or not found.exact[order[:2]].all():
        return False
    equal = found.costs[order[1]] <= found.costs[order[0]]
    return bool(equal) and comparable(int(votes[0]), int(votes[1]))
