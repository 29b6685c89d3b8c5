"""The API's answers about a whole catalogue: `/genres` and `/stats/*`."""

from __future__ import annotations

from ui.models.films import Answer, MovieSummary


class GenreCount(Answer):
    """A genre and how many films have it."""

    name: str
    films: int


class Genres(Answer):
    """All genres, those with the most films first."""

    genres: tuple[GenreCount, ...]


class Overview(Answer):
    """A catalogue in figures; None where nothing is known.

    Attributes:
        voted: films with votes.
        median_runtime: minutes.
    """

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


class Bin(Answer):
    """Films from `low` up to but not including `high`; without `high`, all from `low` on."""

    low: float
    high: float | None
    films: int


class Bins(Answer):
    """Films by votes or runtime."""

    bins: tuple[Bin, ...]


class Standing(Answer):
    """A film among those of its genre (None: among all).

    Attributes:
        better_than: share of them with a lower rating; None where the film has no votes.
        ratings: those films by rating.
    """

    movie: MovieSummary
    genre: str | None
    better_than: float | None
    ratings: tuple[Bin, ...]


class Ratings(Answer):
    """Films with votes by their Bayesian rating, and where the film asked about stands, if there is one."""

    ratings: tuple[Bin, ...]
    film: Standing | None


class Group(Answer):
    """Films with the same year, genre or language; `votes` is their sum."""

    name: str
    films: int
    votes: int


class Groups(Answer):
    """Films by year, genre or language."""

    groups: tuple[Group, ...]


class TrendLine(Answer):
    """The share of each period's films that a genre has."""

    name: str
    share: tuple[float, ...]


class Trends(Answer):
    """The largest genres over time; a period is named by its first year."""

    periods: tuple[int, ...]
    trends: tuple[TrendLine, ...]


class Top(Answer):
    """The films with the most votes, and those with the highest Bayesian rating."""

    by_votes: tuple[MovieSummary, ...]
    by_rating: tuple[MovieSummary, ...]
