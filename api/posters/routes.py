"""`/posters`: the addresses of many films' posters in one answer.

Posters from OMDB, by imdb id: a client for it.

The key travels in the address of a request, so neither an address nor an error of the HTTP library is ever logged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

import requests
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, RootModel
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine

from api.models import MovieIds, Posters, Strict
from api.posters.lookup import AT_ONCE, DEADLINE_S, TIMEOUT_S, AwayError, LimitError, Lookup
from api.posters.shared import SharedAnswers
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import PROBLEMS
from sql import movies
from sql.errors import CatalogueError
from sql.movies import PosterKeys


class Omdb:
    """A client of OMDB.

    Args:
        url: its address, such as `https://www.omdbapi.com/`.
        key: the key to send.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=AT_ONCE))

    def poster(self, imdb_id: str) -> str | None:
        """The address of a film's poster, or None if OMDB has no such film or no poster of it.

        Raises:
            AwayError: no connection, no answer in time, or one that is not OMDB's.
            LimitError: the limit is reached, or the key is wrong.
        """
        parameters = {"i": imdb_id, "apikey": self._key}
        try:
            # A redirect would send the key to another server.
            response = self._session.get(self._url, params=parameters, timeout=TIMEOUT_S, allow_redirects=False)
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise AwayError(type(error).__name__) from None  # its text holds the address
        if not isinstance(answer, dict) or answer.get("Response") not in {"True", "False"}:
            raise AwayError(f"status {response.status_code} and not an answer of OMDB")
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
            raise LimitError("the limit is reached, or the key is wrong")
        poster = answer.get("Poster")
        known = isinstance(poster, str) and poster.startswith(("https://", "http://")) and self._key not in poster
        return poster if known else None

    def close(self) -> None:
        """Close its connections."""
        self._session.close()


class OmdbPosters(Lookup[str]):
    """Finds many posters at once, by imdb id.

    Args:
        omdb: the client.
        deadline_s: how long `find` waits, in seconds.
        clock: monotonic seconds.
        redis_url: where the processes of all hosts keep answers together; "" to keep them in this one.
    """

    def __init__(
        self,
        omdb: Omdb,
        deadline_s: float = DEADLINE_S,
        clock: Callable[[], float] = time.monotonic,
        redis_url: str = "",
    ) -> None:
        ask = SharedAnswers(redis_url, "OMDB", omdb.poster) if redis_url else omdb.poster
        super().__init__("OMDB", ask, deadline_s, clock)
        self._omdb = omdb

    def close(self) -> None:
        """Send no more requests; does not wait for those in flight."""
        super().close()
        self._omdb.close()


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
