"""The application, made of collaborators that are passed in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import faiss
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from sqlalchemy import Engine

import settings
from api.films import routes as films
from api.films.browse import CatalogueService
from api.films.edit import EditingService
from api.groups import routes as groups
from api.groups.rooms import RoomService
from api.groups.service import GroupService
from api.models import Posters
from api.operation import generations, health, jobs, live
from api.people import about, codes, imports, insights, members, recommending, tonight
from api.people import accounts as people
from api.people.accounts import AccountService, LoginGate, requires
from api.people.imports import ImportService
from api.people.members import MemberService
from api.people.recommending import MyService
from api.posters import routes as posters
from api.posters import tmdb
from api.posters.routes import OmdbPosters
from api.posters.tmdb import TmdbMore
from api.recommend import path
from api.recommend import routes as recommend
from api.recommend.service import RecallSampler, RecommendService
from api.serving.serving import Serving
from api.shelves import routes as shelves
from api.stats import routes as statistics
from api.stats.routes import StatisticsService
from api.web import problems
from api.web.cache import Caching, described
from api.web.metrics import Metrics, Observing
from api.web.middleware import (
    SHORTEST_COMPRESSED,
    BodyLimit,
    Compressing,
    Forwarded,
    HeadAsGet,
    Limiting,
    Prefixed,
    RateLimit,
    SafeHeaders,
)
from api.web.openapi import TAGS, DocumentedApp, add_documentation
from sql.accounts import Role

DESCRIPTION = """\
Find films by title, misspelt or not, browse them, and find similar ones by filtered nearest-neighbour search.

Reading is open; writing takes a token. Filters work everywhere that films are listed, and never shorten an answer:
if k films match, k are returned. Lists repeat the parameter or separate their values by commas. Every failure is a
problem document (RFC 9457), an unknown parameter too. The examples are answers of the bundled sample.

