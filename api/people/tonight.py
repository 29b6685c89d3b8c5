"""`GET /movies/tonight`: one film for this evening, and two more.

The films that fit best are put in an order drawn by a seed, in which a film that fits better is likelier to come
early (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006). A seed shows three of them, the
same ones whenever it is sent; the next seed shows the next three.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response
from pydantic import BeforeValidator, Field, StringConstraints
from sqlalchemy import Engine

from api.groups.service import GroupService, Person, person_of
from api.models import STRIPPED, FilterFields, as_json
from api.people.accounts import UNAUTHORIZED, AccountService, Credentials
from api.people.codes import Code
from api.people.recommending import MyService, Taste, taste_of
from api.recommend.models import LONGEST_TEXT, RecommendAnswer
from api.recommend.service import RecommendService
from api.serving.serving import Serving
from api.web.cache import query_string
from api.web.openapi import NOT_FOUND, PROBLEMS
from contract import Filters
from index.answer.together import Rule
from sql import histories
from sql.accounts import User

SHOWN = 3
FITTING = 150
"""Films that fit a mood, of which a member's taste chooses."""

POOL = 60
"""Films that an order is made of: twenty times three."""

KNOWN_VOTES = 200
"""Of the films of an evening, unless the request says otherwise or too few have them."""

SHORT = 0.5
"""A film for an evening takes at least this part of the minutes at hand, if enough do."""

EARLY = 10
"""A film's weight is 1 / (its place + this)."""


class TonightQuery(FilterFields):
    """Parameters of `GET /movies/tonight`."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT), STRIPPED] = Field(
        "", description="the mood, in your own words", examples=["something funny"]
    )
    minutes: Annotated[int, Field(ge=1, le=1_000)] | None = Field(
        None, description="how long the film may be", examples=[110]
    )
    company: Annotated[
        list[Code],
        BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
        Field(max_length=10),
    ] = Field([], description="codes of members who watch too: see `POST /me/taste-code`", examples=[[]])
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(
        None, description="chooses; left out, a random one. The next number shows other films", examples=[7]
    )
    explain: bool = Field(False, description="explain each film", examples=[True])


class TonightAnswer(RecommendAnswer):
    """One film for this evening, and two more."""

    seed: int = Field(description="that chose: sent again, it chooses the same", examples=[7])


class TonightService:
    """Chooses for an evening."""

    def __init__(
        self,
        database: Engine,
        serving: Serving,
        mine: MyService,
        groups: GroupService,
        recommending: RecommendService,
    ) -> None:
        self._database, self._serving, self._mine = database, serving, mine
        self._groups, self._recommending = groups, recommending

    def choose(self, query: TonightQuery, user: User | None) -> dict[str, Any]:
        """The fields of a `TonightAnswer`.

        Args:
            query: what is asked.
            user: the user of the token, if there is one.

        Raises:
            NotFoundError: no member has such a code.
            BadQueryError: no word of the text is known.
        """
        mine = [] if user is None else [taste_of(histories.all_marks(self._database, user))]
        tastes = [*mine, *(self._groups.codes.taste(code) for code in query.company)]
        seed = secrets.randbelow(2**31) if query.seed is None else query.seed
        answer: dict[str, Any] = {}
        for filters in (_of_an_evening(query), _within(query)):
            answer = self._pool(query, tastes, filters)
            if len(answer["results"]) >= SHOWN:
                break
        answer["results"] = [answer["results"][place] for place in drawn(len(answer["results"]), seed)]
        return answer | {"seed": seed}

    def _pool(self, query: TonightQuery, tastes: Sequence[Taste], filters: Filters) -> dict[str, Any]:
        """The films that fit best."""
        started, snapshot = time.perf_counter(), self._serving.current()
        if len(tastes) > 1:
            people = [person_of(snapshot, str(place), taste) for place, taste in enumerate(tastes)]
            if query.text:
                people.append(Person("the mood", text=query.text))
            found = self._groups.together(snapshot, people, Rule.MEAN, POOL, filters)
            results = [{"movie": film["movie"], "score": film["score"]} for film in found["results"]]
            return self._recommending.written(started, snapshot, found["matching"], results)
        taste = tastes[0] if tastes else Taste()
        if not (tastes and query.text):
            return self._mine.asked(taste, filters, text=query.text, k=POOL, explain=query.explain)
        # A long history would outweigh the mood: the taste only orders the films that fit the mood.
        fitting = self._mine.asked(Taste(seen=taste.seen), filters, text=query.text, k=FITTING, explain=False)
        ids = [result["movie"]["id"] for result in fitting["results"]]
        found = self._mine.asked(taste, filters, text=query.text, k=POOL, explain=query.explain, candidates=ids)
        return found | {"matching": fitting["matching"]}


def _within(query: TonightQuery) -> Filters:
    """The filters of the request, and the minutes at hand."""
    filters = query.filters()
    if query.minutes is None:
        return filters
    longest = query.minutes if filters.runtime_max is None else min(query.minutes, filters.runtime_max)
    return replace(filters, runtime_max=longest)


def _of_an_evening(query: TonightQuery) -> Filters:
    """The same among films that somebody knows, and that fill the evening."""
    filters = _within(query)
    if filters.votes_min is None:
        filters = replace(filters, votes_min=KNOWN_VOTES)
    if query.minutes is not None and filters.runtime_min is None:
        filters = replace(filters, runtime_min=int(query.minutes * SHORT))
    return filters


def drawn(count: int, seed: int) -> list[int]:
    """The places of the three films of a seed among so many, the best of which come first.

    >>> drawn(60, 4) == drawn(60, 4), set(drawn(60, 4)) & set(drawn(60, 5)), drawn(2, 9) in ([0, 1], [1, 0])
    (True, set(), True)
    """
    turns = max(count // SHOWN, 1)
    rng = np.random.default_rng(seed // turns)
    keys = np.log(rng.random(count)) * (np.arange(count) + EARLY)
    order = np.argsort(-keys)
    start = seed % turns * SHOWN
    return [int(place) for place in order[start : start + SHOWN]]


def router(service: TonightService, accounts: AccountService) -> APIRouter:
    """The route of the evening."""
    routes = APIRouter(tags=["people"], responses=PROBLEMS | NOT_FOUND | UNAUTHORIZED)

    # A token may come, and need not.
    @routes.get("/movies/tonight", response_model=TonightAnswer, openapi_extra={"security": [{}]})
    def tonight(query: Annotated[TonightQuery, query_string(TonightQuery)], token: Credentials) -> Response:
        """Choose a film for tonight.

        One and two more, by mood, minutes and company; with a token also by your own taste. What you or the
        company have seen is left out. The same seed gives the same films, the next one others.
        """
        user = None if token is None else accounts.user(token.credentials)
        return as_json(service.choose(query, user))

    return routes
