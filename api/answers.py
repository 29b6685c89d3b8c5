"""What responses carry: the shapes of the contract, as pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.tracing import Stage
from sql import movies
from sql.accounts import Role


class MovieSummary(BaseModel):
    """A film in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="TMDB's id", examples=[157336])
    title: str = Field(examples=["Interstellar"])
    original_title: str
    year: int | None = Field(examples=[2014])
    genres: list[str] = Field(examples=[["Adventure", "Drama", "Science Fiction"]])
    runtime: int | None = Field(description="minutes", examples=[169])
    rating: float = Field(description="Bayesian average of the votes, 0 to 10")
    vote_average: float
    vote_count: int
    popularity: float
    poster_url: str | None


class Movie(BaseModel):
    """A film with every column of the dump."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    original_title: str
    year: int | None
    release_date: date | None = Field(description="null where only the year is known")
    status: str
    vote_average: float
    vote_count: int
    rating: float = Field(description="Bayesian average of the votes, 0 to 10")
    popularity: float
    runtime: int | None = Field(description="minutes")
    budget: int | None = Field(description="US dollars")
    revenue: int | None = Field(description="US dollars")
    adult: bool
    original_language: str
    imdb_id: str | None
    poster_path: str | None
    poster_url: str | None
    backdrop_path: str | None
    homepage: str | None
    overview: str
    tagline: str
    genres: list[str]
    keywords: list[str]
    production_companies: list[str]
    production_countries: list[str]
    spoken_languages: list[str]
    director: list[str] = Field(validation_alias="directors")
    cast: list[str] = Field(validation_alias="actors")


class MoviePage(BaseModel):
    """A page of the catalogue."""

    items: list[MovieSummary]
    next: str | None = Field(description="send back as `cursor` for the page after; null at the end")
    previous: str | None = Field(description="send back as `cursor` for the page before; null at the start")
    total: int = Field(description="films that pass the filters")


class Match(BaseModel):
    """A film whose title is like the one asked for."""

    movie: MovieSummary
    score: float = Field(description="0 to 1")
    matched: str = Field(description="which of the film's titles: title or original_title")
    text: str = Field(description="that title")


class SearchAnswer(BaseModel):
    """Films by title, best first."""

    query: str
    confidence: float = Field(description="how sure it is that the first is meant, 0 to 1")
    ambiguous: bool = Field(description="whether another film may be meant as well")
    best: Match | None
    matches: list[Match]
    generation: str = Field(description="the built index that answered")
    degraded: bool = Field(description="whether the database is away")


class Resolved(BaseModel):
    """How one film of the question was understood."""

    input: int | str
    movie: MovieSummary
    confidence: float
    ambiguous: bool
    alternatives: list[MovieSummary]


class Understood(BaseModel):
    """How the question was understood."""

    resolved: list[Resolved]
    text: str | None
    weights: dict[str, float] = Field(description="factor on each block's default weight")


class Why(BaseModel):
    """The reasons for a recommendation."""

    blocks: dict[str, float] = Field(description="each block's part of the score; they add up to it")
    shared: dict[str, list[str]] = Field(description="genres, keywords and words in common with the likes")


class Recommendation(BaseModel):
    """A recommended film."""

    movie: MovieSummary
    score: float = Field(description="higher is more alike")
    why: Why | None = None


class RecommendAnswer(BaseModel):
    """Recommended films, best first."""

    query: Understood
    generation: str
    exact: bool
    matching: int = Field(description="films that pass the filters and could have come back")
    took_ms: float
    degraded: bool = Field(description="true while the database is away and the index answers alone")
    results: list[Recommendation]


class Session(BaseModel):
    """An open session."""

    token: str = Field(description="send it as `Authorization: Bearer TOKEN`; it is shown this once")
    role: Role
    expires_at: datetime


class GenreCount(BaseModel):
    """A genre and how many films have it."""

    name: str
    films: int


class Genres(BaseModel):
    """All genres, those with the most films first."""

    genres: list[GenreCount]


class Health(BaseModel):
    """The process is alive."""

    status: str = "ok"


class Ready(BaseModel):
    """Whether requests can be answered in full."""

    status: str = Field(description="ready")
    database: str = Field(description="ok, or what is wrong")
    generation: str | None
    problem: str | None = Field(description="why it is not the published one; null if it is")
    lag: int | None = Field(description="films in the database less films in the generation; null if unknown")


class Posters:
    """Makes the address of a poster from its path."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def url(self, path: str | None) -> str | None:
        """The address of a poster, or None for a film without one."""
        return f"{self._base}/{path.lstrip('/')}" if path else None

    def movie(self, film: movies.Movie) -> Movie:
        """A film as it is sent."""
        columns = vars(film) | {"year": film.year or None, "poster_url": self.url(film.poster_path)}
        return Movie.model_validate(columns)

    def summary(self, film: Mapping[str, Any]) -> MovieSummary:
        """A summary as it is sent, from the columns of the catalogue or of a generation."""
        # Checking the values in Rust takes a third of the time that pydantic's `model_construct` does.
        return MovieSummary.model_validate(
            {
                **film,
                "year": film["year"] or None,
                "genres": film["genres"] or (),
                "poster_url": self.url(film["poster_path"]),
            }
        )


def as_json(answer: BaseModel, *, exclude_unset: bool = False) -> Response:
    """An answer as it is sent: written by pydantic at once, not checked against its own model once more.

    Args:
        answer: what a service gave.
        exclude_unset: leave out the fields that the service did not set.
    """
    with Stage("encode"):
        written = answer.model_dump_json(exclude_unset=exclude_unset)
    return Response(written, media_type="application/json")
