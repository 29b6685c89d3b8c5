"""`/movies/{id}/more`: what TMDB knows of a film besides the catalogue: where to watch it, trailer, cast and crew.

With the setting REELKIN_TMDB_API_KEY; without it the answer is empty. Where to watch comes from JustWatch, which
TMDB's terms ask to name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import requests
from fastapi import APIRouter
from pydantic import BaseModel, Field
from requests.adapters import HTTPAdapter

from api.models import MovieIdPath, NoQuery
from api.posters.lookup import AT_ONCE, TIMEOUT_S, AwayError, LimitError, Lookup
from api.web.openapi import PROBLEMS

DEADLINE_S = 3.0
KEPT = 5_000
MOST_CAST, MOST_CREW = 12, 12
JOBS = ("Director", "Screenplay", "Writer", "Director of Photography", "Original Music Composer", "Editor")
WAYS = ("flatrate", "free", "ads", "rent", "buy")
YOUTUBE = "https://www.youtube.com/watch?v="


class Offers(BaseModel):
    """Where a film can be watched in one country."""

    link: str | None = Field(
        description="TMDB's page with the offers",
        examples=["https://www.themoviedb.org/movie/348/watch?locale=IS"],
    )
    flatrate: list[str] = Field(default=[], description="subscriptions", examples=[["Disney Plus"]])
    free: list[str] = Field(default=[], description="free of charge", examples=[[]])
    ads: list[str] = Field(default=[], description="with advertisements", examples=[[]])
    rent: list[str] = Field(default=[], description="to rent", examples=[["Apple TV"]])
    buy: list[str] = Field(default=[], description="to buy", examples=[["Apple TV"]])


class Credit(BaseModel):
    """A person and what the person did: the character of an actor, the job of others."""

    name: str = Field(description="the person", examples=["Sigourney Weaver"])
    role: str = Field(description="character or job; empty if unknown", examples=["Ripley"])


class More(BaseModel):
    """What TMDB knows besides."""

    watch: dict[str, Offers] = Field(
        default={},
        description="by country (ISO 3166); JustWatch is the source, to be named where this is shown",
        examples=[{"IS": {"link": "https://www.themoviedb.org/movie/348/watch?locale=IS", "rent": ["Apple TV"]}}],
    )
    trailer: str | None = Field(
        default=None, description="a page with a trailer", examples=[f"{YOUTUBE}LjLamj-b0I8"]
    )
    cast: list[Credit] = Field(default=[], description="the leading actors first")
    crew: list[Credit] = Field(default=[], description="the most important jobs first")


class Tmdb:
    """A client of TMDB's API.

    Args:
        url: its address, such as `https://api.themoviedb.org/3`.
        key: version 3 key or version 4 token.
    """

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url.rstrip("/"), key
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=AT_ONCE))

    def more(self, movie_id: str) -> More | None:
        """What it knows of a film, None if it has no such film.

        Raises:
            AwayError: no connection, no answer in time, or one that is not TMDB's.
            LimitError: the key is refused, or too many were asked for.
        """
        parameters, headers = {"append_to_response": "watch/providers,videos,credits"}, {}
        if "." in self._key:  # a version 4 token is a JSON web token
            headers["Authorization"] = f"Bearer {self._key}"
        else:
            parameters["api_key"] = self._key
        try:
            response = self._session.get(
                f"{self._url}/movie/{movie_id}",
                params=parameters,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,  # a redirect would send the key to another server
            )
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise AwayError(type(error).__name__) from None  # its text holds the address
        if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}:
            raise LimitError("the limit is reached, or the key is wrong")
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        try:
            return _more(answer)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise AwayError(f"status {response.status_code} and not an answer of TMDB") from error

    def close(self) -> None:
        """Close its connections."""
        self._session.close()


class TmdbMore(Lookup[More]):
    """Finds what TMDB knows of a film, within one deadline, and keeps it."""

    def __init__(self, tmdb: Tmdb, deadline_s: float = DEADLINE_S) -> None:
        super().__init__("TMDB", tmdb.more, deadline_s, kept=KEPT)
        self._tmdb = tmdb

    def of(self, movie_id: int) -> More:
        """What is known of a film; nothing if TMDB has none of it or does not answer in time."""
        key = str(movie_id)
        return self.find([key]).get(key, More())

    def close(self) -> None:
        """Send no more requests; does not wait for those in flight."""
        super().close()
        self._tmdb.close()


def _more(answer: Mapping[str, Any]) -> More:
    watch = answer["watch/providers"]["results"]
    cast = sorted(answer["credits"]["cast"], key=lambda person: person.get("order", MOST_CAST))[:MOST_CAST]
    crew = [person for job in JOBS for person in answer["credits"]["crew"] if person["job"] == job][:MOST_CREW]
    return More(
        watch={country: _offers(found) for country, found in sorted(watch.items())},
        trailer=next(_trailers(answer["videos"]["results"]), None),
        cast=[Credit(name=person["name"], role=person.get("character") or "") for person in cast],
        crew=[Credit(name=person["name"], role=person["job"]) for person in crew],
    )


def _offers(found: Mapping[str, Any]) -> Offers:
    link = found.get("link")
    ways = {way: [offer["provider_name"] for offer in found.get(way, ())] for way in WAYS}
    return Offers(link=link if isinstance(link, str) and link.startswith("https://") else None, **ways)


def _trailers(videos: list[Mapping[str, Any]]) -> Iterator[str]:
    """Trailers at YouTube, official ones first."""
    trailers = [video for video in videos if video.get("site") == "YouTube" and video.get("type") == "Trailer"]
    for video in sorted(trailers, key=lambda video: not video.get("official")):
        if str(video["key"]).replace("-", "").replace("_", "").isalnum():
            yield YOUTUBE + video["key"]


def router(more: TmdbMore | None) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["catalogue"], responses=PROBLEMS)

    @routes.get("/movies/{movie_id}/more")
    def find(movie_id: MovieIdPath, _: NoQuery) -> More:
        """Show what TMDB knows besides.

        Where to watch a film, by country; a trailer; cast and crew. Empty without a key of TMDB's, if TMDB does
        not answer within 3 seconds, or does not know the film. Source of the offers: JustWatch.
        """
        return More() if more is None else more.of(movie_id)

    return routes
