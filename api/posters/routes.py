"""`/posters`: the addresses of many films' posters at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from api.parameters import PosterQuery
from api.posters.service import PosterAnswer, PosterService
from api.web.openapi import PROBLEMS
from api.web.query import asked


def router(posters: PosterService) -> APIRouter:
    """The route of posters."""
    routes = APIRouter(tags=["catalogue"], responses=PROBLEMS)

    @routes.get("/posters")
    def find(query: Annotated[PosterQuery, asked(PosterQuery)]) -> PosterAnswer:
        """Find posters.

        Of up to 100 films: OMDB's where a key is set, else TMDB's, else null.
        """
        return posters.find(query.ids)

    return routes
