"""`/movies/recommend`: films like those that a request names."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response

from api.models import as_json
from api.parameters import MovieIdPath, NoParameters
from api.recommend.models import KinQuery, RecommendAnswer, RecommendBody, RecommendQuery
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


def router(recommending: RecommendService) -> APIRouter:
    """The routes that recommend."""
    routes = APIRouter(tags=["recommend"], responses=PROBLEMS, route_class=AskedRoute)
    turns = Turns()

    @routes.get(
        "/movies/recommend",
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
        responses=NOT_FOUND | NO_RATINGS | NOT_MODIFIED,
        response_model=RecommendAnswer,
    )
    def kin(movie_id: MovieIdPath, query: Annotated[KinQuery, asked(KinQuery)]) -> Response:
        """Find the kin of one film.

        Five, unless `k` says otherwise.
        """
        return as_json(recommending.kin(movie_id, query))

    return routes
