"""`/stats/*`: what the charts show, each under the filters."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.asking import asked
from api.parameters import FilterFields, RatingsQuery, TopQuery, TrendsQuery
from api.problems import NOT_FOUND, PROBLEMS
from api.statistics import StatisticsService
from api.statistics_answers import Groups, Overview, Ratings, Runtimes, Top, Trends, Votes

UnderFilters = Annotated[FilterFields, asked(FilterFields)]


def router(statistics: StatisticsService) -> APIRouter:
    """The routes of statistics."""
    routes = APIRouter(prefix="/stats", tags=["statistics"], responses=PROBLEMS)

    @routes.get("/overview")
    def overview(filters: UnderFilters) -> Overview:
        """The catalogue at a glance."""
        return statistics.overview(filters)

    @routes.get("/ratings", responses=NOT_FOUND)
    def ratings(query: Annotated[RatingsQuery, asked(RatingsQuery)]) -> Ratings:
        """How films are rated; with `id`, one film against those of its genre."""
        return statistics.ratings(query)

    @routes.get("/votes")
    def votes(filters: UnderFilters) -> Votes:
        """How many votes films have."""
        return statistics.votes(filters)

    @routes.get("/runtimes")
    def runtimes(filters: UnderFilters) -> Runtimes:
        """How long films are."""
        return statistics.runtimes(filters)

    @routes.get("/years")
    def years(filters: UnderFilters) -> Groups:
        """Films of each year."""
        return statistics.years(filters)

    @routes.get("/genres")
    def genres(filters: UnderFilters) -> Groups:
        """Films of each genre."""
        return statistics.genres(filters)

    @routes.get("/languages")
    def languages(filters: UnderFilters) -> Groups:
        """Films of each original language."""
        return statistics.languages(filters)

    @routes.get("/trends")
    def trends(query: Annotated[TrendsQuery, asked(TrendsQuery)]) -> Trends:
        """Genres or languages over the years or decades."""
        return statistics.trends(query)

    @routes.get("/top")
    def top(query: Annotated[TopQuery, asked(TopQuery)]) -> Top:
        """The films with the most votes, and those with the highest Bayesian rating."""
        return statistics.top(query)

    return routes
