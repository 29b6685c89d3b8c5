"""What a person's own history recommends: the same answer as of `/movies/recommend`, made from the lists.

What is rated 7 or more, or on the list of likes, is liked; what is rated 4 or less, or not interesting, is
disliked. Of long lists the latest count. Films that the person has seen, is not interested in or wants to see
anyway do not come back, and the row is as long as was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response, Security
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Engine

from api.models import FilterFields, Limit, MovieSummary, Posters, as_json
from api.people.accounts import UNAUTHORIZED
from api.recommend.models import LONGEST_TEXT, RankingFields, RecommendAnswer, RecommendRequest
from api.recommend.routes import NO_RATINGS
from api.recommend.service import RecommendService
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import PROBLEMS
from contract import Filters, Model
from index.answer.welcome import starters, welcome
from index.spaces.space import CONTENT
from index.spaces.view import View
from sql import histories
from sql.accounts import User
from sql.marks import Mark, MarkKind

LIKED, DISLIKED = 7.0, 4.0
"""Ratings from which, and up to which, a film counts as liked and as disliked."""

MOST_LIKES = 1_000
"""The latest of a longer list count."""

HIDDEN = (MarkKind.RATINGS, MarkKind.WATCHED, MarkKind.NOT_INTERESTED)
"""Lists whose films do not come back, besides the watchlist."""


class Among(StrEnum):
    """Which films are ranked."""

    WATCHLIST = "watchlist"


class MyQuery(RankingFields, FilterFields):
    """Parameters of `GET /me/recommendations`."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)] = Field(
        "", description="what you are in the mood for, in your own words", examples=["something funny"]
    )
    among: Among | None = Field(
        None, description="`watchlist`: rank the films of your watchlist", examples=["watchlist"]
    )


class StartersQuery(FilterFields):
    """Parameters of `GET /movies/starters`."""

    limit: Limit = Field(12, description="how many films", examples=[12])


class Starters(BaseModel):
    """Films for a newcomer to choose from."""

    films: list[MovieSummary] = Field(description="well known, and as different as possible")
    generation: str = Field(description="the generation that answered", examples=["20261121T223936Z-775b"])


@dataclass(frozen=True)
class Taste:
    """What lists say of a person, as ids of films.

    Attributes:
        likes, dislikes: the latest first.
        seen: films that need not be recommended.
        watchlist: films that the person wants to see.
    """

    likes: tuple[int, ...]
    dislikes: tuple[int, ...]
    seen: frozenset[int]
    watchlist: tuple[int, ...]


def taste_of(lists: Mapping[MarkKind, Sequence[Mark]]) -> Taste:
    """The taste that the lists of a person, the latest first, tell of."""
    ratings = lists[MarkKind.RATINGS]
    rated = {mark.movie_id for mark in ratings}
    likes = [mark for mark in ratings if mark.rating is not None and mark.rating >= LIKED]
    likes += [mark for mark in lists[MarkKind.LIKES] if mark.movie_id not in rated]
    dislikes = [mark for mark in ratings if mark.rating is not None and mark.rating <= DISLIKED]
    dislikes += [mark for mark in lists[MarkKind.NOT_INTERESTED] if mark.movie_id not in rated]
    return Taste(
        _latest(likes),
        _latest(dislikes),
        frozenset(mark.movie_id for kind in HIDDEN for mark in lists[kind]),
        tuple(mark.movie_id for mark in lists[MarkKind.WATCHLIST]),
    )


def _latest(marks: list[Mark]) -> tuple[int, ...]:
    return tuple(mark.movie_id for mark in sorted(marks, key=lambda mark: mark.marked_at, reverse=True))


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
        view = self._serving.current().view
        likes, dislikes = (_known(view, ids)[:MOST_LIKES] for ids in (taste.likes, taste.dislikes))
        ranked = taste.watchlist if query.among is Among.WATCHLIST else None
        hidden = taste.seen if ranked is not None else taste.seen | set(taste.watchlist)
        if not (likes or query.text) and query.model is not Model.COLLABORATIVE:
            return self.newcomer(query.filters(), query.k, hidden, ranked, explain=query.explain)
        more: dict[str, Any] = {"dislike": dislikes, "text": query.text, "exclude": sorted(hidden)}
        if ranked is not None:
            more["candidates"] = ranked
        request = query.request_for(likes, query, **more, more_than_likes=True)
        return self._recommending.answer(request, resolved=False)  # the person knows the own lists

    def asked(
        self,
        likes: Sequence[int],
        dislikes: Sequence[int],
        hidden: Collection[int],
        filters: Filters,
        *,
        text: str,
        k: int,
        explain: bool,
    ) -> dict[str, Any]:
        """The fields of a `RecommendAnswer` for a taste, or for nobody's, in ids of films."""
        view = self._serving.current().view
        liked, disliked = (_known(view, ids)[:MOST_LIKES] for ids in (likes, dislikes))
        if not liked and not text:
            return self.newcomer(filters, k, hidden, explain=explain)
        more: dict[str, Any] = {"dislike": disliked, "text": text, "exclude": sorted(hidden)}
        request = RecommendRequest(
            liked, filters, k, Model.HYBRID, 0.0, exact=False, explain=explain, **more, more_than_likes=True
        )
        return self._recommending.answer(request, resolved=False)

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
        names = view.spaces[CONTENT].layout.names
        return {
            "query": {
                "resolved": [],
                "text": None,
                "read": [],
                "weights": dict.fromkeys(names, 1.0),
                "model": query.model.value,
            },
            "generation": view.manifest.id,
            "exact": True,
            "matching": int(np.count_nonzero(allowed.mask & ~out)),
            "took_ms": round((time.perf_counter() - started) * 1e3, 3),
            "degraded": self._serving.database_problem is not None,
            "results": results,
        }

    def starters(self, query: StartersQuery) -> Starters:
        """Well-known films that differ most."""
        view = self._serving.current().view
        films = self._posters.summaries(view, starters(view, query.filters(), query.limit))
        return Starters(films=films, generation=view.manifest.id)


def _known(view: View, ids: Sequence[int]) -> list[int]:
    return [movie_id for movie_id in ids if view.films.row_of(movie_id) is not None]


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
