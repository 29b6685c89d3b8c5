"""Counts, distributions and trends over the films that pass a filter, by the columns of a generation.

Everything takes one or a few passes over arrays in memory: milliseconds at a million films.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.films.filters import Allowed
from index.spaces.view import Films, FilterColumns, top_rows

RATING_BOUNDS = tuple(step / 2 for step in range(21))
RUNTIME_BOUNDS = tuple(range(0, 241, 10))
_COUNTED = ("genres", "keywords", "original_language", "countries")
VOTE_BOUNDS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
"""On a logarithmic scale."""


@dataclass(frozen=True)
class Bin:
    """Films from `low` up to but not including `high`; without `high`, all from `low` on."""

    low: float
    high: float | None
    films: int


@dataclass(frozen=True)
class Group:
    """Films that have a name (of a genre, a language) or a year in common.

    Attributes:
        voted: how many of the films have votes.
        votes: of all of them together.
        mean_vote: the mean of the mean votes of those with votes; None if none has any.
    """

    name: str
    films: int
    voted: int
    votes: int
    mean_vote: float | None


@dataclass(frozen=True)
class Trend:
    """One name over the periods: how many films, and their share of all dated films of the period."""

    name: str
    films: tuple[int, ...]
    share: tuple[float, ...]


@dataclass(frozen=True)
class Overview:
    """A catalogue in numbers; None if nothing is known."""

    films: int
    voted: int
    votes: int
    mean_vote: float | None
    first_year: int | None
    last_year: int | None
    median_year: int | None
    median_runtime: int | None
    genres: int
    keywords: int
    languages: int
    countries: int


class Statistics:
    """Statistics of one view of films; each method takes the films to count."""

    def __init__(self, films: Films, filters: FilterColumns) -> None:
        self._films, self._filters = films, filters
        self._votes = filters.column("votes")

    def overview(self, chosen: Allowed) -> Overview:
        """The catalogue in numbers."""
        rows = np.flatnonzero(chosen.mask)
        whole = self._grouped(np.zeros(len(rows), np.int64), rows, ("all",))[0]
        years = self._known("year", chosen)
        terms = {kind: int(np.count_nonzero(self._filters.terms[kind].counts(chosen.mask))) for kind in _COUNTED}
        return Overview(
            films=whole.films,
            voted=whole.voted,
            votes=whole.votes,
            mean_vote=whole.mean_vote,
            first_year=int(years.min()) if len(years) else None,
            last_year=int(years.max()) if len(years) else None,
            median_year=int(np.median(years)) if len(years) else None,
            median_runtime=self.median_runtime(chosen),
            genres=terms["genres"],
            keywords=terms["keywords"],
            languages=terms["original_language"],
            countries=terms["countries"],
        )

    def mean_votes(self, chosen: Allowed) -> list[Bin]:
        """Films with votes by their mean vote."""
        return _histogram(self._mean_votes[self._voted(chosen)], RATING_BOUNDS, closed=True)

    def ratings(self, chosen: Allowed) -> list[Bin]:
        """Films with votes by their Bayesian rating."""
        return _histogram(self._filters.column("rating")[self._voted(chosen)], RATING_BOUNDS, closed=True)

    def rated_below(self, chosen: Allowed, row: int) -> float | None:
        """The share of the films with votes that have a lower Bayesian rating than one film; None without any."""
        ratings = self._filters.column("rating")
        others = ratings[self._voted(chosen)]
        return float((others < ratings[row]).mean()) if len(others) else None

    def votes(self, chosen: Allowed) -> list[Bin]:
        """Films by how many votes they have."""
        return _histogram(self._votes[chosen.mask], VOTE_BOUNDS)

    def runtimes(self, chosen: Allowed) -> list[Bin]:
        """Films of known runtime by it, in minutes."""
        return _histogram(self._known("runtime", chosen), RUNTIME_BOUNDS)

    def median_runtime(self, chosen: Allowed) -> int | None:
        """In minutes, of the films whose runtime is known; None without any."""
        known = self._known("runtime", chosen)
        return int(np.median(known)) if len(known) else None

    def years(self, chosen: Allowed) -> list[Group]:
        """Films of each year that has any, the earliest first."""
        rows = np.flatnonzero(chosen.mask & (self._filters.column("year") > 0))
        years = self._filters.column("year")[rows].astype(np.int64)
        if not len(years):
            return []
        groups = self._grouped(years - years.min(), rows, range(int(years.min()), int(years.max()) + 1))
        return [group for group in groups if group.films]

    def names(self, kind: str, chosen: Allowed) -> list[Group]:
        """Films of each name of a kind of `index.films.filters.KINDS`, the one with the most films first."""
        rows, terms = self._filters.terms[kind].pairs(chosen.mask)
        groups = self._grouped(terms, rows, self._filters.terms[kind].names)
        return sorted((group for group in groups if group.films), key=lambda group: (-group.films, group.name))

    def trends(self, kind: str, chosen: Allowed, years: int, limit: int) -> tuple[list[int], list[Trend]]:
        """How frequent the names of a kind are over time.

        Args:
            kind: of `index.films.filters.KINDS`.
            chosen: the films to count; those of an unknown year are left out.
            years: how many make a period.
            limit: how many names, those with the most films.

        Returns:
            The first year of each period, and the names, the one with the most films first.
        """
        periods = self._filters.column("year").astype(np.int64) // years
        dated = chosen.mask & (periods > 0)
        if not dated.any():
            return [], []
        first, last = int(periods[dated].min()), int(periods[dated].max())
        width = last - first + 1
        films = np.bincount(periods[dated] - first, minlength=width)
        rows, terms = self._filters.terms[kind].pairs(dated)
        names = self._filters.terms[kind].names
        counts = np.bincount(terms.astype(np.int64) * width + periods[rows] - first, minlength=len(names) * width)
        counts = counts.reshape(len(names), width)
        largest = np.argsort(-counts.sum(axis=1), kind="stable")[:limit]
        shares = np.round(counts[largest] / np.maximum(films, 1), 5)
        trends = [
            Trend(names[term], tuple(counts[term].tolist()), tuple(share.tolist()))
            for term, share in zip(largest, shares, strict=True)
            if counts[term].any()
        ]
        return [year * years for year in range(first, last + 1)], trends

    def top(self, column: str, chosen: Allowed, limit: int) -> list[int]:
        """Rows of the films with the most of a column of the filters; ties by votes, then id."""
        rows = np.flatnonzero(chosen.mask)
        values = self._filters.column(column)[rows]
        return [int(row) for row in rows[top_rows(self._films, rows, values, limit)]]

    @cached_property
    def _mean_votes(self) -> NDArray[np.float64]:
        return self._films.column("vote_average")

    def _voted(self, chosen: Allowed) -> NDArray[np.bool_]:
        voted: NDArray[np.bool_] = chosen.mask & (self._votes > 0)
        return voted

    def _known(self, column: str, chosen: Allowed) -> NDArray[np.int64]:
        values = self._filters.column(column)[chosen.mask]
        known: NDArray[np.int64] = values[values > 0]
        return known

    def _grouped(
        self, groups: NDArray[np.integer], rows: NDArray[np.integer], names: Sequence[str | int]
    ) -> list[Group]:
        """Totals of the films of `rows` by group; film i is of group `groups[i]`."""
        size = len(names)
        films = np.bincount(groups, minlength=size)
        has_votes = self._votes[rows] > 0
        votes = np.bincount(groups, weights=self._votes[rows], minlength=size)
        voted = np.bincount(groups[has_votes], minlength=size)
        vote_sums = np.bincount(groups[has_votes], weights=self._mean_votes[rows[has_votes]], minlength=size)
        return [
            Group(
                name=str(name),
                films=int(films[i]),
                voted=int(voted[i]),
                votes=int(votes[i]),
                mean_vote=round(float(vote_sums[i] / voted[i]), 3) if voted[i] else None,
            )
            for i, name in enumerate(names)
        ]


def _histogram(values: NDArray[np.generic], bounds: Sequence[float], *, closed: bool = False) -> list[Bin]:
    """Values by bins that begin at `bounds`; the last is open, or, where `closed`, ends with the last bound."""
    starts = bounds[:-1] if closed else bounds
    place = np.searchsorted(np.asarray(starts), values, side="right") - 1
    counts = np.bincount(place, minlength=len(starts)).tolist()
    ends = [*bounds[1:], *([] if closed else [None])]
    return [Bin(low, high, count) for low, high, count in zip(starts, ends, counts, strict=True)]
