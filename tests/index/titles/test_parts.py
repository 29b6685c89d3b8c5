"""The parts against plain, slow versions of themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, Levenshtein

from index.titles import nearby
from index.titles.fold import MAX_LENGTH, fold, name_parts, numbers, plain_words, search_words, sound, split_year
from index.titles.nearby import (
    GUIDE_STEP,
    LONGEST,
    SPELT,
    HashLists,
    Lists,
    piece_hashes,
    prefix_hashes,
    prefix_range,
    salted,
    text_hash,
    text_hashes,
    texts_of,
)
from index.titles.vocabulary import edits_and_costs

TEXT = st.text("abcdé神", min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=40), query=TEXT)
def test_no_string_within_the_promised_edits_is_missed(texts: list[str], query: str) -> None:
    table = nearby.build(texts)
    buckets = np.unique(table.buckets(nearby.query_hashes(query)))
    found = set(table.lists.gather(buckets, table.lists.sizes(buckets)).tolist())
    promised = {
        i
        for i, text in enumerate(texts)
        if Levenshtein.distance(query, text) <= min(map(nearby.edits_found, (len(text), len(query))))
    }
    assert promised <= found


@pytest.mark.parametrize("length", range(9, 41))
def test_one_swap_in_a_long_string_is_never_missed(length: int) -> None:
    text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[:length]
    table = nearby.build([text])
    for i in range(length - 1):
        swapped = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        buckets = table.buckets(nearby.query_hashes(swapped))
        assert table.lists.sizes(buckets).any(), swapped


def test_a_string_that_cannot_be_hashed_is_named() -> None:
    with pytest.raises(ValueError, match=str(LONGEST + 1)):
        nearby.build(["x" * (LONGEST + 1)])
    assert MAX_LENGTH <= LONGEST


@given(text=st.text(st.characters(blacklist_characters="\0"), min_size=1, max_size=30), data=st.data())
def test_the_hash_of_a_piece_is_that_of_its_letters(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    piece = piece_hashes(prefix_hashes(text), np.array([start]), np.array([end]))
    assert salted(piece, SPELT) == text_hashes([text[start:end]], SPELT)


@given(texts=st.lists(TEXT, min_size=1, max_size=5), salt=st.integers(0, 3000))
def test_the_hash_of_one_text_is_that_of_many(texts: list[str], salt: int) -> None:
    assert [text_hash(text, salt) for text in texts] == text_hashes(texts, salt).tolist()


@settings(deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=80), data=st.data())
def test_few_and_many_texts_are_read_alike(texts: list[str], data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=120))
    assert texts_of(pa.array(texts), np.array(ids, np.int64)) == [texts[i] for i in ids]
    assert texts_of(pa.array(["", *texts])[1:], np.array(ids, np.int64)) == [texts[i] for i in ids]


@given(
    texts=st.lists(st.text("abé", max_size=4), min_size=1, max_size=2 * GUIDE_STEP + 9),
    prefix=st.text("abé", max_size=3),
)
def test_texts_with_a_prefix_are_found_with_a_guide_and_without(texts: list[str], prefix: str) -> None:
    texts = sorted(texts * (2 * GUIDE_STEP // len(texts)), key=str.encode)
    begun = [i for i, text in enumerate(texts) if text.startswith(prefix)]
    low = sum(text.encode() < prefix.encode() for text in texts)
    places = (low, low + texts.count(prefix), low + len(begun))
    order, guide = np.arange(len(texts), dtype=np.int32), [text.encode() for text in texts[::GUIDE_STEP]]
    assert prefix_range(pa.array(texts), order, prefix) == places
    assert prefix_range(pa.array(texts), order, prefix, guide) == places


@given(keys=st.lists(st.integers(0, 9), max_size=60), most=st.integers(1, 40), bound=st.integers(0, 60))
def test_candidates_below_a_number_are_those_of_all(keys: list[int], most: int, bound: int) -> None:
    hashes = np.array(keys, dtype=np.uint64) << np.uint64(60)
    table = HashLists.build(hashes, np.arange(len(keys), dtype=np.int32))
    found = table.candidates(hashes, most)
    assert set(table.candidates(hashes, most, bound).tolist()) == set(found[found < bound].tolist())
    assert len(found) <= most or len(found) == 0


@given(keys=st.lists(st.integers(0, 9), max_size=50))
def test_lists_return_the_values_they_were_built_from(keys: list[int]) -> None:
    values = np.arange(len(keys), dtype=np.int32)
    lists = Lists.build(np.array(keys, dtype=np.int64), values, 10)
    ids = np.arange(10)
    gathered = lists.gather(ids, lists.sizes(ids)).tolist()
    assert gathered == [value for key in range(10) for value, k in enumerate(keys) if k == key]


@given(text=TEXT, choices=st.lists(TEXT, min_size=1, max_size=8))
def test_edits_are_those_of_the_plain_distance_and_slips_cost_less(text: str, choices: list[str]) -> None:
    edits, costs = edits_and_costs(text, choices)
    assert edits.tolist() == [OSA.distance(text, choice) for choice in choices]
    assert (costs <= edits).all()
    assert (costs[edits > 0] > 0).all()


def test_a_lost_letter_and_a_swap_cost_less_than_a_wrong_or_further_letter() -> None:
    _, costs = edits_and_costs("flowr", ["flower", "flowr", "flwor", "flown", "flow"])
    lost, none, swapped, wrong, further = costs.tolist()
    assert none < lost == swapped < wrong == further == 1.0


@given(text=st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    words = fold(text)
    assert fold(" ".join(words)) == words or not any(c.isalnum() for c in "".join(words))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Schindler’s List", ("schindlers", "list")),
        ("E.T. the Extra-Terrestrial", ("et", "the", "extra", "terrestrial")),
        ("Łódź Ærø Ɖ", ("lodz", "aero", "ɖ")),
        ("ＡＢＣ ﬁn", ("abc", "fin")),
        ("İstanbul", ("istanbul",)),
        ("Thing, The", ("the", "thing")),
        ("Hello, the World", ("hello", "the", "world")),
        ("🥔", ("🥔",)),
        ("¿?", ("¿?",)),
    ],
)
def test_folding(text: str, words: tuple[str, ...]) -> None:
    assert fold(text) == words


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (("rocky", "iv"), ("rocky", "4")),
        (("friday", "the", "13th"), ("friday", "the", "13")),
        (("malcolm", "x"), ("malcolm", "10")),
        (("x", "men"), ("x", "men")),
        (("first", "blood"), ("1", "blood")),
    ],
)
def test_numbers_are_one_however_written(words: tuple[str, ...], plain: tuple[str, ...]) -> None:
    assert plain_words(words) == plain


def test_scripts_without_spaces_are_searched_by_pairs() -> None:
    assert search_words(("となりの", "totoro")) == ("とな", "なり", "りの", "totoro")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nite", "knight"),
        ("fantom", "phantom"),
        ("jurasic", "jurassic"),
        ("rite", "wright"),
        ("kwik", "quick"),
    ],
)
def test_words_that_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other) != ""


def test_years_and_subtitles() -> None:
    assert split_year(("1917", "2019")) == (("1917",), 2019)
    assert split_year(("room", "237")) is None
    assert name_parts("Léon: The Professional") == (["Léon"], ["The Professional"])
    assert name_parts("Face/Off") == ([], [])


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Rocky IV", {"4"}),
        ("Alien³", {"3"}),
        ("Fast & Furious 6", {"6"}),
        ("What I Did Last Summer", set()),
        ("Malcolm X", {"10"}),
        ("Rogue One", set()),
        ("2001: A Space Odyssey", {"2001"}),
    ],
)
def test_numbers_that_a_title_names(title: str, named: set[str]) -> None:
    assert numbers(fold(title)) == named
