"""The service behind `/stats/*`: statistics of the films that pass the filters.

They come from the generation, so they are there while the database is away, and in hundredths of a second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from api.models import MovieSummary, Posters
from api.parameters import FilterFields
from api.recommend.resolve import Resolver
from api.serving.serving import Served, Serving
from api.stats.models import (
    BinCount,
    FilmAmongGenre,
    GroupCount,
    Groups,
    Languages,
    Overview,
    Ratings,
    RatingsQuery,
    Runtimes,
    Top,
    TopQuery,
    TrendLine,
    Trends,
    TrendsQuery,
    Votes,
    Years,
)
from contract import Filters
from index.answer.statistics import Bin, Group
from index.films.allowed import Allowed

PERIODS = {"year": 1, "decade": 10}
KINDS = {"genres": "genres", "languages": "original_language"}


class StatisticsService:
    """Answers from the generation that is served."""

    def __init__(self, serving: Serving, posters: Posters) -> None:
        self._serving, self._posters = serving, posters

    def overview(self, filters: FilterFields) -> Overview:
        """The catalogue at a glance."""
        served, chosen = self._chosen(filters.filters())
        return Overview(**vars(served.statistics.overview(chosen)) | self._head(served, chosen))

    def ratings(self, query: RatingsQuery) -> Ratings:
        """How films are rated, and one film against its genre.

        Raises:
            NotFoundError: there is no film with that id.
        """
        served, chosen = self._chosen(query.filters())
        film = None if query.id is None else self._among_genre(served, query.filters(), query.id)
        return Ratings(
            mean_votes=_bins(served.statistics.mean_votes(chosen)),
            ratings=_bins(served.statistics.ratings(chosen)),
            film=film,
            **self._head(served, chosen),
        )

    def votes(self, filters: FilterFields) -> Votes:
        """How many votes films have."""
        served, chosen = self._chosen(filters.filters())
        return Votes(bins=_bins(served.statistics.votes(chosen)), **self._head(served, chosen))

    def runtimes(self, filters: FilterFields) -> Runtimes:
        """How long films are."""
        served, chosen = self._chosen(filters.filters())
        bins = served.statistics.runtimes(chosen)
        median = served.statistics.median_runtime(chosen)
        known = sum(each.films for each in bins)
        return Runtimes(known=known, median=median, bins=_bins(bins), **self._head(served, chosen))

    def years(self, filters: FilterFields) -> Years:
        """Films of each year."""
        served, chosen = self._chosen(filters.filters())
        return Years(groups=_groups(served.statistics.years(chosen)), **self._head(served, chosen))

    def genres(self, filters: FilterFields) -> Groups:
        """Films of each genre."""
        return Groups(**self._names("genres", filters))

    def languages(self, filters: FilterFields) -> Languages:
        """Films of each original language."""
        return Languages(**self._names("languages", filters))

    def trends(self, query: TrendsQuery) -> Trends:
        """Genres or languages over time."""
        served, chosen = self._chosen(query.filters())
        periods, trends = served.statistics.trends(KINDS[query.by], chosen, PERIODS[query.per], query.limit)
        lines = [TrendLine.model_validate(trend) for trend in trends]
        return Trends(periods=periods, trends=lines, **self._head(served, chosen))

    def top(self, query: TopQuery) -> Top:
        """The best known and the best rated films."""
        served, chosen = self._chosen(query.filters())
        return Top(
            by_votes=self._films(served, served.statistics.top("votes", chosen, query.limit)),
            by_rating=self._films(served, served.statistics.top("rating", chosen, query.limit)),
            **self._head(served, chosen),
        )

    def _chosen(self, filters: Filters) -> tuple[Served, Allowed]:
        served = self._serving.current()
        return served, served.selection(filters)

    def _head(self, served: Served, chosen: Allowed) -> dict[str, Any]:
        return {
            "generation": served.generation.manifest.id,
            "degraded": self._serving.database_problem is not None,
            "films": chosen.count,
        }

    def _films(self, served: Served, rows: list[int]) -> list[MovieSummary]:
        return Resolver(served.generation, self._posters).summaries(rows)

    def _names(self, by: str, filters: FilterFields) -> dict[str, Any]:
        served, chosen = self._chosen(filters.filters())
        groups = _groups(served.statistics.names(KINDS[by], chosen))
        return {"groups": groups, **self._head(served, chosen)}

    def _among_genre(self, served: Served, filters: Filters, movie_id: int) -> FilmAmongGenre:
        resolver = Resolver(served.generation, self._posters)
        row = resolver.find(movie_id).row
        movie = resolver.summaries([row])[0]
        genre = next(iter(served.generation.films.summaries([row])[0]["genres"]), None)
        genres = filters.genres_all if genre is None else (*filters.genres_all, genre)
        of_genre = served.selection(replace(filters, genres_all=genres))
        ratings = served.statistics.ratings(of_genre)
        below = served.statistics.rated_below(of_genre, row)
        return FilmAmongGenre(
            movie=movie,
            genre=genre,
            films=sum(each.films for each in ratings),
            better_than=None if below is None else round(below, 4),
            mean_votes=_bins(served.statistics.mean_votes(of_genre)),
            ratings=_bins(ratings),
        )


def _bins(bins: list[Bin]) -> list[BinCount]:
    return [BinCount.model_validate(each) for each in bins]


def _groups(groups: list[Group]) -> list[GroupCount]:
    return [GroupCount.model_validate(each) for each in groups]
