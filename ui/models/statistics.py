"""What `/shelves` and `/stats/*` answer, as frozen dataclasses; fields that this app does not use are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from ui.models.films import Document, MovieSummary


def _fields(kind: type[Any], document: Document) -> dict[str, Any]:
    """The values of a dataclass's fields, by their names, in a JSON object."""
    return {field.name: document[field.name] for field in fields(kind)}


@dataclass(frozen=True)
class Shelf:
    """Films in the order of a rule.

    Attributes:
        rule: in words.
        formula: what the films are ordered by.
        genre: of the shelf of a genre: which; None for the others.
        related: genres that go with it, and how many times as often as by chance.
    """

    name: str
    title: str
    rule: str
    formula: str
    films: tuple[MovieSummary, ...]
    genre: str | None
    related: Mapping[str, float]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The shelf of a JSON object."""
        values = _fields(cls, document)
        values["films"] = tuple(MovieSummary.read(film) for film in document["films"])
        values["related"] = {other["name"]: other["lift"] for other in document["related"]}
        return cls(**values)


@dataclass(frozen=True)
class Overview:
    """A catalogue at a glance; None where nothing is known. Runtime in minutes."""

    films: int
    voted: int
    votes: int
    mean_vote: float | None
    first_year: int | None
    last_year: int | None
    median_runtime: int | None
    genres: int
    languages: int
    countries: int

    @classmethod
    def read(cls, document: Document) -> Self:
        """The overview of a JSON object."""
        return cls(**_fields(cls, document))


@dataclass(frozen=True)
class Bin:
    """Films from `low` up to but not including `high`; without `high`, all from `low` on."""

    low: float
    high: float | None
    films: int


def bins(documents: list[Document]) -> tuple[Bin, ...]:
    """The bins of a JSON array."""
    return tuple(Bin(**_fields(Bin, document)) for document in documents)


@dataclass(frozen=True)
class Standing:
    """A film among those of its genre (None: among all); `better_than` is the part of them rated lower."""

    movie: MovieSummary
    genre: str | None
    better_than: float | None
    ratings: tuple[Bin, ...]


@dataclass(frozen=True)
class Ratings:
    """Films with votes by their Bayesian rating, and where one film stands if it was asked about."""

    ratings: tuple[Bin, ...]
    film: Standing | None

    @classmethod
    def read(cls, document: Document) -> Self:
        """The ratings of a JSON object."""
        film = document["film"]
        standing = film and Standing(
            MovieSummary.read(film["movie"]), film["genre"], film["better_than"], bins(film["ratings"])
        )
        return cls(bins(document["ratings"]), standing)


@dataclass(frozen=True)
class Group:
    """Films that have a year, a genre or a language in common; `votes` of all of them together."""

    name: str
    films: int
    votes: int

    @classmethod
    def read(cls, document: Document) -> Self:
        """The group of a JSON object."""
        return cls(**_fields(cls, document))


@dataclass(frozen=True)
class Trends:
    """The part of each period's films that a genre has; a period is known by its first year."""

    periods: tuple[int, ...]
    shares: Mapping[str, tuple[float, ...]]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The trends of a JSON object."""
        shares = {line["name"]: tuple(line["share"]) for line in document["trends"]}
        return cls(tuple(document["periods"]), shares)


@dataclass(frozen=True)
class Top:
    """The films with the most votes, and those with the highest Bayesian rating."""

    by_votes: tuple[MovieSummary, ...]
    by_rating: tuple[MovieSummary, ...]

    @classmethod
    def read(cls, document: Document) -> Self:
        """The lists of a JSON object."""
        by_votes, by_rating = (
            tuple(MovieSummary.read(film) for film in document[name]) for name in ("by_votes", "by_rating")
        )
        return cls(by_votes, by_rating)
