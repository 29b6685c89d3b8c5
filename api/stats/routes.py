"""`/stats/*`: what the charts show, each under the filters."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.parameters import FilterFields
from api.stats.models import (
    Groups,
    Languages,
    Overview,
    Ratings,
    RatingsQuery,
    Runtimes,
    Top,
    TopQuery,
    Trends,
    TrendsQuery,
    Votes,
    Years,
)
from api.stats.service import StatisticsService
from api.web.openapi import NOT_FOUND, NOT_MODIFIED, PROBLEMS
from api.web.query import query_string

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

        Those with the most votes, and those with the highest Bayesian rating.
        """
        return statistics.top(query)

    return routes
