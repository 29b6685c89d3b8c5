"""What a person's own history recommends: the same answer as of `/movies/recommend`, made from the lists.

Ratings count by their value: 8 and more as a like, 6 as nothing, 4 and less as a dislike. Films on the list of
likes are liked, those that are not interesting disliked, unless they are rated. Of long lists the latest count.
Films that the person has seen, is not interested in or wants to see anyway do not come back, and the row is as
long as was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response, Security
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api.models import SEPARATED, STRIPPED, FilterFields, Limit, MovieSummary, Posters, as_json
from api.people.accounts import UNAUTHORIZED
from api.recommend.models import (
    LONGEST_TEXT,
    MOST_TASTE,
    MOST_WEIGHTS,
    Preset,
    RankingFields,
    RecommendAnswer,
    RecommendRequest,
)
from api.recommend.routes import NO_RATINGS
from api.recommend.service import RecommendService
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import PROBLEMS
from contract import Filters, Model
from index.answer.tastes import of_rating
from index.answer.welcome import starters, welcome
from index.spaces.view import View
from sql import histories
from sql.accounts import User
from sql.marks import Mark, MarkKind

HIDDEN = (MarkKind.RATINGS, MarkKind.WATCHED, MarkKind.NOT_INTERESTED)
"""Lists whose films do not come back, besides the watchlist."""


class Among(StrEnum):
    """Which films are ranked."""

    WATCHLIST = "watchlist"


WeightText = Annotated[
    str, StringConstraints(pattern=r"^[a-z_]{1,40}:(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$")
]
"""A block and its factor."""


class MyQuery(RankingFields, FilterFields):
    """Parameters of `GET /me/recommendations`."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT), STRIPPED] = Field(
        "", description="what you are in the mood for, in your own words", examples=["something funny"]
    )
    weights: Annotated[list[WeightText], SEPARATED, Field(max_length=MOST_WEIGHTS)] = Field(
        [],
        description="factors on blocks' default weights, 0 to 100; repeat it for several",
        examples=[["keywords:2", "year:0"]],
    )
    preset: Preset | None = Field(None, description="see `POST /movies/recommend`", examples=["likeness"])
    among: Among | None = Field(
        None, description="`watchlist`: rank the films of your watchlist", examples=["watchlist"]
    )

    def factors(self) -> dict[str, float]:
        """The weights by block; of one that comes twice the last counts."""
        return {name: float(factor) for name, factor in (weight.split(":") for weight in self.weights)}


class StartersQuery(FilterFields):
    """Parameters of `GET /movies/starters`."""

    limit: Limit = Field(12, description="how many films", examples=[12])


class Starters(BaseModel):
    """Films for a newcomer to choose from."""

    films: list[MovieSummary] = Field(description="well known, and as different as possible")
    generation: str = Field(description="the generation that answered", examples=["20261121T223936Z-775b"])


@dataclass(frozen=True)
class Taste:
    """What lists say of a person, as ids of films, the latest first.

    Attributes:
        likes, dislikes: films without a rating.
        ratings: film -> 0.5 to 10.
        seen: films that need not be recommended.
        watchlist: films that the person wants to see.
    """

    likes: tuple[int, ...] = ()
    dislikes: tuple[int, ...] = ()
    ratings: Mapping[int, float] = field(default_factory=dict)
    seen: frozenset[int] = frozenset()
    watchlist: tuple[int, ...] = ()


def taste_of(lists: Mapping[MarkKind, Sequence[Mark]]) -> Taste:
    """The taste that the lists of a person, the latest first, tell of."""
    ratings = {mark.movie_id: mark.rating for mark in lists[MarkKind.RATINGS] if mark.rating is not None}
    likes, dislikes = (
        tuple(mark.movie_id for mark in lists[kind] if mark.movie_id not in ratings)
        for kind in (MarkKind.LIKES, MarkKind.NOT_INTERESTED)
    )
    return Taste(
        likes,
        dislikes,
        ratings,
        frozenset(mark.movie_id for kind in HIDDEN for mark in lists[kind]),
        tuple(mark.movie_id for mark in lists[MarkKind.WATCHLIST]),
    )


