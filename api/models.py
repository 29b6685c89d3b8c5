"""What responses carry: the shapes of the contract, as pydantic models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

from api.operation.logs import Stage
from sql import movies
from sql.accounts import Role


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


class MoviePage(BaseModel):
    """A page of the catalogue."""

    items: list[MovieSummary] = Field(description="the films of the page, in the order asked for")
    next: str | None = Field(
        description="send back as `cursor` for the page after; null at the end",
        examples=["WyI5MTI1NTYwYmNmYTMiLDE3My42OTQsNjQwMTQ2LGZhbHNlXQ"],
    )
    previous: str | None = Field(
        description="send back as `cursor` for the page before; null at the start", examples=[None]
    )
    total: int = Field(description="films that pass the filters", examples=[5000])


class Match(BaseModel):
    """A film whose title is like the one asked for."""

    movie: MovieSummary = Field(description="the film")
    score: float = Field(description="how alike the titles are, and how well known the film is", examples=[0.852])
    matched: str = Field(description="which of the film's titles: title or original_title", examples=["title"])
    text: str = Field(description="that title", examples=["Interstellar"])


class SearchAnswer(BaseModel):
    """Films by title, best first."""

    query: str = Field(description="what was asked for", examples=["interstelar"])
    confidence: float = Field(description="how sure it is that the first is meant, 0 to 1", examples=[0.999])
    ambiguous: bool = Field(description="whether another film may be meant as well", examples=[False])
    best: Match | None = Field(description="the first match; null where nothing resembles the title")
    matches: list[Match] = Field(description="the best first")
    generation: str = Field(description="the built index that answered", examples=["20261121T223936Z-775b"])
    degraded: bool = Field(description="whether the database is away", examples=[False])


class Resolved(BaseModel):
    """How one film of the question was understood."""

    input: int | str = Field(description="the id or the title that was given", examples=["interstelar"])
    movie: MovieSummary = Field(description="the film that it was taken for")
    confidence: float = Field(description="how sure that is, 0 to 1", examples=[0.999])
    ambiguous: bool = Field(description="whether another film may be meant as well", examples=[False])
    alternatives: list[MovieSummary] = Field(description="then those others, the likeliest first", examples=[[]])


class Understood(BaseModel):
    """How the question was understood."""

    resolved: list[Resolved] = Field(description="the likes, then the dislikes, in the order given")
    text: str | None = Field(
        description="the free text; null where none was given, or no word of it is known and it was left out",
        examples=[None],
    )
    weights: dict[str, float] = Field(
        description="factor on each block's default weight",
        examples=[{"genres": 1.0, "keywords": 1.0, "text": 1.0, "year": 1.0, "votes": 1.0}],
    )


class Why(BaseModel):
    """The reasons for a recommendation."""

    blocks: dict[str, float] = Field(
        description="each block's part of the score; they add up to it",
        examples=[{"genres": 0.196, "year": 0.1292, "text": 0.1261, "votes": 0.1124, "keywords": 0.0785}],
    )
    shared: dict[str, list[str]] = Field(
        description="genres, keywords and words in common with the likes",
        examples=[
            {"genres": ["Science Fiction", "Adventure", "Drama"], "keywords": ["spacecraft", "nasa", "space"]}
        ],
    )


class Recommendation(BaseModel):
    """A recommended film."""

    movie: MovieSummary = Field(description="the film", examples=[THE_MARTIAN])
    score: float = Field(description="higher is more alike", examples=[0.777207])
    why: Why | None = Field(default=None, description="the reasons, with `explain`")


class RecommendAnswer(BaseModel):
    """Recommended films, best first."""

    query: Understood = Field(description="how the question was understood")
    generation: str = Field(description="the built index that answered", examples=["20261121T223936Z-775b"])
    exact: bool = Field(description="whether all films that match were compared", examples=[False])
    matching: int = Field(description="films that pass the filters and could have come back", examples=[4999])
    took_ms: float = Field(description="milliseconds that the answer took to find", examples=[1.9])
    degraded: bool = Field(
        description="true while the database is away and the index answers alone", examples=[False]
    )
    results: list[Recommendation] = Field(description="the most alike first; with `diversity`, as chosen")


class Session(BaseModel):
    """An open session."""

    token: str = Field(
        description="send it as `Authorization: Bearer TOKEN`; it is shown this once",
        examples=["kq3VxP0n2mYd8uWbR7sTzA"],
    )
    role: Role = Field(description="what the user may do", examples=["editor"])
    expires_at: datetime = Field(description="when the token ends", examples=["2026-11-25T19:00:00Z"])


class GenreCount(BaseModel):
    """A genre and how many films have it."""

    name: str = Field(description="the genre", examples=["Drama"])
    films: int = Field(description="films that have it and pass the filters", examples=[2208])


class Genres(BaseModel):
    """All genres, those with the most films first."""

    genres: list[GenreCount] = Field(description="those with the most films first")


class Health(BaseModel):
    """The process is alive."""

    status: str = Field(default="ok", description="ok: there is no other answer", examples=["ok"])


class Ready(BaseModel):
    """Whether requests can be answered in full."""

    status: str = Field(description="ready", examples=["ready"])
    database: str = Field(description="ok, or what is wrong", examples=["ok"])
    generation: str | None = Field(description="what is served", examples=["20261121T223936Z-775b"])
    problem: str | None = Field(description="why it is not the published one; null if it is", examples=[None])
    lag: int | None = Field(
        description="films in the database less films that search knows; null if unknown", examples=[0]
    )
    edits: int | None = Field(
        description="films edited since the generation was built, searched beside it", examples=[0]
    )
    edits_age_s: int | None = Field(
        description="seconds since the first of these edits; null without any", examples=[None]
    )


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
