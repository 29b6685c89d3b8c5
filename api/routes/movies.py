"""`/movies`, `/movies/search`, `/movies/recommend` and `/genres`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from api.answers import Genres, Movie, MoviePage, RecommendAnswer, SearchAnswer, as_json
from api.asking import asked
from api.browsing import CatalogueService
from api.parameters import (
    BrowseQuery,
    FilterFields,
    KinQuery,
    MovieIdPath,
    NoParameters,
    RecommendBody,
    RecommendQuery,
    SearchQuery,
)
from api.problems import NOT_FOUND, PROBLEM, PROBLEMS
from api.recommending import RecommendService

NO_RATINGS: dict[int | str, dict[str, Any]] = {409: {"description": "No ratings are loaded", **PROBLEM}}


def router(catalogue: CatalogueService, recommending: RecommendService) -> APIRouter:
    """The routes of films, bound to their services."""
    routes = APIRouter(responses=PROBLEMS)

    @routes.get("/movies", tags=["catalogue"])
    def browse(query: Annotated[BrowseQuery, asked(BrowseQuery)]) -> MoviePage:
        """Page through the catalogue."""
        return catalogue.page(query)

    @routes.get("/movies/search", tags=["search"], response_model=SearchAnswer)
    def search(query: Annotated[SearchQuery, asked(SearchQuery)]) -> Response:
        """Find films by title, typos and all."""
        return as_json(catalogue.search(query))

    @routes.get(
        "/movies/recommend",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS,
        response_model=RecommendAnswer,
    )
    def recommend(query: Annotated[RecommendQuery, asked(RecommendQuery)]) -> Response:
        """Films that are kin to those you name."""
        return as_json(recommending.query(query), exclude_unset=True)

    @routes.post(
        "/movies/recommend",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS,
        response_model=RecommendAnswer,
    )
    def recommend_for(body: RecommendBody, _: Annotated[NoParameters, asked(NoParameters)]) -> Response:
        """Films for likes, dislikes and free text, weighted as you wish."""
        return as_json(recommending.answer(body), exclude_unset=True)

    @routes.get(
        "/movies/recommend/{movie_id}",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS,
        response_model=RecommendAnswer,
    )
    def kin(movie_id: MovieIdPath, query: Annotated[KinQuery, asked(KinQuery)]) -> Response:
        """The nearest kin of one film."""
        return as_json(recommending.kin(movie_id, query), exclude_unset=True)

    @routes.get("/movies/{movie_id}", tags=["catalogue"], responses=NOT_FOUND)
    def movie(movie_id: MovieIdPath, _: Annotated[NoParameters, asked(NoParameters)]) -> Movie:
        """Everything that is known about one film."""
        return catalogue.movie(movie_id)

    @routes.get("/genres", tags=["catalogue"])
    def genres(filters: Annotated[FilterFields, asked(FilterFields)]) -> Genres:
        """All genres and how many films have them."""
        return catalogue.genres(filters)

    return routes