This product uses the TMDB API but is not endorsed or certified by TMDB.
"""


SEARCHING = (os.cpu_count() or 1) + 1
"""Threads that search and recommend: more would compete with one another and with the event loop for the
processor, and the slowest answers would take longer. All other routes use Starlette's own threads, so that those
that wait for the database do not delay these."""


@dataclass(frozen=True)
class Policy:
    """How clients are treated.

    Attributes:
        rate_limit: `N/second`, `N/minute` or `N/hour` and client; "" for no limit.
        redis_url: where several processes count together; "" to count in each process.
        cors_origins: sites whose pages may send requests.
        login_limit: failed logins by name, and three times as many by address, in the form of `rate_limit`.
        trusted_proxies: addresses and networks that may name their clients by `X-Forwarded-For`.
        sign_up: who may create an account.
        live_statistics: whether visits are counted.
        root_path: the path that everything is below, for a proxy that serves other things beside; "" for none.
    """

    rate_limit: str = ""
    redis_url: str = ""
    cors_origins: tuple[str, ...] = ()
    login_limit: str = settings.Settings.login_limit
    trusted_proxies: tuple[str, ...] = ()
    sign_up: settings.SignUp = settings.SignUp.OFF
    root_path: str = ""
    live_statistics: bool = True


def create_app(
    *,
    database: Engine,
    serving: Serving,
    poster_base: str,
    secret: str,
    policy: Policy | None = None,
    omdb: OmdbPosters | None = None,
    more: TmdbMore | None = None,
) -> FastAPI:
    """The HTTP API over a catalogue and the generation that is served.

    Args:
        database: the catalogue.
        serving: follows the current generation; started and stopped with the app.
        poster_base: address that poster paths are appended to.
        secret: the key that tokens are hashed under.
        policy: how clients are treated; None for no limit and no other sites.
        omdb: finds posters; without it they all come from `poster_base`. Closed with the app.
        more: finds what TMDB knows besides; without it nothing is. Closed with the app.
    """

    policy = policy or Policy()
    limit = RateLimit(policy.rate_limit, policy.redis_url) if policy.rate_limit else None
    gate = LoginGate(policy.login_limit, policy.redis_url)

    metrics = Metrics(serving, policy.redis_url)
    visits = live.Live(policy.redis_url) if policy.live_statistics else None
    sampler = RecallSampler(metrics.recall.observe)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        faiss.omp_set_num_threads(1)  # one query is too small to share; requests run side by side instead
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(SEARCHING, "search"))
        serving.start()
        sampler.start()
        if visits is not None:
            visits.start()
        yield
        sampler.stop()
        if visits is not None:
            visits.stop()
        if limit is not None:
            await limit.close()
        await gate.close()
        serving.stop()
        for lookup in (omdb, more):
            if lookup is not None:
                lookup.close()
        database.dispose()

    app = DocumentedApp(
        title="Reelkin",
        version=settings.VERSION,
        summary="Films like the ones you like",
        description=DESCRIPTION,
        openapi_tags=[{"name": name, "description": words} for name, words in TAGS.items()],
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
        servers=[{"url": policy.root_path}] if policy.root_path else None,
        lifespan=lifespan,
    )
    _wrap(app, serving, metrics, limit, policy, visits)
    problems.install(app)
    add_documentation(app)
    addresses = Posters(poster_base)
    catalogue = CatalogueService(database, serving, addresses, *(() if visits is None else (visits.found,)))
    accounts = AccountService(database, secret, policy.redis_url)
    member = requires(accounts, Role.MEMBER)
    recommended = RecommendService(serving, addresses, sampler)
    mine = MyService(database, serving, addresses, recommended)
    shared = codes.TasteCodes(database, secret)
    grouped = GroupService(serving, addresses, shared)
    for router in (  # in the order in which they are matched: the most requested first
        recommend.router(recommended),
        # before films.router, which takes all that follows /movies/ for an id
        recommending.router(mine, member),
        tonight.router(tonight.TonightService(database, serving, mine, grouped, recommended), accounts),
        path.router(path.PathService(serving, addresses)),
        films.router(catalogue),
        people.router(accounts, gate),
        health.router(serving, metrics),
        shelves.router(shelves.ShelfService(serving, addresses)),
        statistics.router(StatisticsService(serving, addresses)),
        generations.router(generations.GenerationService(serving, addresses)),
        posters.router(posters.PosterService(database, serving, addresses, omdb)),
        tmdb.router(more),
        films.editing_router(EditingService(database, serving.announcements, addresses), accounts),
        imports.router(ImportService(database, serving, addresses), member),
        insights.router(insights.InsightService(database, serving, addresses), member),
        codes.router(shared, member),
        groups.router(grouped, RoomService(database, serving, addresses, grouped)),
        live.router(visits, accounts),
        jobs.router(jobs.JobService(policy.redis_url), accounts),
        members.router(MemberService(database, addresses, accounts.known), accounts, gate, policy.sign_up),
        about.router(database, policy.sign_up),
    ):
        app.router.routes.extend(described(router).routes)
    return app


def _wrap(
    app: FastAPI,
    serving: Serving,
    metrics: Metrics,
    limit: RateLimit | None,
    policy: Policy,
    visits: live.Live | None,
) -> None:
    """Put the layers around the routes; the last one added is the first to see a request."""
    app.add_middleware(BodyLimit)
    app.add_middleware(Caching, serving=serving, metrics=metrics)
    app.add_middleware(Compressing, minimum_size=SHORTEST_COMPRESSED)
    if limit is not None:
        app.add_middleware(Limiting, limit=limit, metrics=metrics)
    if policy.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=policy.cors_origins,
            allow_methods=["*"],
            allow_headers=["Authorization", "If-None-Match", "X-Request-ID"],
            expose_headers=["ETag", "Retry-After", "Server-Timing", "X-Request-ID"],
        )
    app.add_middleware(SafeHeaders)
    app.add_middleware(Observing, metrics=metrics, note=None if visits is None else visits.note)
    app.add_middleware(HeadAsGet)
    if policy.root_path:
        app.add_middleware(Prefixed, root_path=policy.root_path)
    if policy.trusted_proxies:
        app.add_middleware(Forwarded, proxies=settings.TrustedProxies(policy.trusted_proxies))
