"""`/movies`, `/movies/search`, `/movies/recommend` and `/genres`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.answers import Genres, Movie, MoviePage, RecommendAnswer, SearchAnswer
from api.browsing import CatalogueService
from api.parameters import (
    MAX_ID,
    BrowseQuery,
    FilterFields,
    KinQuery,
    NoParameters,
    RecommendBody,
    RecommendQuery,
    SearchQuery,
)
from api.problems import PROBLEM, PROBLEMS
from api.recommending import RecommendService

NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such film", **PROBLEM}}
NO_RATINGS: dict[int | str, dict[str, Any]] = {409: {"description": "No ratings are loaded", **PROBLEM}}

MovieIdPath = Annotated[int, Path(ge=1, le=MAX_ID, description="TMDB's id", examples=[157336])]


def router(catalogue: CatalogueService, recommending: RecommendService) -> APIRouter:
    """The routes of films, bound to their services."""
    routes = APIRouter(responses=PROBLEMS)

    @routes.get("/movies", tags=["catalogue"])
    def browse(query: Annotated[BrowseQuery, Query()]) -> MoviePage:
        """Page through the catalogue."""
        return catalogue.page(query)

    @routes.get("/movies/search", tags=["search"])
    def search(query: Annotated[SearchQuery, Query()]) -> SearchAnswer:
        """Find films by title, typos and all."""
        return catalogue.search(query)

    @routes.get(
        "/movies/recommend",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS,
        response_model_exclude_unset=True,
    )
    def recommend(query: Annotated[RecommendQuery, Query()]) -> RecommendAnswer:
        """Films that are kin to those you name."""
        return recommending.query(query)

    @routes.post(
        "/movies/recommend",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS,
        response_model_exclude_unset=True,
    )
    def recommend_for(body: RecommendBody, _: Annotated[NoParameters, Query()]) -> RecommendAnswer:
        """Films for likes, dislikes and free text, weighted as you wish."""
        return recommending.answer(body)

    @routes.get(
        "/movies/recommend/{movie_id}",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS,
        response_model_exclude_unset=True,
    )
    def kin(movie_id: MovieIdPath, query: Annotated[KinQuery, Query()]) -> RecommendAnswer:
        """The nearest kin of one film."""
        return recommending.kin(movie_id, query)

    @routes.get("/movies/{movie_id}", tags=["catalogue"], responses=NOT_FOUND)
    def movie(movie_id: MovieIdPath, _: Annotated[NoParameters, Query()]) -> Movie:
        """Everything that is known about one film."""
        return catalogue.movie(movie_id)

    @routes.get("/genres", tags=["catalogue"])
    def genres(filters: Annotated[FilterFields, Query()]) -> Genres:
        """All genres and how many films have them."""
        return catalogue.genres(filters)

    return routes
