"""`/posters`: the addresses of many films' posters in one answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, RootModel
from sqlalchemy import Engine

from api.models import Posters
from api.parameters import MovieIds, Strict
from api.posters.omdb import OmdbPosters
from api.serving.serving import Serving
from api.web.openapi import PROBLEMS
from api.web.query import query_string
from sql import movies
from sql.errors import CatalogueError
from sql.movies import PosterKeys


class PosterQuery(Strict):
    """Parameters of `GET /posters`."""

    ids: Annotated[MovieIds, Field(min_length=1)] = Field(
        description="TMDB ids; repeat it, or put commas between them", examples=[[157336, 348]]
    )


class Source(StrEnum):
    """Where an address comes from."""

    OMDB = "omdb"
    TMDB = "tmdb"


class Poster(BaseModel):
    """Where a film's poster is."""

    url: str | None = Field(
        description="null if none is known",
        examples=["https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"],
    )
    source: Source | None = Field(description="omdb, tmdb, or null without a url", examples=["tmdb"])


class PosterAnswer(RootModel[dict[int, Poster]]):
    """The posters of the films asked for, by TMDB's id."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "348": {
                        "url": "https://image.tmdb.org/t/p/w342/vfrQk5IPloGg1v9Rzbh2Eg3VGyM.jpg",
                        "source": "tmdb",
                    },
                    "157336": {
                        "url": "https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg",
                        "source": "tmdb",
                    },
                }
            ]
        }
    )


class PosterService:
    """Finds posters: OMDB's by imdb id, else TMDB's by the path in the catalogue."""

    def __init__(self, database: Engine, serving: Serving, posters: Posters, omdb: OmdbPosters | None) -> None:
        self._database, self._serving, self._posters, self._omdb = database, serving, posters, omdb

    def find(self, ids: list[int]) -> PosterAnswer:
        """A poster, or that there is none, for each id."""
        known = self._keys(ids)
        imdb_ids = {film.imdb_id for film in known.values() if film.imdb_id}
        found = self._omdb.find(imdb_ids) if self._omdb is not None and imdb_ids else {}
        return PosterAnswer({i: self._poster(known.get(i), found) for i in ids})

    def _poster(self, film: PosterKeys | None, found: dict[str, str]) -> Poster:
        if film is not None and film.imdb_id in found:
            return Poster(url=found[film.imdb_id], source=Source.OMDB)
        url = self._posters.url(film.poster_path) if film is not None else None
        return Poster(url=url, source=Source.TMDB if url else None)

    def _keys(self, ids: list[int]) -> dict[int, PosterKeys]:
        """Imdb ids and paths of posters; the generation's, without imdb ids, while the database is away."""
        try:
            return movies.poster_keys(self._database, ids)
        except CatalogueError:
            films = self._serving.current().view.films
            rows = [row for i in ids if (row := films.row_of(i)) is not None]
            return {film["id"]: PosterKeys(None, film["poster_path"]) for film in films.summaries(rows)}


def router(posters: PosterService) -> APIRouter:
    """The route of posters."""
    routes = APIRouter(tags=["catalogue"], responses=PROBLEMS)

    @routes.get("/posters")
    def find(query: Annotated[PosterQuery, query_string(PosterQuery)]) -> PosterAnswer:
        """Find posters.

        Of up to 100 films: OMDB's if a key is set, else TMDB's, else null.
        """
        return posters.find(query.ids)

    return routes
