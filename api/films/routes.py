"""`/movies`, `/movies/search`, `/movies/recommend` and `/genres`."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response

from api.films.browse import CatalogueService
from api.models import Genres, Movie, MoviePage, RecommendAnswer, SearchAnswer, as_json
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
from api.recommend.service import RecommendService
from api.serving.turns import Turns
from api.web.openapi import NOT_FOUND, NOT_MODIFIED, PROBLEMS, TOO_LARGE, refusal
from api.web.query import AskedRoute, asked

NO_RATINGS = refusal(
    HTTPStatus.CONFLICT,
    "no_ratings",
    "No ratings are loaded",
    "no ratings are loaded, so there is no collaborative model; use hybrid or content",
)


def router(catalogue: CatalogueService, recommending: RecommendService) -> APIRouter:
    """The routes of films, bound to their services."""
    routes = APIRouter(responses=PROBLEMS, route_class=AskedRoute)
    turns = Turns()

    @routes.get("/movies", tags=["catalogue"])
    def browse(query: Annotated[BrowseQuery, asked(BrowseQuery)]) -> MoviePage:
        """Browse the catalogue.

        In pages that cost the same however deep they are: send `next` or `previous` back as `cursor`, with the
        same sort, order and filters. `from` begins elsewhere in the order.
        """
        return catalogue.page(query)

    @routes.get("/movies/search", tags=["search"], responses=NOT_MODIFIED, response_model=SearchAnswer)
    def search(query: Annotated[SearchQuery, asked(SearchQuery)]) -> Response:
        """Find films by title.

        Typos and all. `confidence` is how often the first match is the one that was meant.
        """
        return as_json(catalogue.search(query))

    @routes.get(
        "/movies/recommend",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS | NOT_MODIFIED,
        response_model=RecommendAnswer,
    )
    async def recommend(query: Annotated[RecommendQuery, asked(RecommendQuery)]) -> Response:
        """Find the kin of films.

        Name films by `title` or `id`, one or several. They never come back themselves, and a filter never shortens
        the answer: if k films match, k come back.
        """
        if query.plain:
            await turns.wait()
            if recommending.at_hand:
                return as_json(recommending.query(query))
        return as_json(await asyncio.to_thread(recommending.query, query))

    @routes.post(
        "/movies/recommend",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS | TOO_LARGE,
        response_model=RecommendAnswer,
    )
    def recommend_for(body: RecommendBody, _: Annotated[NoParameters, asked(NoParameters)]) -> Response:
        """Find films for a taste.

        Likes and dislikes (ids, titles, or title and year), free text, weights of the blocks, filters, films to
        leave out or to choose among. Without the latter it answers as `GET` does.
        """
        return as_json(recommending.answer(body))

    @routes.get(
        "/movies/recommend/{movie_id}",
        tags=["recommend"],
        responses=NOT_FOUND | NO_RATINGS | NOT_MODIFIED,
        response_model=RecommendAnswer,
    )
    def kin(movie_id: MovieIdPath, query: Annotated[KinQuery, asked(KinQuery)]) -> Response:
        """Find the kin of one film.

        Five, unless `k` says otherwise.
        """
        return as_json(recommending.kin(movie_id, query))

    @routes.get("/movies/{movie_id}", tags=["catalogue"], responses=NOT_FOUND)
    def movie(movie_id: MovieIdPath, _: Annotated[NoParameters, asked(NoParameters)]) -> Movie:
        """Show one film.

        Everything that is known about it.
        """
        return catalogue.movie(movie_id)

    @routes.get("/genres", tags=["catalogue"])
    def genres(filters: Annotated[FilterFields, asked(FilterFields)]) -> Genres:
        """List the genres.

        All that the films have which pass the filters, those with the most films first.
        """
        return catalogue.genres(filters)

    return routes
