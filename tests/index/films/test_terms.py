"""Names of films, such as their directors, found by a part."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from contract import fold_name
from index.films.summaries import TermIndex

WORDS = st.sampled_from("Akira Kurosawa kurosawa KUROSAWA Kiyoshi Straße von ß İ".split())
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), max_size=12)


@given(names=NAMES, word=WORDS)
def test_people_of_a_surname_are_those_whose_last_word_it_is(names: list[str], word: str) -> None:
    index = TermIndex.build(pa.chunked_array([pa.array([[name] for name in names], pa.list_(pa.string()))]))
    expected = [name for name in index.names if fold_name(name).endswith(f" {fold_name(word)}")]
    assert index.ending_with(word) == expected
