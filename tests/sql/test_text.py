"""Folding: what titles are ordered by."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from contract import fold, sort_title
from sql.tables import movies, sort_titles
from tests.sql.films import film, load

TITLES = [
    "Zebra",
    "apple",
    "Äpfel",
    "zebra 2",
    "Ápple",
    "~",
    "!",
    "A  b",
    "a",
    "日本",
    "🎬",
    "ﬁlm",
    "İstanbul",
]


@given(st.lists(st.text(max_size=150)))
def test_titles_in_bulk_fold_like_one_title(titles: list[str]) -> None:
    assert sort_titles(pa.array(titles, pa.string())).to_pylist() == [sort_title(t) for t in titles]


@given(st.text())
def test_folding_twice_changes_nothing_more(title: str) -> None:
    assert fold(fold(title)) == fold(title)
    assert fold(title.upper().lower()) == fold(title.lower())


def test_both_databases_order_titles_alike(engine: Engine) -> None:
    load(engine, [film(i, title) for i, title in enumerate(TITLES, 1)])
    with engine.connect() as connection:
        found = connection.scalars(select(movies.c.title).order_by(movies.c.sort_title, movies.c.id)).all()
    assert found == sorted(TITLES, key=lambda t: (sort_title(t).encode(), TITLES.index(t)))
