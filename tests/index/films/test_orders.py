"""Films in every order, against Python's own sorting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import Sort, sort_title
from index.films import orders
from index.films.orders import COLUMNS
from index.films.summaries import FILM_SCHEMA, FilmStore
from tests.support.films import make_films

TITLES = ("Élan", "elan", "ELAN", "Zebra", "zebra 2", "日本", "~", "", " a", "Ångström", "e")


def store(titles: list[str], numbers: list[int]) -> FilmStore:
    """Films with titles and numbers of which many are equal."""
    films = make_films(len(titles)).to_pylist()
    for film, title, number in zip(films, titles, numbers, strict=True):
        film |= {
            "title": title,
            "popularity": number / 4,
            "rating": number / 8,
            "vote_count": number,
            "year": number,
        }
    return FilmStore.build(pa.Table.from_pylist(films[::-1], schema=FILM_SCHEMA))


def value(films: FilmStore, sort: Sort, row: int) -> Any:
    (film,) = films.summaries([row])
    return sort_title(film["title"]) if sort is Sort.title else film[COLUMNS[sort]]


@settings(max_examples=150, deadline=None)
@given(
    films=st.lists(st.tuples(st.sampled_from(TITLES), st.integers(0, 4)), min_size=1, max_size=40),
    sort=st.sampled_from(Sort),
    rising=st.booleans(),
    wanted=st.integers(1, 12),
    data=st.data(),
)
def test_films_come_in_order_from_any_place(
    films: list[tuple[str, int]], sort: Sort, rising: bool, wanted: int, data: st.DataObject
) -> None:
    kept = store([title for title, _ in films], [number for _, number in films])
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(films), max_size=len(films))))
    places = sorted(
        ((value(kept, sort, row), int(kept.movie_ids[row])) for row in range(len(films))), reverse=not rising
    )
    anywhere = [None, *places, *((place[0], edge) for place in places for edge in (0, 2**31))]
    after = data.draw(st.sampled_from(anywhere))
    passing = {int(movie_id) for movie_id in kept.movie_ids[mask]}
    behind = [p for p in places if p[1] in passing and (after is None or (p > after if rising else p < after))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orders, "WINDOW", 2)
        assert kept.along(sort, mask, wanted, after=after, rising=rising) == behind[:wanted]


def test_orders_are_kept_with_a_generation_and_made_where_they_are_not(tmp_path: Path) -> None:
    films = FilmStore.build(make_films(50))
    films.save(tmp_path)
    opened = FilmStore.open(tmp_path).orders
    for path in tmp_path.glob("by_*[!d].npy"):
        assert path.stem.removeprefix("by_") in set(Sort)
        path.unlink()
    made = FilmStore.open(tmp_path).orders
    for sort in Sort:
        np.testing.assert_array_equal(opened.of(sort), films.orders.of(sort))
        np.testing.assert_array_equal(made.of(sort), films.orders.of(sort))
