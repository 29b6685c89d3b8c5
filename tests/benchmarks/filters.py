"""The slowest page that random legal filters find: lists as long as requests may name, bounds, every sort.

Each page twice: from the generation, as it is served, and from the database, as after a load until the next build.

python -m tests.benchmarks.filters --data data --json out.json
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from api.films.browse import BrowseQuery, CatalogueService
from api.models import MOST_NAMES, Posters
from api.serving.serving import Serving
from api.worker import STATEMENT_S
from contract import Filters, Order, Sort
from index.generation.publish import Generations
from sql import browse, matches
from sql.engine import connect
from sql.errors import StatementTimeoutError
from sql.tables import Kind, movies, terms
from tests.support.benchmark import measuring
from tests.support.sample import Sample

FILTERS = 200
SLOWEST = 5
LIMIT = 20


def measured(loaded: Sample, scratch: Path) -> dict[str, Any]:
    """Processor and wall time of first pages, in milliseconds, with no answer cached."""
    engine = connect(loaded.url, statement_s=STATEMENT_S)
    serving = Serving(Generations(loaded.folder / "generations"), engine)
    serving.start()
    catalogue = CatalogueService(engine, serving, Posters("https://image.tmdb.org/t/p/w342"))
    chance = random.Random(1)
    names = {kind: _names(engine, kind) for kind in Kind}
    with engine.connect() as connection:
        known = select(movies.c.original_language).distinct().where(movies.c.original_language != "")
        languages = sorted(connection.scalars(known))
    films = browse.page(
        engine, filters=Filters(adult=True), sort=Sort.title, order=Order.asc, limit=1, key=None
    ).total
    taken: dict[str, list[dict[str, Any]]] = {"generation": [], "database": []}
    for _ in range(FILTERS):
        wanted = drawn(chance, names, languages)
        order = {"sort": chance.choice(list(Sort)), "order": chance.choice(list(Order))}
        query = BrowseQuery.model_validate(_given(wanted) | order | {"limit": LIMIT})
        asked: dict[str, Any] = {"filters": wanted, "limit": LIMIT, "key": None, **order}
        ways: dict[str, Callable[[], int]] = {
            "generation": lambda query=query: catalogue.page(query).total,  # type: ignore[misc]
            "database": lambda asked=asked: browse.page(engine, **asked).total,  # type: ignore[misc]
        }
        about = {"order": " ".join(order.values()), "asked": _lengths(wanted)}
        for name, way in ways.items():
            taken[name].append(_timed(way) | about)
    serving.stop()
    engine.dispose()
    totals = {name: [one["total"] for one in way] for name, way in taken.items()}
    pairs = zip(totals["generation"], totals["database"], strict=True)
    return {
        "films": films,
        "filters": FILTERS,
        "differing": sum(mine != theirs for mine, theirs in pairs if theirs is not None),
        **{name: _summary(way) for name, way in taken.items()},
    }


def _summary(taken: list[dict[str, Any]]) -> dict[str, Any]:
    slowest = sorted(taken, key=lambda one: one["cpu_ms"], reverse=True)
    cpu = [one["cpu_ms"] for one in slowest]
    return {
        "stopped": sum(one["total"] is None for one in taken),
        "cpu_ms": {"median": statistics.median(cpu), "p95": cpu[len(cpu) // 20], "worst": cpu[0]},
        "slowest": slowest[:SLOWEST],
    }


def drawn(chance: random.Random, names: dict[Kind, list[str]], languages: list[str]) -> Filters:
    """A filter that a request may ask for, with long lists of frequent names more often than users send them."""

    def some(values: list[str]) -> tuple[str, ...]:
        frequent = values[:MOST_NAMES]
        few = chance.sample(frequent, min(3, len(frequent)))
        several = chance.sample(values, min(chance.randint(1, MOST_NAMES), len(values)))
        return tuple(chance.choice([[], [], few, frequent, several]))

    def bound(*values: int) -> int | None:
        return chance.choice([None, None, *values])

    return Filters(
        genres=some(names[Kind.GENRE]),
        genres_all=chance.choice([(), (), ("Drama",) * MOST_NAMES, ("Drama", "Comedy")]),
        without_genres=chance.choice([(), some(names[Kind.GENRE][1:])]),
        keywords=chance.choice([(), (), some(names[Kind.KEYWORD])]),
        without_keywords=some(names[Kind.KEYWORD]),
        languages=chance.choice([(), (), some(languages)]),
        countries=some(names[Kind.COUNTRY]),
        year_min=bound(1900, 1950, 1990),
        year_max=bound(2000, 2020),
        runtime_min=bound(0, 1, 60),
        runtime_max=bound(chance.randint(80, 100_000), 500),
        votes_min=bound(0, 1, 5),
        rating_min=bound(2, 5, 6),
        adult=chance.random() < 0.3,
    )


def _timed(page: Callable[[], int]) -> dict[str, Any]:
    matches.total.cache_clear()
    matches.matches.cache_clear()
    began, cpu = time.perf_counter(), time.process_time()
    try:
        total = page()
    except StatementTimeoutError:
        total = None
    cpu_ms, wall_ms = (time.process_time() - cpu) * 1e3, (time.perf_counter() - began) * 1e3
    return {"cpu_ms": round(cpu_ms, 1), "wall_ms": round(wall_ms, 1), "total": total}


def _given(filters: Filters) -> dict[str, Any]:
    """Filters as a request names them."""
    return {one.name: value for one, value in filters.active()} | {"adult": filters.adult}


def _lengths(filters: Filters) -> dict[str, Any]:
    """The same with lists told by their length."""
    return {one.name: len(value) if one.of_names else value for one, value in filters.active()}


def _names(engine: Engine, kind: Kind) -> list[str]:
    """The names of a kind that a request can list, the most frequent first."""
    query = select(terms.c.name).where(terms.c.kind == kind.value, ~terms.c.name.contains(","))
    query = query.order_by(terms.c.films.desc(), terms.c.id)
    with engine.connect() as connection:
        return list(connection.scalars(query))


if __name__ == "__main__":
    sys.exit(measuring("filters", __doc__, measured))
