"""`/posters`: the addresses of many films' posters in one answer.

Posters from OMDB, by imdb id: a client for it, and a cache of its answers.

The key travels in the address of a request, so neither an address nor an error of the HTTP library is ever logged.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

import requests
from cachetools import TLRUCache
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, RootModel
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine

from api.models import MovieIds, Posters, Strict
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import PROBLEMS
from sql import movies
from sql.errors import CatalogueError
from sql.movies import PosterKeys

logger = logging.getLogger("reelkin.api")

AT_ONCE = 16
DEADLINE_S = 0.6
"""How long an answer waits for OMDB; what comes later is cached for the next one."""

TIMEOUT_S = 5.0
MOST_WAITING = 1_000
KEPT = 100_000
HIT_S, MISS_S, FAILURE_S = 7 * 86_400.0, 86_400.0, 300.0
LIMIT_PAUSE_S = 3_600.0
"""OMDB does not say when its daily limit is reset (its issue 335), so it is tried again every hour."""

AWAY_PAUSE_S = 30.0


class OmdbAwayError(Exception):
    """OMDB cannot be reached, or its answer is not understood."""


class OmdbLimitError(Exception):
    """The daily limit of the key is reached, or the key is wrong."""


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
            OmdbAwayError: no connection, no answer in time, or one that is not OMDB's.
            OmdbLimitError: the limit is reached, or the key is wrong.
        """
        parameters = {"i": imdb_id, "apikey": self._key}
        try:
            # A redirect would send the key to another server.
            response = self._session.get(self._url, params=parameters, timeout=TIMEOUT_S, allow_redirects=False)
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise OmdbAwayError(type(error).__name__) from None  # its text holds the address
        if not isinstance(answer, dict) or answer.get("Response") not in {"True", "False"}:
            raise OmdbAwayError(f"status {response.status_code} and not an answer of OMDB")
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
            raise OmdbLimitError("the limit is reached, or the key is wrong")
        poster = answer.get("Poster")
        known = isinstance(poster, str) and poster.startswith(("https://", "http://")) and self._key not in poster
        return poster if known else None

    def close(self) -> None:
        """Close its connections."""
        self._session.close()


class OmdbPosters:
    """Finds many posters at once, within one deadline, and caches hits, misses and failures.

    Args:
        omdb: the client.
        deadline_s: how long `find` waits, in seconds.
        clock: monotonic seconds.
    """

    def __init__(
        self, omdb: Omdb, deadline_s: float = DEADLINE_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._omdb, self._deadline_s, self._clock = omdb, deadline_s, clock
        self._lock = threading.Lock()
        self._known: TLRUCache[str, tuple[str | None, float]] = TLRUCache(
            KEPT, ttu=lambda _, entry, now: now + entry[1], timer=clock
        )
        self._waiting: dict[str, Future[None]] = {}
        self._paused_until = 0.0
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="omdb")

    def find(self, imdb_ids: Iterable[str]) -> dict[str, str]:
        """The addresses that are found within the deadline, by imdb id; the rest is fetched in the background."""
        wanted = list(imdb_ids)
        with self._lock:
            waiting = [self._ask_later(imdb_id) for imdb_id in wanted if imdb_id not in self._known]
        wait([future for future in waiting if future is not None], self._deadline_s)
        with self._lock:
            found = {imdb_id: self._known.get(imdb_id, (None, 0.0))[0] for imdb_id in wanted}
        return {imdb_id: url for imdb_id, url in found.items() if url is not None}

    def close(self) -> None:
        """Send no more requests; does not wait for those in flight."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._omdb.close()

    def _ask_later(self, imdb_id: str) -> Future[None] | None:
        """The lookup of a film, with the lock held; None while OMDB is paused."""
        if imdb_id not in self._waiting:
            if self._clock() < self._paused_until or len(self._waiting) >= MOST_WAITING:
                return None
            self._waiting[imdb_id] = self._pool.submit(self._ask, imdb_id)
        return self._waiting[imdb_id]

    def _ask(self, imdb_id: str) -> None:
        entry: tuple[str | None, float] | None = None
        try:
            if self._clock() >= self._paused_until:
                url = self._omdb.poster(imdb_id)
                entry = url, MISS_S if url is None else HIT_S
        except OmdbLimitError as error:
            self._pause(LIMIT_PAUSE_S, error)
        except OmdbAwayError as error:
            entry = None, FAILURE_S
            self._pause(AWAY_PAUSE_S, error)
        finally:
            with self._lock:
                self._waiting.pop(imdb_id, None)
                if entry is not None:
                    self._known[imdb_id] = entry

    def _pause(self, seconds: float, error: Exception) -> None:
        with self._lock:
            if self._clock() < self._paused_until:
                return
            self._paused_until = self._clock() + seconds
        logger.warning("OMDB is not used for %d seconds: %s", seconds, error)


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
