"""SQL conditions and index masks select the same films, for every filter of `contract`.

Films and filters are drawn from the contract itself, so a filter that is added there is tested at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from contract import COLUMNS, FILTERS, NAMES, Column, Filter, Filters, Match
from index.films.filters import FilterTable
from index.films.summaries import FILM_SCHEMA
from sql.engine import connect
from sql.matches import conditions, resolve
from sql.migrations.upgrade import upgrade
from sql.movies import STREAM_SCHEMA, stream
from sql.tables import join_names, movies
from tests.sql.films import Row, load
from tests.support.databases import MISSING, throwaway_database

FILMS = 120


def values_of(column: Column) -> list[Any]:
    """Values of a column that its filters tell apart: its example, those of its filters, and unknown."""
    of_filters = [one.example for one in FILTERS.values() if one.column == column.name]
    if column.type in (NAMES, "string"):
        names = [column.example, *of_filters, "other"]
        return sorted({name for value in names for name in (value if isinstance(value, list) else [value])})
    if column.type == "bool":
        return [False, True]
    if column.type == "date32":
        return [None, *(date.fromisoformat(day) for day in ("1899-12-31", column.example, *of_filters))]
    numbers = [column.example, *of_filters, *(value + 1 for value in of_filters), *(column.limits or ())]
    unknown = [None] if column.nullable else [0] if column.zero_unknown else []
    low, high = column.limits or (0, 0)
    return [*unknown, *(value for value in numbers if max(low, len(unknown)) <= value <= high)]


def films() -> list[Row]:
    """Random films with something in every column, no two of which are the same film."""
    pick = random.Random(3)
    written = [column for column in COLUMNS.values() if not column.computed]
    return [
        {column.name: _value(column, pick) for column in written}
        | {"id": movie_id, "title": f"Film {movie_id}", "imdb_id": None}
        for movie_id in range(1, FILMS + 1)
    ]


def _value(column: Column, pick: random.Random) -> Any:
    known = values_of(column)
    if column.type == NAMES:
        return join_names(pick.sample(known, pick.randint(0, min(3, len(known)))))
    return pick.choice(known)


class Both:
    """One catalogue, in the database and as the columns of a generation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        load(engine, films())
        batches = pa.Table.from_batches(stream(engine))
        self._ids = batches["id"].to_numpy()
        self._table = FilterTable.build(batches, np.ones(len(batches), np.bool_))

    def by_sql(self, filters: Filters) -> list[int]:
        """Ids that the database selects."""
        with self._engine.connect() as connection:
            found = conditions(filters, resolve(connection, filters))
            return sorted(connection.scalars(select(movies.c.id).where(found)))

    def by_mask(self, filters: Filters) -> list[int]:
        """Ids that the index selects."""
        return sorted(self._ids[self._table.select(filters).mask].tolist())


@pytest.fixture(scope="module", params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The catalogue on either database."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("filters")
        yield from _both(f"sqlite:///{folder / 'films.db'}")
        return
    server = request.getfixturevalue("server")
    if server is None:
        pytest.skip(MISSING)
    with throwaway_database(server) as url:
        yield from _both(url)


def _both(url: str) -> Iterator[Both]:
    engine = connect(url)
    upgrade(engine)
    yield Both(engine)
    engine.dispose()


def _any_value(one: Filter) -> st.SearchStrategy[Any]:
    if one.match is Match.WITH:
        return st.booleans()
    known = [value for value in values_of(COLUMNS[one.column]) if value is not None]
    if one.of_names:
        spelled = st.sampled_from([*known, *(name.upper() for name in known), "no such name"])
        return st.lists(spelled, max_size=2).map(tuple)
    return st.sampled_from(known if one.type is date else [0, *known])


any_filters = st.fixed_dictionaries({}, optional={name: _any_value(one) for name, one in FILTERS.items()})
few_filters = st.lists(st.sampled_from(sorted(FILTERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: _any_value(FILTERS[name]) for name in names})
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=few_filters | any_filters)
def test_the_database_and_the_index_select_the_same_films(both: Both, values: dict[str, Any]) -> None:
    filters = Filters(**values)
    assert both.by_sql(filters) == both.by_mask(filters)


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_has_an_effect_in_both(both: Both, name: str) -> None:
    one = FILTERS[name]
    example = tuple(one.example) if isinstance(one.example, list) else one.example
    example = date.fromisoformat(str(example)) if one.type is date else example
    filters = Filters(**{name: True if one.match is Match.WITH else example})
    found = both.by_sql(filters)
    assert found == both.by_mask(filters)
    assert 0 < len(found) != len(both.by_sql(Filters()))
    assert filters.key() != Filters().key()


def test_films_leave_the_database_as_the_index_takes_them() -> None:
    """Neither a build nor a server converts them on the way."""
    assert STREAM_SCHEMA.equals(FILM_SCHEMA)
