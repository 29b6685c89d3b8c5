"""The slowest page that random legal filters find: lists as long as requests may name, bounds, every sort.

python -m tests.benchmarks.filters --data data --json out.json
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from api.models import MOST_NAMES
from api.worker import STATEMENT_S
from contract import Filters, Order, Sort
from sql import browse, matches
from sql.engine import connect
from sql.errors import StatementTimeoutError
from sql.tables import Kind, movies, terms
from tests.support.benchmark import measuring
from tests.support.sample import Sample

FILTERS = 200
SLOWEST = 5


def measured(loaded: Sample, scratch: Path) -> dict[str, Any]:
    """Processor and wall time of first pages, in milliseconds, with nothing cached."""
    engine = connect(loaded.url, statement_s=STATEMENT_S)
    chance = random.Random(1)
    names = {kind: _names(engine, kind) for kind in Kind}
    with engine.connect() as connection:
        languages = sorted(connection.scalars(select(movies.c.original_language).distinct()))
    films = browse.page(
        engine, filters=Filters(adult=True), sort=Sort.title, order=Order.asc, limit=1, key=None
    ).total
    taken = []
    for _ in range(FILTERS):
        wanted = drawn(chance, names, languages)
        asked = {"filters": wanted, "sort": chance.choice(list(Sort)), "order": chance.choice(list(Order))}
        taken.append(_timed(engine, asked))
    engine.dispose()
    taken.sort(key=lambda one: one["cpu_ms"], reverse=True)
    cpu = [one["cpu_ms"] for one in taken]
    return {
        "films": films,
        "filters": FILTERS,
        "stopped": sum(one["total"] is None for one in taken),
        "cpu_ms": {"median": statistics.median(cpu), "p95": cpu[FILTERS // 20], "worst": cpu[0]},
        "slowest": taken[:SLOWEST],
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


def _timed(engine: Engine, asked: dict[str, Any]) -> dict[str, Any]:
    matches.total.cache_clear()
    matches.matches.cache_clear()
    began, cpu = time.perf_counter(), time.process_time()
    try:
        total = browse.page(engine, **asked, limit=20, key=None).total
    except StatementTimeoutError:
        total = None
    cpu_ms, wall_ms = (time.process_time() - cpu) * 1e3, (time.perf_counter() - began) * 1e3
    given = {one.name: len(value) if one.of_names else value for one, value in asked["filters"].active()}
    order = f"{asked['sort']} {asked['order']}"
    return {
        "cpu_ms": round(cpu_ms, 1),
        "wall_ms": round(wall_ms, 1),
        "total": total,
        "order": order,
        "asked": given,
    }


def _names(engine: Engine, kind: Kind) -> list[str]:
    """The names of a kind, the most frequent first."""
    query = select(terms.c.name).where(terms.c.kind == kind.value).order_by(terms.c.films.desc(), terms.c.id)
    with engine.connect() as connection:
        return list(connection.scalars(query))


if __name__ == "__main__":
    sys.exit(measuring("filters", __doc__, measured))
