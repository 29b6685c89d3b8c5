"""What the API answers, as frozen dataclasses; fields that this app does not use are left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

Document = Mapping[str, Any]


@dataclass(frozen=True)
class MovieSummary:
    """A film in a list.

    Attributes:
        runtime: minutes.
        rating: Bayesian average of the votes, 0 to 10.
    """

    id: int
    title: str
    original_title: str
    year: int | None
    genres: tuple[str, ...]
    runtime: int | None
    rating: float
    vote_average: float
    vote_count: int
    poster_url: str | None

    @classmethod
    def read(cls, document: Document) -> Self:
        """The film of a JSON object.

        Raises:
            KeyError: a field is missing.
        """
        values: dict[str, Any] = {field.name: document[field.name] for field in fields(cls)}
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values)


@dataclass(frozen=True)
class Movie(MovieSummary):
    """A film with all that is known about it.

    Attributes:
        budget: US dollars.
        revenue: US dollars.
        original_language: a code in lower case, or "".
    """

    release_date: str | None
    status: str
    budget: int | None
    revenue: int | None
    original_language: str
    imdb_id: str | None
    overview: str
    tagline: str
    keywords: tuple[str, ...]
    production_companies: tuple[str, ...]
    production_countries: tuple[str, ...]
    spoken_languages: tuple[str, ...]
    director: tuple[str, ...]
    cast: tuple[str, ...]


@dataclass(frozen=True)
class MoviePage:
    """A page of the catalogue; `next` and `previous` are cursors, `total` counts the films that match."""

    items: tuple[MovieSummary, ...]
    next: str | None
    previous: str | None
    total: int

    @classmethod
    def read(cls, document: Document) -> Self:
        """The page of a JSON object."""
        items = tuple(MovieSummary.read(item) for item in document["items"])
        return cls(items, document["next"], document["previous"], document["total"])


@dataclass(frozen=True)
class Match:
    """A film whose title is like the one asked for; `text` is the title that was, `score` from 0 to 1."""

    movie: MovieSummary
    score: float
    text: str


@dataclass(frozen=True)
class SearchAnswer:
    """Films by title, best first."""

    ambiguous: bool
    matches: tuple[Match, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The answer of a JSON object."""
        matches = (Match(MovieSummary.read(m["movie"]), m["score"], m["text"]) for m in document["matches"])
        return cls(document["ambiguous"], tuple(matches))


@dataclass(frozen=True)
class Recommendation:
    """A film and why it is kin.

    Attributes:
        score: higher is more alike.
        blocks: each block's part of the score; may be negative; they add up to it.
        genres: those in common with the film asked about.
        keywords: likewise.
    """

    movie: MovieSummary
    score: float
    blocks: Mapping[str, float]
    genres: tuple[str, ...]
    keywords: tuple[str, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The recommendation of a JSON object, which must hold the `why`."""
        why = document["why"]
        shared = why["shared"]
        return cls(
            movie=MovieSummary.read(document["movie"]),
            score=document["score"],
            blocks=dict(why["blocks"]),
            genres=tuple(shared.get("genres", ())),
            keywords=tuple(shared.get("keywords", ())),
        )


@dataclass(frozen=True)
class Kin:
    """Recommended films, best first.

    Attributes:
        asked: the films asked about: the liked ones, then the disliked ones.
        text: the words asked about; "" where there were none, or none of them is known.
        weights: every block with its factor.
        matching: how many films passed the filters.
        took_ms: the API's own time.
        degraded: the database is away, and the index answers alone.
    """

    asked: tuple[MovieSummary, ...]
    text: str
    weights: Mapping[str, float]
    results: tuple[Recommendation, ...]
    matching: int
    took_ms: float
    degraded: bool

    @classmethod
    def read(cls, document: Document) -> Self:
        """The answer of a JSON object."""
        results = tuple(Recommendation.read(result) for result in document["results"])
        query = document["query"]
        asked = tuple(MovieSummary.read(film["movie"]) for film in query["resolved"])
        return cls(
            asked,
            query["text"] or "",
            dict(query["weights"]),
            results,
            document["matching"],
            document["took_ms"],
            document["degraded"],
        )


@dataclass(frozen=True)
class GenreCount:
    """A genre and how many films have it."""

    name: str
    films: int
