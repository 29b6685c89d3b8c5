"""The application, made of collaborators that are passed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import faiss
from fastapi import FastAPI
from sqlalchemy import Engine

from api import problems
from api.accounts import AccountService
from api.answers import Posters
from api.browsing import CatalogueService
from api.metrics import Metrics
from api.middleware.methods import HeadAsGet
from api.middleware.observing import Observing
from api.recommending import RecommendService
from api.routes import health, movies, sessions, shelves, statistics
from api.serving import Serving
from api.shelving import ShelfService
from api.statistics import StatisticsService

ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def create_app(*, database: Engine, serving: Serving, poster_base: str, secret: str) -> FastAPI:
    """The HTTP API over a catalogue and the generation that is served.

    Args:
        database: the catalogue.
        serving: follows the current generation; started and stopped with the app.
        poster_base: address that poster paths are appended to.
        secret: the key that tokens are hashed under.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        faiss.omp_set_num_threads(1)  # one query is too small to share; requests run side by side instead
        serving.start()
        yield
        serving.stop()
        database.dispose()

    app = FastAPI(
        title="Reelkin",
        version="0.1.0",
        summary="Films that are kin to the ones you like",
        description=f"Typo-tolerant title lookup and filtered nearest-neighbour search. {ATTRIBUTION}",
        lifespan=lifespan,
    )
    metrics = Metrics(serving)
    app.add_middleware(Observing, metrics=metrics)
    app.add_middleware(HeadAsGet)  # the last one added is the first to see a request
    problems.install(app)
    posters = Posters(poster_base)
    catalogue = CatalogueService(database, serving, posters)
    accounts = AccountService(database, secret)
    app.include_router(sessions.router(accounts))
    app.include_router(health.router(database, serving, metrics))
    app.include_router(movies.router(catalogue, RecommendService(serving, posters)))
    app.include_router(shelves.router(ShelfService(serving, posters)))
    app.include_router(statistics.router(StatisticsService(serving, posters)))
    return app
