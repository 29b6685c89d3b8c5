"""`/admin/live`: how many visit, what they search for and open, without keeping who they are.

A visitor is a hash of an address under a random salt of the day, which is kept nowhere else and for no longer. A
search is told only once several visitors have made it, since it may name its author.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs

from fastapi import APIRouter, Security
from pydantic import BaseModel, Field
from starlette.types import Scope

from api.models import NoQuery
from api.people.accounts import ROLE_PROBLEMS, AccountService, requires
from api.web.openapi import NOT_FOUND, PROBLEMS
from api.web.problems import NotFoundError
from contract import fold
from settings import client_network
from sql.accounts import Role

logger = logging.getLogger("reelkin.api")

DAY_S, NOW_MINUTES = 86_400, 5
FLOOR = 5
"""Visitors who must have searched for something before it is told."""

SHOWN = 20
MOST = 10_000
"""Different searches, films and visitors of a day that a process keeps without Redis; more are not counted."""

LONGEST = 100
FLUSH_S = 1.0
KEPT_S = 2 * DAY_S
TIMEOUT_S = 0.5
PREFIX = "reelkin:live"


class Event(NamedTuple):
    """Something that a visitor did: `visit`, `search`, `nothing` (found) or `open`, and of what."""

    visitor: str
    kind: str
    what: str = ""


@dataclass(frozen=True)
class Seen:
    """What was done today.

    Attributes:
        visitors, now: different visitors today, and in the last five minutes.
        requests: how many.
        searched, nothing: searches with their number, by at least `FLOOR` visitors each.
        opened: ids of films with how often they were opened.
    """

    visitors: int
    now: int
    requests: int
    searched: list[tuple[str, int]]
    nothing: list[tuple[str, int]]
    opened: list[tuple[str, int]]


class Store(Protocol):
    """Where events are counted."""

    def salt(self, day: int) -> bytes:
        """The random salt of a day."""

    def add(self, day: int, minute: int, events: Sequence[Event]) -> None:
        """Count events."""

    def read(self, day: int, minute: int) -> Seen:
        """What was counted of a day, and of the minutes up to one."""

    def clear(self, day: int) -> None:
        """Forget a day."""


@dataclass
class _Day:
    number: int
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    requests: int = 0
    visitors: set[str] = field(default_factory=set)
    minutes: dict[int, set[str]] = field(default_factory=dict)
    times: dict[str, Counter[str]] = field(default_factory=dict)
    by: dict[tuple[str, str], set[str]] = field(default_factory=dict)


class OwnStore:
    """Counts of this process."""

    def __init__(self) -> None:
        self._day, self._lock = _Day(-1), threading.Lock()

    def salt(self, day: int) -> bytes:
        """See `Store`."""
        return self._of(day).salt

    def add(self, day: int, minute: int, events: Sequence[Event]) -> None:
        """See `Store`."""
        with self._lock:
            today = self._of(day)
            today.requests += sum(event.kind == "visit" for event in events)
            for visitor, kind, what in events:
                if kind == "visit":
                    for visitors in (today.visitors, today.minutes.setdefault(minute, set())):
                        if len(visitors) < MOST:
                            visitors.add(visitor)
                    continue
                counts = today.times.setdefault(kind, Counter())
                if what in counts or len(counts) < MOST:
                    counts[what] += 1
                    by = today.by.setdefault((kind, what), set())
                    if len(by) < FLOOR:
                        by.add(visitor)
            for old in [kept for kept in today.minutes if kept <= minute - NOW_MINUTES]:
                del today.minutes[old]

    def read(self, day: int, minute: int) -> Seen:
        """See `Store`."""
        with self._lock:
            today = self._of(day)
            recent = (visitors for kept, visitors in today.minutes.items() if kept > minute - NOW_MINUTES)

            def most(kind: str, floor: int) -> list[tuple[str, int]]:
                counted = today.times.get(kind, Counter()).most_common()
                return [(what, n) for what, n in counted if len(today.by[kind, what]) >= floor][:SHOWN]

            return Seen(
                len(today.visitors), len(set().union(*recent)), today.requests,
                most("search", FLOOR), most("nothing", FLOOR), most("open", 1),
            )  # fmt: skip

    def clear(self, day: int) -> None:
        """See `Store`."""
        with self._lock:
            self._day = _Day(day)

    def _of(self, day: int) -> _Day:
        if self._day.number != day:
            self._day = _Day(day)
        return self._day


class SharedStore:
    """Counts of all processes in Redis, visitors as HyperLogLogs."""

    def __init__(self, url: str) -> None:
        from redis import Redis

        self._redis: Any = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)

    def salt(self, day: int) -> bytes:
        """See `Store`."""
        key = f"{PREFIX}:{day}:salt"
        self._redis.set(key, secrets.token_bytes(16), nx=True, ex=KEPT_S)
        return bytes(self._redis.get(key) or b"")

    def add(self, day: int, minute: int, events: Sequence[Event]) -> None:
        """See `Store`."""
        pipe, day_key = self._redis.pipeline(transaction=False), f"{PREFIX}:{day}"
        visits = [event.visitor for event in events if event.kind == "visit"]
        keys = [f"{day_key}:requests", f"{day_key}:visitors", f"{day_key}:minute:{minute}"]
        if visits:
            pipe.incrby(keys[0], len(visits)).pfadd(keys[1], *visits).pfadd(keys[2], *visits)
        for visitor, kind, what in events:
            if kind != "visit":
                keys += [f"{day_key}:{kind}", f"{day_key}:{kind}:by:{what}"]
                pipe.zincrby(keys[-2], 1, what).pfadd(keys[-1], visitor)
        for key in set(keys):
            pipe.expire(key, KEPT_S)
        pipe.execute()

    def read(self, day: int, minute: int) -> Seen:
        """See `Store`."""
        key = f"{PREFIX}:{day}"
        recent = [f"{key}:minute:{minute - back}" for back in range(NOW_MINUTES)]

        def most(kind: str, floor: int) -> list[tuple[str, int]]:
            found = self._redis.zrevrange(f"{key}:{kind}", 0, 10 * SHOWN, withscores=True)
            named = [(what.decode(), int(times)) for what, times in found]
            by = self._redis.pipeline(transaction=False)
            for what, _ in named:
                by.pfcount(f"{key}:{kind}:by:{what}")
            return [one for one, visitors in zip(named, by.execute(), strict=True) if visitors >= floor][:SHOWN]

        return Seen(
            self._redis.pfcount(f"{key}:visitors"), self._redis.pfcount(*recent),
            int(self._redis.get(f"{key}:requests") or 0),
            most("search", FLOOR), most("nothing", FLOOR), most("open", 1),
        )  # fmt: skip

    def clear(self, day: int) -> None:
        """See `Store`."""
        for key in self._redis.scan_iter(f"{PREFIX}:{day}*"):
            self._redis.delete(key)


class Live:
    """Takes note of requests, and counts them once a second in a thread.

    Args:
        redis_url: where the processes count together; "" to count in this one, as is done while Redis is away.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._own: Store = OwnStore()
        self._store: Store = SharedStore(redis_url) if redis_url else self._own
        self._noted: list[tuple[str, str, str]] = []
        self._nothing: dict[str, bool] = {}
        self._stop, self._away = threading.Event(), False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to count."""
        self._thread = threading.Thread(target=self._repeat, name="count-visits", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Count what is left."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def found(self, query: str, any_film: bool) -> None:
        """Take note of whether a search finds anything; its answer may be cached."""
        if len(self._nothing) >= MOST:
            self._nothing = {}
        self._nothing[fold(query)[:LONGEST]] = not any_film

    def note(self, scope: Scope, status: int) -> None:
        """Take note of a request that has been answered, on the event loop."""
        if status >= HTTPStatus.BAD_REQUEST or len(self._noted) > MOST:
            return
        client, path = scope["client"][0] if scope.get("client") else "", scope["path"]
        self._noted.append((client, "visit", ""))
        if path == "/movies/search":
            asked = parse_qs(scope["query_string"].decode("latin-1")).get("q", [""])[0]
            query = fold(asked)[:LONGEST]
            self._noted.append((client, "search", query))
            if self._nothing.get(query):
                self._noted.append((client, "nothing", query))
        elif path.startswith("/movies/") and path[8:].isdecimal():
            self._noted.append((client, "open", path[8:]))

    def seen(self) -> Seen:
        """What was done today."""
        self.count()
        found: Seen = self._with(lambda store: store.read(*_now()))
        return found

    def forget(self) -> None:
        """Forget today."""
        self._noted = []
        self._with(lambda store: store.clear(_now()[0]))

    def count(self) -> None:
        """Count what has been noted."""
        noted, self._noted = self._noted, []
        if noted:
            day, minute = _now()
            self._with(lambda store: store.add(day, minute, _hidden(noted, store.salt(day))))

    def _with(self, use: Callable[[Store], Any]) -> Any:
        if self._store is self._own:
            return use(self._own)
        try:
            found = use(self._store)
        except Exception as error:  # of any kind: what is counted must not keep anybody waiting
            if not self._away:
                logger.warning("Redis does not answer, visits are counted in this process: %s", error)
            self._away = True
            return use(self._own)
        self._away = False
        return found

    def _repeat(self) -> None:
        while not self._stop.wait(FLUSH_S):
            self.count()
        self.count()


def _hidden(noted: Sequence[tuple[str, str, str]], salt: bytes) -> list[Event]:
    """Events with a hash in the place of an address."""
    hashed = {
        client: hashlib.blake2b(client_network(client).encode(), digest_size=8, key=salt).hexdigest()
        for client in {client for client, _, _ in noted}
    }
    return [Event(hashed[client], kind, what) for client, kind, what in noted]


def _now() -> tuple[int, int]:
    """The day and the minute, since 1970."""
    now = int(time.time())
    return now // DAY_S, now // 60


class Times(BaseModel):
    """Something and how often."""

    what: str = Field(description="what was searched for, folded; of a film, its id", examples=["interstellar"])
    times: int = Field(description="how often", examples=[12])


class LiveAnswer(BaseModel):
    """What visitors have done today, in UTC."""

    visitors: int = Field(description="different visitors today", examples=[140])
    now: int = Field(description="different visitors in the last five minutes", examples=[6])
    requests: int = Field(description="requests that were answered today", examples=[3021])
    searched: list[Times] = Field(description="the most frequent searches, each by five visitors or more")
    nothing: list[Times] = Field(description="those of them that found nothing", examples=[[]])
    opened: list[Times] = Field(description="the films that were opened most")


def router(live: Live | None, accounts: AccountService) -> APIRouter:
    """The routes of live statistics, for admins."""
    routes = APIRouter(
        prefix="/admin/live",
        tags=["operation"],
        responses=PROBLEMS | ROLE_PROBLEMS | NOT_FOUND,
        dependencies=[Security(requires(accounts, Role.ADMIN))],
    )

    def counting() -> Live:
        if live is None:
            raise NotFoundError("visits are not counted: REELKIN_LIVE_STATISTICS is off")
        return live

    @routes.get("")
    def seen(_: NoQuery) -> LiveAnswer:
        """What visitors do today.

        How many they are, what they search for and open. Nobody is told apart from one day to the next.
        """
        found = counting().seen()
        lists = {name: [Times(what=what, times=n) for what, n in getattr(found, name)] for name in _LISTS}
        return LiveAnswer(visitors=found.visitors, now=found.now, requests=found.requests, **lists)

    @routes.delete("", status_code=HTTPStatus.NO_CONTENT)
    def forget(_: NoQuery) -> None:
        """Forget what was counted today."""
        counting().forget()

    return routes


_LISTS = ("searched", "nothing", "opened")
