"""What `/stats/*` answers: the shapes, as pydantic models; the values come from `index.statistics`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from api.answers import MovieSummary


class Statistic(BaseModel):
    """What every statistic says of itself."""

    generation: str = Field(description="what answered", examples=["20261121T223936Z-775b"])
    degraded: bool = Field(description="true while the database is away and the index answers alone")
    films: int = Field(description="films that pass the filters", examples=[154210])


class Overview(Statistic):
    """The catalogue at a glance."""

    model_config = ConfigDict(from_attributes=True)

    voted: int = Field(description="films with votes", examples=[95621])
    votes: int = Field(description="of all films together", examples=[19841913])
    mean_vote: float | None = Field(description="mean of the mean votes of films with votes", examples=[5.787])
    first_year: int | None = Field(examples=[1874])
    last_year: int | None = Field(examples=[2028])
    median_year: int | None = Field(examples=[2012])
    median_runtime: int | None = Field(description="minutes, of films whose runtime is known", examples=[94])
    genres: int = Field(description="different ones", examples=[19])
    keywords: int = Field(description="different ones", examples=[28112])
    languages: int = Field(description="different original languages", examples=[131])
    countries: int = Field(description="different countries of production", examples=[201])


class BinCount(BaseModel):
    """Films from `low` up to but not including `high`."""

    model_config = ConfigDict(from_attributes=True)

    low: float = Field(examples=[7.5])
    high: float | None = Field(description="null: without end", examples=[8.0])
    films: int = Field(examples=[4213])


class FilmAmongGenre(BaseModel):
    """Where one film stands among those of its first genre."""

    movie: MovieSummary
    genre: str | None = Field(description="the first of its genres; null: compared with all films")
    films: int = Field(description="films of that genre with votes that pass the filters", examples=[30411])
    better_than: float | None = Field(description="part of them with a lower Bayesian rating", examples=[0.993])
    mean_votes: list[BinCount] = Field(description="films of that genre with votes, by their mean vote")
    ratings: list[BinCount] = Field(description="the same films by their Bayesian rating")


class Ratings(Statistic):
    """How films with votes are rated; the last bin has the tens too."""

    mean_votes: list[BinCount] = Field(description="films with votes, by their mean vote")
    ratings: list[BinCount] = Field(description="the same films by their Bayesian rating")
    film: FilmAmongGenre | None = Field(None, description="one film against its genre, where `id` is given")


class Votes(Statistic):
    """How many votes films have."""

    bins: list[BinCount] = Field(description="films by their number of votes, in growing steps")


class Runtimes(Statistic):
    """How long films are."""

    known: int = Field(description="films whose runtime is known", examples=[113219])
    median: int | None = Field(description="minutes", examples=[94])
    bins: list[BinCount] = Field(description="films by their minutes; the last bin has all from four hours on")


class GroupCount(BaseModel):
    """Films that have a year, a genre or a language in common."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["Drama"])
    films: int = Field(examples=[51214])
    voted: int = Field(description="of them, films with votes", examples=[33140])
    votes: int = Field(description="of all of them together", examples=[9214310])
    mean_vote: float | None = Field(description="mean of the mean votes of films with votes", examples=[6.021])


class Groups(Statistic):
    """Films counted by what they have in common."""

    groups: list[GroupCount] = Field(description="years in order; genres and languages by number of films")


class TrendLine(BaseModel):
    """One name over the periods."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["Western"])
    films: list[int] = Field(description="films of each period", examples=[[310, 288, 104]])
    share: list[float] = Field(description="part of all films of each period", examples=[[0.061, 0.05, 0.014]])


class Trends(Statistic):
    """Genres or languages over time."""

    periods: list[int] = Field(description="the first year of each period", examples=[[1950, 1960, 1970]])
    trends: list[TrendLine] = Field(description="those with the most films first")


class Top(Statistic):
    """The best known and the best rated."""

    by_votes: list[MovieSummary] = Field(description="the films with the most votes")
    by_rating: list[MovieSummary] = Field(description="the films with the highest Bayesian rating")
