"""Summaries are read as they were written, whatever is in them and however the table is cut."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from index.films.summaries import FILM_SCHEMA, SHOWN_COLUMNS, Summaries

SCHEMA = pa.schema([FILM_SCHEMA.field(name) for name in SHOWN_COLUMNS])
whole = st.integers(0, 2**31 - 1)
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
film = st.fixed_dictionaries(
    {
        "id": whole,
        "title": text,
        "original_title": text,
        "year": st.integers(0, 9_999),
        "genres": st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), max_size=3),
        "runtime": st.none() | whole,
        "rating": st.floats(0, 10),
        "vote_average": st.floats(0, 10),
        "vote_count": whole,
        "popularity": st.floats(0, 1e6),
        "poster_path": st.none() | st.just("/p.jpg"),
    }
)


@settings(max_examples=60)
@given(films=st.lists(film, max_size=8), cut=st.integers(0, 8), first=st.integers(0, 3))
def test_films_come_back_as_they_went_in(films: list[dict[str, object]], cut: int, first: int) -> None:
    table = pa.Table.from_pylist(films, SCHEMA)
    table = pa.concat_tables([table.slice(0, cut), table.slice(cut)]).slice(first)
    rows = [*range(len(table))][::-1]
    built = Summaries.build(table)
    assert built.of(rows) == [(films[first:])[row] for row in rows]
    with TemporaryDirectory() as folder:
        built.save(Path(folder))
        opened = Summaries.open(Path(folder))
        assert opened.of(rows) == built.of(rows)
        assert opened.records["vote_count"].tolist() == table["vote_count"].to_pylist()


def test_what_ends_a_text_is_left_out_of_it() -> None:
    row = dict.fromkeys(SHOWN_COLUMNS) | {"id": 1, "title": "a\0b", "original_title": "\0", "genres": ["Drama"]}
    numbers = dict.fromkeys(("year", "vote_count"), 0) | dict.fromkeys(
        ("rating", "vote_average", "popularity"), 0.0
    )
    (shown,) = Summaries.build(pa.Table.from_pylist([row | numbers], SCHEMA)).of([0])
    assert (shown["title"], shown["original_title"], shown["genres"]) == ("ab", "", ["Drama"])
    assert tuple(shown) == SHOWN_COLUMNS
