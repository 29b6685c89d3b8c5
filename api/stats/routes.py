"""`/stats/*`: what the charts show, each under the filters.

The service behind `/stats/*`: statistics of the films that pass the filters.

They come from the generation, so they work while the database is away, and take hundredths of a second.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter

from api.models import FilterFields, MovieSummary, Posters
from api.recommend.service import Resolver
from api.serving.edits import Snapshot
from api.serving.serving import Serving
from api.stats.models import (
    BinCount,
    FilmAmongGenre,
    GroupCount,
    Groups,
    Languages,
    NamesQuery,
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
from api.web.cache import query_string
from api.web.openapi import NOT_FOUND, NOT_MODIFIED, PROBLEMS
from contract import Filters
from index.answer.shelves import Shelf
from index.answer.statistics import Bin, Group
from index.films.filters import Allowed

PERIODS = {"year": 1, "decade": 10}
KINDS = {"genres": "genres", "languages": "original_language"}


class StatisticsService:
    """Answers from the generation that is served."""

    def __init__(self, serving: Serving, posters: Posters) -> None:
        self._serving, self._posters = serving, posters

    def overview(self, filters: FilterFields) -> Overview:
        """The catalogue at a glance."""
        snapshot, chosen = self._chosen(filters.filters())
        return Overview(**vars(snapshot.statistics.overview(chosen)) | self._head(snapshot, chosen))

    def ratings(self, query: RatingsQuery) -> Ratings:
        """How films are rated, and one film against its genre.

        Raises:
            NotFoundError: there is no film with that id.
        """
        snapshot, chosen = self._chosen(query.filters())
        film = None if query.id is None else self._among_genre(snapshot, query.filters(), query.id)
        return Ratings(
            mean_votes=_bins(snapshot.statistics.mean_votes(chosen)),
            ratings=_bins(snapshot.statistics.ratings(chosen)),
            film=film,
            **self._head(snapshot, chosen),
        )

    def votes(self, filters: FilterFields) -> Votes:
        """How many votes films have."""
        snapshot, chosen = self._chosen(filters.filters())
        return Votes(bins=_bins(snapshot.statistics.votes(chosen)), **self._head(snapshot, chosen))

    def runtimes(self, filters: FilterFields) -> Runtimes:
        """How long films are."""
        snapshot, chosen = self._chosen(filters.filters())
        bins = snapshot.statistics.runtimes(chosen)
        median = snapshot.statistics.median_runtime(chosen)
        known = sum(each.films for each in bins)
        return Runtimes(known=known, median=median, bins=_bins(bins), **self._head(snapshot, chosen))

    def years(self, filters: FilterFields) -> Years:
        """Films of each year."""
        snapshot, chosen = self._chosen(filters.filters())
        return Years(groups=_groups(snapshot.statistics.years(chosen)), **self._head(snapshot, chosen))

    def genres(self, filters: FilterFields) -> Groups:
        """Films of each genre."""
        return Groups(**self._names("genres", filters))

    def frequent(self, kind: str, query: NamesQuery) -> Groups:
        """Films of each of the most frequent names of a kind of `index.films.filters.KINDS`."""
        snapshot, chosen = self._chosen(query.filters())
        groups = _groups(snapshot.statistics.names(kind, chosen)[: query.limit])
        return Groups(groups=groups, **self._head(snapshot, chosen))

    def languages(self, filters: FilterFields) -> Languages:
        """Films of each original language."""
        return Languages(**self._names("languages", filters))

    def trends(self, query: TrendsQuery) -> Trends:
        """Genres or languages over time."""
        snapshot, chosen = self._chosen(query.filters())
        periods, trends = snapshot.statistics.trends(KINDS[query.by], chosen, PERIODS[query.per], query.limit)
        lines = [TrendLine.model_validate(trend) for trend in trends]
        return Trends(periods=periods, trends=lines, **self._head(snapshot, chosen))

    def top(self, query: TopQuery) -> Top:
        """The best known and the best rated films."""
        snapshot, chosen = self._chosen(query.filters())
        return Top(
            by_votes=self._films(snapshot, snapshot.statistics.top("votes", chosen, query.limit)),
            by_rating=self._films(snapshot, snapshot.shelves.top(Shelf.ACCLAIMED, chosen, query.limit)),
            **self._head(snapshot, chosen),
        )

    def _chosen(self, filters: Filters) -> tuple[Snapshot, Allowed]:
        snapshot = self._serving.current()
        return snapshot, snapshot.selection(filters)

    def _head(self, snapshot: Snapshot, chosen: Allowed) -> dict[str, Any]:
        return {
            "generation": snapshot.id,
            "degraded": self._serving.database_problem is not None,
            "films": chosen.count,
        }

    def _films(self, snapshot: Snapshot, rows: list[int]) -> list[MovieSummary]:
        return self._posters.summaries(snapshot.view, rows)

    def _names(self, by: str, filters: FilterFields) -> dict[str, Any]:
        snapshot, chosen = self._chosen(filters.filters())
        groups = _groups(snapshot.statistics.names(KINDS[by], chosen))
        return {"groups": groups, **self._head(snapshot, chosen)}

    def _among_genre(self, snapshot: Snapshot, filters: Filters, movie_id: int) -> FilmAmongGenre:
        row = Resolver(snapshot.view).find(movie_id).row
        movie = self._films(snapshot, [row])[0]
        genre = next(iter(snapshot.view.films.summaries([row])[0]["genres"]), None)
        genres = filters.genres_all if genre is None else (*filters.genres_all, genre)
        of_genre = snapshot.selection(replace(filters, genres_all=genres))
        ratings = snapshot.statistics.ratings(of_genre)
        below = snapshot.statistics.rated_below(of_genre, row)
        return FilmAmongGenre(
            movie=movie,
            genre=genre,
            films=sum(each.films for each in ratings),
            better_than=None if below is None else round(below, 4),
            mean_votes=_bins(snapshot.statistics.mean_votes(of_genre)),
            ratings=_bins(ratings),
        )


def _bins(bins: list[Bin]) -> list[BinCount]:
    return [BinCount.model_validate(each) for each in bins]


def _groups(groups: list[Group]) -> list[GroupCount]:
    return [GroupCount.model_validate(each) for each in groups]


UnderFilters = Annotated[FilterFields, query_string(FilterFields)]


def router(statistics: StatisticsService) -> APIRouter:
    """The routes of statistics."""
    routes = APIRouter(prefix="/stats", tags=["statistics"], responses=PROBLEMS | NOT_MODIFIED)

    @routes.get("/overview")
    def overview(filters: UnderFilters) -> Overview:
        """Sum the catalogue up.

        Films, votes, years, and how many genres, keywords, languages and countries there are.
        """
        return statistics.overview(filters)

    @routes.get("/ratings", responses=NOT_FOUND)
    def ratings(query: Annotated[RatingsQuery, query_string(RatingsQuery)]) -> Ratings:
        """Show how films are rated.

        By their mean vote and by the Bayesian rating; with `id`, one film against those of its first genre.
        """
        return statistics.ratings(query)

    @routes.get("/votes")
    def votes(filters: UnderFilters) -> Votes:
        """Show how many votes films have.

        In steps that grow.
        """
        return statistics.votes(filters)

    @routes.get("/runtimes")
    def runtimes(filters: UnderFilters) -> Runtimes:
        """Show how long films are.

        In steps of ten minutes.
        """
        return statistics.runtimes(filters)

    @routes.get("/years")
    def years(filters: UnderFilters) -> Years:
        """Count films by year.

        With their votes and the mean of their mean votes.
        """
        return statistics.years(filters)

    @routes.get("/genres")
    def genres(filters: UnderFilters) -> Groups:
        """Count films by genre.

        A film counts in each of its genres.
        """
        return statistics.genres(filters)

    @routes.get("/keywords")
    def keywords(query: Annotated[NamesQuery, query_string(NamesQuery)]) -> Groups:
        """Count films by keyword.

        The keywords of the most films, up to `limit`.
        """
        return statistics.frequent("keywords", query)

    @routes.get("/companies")
    def companies(query: Annotated[NamesQuery, query_string(NamesQuery)]) -> Groups:
        """Count films by company.

        The companies that made the most films, up to `limit`.
        """
        return statistics.frequent("companies", query)

    @routes.get("/directors")
    def directors(query: Annotated[NamesQuery, query_string(NamesQuery)]) -> Groups:
        """Count films by director.

        The directors of the most films, up to `limit`; none where the catalogue has no credits.
        """
        return statistics.frequent("directors", query)

    @routes.get("/actors")
    def actors(query: Annotated[NamesQuery, query_string(NamesQuery)]) -> Groups:
        """Count films by actor.

        The actors of the most films, up to `limit`; none where the catalogue has no credits.
        """
        return statistics.frequent("actors", query)

    @routes.get("/languages")
    def languages(filters: UnderFilters) -> Languages:
        """Count films by language.

        The original language, as a code.
        """
        return statistics.languages(filters)

    @routes.get("/trends")
    def trends(query: Annotated[TrendsQuery, query_string(TrendsQuery)]) -> Trends:
        """Show genres or languages over time.

        Over the years or decades: films, and their part of all films.
        """
        return statistics.trends(query)

    @routes.get("/top")
    def top(query: Annotated[TopQuery, query_string(TopQuery)]) -> Top:
        """Show the top films.

        Those with the most votes, and the best rated by the rule of the shelf `acclaimed`.
        """
        return statistics.top(query)

    return routes
