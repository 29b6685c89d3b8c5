"""`/movies/recommend`: films like those that a request names.

A request is answered on the event loop if its answer is known (see `RecommendService.known`), which takes less
time than handing it to a thread; every other request goes to a thread.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response

from api.models import MovieIdPath, NoQuery, as_json
from api.recommend.models import NeighboursQuery, RecommendAnswer, RecommendBody, RecommendQuery, RecommendRequest
from api.recommend.service import RecommendService
from api.web.cache import QueryRoute, query_string
from api.web.openapi import NOT_FOUND, NOT_MODIFIED, PROBLEMS, TOO_LARGE, problem_response

NO_RATINGS = problem_response(
    HTTPStatus.CONFLICT,
    "no_ratings",
    "No ratings are loaded",
    "no ratings are loaded, so there is no collaborative model; use hybrid or content",
)


def router(service: RecommendService) -> APIRouter:
    """The routes that recommend."""
    routes = APIRouter(tags=["recommend"], responses=PROBLEMS, route_class=QueryRoute)

    async def answered(request: RecommendRequest) -> Response:
        known = service.known(request)
        return as_json(known) if known is not None else await asyncio.to_thread(searched, request)

    def searched(request: RecommendRequest) -> Response:
        return as_json(service.answer(request))

    @routes.get(
        "/movies/recommend",
        responses=NOT_FOUND | NO_RATINGS | NOT_MODIFIED,
        response_model=RecommendAnswer,
    )
    async def recommend(query: Annotated[RecommendQuery, query_string(RecommendQuery)]) -> Response:
        """Find films like others.

        Name films by `title` or `id`, one or several. They are never in the answer themselves, and a filter never
        shortens it: if k films match, k are returned.
        """
        return await answered(query.request())

    @routes.post(
        "/movies/recommend",
        responses=NOT_FOUND | NO_RATINGS | TOO_LARGE,
        response_model=RecommendAnswer,
    )
    async def recommend_for(body: RecommendBody, _: NoQuery) -> Response:
        """Find films for a taste.

        Likes and dislikes (ids, titles, or title and year), free text, weights of the blocks, filters, films to
        leave out or to choose among. With likes and filters alone, the answer is that of `GET`.
        """
        return await answered(body.request())

    @routes.get(
        "/movies/recommend/{movie_id}",
        responses=NOT_FOUND | NO_RATINGS | NOT_MODIFIED,
        response_model=RecommendAnswer,
    )
    async def neighbours(
        movie_id: MovieIdPath, query: Annotated[NeighboursQuery, query_string(NeighboursQuery)]
    ) -> Response:
        """Find films like one.

        Five, unless `k` says otherwise.
        """
        return await answered(query.request(movie_id))

    return routes
