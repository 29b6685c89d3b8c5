"""`GET /movies/path`: a chain of kin from one film to another."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.models import MovieId, MovieSummary, Posters, Strict
from api.recommend.models import Why
from api.recommend.service import Resolver
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import NOT_FOUND, PROBLEMS
from api.web.problems import NotFoundError
from index.answer.path import find_path
from index.answer.recommend import Recommender
from index.spaces.space import CONTENT
from index.spaces.view import View


class PathQuery(Strict):
    """Parameters of `GET /movies/path`."""

    model_config = ConfigDict(populate_by_name=True)

    start: MovieId = Field(alias="from", description="TMDB id of the first film", examples=[348])
    end: MovieId = Field(alias="to", description="TMDB id of the last film", examples=[194])

    @model_validator(mode="after")
    def _two_films(self) -> PathQuery:
        if self.start == self.end:
            raise ValueError("`from` and `to` are the same film; name two")
        return self


class Step(BaseModel):
    """A film of the chain."""

    movie: MovieSummary = Field(description="the film")
    score: float | None = Field(
        None, description="of this and the film before; null for the first", examples=[0.67]
    )
    why: Why | None = Field(None, description="what it has in common with the film before; null for the first")


ENDS: list[dict[str, Any]] = [
    {
        "movie": {
            "id": 348,
            "title": "Alien",
            "original_title": "Alien",
            "year": 1979,
            "genres": ["Horror", "Science Fiction"],
            "runtime": 117,
            "rating": 7.912,
            "vote_average": 8.147,
            "vote_count": 13206,
            "popularity": 72.767,
            "poster_url": "https://image.tmdb.org/t/p/w342/vfrQk5IPloGg1v9Rzbh2Eg3VGyM.jpg",
        },
    },
    {
        "movie": {
            "id": 194,
            "title": "Amélie",
            "original_title": "Le Fabuleux Destin d'Amélie Poulain",
            "year": 2001,
            "genres": ["Comedy", "Romance"],
            "runtime": 122,
            "rating": 7.682,
            "vote_average": 7.905,
            "vote_count": 10750,
            "popularity": 42.494,
            "poster_url": "https://image.tmdb.org/t/p/w342/nSxDa3M9aMvGVLoItzWTepQ5h5d.jpg",
        },
        "score": 0.57,
        "why": {"blocks": {"genres": 0.196, "year": 0.1292}, "shared": {"genres": []}},
    },
]
"""The ends of a chain, as an example; what is between them hangs on the weights."""


class PathAnswer(BaseModel):
    """A chain of films, each kin of the one before."""

    steps: list[Step] = Field(description="from the first film to the last, both included", examples=[ENDS])
    width: float = Field(description="the least score of a step", examples=[0.57])
    generation: str = Field(description="the generation that answered", examples=["20261121T223936Z-775b"])


class PathService:
    """Finds chains in the generation that is served."""

    def __init__(self, serving: Serving, posters: Posters) -> None:
        self._serving, self._posters = serving, posters

    def find(self, query: PathQuery) -> PathAnswer:
        """The chain between two films.

        Raises:
            NotFoundError: there is no such film, or no chain; then the nearest that can be reached is named.
        """
        snapshot = self._serving.current()
        view, resolver = snapshot.view, Resolver(snapshot.view)
        start, end = (view.films.best_of(resolver.find(film).row) for film in (query.start, query.end))
        path = find_path(view, start, end)
        movies = self._posters.summaries(view, path.rows)
        if not path.arrives:
            first, reached, last = view.films.titles(np.array([start, path.rows[-1], end]))
            raise NotFoundError(
                f"no chain leads from {first!r} to {last!r}; the nearest that can be reached is {reached!r}"
            )
        whys: list[Any] = [None, *(_why(view, snapshot.recommender, a, b) for a, b in pairwise(path.rows))]
        steps = [
            Step(movie=movie, score=score, why=why)
            for movie, score, why in zip(movies, (None, *path.scores), whys, strict=True)
        ]
        return PathAnswer(steps=steps, width=min(path.scores, default=1.0), generation=snapshot.id)


def _why(view: View, recommender: Recommender, one: int, other: int) -> Why:
    space = view.spaces[CONTENT]
    vectors = space.double(np.array([one, other]))
    parts = space.layout.shares((vectors[0] * vectors[1])[None, :])[0].tolist()
    shared = recommender.shared([one], [other])[0]
    return Why(blocks=dict(zip(space.layout.names, parts, strict=True)), shared=shared)


def router(service: PathService) -> APIRouter:
    """The route of chains."""
    routes = APIRouter(tags=["recommend"], responses=PROBLEMS | NOT_FOUND)

    @routes.get("/movies/path")
    def path(query: Annotated[PathQuery, query_string(PathQuery)]) -> PathAnswer:
        """Find a chain between two films.

        Each film is among the nearest of the one before, or the other way round; the chain is one whose least step
        is as large as possible, of at most twelve steps. A 404 names the nearest film that can be reached.
        """
        return service.find(query)

    return routes
