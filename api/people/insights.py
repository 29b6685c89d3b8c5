"""`/me/insights`: what a person watches, how the person rates, and what was missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Security
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Engine

from api.models import Limit, MovieSummary, Posters, Strict
from api.people.accounts import UNAUTHORIZED
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import PROBLEMS
from index.answer import insights
from index.spaces.view import View
from sql import histories
from sql.accounts import User
from sql.marks import MarkKind

STEPS = tuple(step / 2 for step in range(1, 21))


class InsightsQuery(Strict):
    """Parameters of `GET /me/insights`."""

    limit: Limit = Field(10, description="films in each list", examples=[10])


class NameShare(BaseModel):
    """A genre, a decade, a language, a country or a person among your films."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(description="its name", examples=["Horror"])
    films: int = Field(description="of yours that have it", examples=[41])
    rating: float | None = Field(description="the mean of your ratings of them", examples=[7.9])
    crowd: float | None = Field(description="the mean of everybody's ratings of the same films", examples=[7.1])


class WatchedPeriod(BaseModel):
    """A year of watching."""

    model_config = ConfigDict(from_attributes=True)

    year: int = Field(description="the year in which you watched or rated them", examples=[2021])
    films: int = Field(description="how many", examples=[52])
    rating: float | None = Field(description="the mean of your ratings of them", examples=[7.4])
    names: dict[str, dict[str, int]] = Field(
        description="genres, decades, languages, countries, directors and actors of the most films",
        examples=[{"genres": {"Horror": 20, "Drama": 14}, "decades": {"1980s": 17}}],
    )


class RatedApart(BaseModel):
    """A film that you rate otherwise than most people."""

    movie: MovieSummary = Field(description="the film")
    rating: float = Field(description="yours", examples=[9.5])
    apart: float = Field(description="yours less everybody's", examples=[2.4])


class RatingsCompared(BaseModel):
    """Your ratings and everybody's."""

    films: int = Field(description="films that you rated and enough others have voted for", examples=[180])
    rating: float | None = Field(description="the mean of yours", examples=[7.2])
    crowd: float | None = Field(description="the mean of everybody's", examples=[6.9])
    correlation: float | None = Field(description="Pearson's, -1 to 1", examples=[0.41])
    higher: list[RatedApart] = Field(description="films that you like more than most people, the most first")
    lower: list[RatedApart] = Field(description="films that you like less than most people, the most first")
    alike: list[RatedApart] = Field(description="films that you rate as most people do, the nearest first")


class Insights(BaseModel):
    """What you watch and how you rate."""

    seen: int = Field(description="films that you rated, watched or have in the diary", examples=[231])
    rated: int = Field(description="of them rated", examples=[180])
    genres: list[NameShare] = Field(description="those of the most films first, as in all such lists")
    decades: list[NameShare] = Field(description="of release")
    languages: list[NameShare] = Field(description="original languages")
    countries: list[NameShare] = Field(description="of production")
    directors: list[NameShare] = Field(description="where credits are loaded")
    actors: list[NameShare] = Field(description="where credits are loaded")
    ratings: dict[str, int] = Field(description="rating -> how many films", examples=[{"7.5": 21, "8.0": 40}])
    over_time: list[WatchedPeriod] = Field(description="by the year in which you watched or rated them")
    compared: RatingsCompared = Field(description="your ratings and everybody's")
    given_up: list[MovieSummary] = Field(description="what you are not interested in, the latest first")
    given_up_genres: list[NameShare] = Field(description="the genres of all of that")
    blind_spots: list[MovieSummary] = Field(description="acclaimed films of your genres that you have not seen")


class InsightService:
    """Looks at a member's history."""

    def __init__(self, database: Engine, serving: Serving, posters: Posters) -> None:
        self._database, self._serving, self._posters = database, serving, posters

    def look(self, user: User, query: InsightsQuery) -> Insights:
        """What the history of a user tells."""
        lists, diary = histories.all_marks(self._database, user), histories.all_diary(self._database, user)
        snapshot = self._serving.current()
        view = snapshot.view
        rated = {mark.movie_id: float(mark.rating or 0) for mark in lists[MarkKind.RATINGS]}
        ratings = {row: rated[movie_id] for movie_id, row in _rows(view, rated)}
        days: dict[int, set[int]] = defaultdict(set)
        for entry in diary:
            days[entry.movie_id].add(entry.day.year)
        for kind in (MarkKind.WATCHED, MarkKind.RATINGS):
            for mark in lists[kind]:
                if mark.movie_id not in days:
                    days[mark.movie_id].add(mark.marked_at.year)
        seen = _rows(view, days)
        watched: dict[int, list[int]] = defaultdict(list)
        for movie_id, row in seen:
            for year in days[movie_id]:
                watched[year].append(row)
        rows = [row for _, row in seen]
        names = insights.shares(view, rows, ratings)
        given_up = [row for _, row in _rows(view, (mark.movie_id for mark in lists[MarkKind.NOT_INTERESTED]))]
        spots = insights.blind_spots(view, snapshot.shelves, names["genres"], rows, query.limit)
        return Insights(
            seen=len(days),
            rated=len(rated),
            **{kind: [NameShare.model_validate(share) for share in found] for kind, found in names.items()},
            ratings={str(step): n for step in STEPS if (n := sum(value == step for value in rated.values()))},
            over_time=[
                WatchedPeriod.model_validate(period) for period in insights.periods(view, watched, ratings)
            ],
            compared=self._compared(view, ratings, query.limit),
            given_up=self._posters.summaries(view, given_up[: query.limit]),
            given_up_genres=[
                NameShare.model_validate(share) for share in insights.shares(view, given_up, ratings)["genres"]
            ],
            blind_spots=self._posters.summaries(view, spots),
        )

    def _compared(self, view: View, ratings: dict[int, float], limit: int) -> RatingsCompared:
        found = insights.compared(view, ratings)

        def told(pairs: Iterable[tuple[int, float]]) -> list[RatedApart]:
            chosen = list(pairs)[:limit]
            movies = self._posters.summaries(view, [row for row, _ in chosen])
            return [
                RatedApart(movie=movie, rating=ratings[row], apart=apart)
                for movie, (row, apart) in zip(movies, chosen, strict=True)
            ]

        return RatingsCompared(
            films=found.films,
            rating=found.rating,
            crowd=found.crowd,
            correlation=found.correlation,
            higher=told(pair for pair in found.apart if pair[1] > 0),
            lower=told(pair for pair in reversed(found.apart) if pair[1] < 0),
            alike=told(sorted(found.apart, key=lambda pair: abs(pair[1]))),
        )


def _rows(view: View, ids: Iterable[int]) -> list[tuple[int, int]]:
    """Ids of films and their rows, without films that the generation does not have."""
    return [(movie_id, row) for movie_id in ids if (row := view.films.row_of(movie_id)) is not None]


def router(service: InsightService, member: Any) -> APIRouter:
    """The route of insights.

    Args:
        service: what it calls.
        member: the user of the token, for `Security`.
    """
    routes = APIRouter(tags=["people"], responses=PROBLEMS | UNAUTHORIZED)
    signed_in: Any = Security(member)

    @routes.get("/me/insights")
    def look(query: Annotated[InsightsQuery, query_string(InsightsQuery)], user: User = signed_in) -> Insights:
        """See what you watch.

        Genres, decades, languages, countries and people, over time too; how your ratings compare with everybody's;
        what you gave up on; and acclaimed films of your genres that you have not seen.
        """
        return service.look(user, query)

    return routes