class MyService:
    """Recommends to members."""

    def __init__(
        self, database: Engine, serving: Serving, posters: Posters, recommending: RecommendService
    ) -> None:
        self._database, self._serving, self._posters = database, serving, posters
        self._recommending = recommending

    def recommend(self, user: User, query: MyQuery) -> dict[str, Any]:
        """The fields of a `RecommendAnswer`.

        Raises:
            NoRatingsError: a collaborative model is asked for and no ratings are loaded.
        """
        taste = taste_of(histories.all_marks(self._database, user))
        ranked = taste.watchlist if query.among is Among.WATCHLIST else None
        hidden = taste.seen if ranked is not None else taste.seen | set(taste.watchlist)
        more = self._of(taste, query.text, hidden)
        if more is None:
            return self.newcomer(query.filters(), query.k, hidden, ranked, explain=query.explain)
        more |= {"weights": query.factors(), "preset": query.preset}
        if ranked is not None:
            more["candidates"] = ranked
        request = query.request_for(more.pop("like"), query, **more)
        return self._recommending.answer(request, resolved=False)  # the person knows the own lists

    def asked(
        self,
        taste: Taste,
        filters: Filters,
        *,
        text: str,
        k: int,
        explain: bool,
        candidates: Sequence[int] | None = None,
    ) -> dict[str, Any]:
        """The fields of a `RecommendAnswer` for a taste or a text; with both, perhaps of `candidates` alone."""
        more = self._of(taste, text, taste.seen)
        if more is None:
            return self.newcomer(filters, k, taste.seen, explain=explain)
        request = RecommendRequest(
            filters=filters,
            k=k,
            model=Model.HYBRID,
            diversity=0.0,
            exact=False,
            explain=explain,
            candidates=candidates,
            **more,
        )
        return self._recommending.answer(request, resolved=False)

    def _of(self, taste: Taste, text: str, hidden: Collection[int]) -> dict[str, Any] | None:
        """What a taste and a text say in a request; None if they say of nothing that it is liked."""
        view = self._serving.current().view
        likes, dislikes, rated = (_known(view, ids) for ids in (taste.likes, taste.dislikes, taste.ratings))
        ratings = {movie_id: taste.ratings[movie_id] for movie_id in rated}
        if not (likes or text or any(of_rating(rating) > 0 for rating in ratings.values())):
            return None
        said: dict[str, Any] = {"like": likes, "dislike": dislikes, "ratings": ratings, "text": text}
        return said | {"exclude": sorted(hidden), "more_than_likes": True}

    def newcomer(
        self,
        filters: Filters,
        k: int,
        hidden: Collection[int],
        ranked: Sequence[int] | None = None,
        *,
        explain: bool = False,
    ) -> dict[str, Any]:
        """The answer to a person of whom no liked film is known: well received and popular films.

        Args:
            filters: on the films.
            k: how many.
            hidden: ids of films that may not come back.
            ranked: ids of the only films that may; None for all.
            explain: give the reasons.
        """
        started, snapshot = time.perf_counter(), self._serving.current()
        view = snapshot.view
        allowed = snapshot.selection(filters)
        out = np.zeros(len(allowed.mask), np.bool_)
        if ranked is not None:
            out[:] = True
            out[_rows(view, ranked)] = False
        out[_rows(view, hidden)] = True
        found = welcome(view, allowed, k, out)
        films = view.films.summaries(found.rows)
        results: list[dict[str, Any]] = [
            {"movie": self._posters.shown(film), "score": score}
            for film, score in zip(films, found.scores.tolist(), strict=True)
        ]
        if explain:
            for result in results:
                result["why"] = {"blocks": {"welcome": result["score"]}, "shared": {}}
        matching = int(np.count_nonzero(allowed.mask & ~out))
        return self._recommending.written(started, snapshot, matching, results)

    def starters(self, query: StartersQuery) -> Starters:
        """Well-known films that differ most."""
        view = self._serving.current().view
        films = self._posters.summaries(view, starters(view, query.filters(), query.limit))
        return Starters(films=films, generation=view.manifest.id)


def _known(view: View, ids: Iterable[int]) -> list[int]:
    """The first of some films that the generation has."""
    return list(islice((movie_id for movie_id in ids if view.films.row_of(movie_id) is not None), MOST_TASTE))


def _rows(view: View, ids: Collection[int]) -> list[int]:
    """Rows of films, and of all records of them."""
    rows = [row for movie_id in ids if (row := view.films.row_of(movie_id)) is not None]
    return [record for row in rows for record in view.films.group_of(row)]


def router(service: MyService, member: Any) -> APIRouter:
    """The routes that recommend to members and newcomers.

    Args:
        service: what they call.
        member: the user of the token, for `Security`.
    """
    routes = APIRouter(tags=["people"], responses=PROBLEMS)
    signed_in: Any = Security(member)

    @routes.get("/me/recommendations", responses=UNAUTHORIZED | NO_RATINGS, response_model=RecommendAnswer)
    def recommendations(query: Annotated[MyQuery, query_string(MyQuery)], user: User = signed_in) -> Response:
        """Find films for you.

        From what you rated, like and are not interested in. What you have seen, are not interested in or have on
        the watchlist is left out, and k films come back all the same. Who has liked nothing yet gets films that
        are well received and popular.
        """
        return as_json(service.recommend(user, query))

    @routes.get("/movies/starters")
    def first(query: Annotated[StartersQuery, query_string(StartersQuery)]) -> Starters:
        """Show films to start with.

        Well known and as different from one another as possible: three of them that appeal to somebody, as `like`
        in `POST /movies/recommend`, give a first list.
        """
        return service.starters(query)

    return routes
