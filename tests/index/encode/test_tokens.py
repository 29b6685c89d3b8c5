"""The words of texts and their places in a vocabulary: few are looked up in another way, with the same result."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from index.encode.tokens import FEW_TEXTS, FEW_TOKENS, Vocabulary, words_of

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=40)
TERMS = ("space", "time", "über", "愛", "")


@given(st.lists(TEXTS | st.none(), min_size=1, max_size=8))
def test_few_texts_have_the_same_words_as_many(texts: list[str | None]) -> None:
    many = pa.array(texts + [None] * FEW_TEXTS, pa.string())
    assert words_of(pa.array(texts, pa.string())).to_pylist() == words_of(many).to_pylist()[: len(texts)]


@given(st.lists(st.sampled_from([*TERMS, "unknown", "Space", None]), max_size=12))
def test_few_tokens_have_the_same_places_as_many(tokens: list[str | None]) -> None:
    vocabulary = Vocabulary(pa.array(TERMS))
    few = vocabulary.codes(pa.array(tokens, pa.string()))
    many = vocabulary.codes(pa.array(tokens + ["space"] * FEW_TOKENS, pa.string()))
    assert np.array_equal(few, many[: len(tokens)])
    assert few.tolist() == [TERMS.index(token) if token in TERMS else -1 for token in tokens]


def test_letters_and_digits_of_any_script_are_words() -> None:
    (words,) = words_of(pa.array(["Amélie's 2½ days: 七人の侍 (1954)"])).to_pylist()
    assert words == ["amélie", "s", "2½", "days", "七人の侍", "1954"]
