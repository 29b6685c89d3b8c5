"""Parameters and answers of `/stats/*`; the values come from `index.answer.statistics`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.models import FilterFields, Limit, MovieId, MovieSummary, Whole


class RatingsQuery(FilterFields):
    """Parameters of `GET /stats/ratings`."""

    id: MovieId | None = Field(None, description="TMDB id of a film to set against its genre", examples=[157336])


class TrendsQuery(FilterFields):
    """Parameters of `GET /stats/trends`."""

    by: Literal["genres", "languages"] = Field("genres", description="what is counted", examples=["languages"])
    per: Literal["year", "decade"] = Field("decade", description="how long a period is", examples=["year"])
    limit: Limit = Field(20, description="genres or languages, those with the most films", examples=[5])


class NamesQuery(FilterFields):
    """Parameters of `GET /stats/keywords`, `/stats/companies`, `/stats/directors` and `/stats/actors`."""

    limit: Whole = Field(100, ge=1, le=1_000, description="names, those of the most films", examples=[20])


class TopQuery(FilterFields):
    """Parameters of `GET /stats/top`."""

    limit: Limit = Field(20, description="films in each list", examples=[20])


class Statistic(BaseModel):
    """Fields of every statistic."""

    generation: str = Field(description="the generation that answered", examples=["20261121T223936Z-775b"])
    degraded: bool = Field(
        description="true while the database is away and the index answers alone", examples=[False]
    )
    films: int = Field(description="films that pass the filters", examples=[5000])


class Overview(Statistic):
    """The catalogue at a glance."""

    model_config = ConfigDict(from_attributes=True)

    voted: int = Field(description="films with votes", examples=[5000])
    votes: int = Field(description="of all films", examples=[15078220])
    mean_vote: float | None = Field(description="mean of the mean votes of films with votes", examples=[6.904])
    first_year: int | None = Field(description="year of the oldest film", examples=[1902])
    last_year: int | None = Field(description="year of the newest film", examples=[2026])
    median_year: int | None = Field(description="half of the films are older", examples=[2009])
    median_runtime: int | None = Field(description="minutes, of films whose runtime is known", examples=[107])
    genres: int = Field(description="how many there are", examples=[19])
    keywords: int = Field(description="how many there are", examples=[11928])
    languages: int = Field(description="different original languages", examples=[77])
    countries: int = Field(description="different countries of production", examples=[98])


class BinCount(BaseModel):
    """Films from `low` up to but not including `high`."""

    model_config = ConfigDict(from_attributes=True)

    low: float = Field(description="from", examples=[7.5])
    high: float | None = Field(description="up to; null: without end", examples=[8.0])
    films: int = Field(description="how many", examples=[850])


class FilmAmongGenre(BaseModel):
    """One film compared with those of its first genre."""

    movie: MovieSummary = Field(description="the film")
    genre: str | None = Field(
        description="the first of its genres; null: compared with all", examples=["Adventure"]
    )
    films: int = Field(description="films of that genre with votes that pass the filters", examples=[1055])
    better_than: float | None = Field(description="part of them with a lower Bayesian rating", examples=[0.9991])
    mean_votes: list[BinCount] = Field(
        description="films of that genre with votes, by their mean vote",
        examples=[[{"low": 8.0, "high": 8.5, "films": 43}]],
    )
    ratings: list[BinCount] = Field(
        description="the same films by their Bayesian rating", examples=[[{"low": 8.0, "high": 8.5, "films": 15}]]
    )


class Ratings(Statistic):
    """How films with votes are rated; the last bin includes ten."""

    mean_votes: list[BinCount] = Field(description="films with votes, by their mean vote")
    ratings: list[BinCount] = Field(
        description="the same films by their Bayesian rating", examples=[[{"low": 7.5, "high": 8.0, "films": 202}]]
    )
    film: FilmAmongGenre | None = Field(None, description="one film against its genre, where `id` is given")


class Votes(Statistic):
    """How many votes films have."""

    bins: list[BinCount] = Field(
        description="films by their number of votes, in growing steps",
        examples=[[{"low": 10000.0, "high": 20000.0, "films": 231}]],
    )


class Runtimes(Statistic):
    """How long films are."""

    known: int = Field(description="films whose runtime is known", examples=[4949])
    median: int | None = Field(description="minutes", examples=[107])
    bins: list[BinCount] = Field(
        description="films by their minutes; the last bin has all from four hours on",
        examples=[[{"low": 100.0, "high": 110.0, "films": 1063}]],
    )


class GroupCount(BaseModel):
    """Films with a year, a genre or a language in common."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="the year, genre or code", examples=["Drama"])
    films: int = Field(description="how many", examples=[2208])
    voted: int = Field(description="of them, films with votes", examples=[2208])
    votes: int = Field(description="of all of them together", examples=[5602044])
    mean_vote: float | None = Field(description="mean of the mean votes of films with votes", examples=[7.164])


class Groups(Statistic):
    """Films counted by what they have in common."""

    groups: list[GroupCount] = Field(description="those with the most films first")


class Years(Groups):
    """Films counted by their year."""

    groups: list[GroupCount] = Field(
        description="in order",
        examples=[[{"name": "2014", "films": 219, "voted": 219, "votes": 805879, "mean_vote": 6.742}]],
    )


class Languages(Groups):
    """Films counted by their original language."""

    groups: list[GroupCount] = Field(
        description="those with the most films first",
        examples=[[{"name": "ja", "films": 175, "voted": 175, "votes": 226185, "mean_vote": 7.455}]],
    )


class TrendLine(BaseModel):
    """One name over the periods."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="the genre, or the code of the language", examples=["Drama"])
    films: list[int] = Field(description="films of each period", examples=[[187, 582, 894, 117]])
    share: list[float] = Field(
        description="part of all films of each period", examples=[[0.43794, 0.45151, 0.44478, 0.29323]]
    )


class Trends(Statistic):
    """Genres or languages over time."""

    periods: list[int] = Field(description="the first year of each period", examples=[[1990, 2000, 2010, 2020]])
    trends: list[TrendLine] = Field(description="those with the most films first")


class Top(Statistic):
    """The best known and the best rated."""

    by_votes: list[MovieSummary] = Field(description="the films with the most votes")
    by_rating: list[MovieSummary] = Field(description="the best rated films, by the rule of the shelf `acclaimed`")
