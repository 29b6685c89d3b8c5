"""What holds for every query, every catalogue and every edit."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from index.titles import EmptyQueryError, TitleIndex, matching
from index.titles.fold import fold, search_words, squash
from index.titles.words import Mask, by_words, rivals_by_words
from tests.index.titles.catalogue import CATALOGUE, Film, make_index

ANY_TEXT = st.text(st.characters(), max_size=60)  # surrogates included
WORDS = st.lists(st.sampled_from("the dark night of love rocky 2 ii amélie 神隠し x war".split()), min_size=1)
FILMS = st.lists(st.tuples(ANY_TEXT, ANY_TEXT, st.integers(0, 2030), st.integers(0, 30_000)), max_size=12)
LONG = tuple(row for row, film in enumerate(CATALOGUE) if len(squash(fold(film[0]))) > 8)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def built(films: list[Film]) -> TitleIndex:
    with tempfile.TemporaryDirectory() as folder:
        return make_index(Path(folder), films)  # the mapped files outlive their names


@SHARED
@given(query=ANY_TEXT | WORDS.map(" ".join))
def test_any_text_is_answered_or_cleanly_refused(titles: TitleIndex, query: str) -> None:
    try:
        answer = titles.search(query)
    except EmptyQueryError:
        assert not fold(query)
    else:
        assert answer.matches
        assert 0.0 <= answer.confidence <= 1.0


@settings(max_examples=40, deadline=None)
@given(films=FILMS)
def test_any_catalogue_can_be_built_and_finds_its_own_titles(films: list[Film]) -> None:
    index = built(films)
    for title, original, _, _ in films:
        for text in filter(fold, (title[:100], original[:100])):
            answer = index.search(text, limit=50)
            assert answer.resolved
            assert squash(fold(text)) in {squash(fold(match.text)) for match in answer.matches}


@settings(max_examples=30, deadline=None)
@given(
    added=st.lists(WORDS.map(" ".join), max_size=30),
    name=st.sampled_from(["Dark Night", "Rocky II", "M", "神隠し"]),
)
def test_adding_films_never_moves_an_exact_match(added: list[str], name: str) -> None:
    others = [(title, "", 2000, 90) for title in added if squash(fold(title)) != squash(fold(name))]
    answer = built([(name, "", 1999, 1), *others]).search(name)
    assert answer.matches[0].row == 0


@SHARED
@given(data=st.data(), row=st.sampled_from(LONG))
def test_one_edit_of_a_long_title_keeps_its_film_among_five(
    titles: TitleIndex, data: st.DataObject, row: int
) -> None:
    title = CATALOGUE[row][0]
    place = data.draw(st.integers(0, len(title) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    swapped = title[:place] + title[place + 1] + title[place] + title[place + 2 :]
    query = data.draw(
        st.sampled_from([title[:place] + title[place + 1 :], title[:place] + letter + title[place:], swapped])
    )
    assume(fold(query))
    assert row in [match.row for match in titles.search(query).matches[:5]]


@settings(max_examples=60, deadline=None)
@given(
    films=st.lists(st.tuples(WORDS.map(" ".join), st.integers(0, 12_000)), min_size=1, max_size=30), data=st.data()
)
def test_a_brief_answer_agrees_with_the_full_one(films: list[tuple[str, int]], data: st.DataObject) -> None:
    index = built([(title, "", 2000, votes) for title, votes in films])
    query = data.draw(st.sampled_from([title for title, _ in films]) | WORDS.map(" ".join))
    whole, brief = index.search(query), index.search(query, brief=True)
    assert index.exact(query) in (None, brief)
    assert (brief.confidence, brief.ambiguous, brief.resolved) == (
        whole.confidence,
        whole.ambiguous,
        whole.resolved,
    )
    assert brief.matches == whole.matches[: len(brief.matches)]
    if whole.resolved and not whole.ambiguous:
        assert len(brief.matches) == 1
    else:
        same = [match for match in whole.matches if squash(fold(match.text)) == squash(fold(query))]
        assert brief.matches == whole.matches or set(same) <= set(brief.matches)


ALIKE = st.lists(
    st.sampled_from("the dark darks night knight love lov of 2 ii 神隠し".split()), min_size=1, max_size=3
)


@settings(max_examples=150, deadline=None)
@given(
    films=st.lists(
        st.tuples(ALIKE.map(" ".join), ALIKE.map(": ".join), st.integers(0, 3).map(lambda n: 9**n - 1)),
        min_size=1,
        max_size=40,
    ),
    data=st.data(),
)
def test_the_short_path_of_an_exact_title_agrees_with_match_and_rank(
    films: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    index = built([(title, original, 2000, votes) for title, original, votes in films])
    title, original, _ = data.draw(st.sampled_from(films))
    query, limit = data.draw(st.sampled_from([title, original])), data.draw(st.integers(1, 6))
    every = np.ones(len(films), dtype=np.bool_)  # with a mask, even of all films, there is no short path
    brief, masked = (index.search(query, limit=limit, brief=True, allowed=mask) for mask in (None, every))
    whole = index.search(query, limit=limit)
    assert brief == replace(masked, confidence=pytest.approx(masked.confidence, abs=1e-9))
    assert (brief.ambiguous, brief.resolved, brief.matches[0]) == (
        whole.ambiguous,
        whole.resolved,
        whole.matches[0],
    )
    assert brief.confidence == pytest.approx(whole.confidence, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(
        st.lists(
            st.tuples(ALIKE.map(" ".join), ALIKE.map(": ".join), st.integers(0, 4).map(lambda n: 9**n - 1)),
            min_size=1,
            max_size=20,
        ),
        min_size=2,
        max_size=3,
    ),
    data=st.data(),
)
def test_edited_films_beside_the_others_change_no_more_than_they_must(
    parts: list[list[tuple[str, str, int]]], data: st.DataObject
) -> None:
    indexes = [built([(title, original, 2000, votes) for title, original, votes in films]) for films in parts]
    alive = np.array(
        data.draw(st.lists(st.booleans(), min_size=(n := sum(map(len, parts))), max_size=n)), np.bool_
    )
    index = TitleIndex([part for each in indexes for part in each.parts], alive)
    query = data.draw(st.sampled_from([text for films in parts for *titles, _ in films for text in titles]))
    # With a mask, even of the films that are there anyway, there is no short path.
    brief, masked = (index.search(query, limit=4, brief=True, allowed=mask) for mask in (None, alive))
    assert brief == replace(masked, confidence=pytest.approx(masked.confidence, abs=1e-9))
    assert index.exact(query) is None


def test_an_exact_title_takes_the_short_path_beside_edited_films(
    titles: TitleIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = built([("Interstellar Wars", "", 2016, 900), ("Something Else", "", 1999, 2)])
    index = TitleIndex([*titles.parts, *edited.parts], np.ones(len(CATALOGUE) + 2, np.bool_))
    whole = {name: index.search(name, limit=1) for name in ("Interstellar", "Spirited Away", "Wit")}
    monkeypatch.setattr("index.titles.search.rank", None)  # the general way
    for name, answer in whole.items():
        assert index.search(name, limit=1, brief=True).matches == answer.matches
    with pytest.raises(TypeError):
        index.search("Something Else", limit=1, brief=True)


def test_a_number_has_its_second_reading_on_the_short_path_too() -> None:
    index = built([("night", "2: of", 2000, 728), ("ii of", "ii", 2000, 8)])
    brief = index.search("ii of", brief=True)
    assert brief.confidence == pytest.approx(index.search("ii of").confidence, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    titles=st.lists(ALIKE.map(" ".join), min_size=1, max_size=40),
    words=st.lists(st.sampled_from("the dark knight of 2 unknown".split()), min_size=1, max_size=5),
    before=st.integers(0, 60),
)
def test_rivals_by_words_cost_what_they_cost_among_all(titles: list[str], words: list[str], before: int) -> None:
    data = built([(title, "", 2000, 9 * i) for i, title in enumerate(titles)]).parts[0]
    mask, asked = Mask.over(data.forms.rows, None), search_words(words)
    rivals, every = rivals_by_words(asked, data, mask, before), by_words(asked, data, mask, spelt=True)
    costs = dict(zip(every.ids.tolist(), every.costs.tolist(), strict=True))
    assert all(form < before for form in rivals.ids.tolist())
    assert rivals.costs.tolist() == pytest.approx([costs[form] for form in rivals.ids.tolist()], abs=1e-5)


@SHARED
@given(words=st.lists(st.sampled_from("the dark knight of 2 ii unknown 神隠".split()), max_size=30))
def test_few_and_many_words_are_found_alike(titles: TitleIndex, words: list[str]) -> None:
    vocabulary = titles.parts[0].vocabulary
    assert vocabulary.find(words).tolist() == [int(vocabulary.find([word])[0]) for word in words]


@pytest.mark.parametrize("query", ["t", "th", "the", "the m", "b", "s", "a", "l"])
def test_of_many_titles_that_begin_alike_the_best_known_are_found_at_once(
    titles: TitleIndex, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    allowed = np.arange(len(titles.parts[0].films.movie_ids)) % 3 > 0
    monkeypatch.setattr(matching, "_BEGUN", 2)
    monkeypatch.setattr(matching, "_MANY", 4)
    few = titles.search(query), titles.search(query, allowed=allowed)
    monkeypatch.setattr(matching, "_MANY", 10**9)
    assert few == (titles.search(query), titles.search(query, allowed=allowed))


def test_no_franchise_is_looked_up_where_a_title_must_be_known_at_once() -> None:
    index = built([("Rocky", "", 1976, 7_000), ("Rocky II", "", 1979, 4_000), ("Seven Samurai", "", 1954, 900)])
    assert index.exact("rocky ii") is None
    assert index.search("rocky ii", brief=True).matches[0].row == 1
    samurai = index.exact("seven samurai")
    assert samurai is not None
    assert samurai.matches[0].row == 2
