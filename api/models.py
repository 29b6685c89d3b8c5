"""What responses carry: the shapes of the contract, as pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

import contract
from api.operation.logs import Stage


class MovieSummary(BaseModel):
    """A film in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="TMDB's id", examples=[157336])
    title: str = Field(description="in English", examples=["Interstellar"])
    original_title: str = Field(description="in the original language", examples=["Interstellar"])
    year: int | None = Field(description="year of release", examples=[2014])
    genres: list[str] = Field(description="in TMDB's order", examples=[["Adventure", "Drama", "Science Fiction"]])
    runtime: int | None = Field(description="minutes", examples=[169])
    rating: float = Field(description="Bayesian average of the votes, 0 to 10", examples=[8.286])
    vote_average: float = Field(description="mean of the votes, 0 to 10", examples=[8.417])
    vote_count: int = Field(description="how many have voted", examples=[32571])
    popularity: float = Field(description="TMDB's measure of the attention that it gets", examples=[140.241])
    poster_url: str | None = Field(
        description="TMDB's address of the poster",
        examples=["https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"],
    )


THE_MARTIAN = {
    "id": 286217,
    "title": "The Martian",
    "original_title": "The Martian",
    "year": 2015,
    "genres": ["Drama", "Adventure", "Science Fiction"],
    "runtime": 141,
    "rating": 7.568,
    "vote_average": 7.678,
    "vote_count": 18525,
    "popularity": 76.0,
    "poster_url": "https://image.tmdb.org/t/p/w342/5BHuvQ6p9kfc091Z8RiFNhCwL4b.jpg",
}
"""Where a document shows what is like the film of the other examples."""


class Movie(BaseModel):
    """A film with every column of the dump."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="TMDB's id", examples=[157336])
    title: str = Field(description="in English", examples=["Interstellar"])
    original_title: str = Field(description="in the original language", examples=["Interstellar"])
    year: int | None = Field(description="year of release", examples=[2014])
    release_date: date | None = Field(description="null where only the year is known", examples=["2014-11-05"])
    status: str = Field(description="Released: the catalogue has no others", examples=["Released"])
    vote_average: float = Field(description="mean of the votes, 0 to 10", examples=[8.417])
    vote_count: int = Field(description="how many have voted", examples=[32571])
    rating: float = Field(description="Bayesian average of the votes, 0 to 10", examples=[8.286])
    popularity: float = Field(description="TMDB's measure of the attention that it gets", examples=[140.241])
    runtime: int | None = Field(description="minutes", examples=[169])
    budget: int | None = Field(description="US dollars", examples=[165000000])
    revenue: int | None = Field(description="US dollars", examples=[701729206])
    adult: bool = Field(description="whether it is for adults only", examples=[False])
    original_language: str = Field(description="a code", examples=["en"])
    imdb_id: str | None = Field(description="IMDb's id", examples=["tt0816692"])
    poster_path: str | None = Field(
        description="of the poster, on TMDB's image server", examples=["/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"]
    )
    poster_url: str | None = Field(
        description="TMDB's address of the poster",
        examples=["https://image.tmdb.org/t/p/w342/gEU2QniE6E77NI6lCU6MxlNBvIx.jpg"],
    )
    backdrop_path: str | None = Field(
        description="of a still, on TMDB's image server", examples=["/pbrkL804c8yAv3zBZR4QPEafpAR.jpg"]
    )
    homepage: str | None = Field(description="its own pages", examples=["http://www.interstellarmovie.net/"])
    overview: str = Field(
        description="what it is about", examples=["Explorers leave the earth to find another home."]
    )
    tagline: str = Field(description="its slogan", examples=["Beyond the stars"])
    genres: list[str] = Field(description="in TMDB's order", examples=[["Adventure", "Drama", "Science Fiction"]])
    keywords: list[str] = Field(
        description="what it has to do with", examples=[["black hole", "nasa", "wormhole"]]
    )
    production_companies: list[str] = Field(
        description="who made it", examples=[["Legendary Pictures", "Syncopy", "Lynda Obst Productions"]]
    )
    production_countries: list[str] = Field(
        description="where it was made", examples=[["United Kingdom", "United States of America"]]
    )
    spoken_languages: list[str] = Field(description="which are spoken in it", examples=[["English"]])
    director: list[str] = Field(
        validation_alias="directors",
        description="who directed it, where the dump says so",
        examples=[["Christopher Nolan"]],
    )
    cast: list[str] = Field(
        validation_alias="actors",
        description="the leading actors first, where the dump names them",
        examples=[["Matthew McConaughey", "Anne Hathaway"]],
    )


class Posters:
    """Makes the address of a poster from its path."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def url(self, path: str | None) -> str | None:
        """The address of a poster, or None for a film without one."""
        return f"{self._base}/{path.lstrip('/')}" if path else None

    def movie(self, film: contract.Movie) -> Movie:
        """A film as it is sent."""
        columns = vars(film) | {"year": film.year or None, "poster_url": self.url(film.poster_path)}
        return Movie.model_validate(columns)

    def summary(self, film: Mapping[str, Any]) -> MovieSummary:
        """A summary as it is sent, from the columns of the catalogue or of a generation."""
        # Checking the values in Rust takes a third of the time that pydantic's `model_construct` does.
        return MovieSummary.model_validate(self.shown({**film}))

    def shown(self, film: dict[str, Any]) -> dict[str, Any]:
        """The same columns made the fields of a `MovieSummary`, in place and unchecked."""
        film["year"] = film["year"] or None
        film["genres"] = film["genres"] or []
        film["poster_url"] = self.url(film.pop("poster_path"))
        return film


def as_json(answer: BaseModel | dict[str, Any]) -> Response:
    """An answer as it is sent: written by pydantic at once, not checked against its own model once more."""
    with Stage("encode"):
        written = to_json(answer)
    return Response(written, media_type="application/json")
