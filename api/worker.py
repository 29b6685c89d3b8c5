"""The app as the settings describe it: what each worker process of `python -m api` creates.

Separate from `api.__main__`, so that a worker does not import what only the command needs.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from types import ModuleType

from fastapi import FastAPI

import settings
from api.app import Policy, create_app
from api.operation.logs import log_lightly
from api.posters.routes import Omdb, OmdbPosters
from api.posters.tmdb import Tmdb, TmdbMore
from api.serving.announcements import RedisAnnouncements
from api.serving.connections import end_with_parent
from api.serving.serving import Serving
from index.engines.registry import EngineSetting
from index.generation.shared import generations_at
from sql.engine import connect

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Parameters of glibc's `mallopt`, from malloc.h."""

DATABASE_TIMEOUT_S = 30
"""For a server that hangs: it must not hold a request for ever."""

STATEMENT_S = 5.0
"""For one statement of a request: several times what the slowest known filters take (benchmark `filters`)."""

POOL_WAIT_S = 0.5
"""For a connection when all are in use: as long as a burst of plain requests needs, and no longer."""


def application() -> FastAPI:
    """The app as the settings describe it."""
    configured = settings.load()
    database = connect(
        configured.database_url, timeout_s=DATABASE_TIMEOUT_S, statement_s=STATEMENT_S, pool_wait_s=POOL_WAIT_S
    )
    gc.freeze()  # a collection after a swap then skips all modules: 0.2 s less, in which nothing is answered
    engine = EngineSetting(configured.engine, configured.milvus_uri)
    generations = generations_at(configured.data_dir / "generations", engine, configured.generations_url)
    announcements = RedisAnnouncements(generations.root, configured.redis_url) if configured.redis_url else None
    return create_app(
        database=database,
        serving=Serving(generations, database, announcements),
        poster_base=configured.tmdb_image_url,
        secret=configured.secret(),
        policy=Policy(
            rate_limit=configured.rate_limit,
            redis_url=configured.redis_url,
            cors_origins=configured.cors_origins,
            login_limit="" if configured.login_limit == settings.OFF else configured.login_limit,
            trusted_proxies=configured.trusted_proxies,
            sign_up=configured.sign_up,
            root_path=configured.root_path,
            live_statistics=configured.live_statistics is settings.Live.ON,
        ),
        omdb=OmdbPosters(Omdb(configured.omdb_url, configured.omdb_api_key), redis_url=configured.redis_url)
        if configured.omdb_api_key
        else None,
        more=TmdbMore(Tmdb(configured.tmdb_url, configured.tmdb_api_key)) if configured.tmdb_api_key else None,
    )


def process() -> FastAPI:
    """The app of a worker, which does nothing else: this changes the process as a whole."""
    end_with_parent()
    _return_memory()
    log_lightly()
    if settings.load().engine is settings.Engine.FAISS:  # pymilvus needs pandas
        sys.meta_path.insert(0, _WithoutPandas())
    return application()


def _return_memory() -> None:
    """Make the C library return what is freed, and divide memory among fewer arenas than there are threads.

    Of its own accord glibc raises the size up to which blocks share the heap to 32 MB, so that what a filter or an
    answer needed for a moment leaves holes. Other C libraries have no `mallopt`.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, 2**18), (M_TRIM_THRESHOLD, 2**20)):
            mallopt(parameter, value)


class _WithoutPandas(MetaPathFinder):
    """Hides pandas, which pyarrow imports to check whether an array is its: 227 MB for a worker, not 196."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Leave all other modules to the next finder.

        Raises:
            ModuleNotFoundError: it is asked for pandas.
        """
        if name == "pandas":
            raise ModuleNotFoundError("workers do not load pandas", name=name)
