"""The recommender on films of known topics: who comes back, why, and what a question can change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from contract import Filters
from index.answer.agreement import agreed
from index.answer.recommend import Answer, Question, Recommender
from index.encode.blocks import DEFAULT_BLOCKS, layout_of
from index.errors import BadQueryError
from index.films.summaries import FILM_SCHEMA
from index.generation.manifest import Generation
from index.spaces.space import CONTENT
from tests.support.films import build_generation, make_films, topic_of


@pytest.fixture(scope="module")
def recommender(generation: Generation) -> Recommender:
    return Recommender(generation)


@pytest.fixture(scope="module")
def rich(generation: Generation) -> list[int]:
    """Rows of films that have every block of names."""
    terms = generation.filters.terms["keywords"]
    return [row for row in range(200) if terms.of_film(row)]


def ids(generation: Generation, answer: Answer) -> list[int]:
    return [int(generation.films.movie_ids[film.row]) for film in answer.films]


def test_kin_are_of_the_same_topic_and_never_the_film_itself(
    generation: Generation, recommender: Recommender, rich: list[int]
) -> None:
    for row in rich[:20]:
        found = ids(generation, recommender.recommend(Question(likes=(row,))))
        asked = int(generation.films.movie_ids[row])
        assert len(found) == 10
        assert asked not in found
        assert sum(topic_of(movie_id) == topic_of(asked) for movie_id in found) >= 9


def test_explanations_add_up_to_the_score(recommender: Recommender, rich: list[int]) -> None:
    question = Question(
        likes=tuple(rich[:2]), dislikes=(rich[5],), text="ghost house", weights={"keywords": 2, "year": 0}, k=50
    )
    for film in recommender.recommend(question).films:
        assert sum(film.blocks.values()) == pytest.approx(film.score, abs=1e-6)
        assert film.blocks["year"] == 0


def test_weights_re_weight_exactly(recommender: Recommender, rich: list[int]) -> None:
    plain = {f.row: f for f in recommender.recommend(Question(likes=(rich[0],), k=100, exact=True)).films}
    question = Question(likes=(rich[0],), k=100, exact=True, weights={"genres": 3})
    both = [(f, plain[f.row]) for f in recommender.recommend(question).films if f.row in plain]
    assert both
    for weighted, film in both:
        assert weighted.blocks["genres"] == pytest.approx(3 * film.blocks["genres"], abs=1e-9)
        assert weighted.score == pytest.approx(film.score + 2 * film.blocks["genres"], abs=1e-8)


def test_a_pair_scores_the_same_whichever_way(recommender: Recommender, rich: list[int]) -> None:
    found = recommender.recommend(Question(likes=(rich[3],), k=20)).films
    exact = recommender.recommend(Question(likes=(rich[3],), k=20, exact=True)).films
    listed = recommender.recommend(Question(likes=(rich[3],), candidates=tuple(f.row for f in found))).films
    scores = {f.row: f.score for f in exact}
    assert all(scores.get(f.row, f.score) == f.score for f in found)
    assert [f.score for f in listed] == [f.score for f in found[:10]]


def test_candidates_are_ranked_under_the_filters(recommender: Recommender, rich: list[int]) -> None:
    adults = (36, 73, 110)
    answer = recommender.recommend(Question(likes=(rich[0],), candidates=(*adults, rich[1], rich[0])))
    assert [film.row for film in answer.films] == [rich[1]]
    assert (answer.matching, answer.exact) == (1, True)
    answer = recommender.recommend(
        Question(likes=(rich[0],), candidates=(*adults, rich[1]), filters=Filters(adult=True))
    )
    assert answer.matching == 4


def test_filters_hold_and_matching_counts_them(
    generation: Generation, recommender: Recommender, rich: list[int]
) -> None:
    wanted = Filters(genres=("horror",), year_min=1990)
    answer = recommender.recommend(Question(likes=(rich[0],), filters=wanted, k=100))
    mask = generation.filters.select(wanted).mask
    assert len(answer.films) == 100
    assert all(mask[film.row] for film in answer.films)
    assert answer.matching == mask.sum() - mask[rich[0]]
    nothing = recommender.recommend(Question(likes=(rich[0],), filters=Filters(countries=("Atlantis",))))
    assert (nothing.films, nothing.matching) == ((), 0)


def test_dislikes_and_exclusions_stay_away(recommender: Recommender, rich: list[int]) -> None:
    plain = [film.row for film in recommender.recommend(Question(likes=(rich[0],))).films]
    without = recommender.recommend(Question(likes=(rich[0],), exclude=tuple(plain[:3]), dislikes=(plain[3],)))
    assert not set(plain[:4]) & {film.row for film in without.films}


def test_a_film_of_which_nothing_is_known_has_no_kin(
    generation: Generation, recommender: Recommender, rich: list[int]
) -> None:
    bare = next(row for row in range(200) if not generation.filters.terms["genres"].of_film(row))
    (title,) = generation.films.titles(np.array([bare]))
    for explain in (True, False):
        alone = recommender.recommend(Question(likes=(bare,), explain=explain))
        assert alone.films == ()
        (said,) = alone.reasons
        assert title in said
        assert "no film can be said to resemble it" in said
    assert recommender.known(Question(likes=(bare,), explain=False)) == alone
    both = recommender.recommend(Question(likes=(rich[0], bare)))
    assert [film.row for film in both.films if film.row != bare] == [
        film.row for film in recommender.recommend(Question(likes=(rich[0],), exclude=(bare,))).films
    ]
    assert len(both.reasons) == 1
    assert recommender.recommend(Question(likes=(bare,), candidates=tuple(rich[:3]))).films
    assert recommender.recommend(Question(likes=(rich[0],))).reasons == ()


def test_text_alone_finds_its_topic(generation: Generation, recommender: Recommender) -> None:
    answer = recommender.recommend(Question(text="a ghost haunts the old house at night"))
    assert sum(topic_of(movie_id) == "ghost" for movie_id in ids(generation, answer)) >= 8


def test_a_text_that_excludes_a_country_turns_from_its_language(
    generation: Generation, recommender: Recommender, rich: list[int]
) -> None:
    excluded = Filters(without_countries=("United States of America",))

    def in_french(question: Question) -> int:
        languages = generation.filters.terms["original_language"]
        return sum(languages.of_film(film.row) == ["fr"] for film in recommender.recommend(question).films)

    plain = in_french(Question(text="ghost house", filters=excluded, k=20))
    assert in_french(Question(text="ghost house, not american", k=20)) > plain
    liked = tuple(rich[:1])
    beside = Question(likes=liked, text="ghost house, not american", k=20)
    assert (
        recommender.recommend(beside).films
        == recommender.recommend(Question(likes=liked, text="ghost house", filters=excluded, k=20)).films
    )


def test_a_text_without_a_known_word_counts_for_nothing(recommender: Recommender, rich: list[int]) -> None:
    plain = recommender.recommend(Question(likes=(rich[0], rich[1]), dislikes=(rich[5],)))
    vague = recommender.recommend(Question(likes=(rich[0], rich[1]), dislikes=(rich[5],), text="qqqq zzzz"))
    assert (vague.films, vague.text) == (plain.films, "")
    assert recommender.recommend(Question(likes=(rich[0],), text="ghost house")).text == "ghost house"


def test_questions_with_nothing_to_go_by_are_refused(recommender: Recommender) -> None:
    with pytest.raises(BadQueryError, match="at least one film"):
        recommender.recommend(Question())
    with pytest.raises(BadQueryError, match="no word"):
        recommender.recommend(Question(text="qqqq zzzz"))
    with pytest.raises(BadQueryError, match="no word"):
        recommender.recommend(Question(text="qqqq zzzz", dislikes=(1,)))
    with pytest.raises(BadQueryError, match="no block"):
        recommender.recommend(Question(likes=(1,), weights={"colour": 1}))


def test_diversity_spreads_the_list(generation: Generation, recommender: Recommender, rich: list[int]) -> None:
    vectors = generation.spaces[CONTENT].vectors

    def likeness(diversity: float) -> float:
        rows = [f.row for f in recommender.recommend(Question(likes=(rich[0],), diversity=diversity)).films]
        assert len(set(rows)) == 10
        unit = vectors.double(np.array(rows))
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        return float(((unit @ unit.T).sum() - 10) / 90)

    assert likeness(0.0) > likeness(0.5) > likeness(1.0)


def test_shared_names_are_those_of_both(generation: Generation, recommender: Recommender, rich: list[int]) -> None:
    like, other = rich[0], rich[4]
    shared = recommender.shared([like], [other])[0]
    words = generation.words
    assert words is not None
    terms, years = generation.filters.terms, generation.filters.column("year")
    kinds = {
        "genres": "genres",
        "keywords": "keywords",
        "countries": "countries",
        "languages": "original_language",
    }
    of_film = {kind: terms[name].of_film for kind, name in kinds.items()}
    of_film["periods"] = lambda row: [f"{years[row] // 10}0s"]
    assert list(shared) == ["genres", "keywords", "languages", "countries", "periods", "words"]
    for kind, names in shared.items():
        read = of_film.get(kind, words.of_film)
        assert set(names) == set(read(like)) & set(read(other))


def test_the_words_of_a_film_stand_in_its_texts(generation: Generation, films: pa.Table) -> None:
    words = generation.words
    assert words is not None
    for row in range(0, 200, 7):
        film = films.slice(row, 1).to_pylist()[0]
        texts = f"{film['title']} {film['overview'] or ''}".lower().split()
        found = words.of_film(row)
        assert set(found) <= set(texts)
        assert len(set(found)) == len(found)


def test_a_block_counts_as_much_as_the_liked_films_agree_in_it() -> None:
    layout = layout_of(DEFAULT_BLOCKS[:3], [2, 2, 1])
    liked = np.array([[1.0, 0, 1, 0, 0], [1.0, 0, 0, 1, 0]])
    np.testing.assert_allclose(agreed(liked, layout), [1, 0, 0.5 * 0.5**0.5, 0.5 * 0.5**0.5, 0])
    np.testing.assert_array_equal(agreed(liked[:1], layout), liked[0])


def test_credits_become_blocks_where_a_dump_has_them(tmp_path: Path) -> None:
    films = make_films(80).to_pylist()
    for film in films:
        film["directors"], film["actors"] = [], []
    for row in (3, 70):  # of one topic and far apart in votes
        films[row] |= {"directors": ["Agnès Varda"], "actors": ["Corinne Marchand", f"Extra {row}"]}
    films[50]["actors"] = ["Corinne Marchand"]
    generation = build_generation(tmp_path, pa.Table.from_pylist(films, schema=FILM_SCHEMA))
    assert {"director", "cast"} <= set(generation.spaces[CONTENT].layout.names)
    like, other = (generation.films.row_of(films[row]["id"]) for row in (3, 70))
    assert like is not None and other is not None
    recommender = Recommender(generation)
    found = recommender.recommend(Question(likes=(like,), candidates=(other,), k=1)).films[0]
    assert found.blocks["director"] > 0 and found.blocks["cast"] > 0
    assert sum(found.blocks.values()) == pytest.approx(found.score, abs=1e-4)
    shared = recommender.shared([like], [other])[0]
    assert (shared["directors"], shared["actors"]) == (["Agnès Varda"], ["Corinne Marchand"])
    none = recommender.recommend(Question(likes=(like,), k=79, weights={"director": 0, "cast": 0})).films
    assert all(film.blocks["director"] == film.blocks["cast"] == 0 for film in none)


def test_a_text_names_people_where_there_are_credits(tmp_path: Path) -> None:
    films = make_films(80).to_pylist()
    for film in films:
        film["directors"], film["actors"] = ["Some Other"], []
    films[70] |= {"directors": ["Agnès Varda"], "actors": ["Corinne Marchand"]}
    generation = build_generation(tmp_path, pa.Table.from_pylist(films, schema=FILM_SCHEMA))
    recommender, row = Recommender(generation), generation.films.row_of(films[70]["id"])
    read = recommender.recommend(Question(text="by varda with Corinne Marchand", k=5)).read
    assert [tuple(piece) for piece in read] == [
        ("varda", "director", "Agnès Varda", "weight"),
        ("Corinne Marchand", "actor", "Corinne Marchand", "weight"),
    ]
    found = recommender.recommend(Question(text="directed by Agnès Varda", k=80)).films
    of_film = {film.row: film.blocks["director"] for film in found}
    assert row is not None and of_film[row] == max(of_film.values())
    assert not recommender.recommend(Question(text=f"{topic_words(films)} by the sea", k=1)).read


def topic_words(films: list[dict[str, Any]]) -> str:
    return str(films[0]["overview"]).split(maxsplit=1)[0]


def test_without_credits_nothing_is_missing(generation: Generation) -> None:
    assert not {"director", "cast"} & set(generation.spaces[CONTENT].layout.names)


def test_a_known_answer_is_that_of_recommend(generation: Generation, rich: list[int]) -> None:
    fresh = Recommender(generation)
    asked = Filters(year_min=1900, votes_min=1)
    assert fresh.known(Question(likes=(rich[0],), filters=asked, explain=False)) is None, "no mask is kept yet"
    generation.filters.select(asked)
    known = 0
    for row in rich[:50]:
        question = Question(likes=(row,), filters=asked, k=5, explain=False)
        answer = fresh.known(question)
        known += answer is not None
        assert answer in (None, fresh.recommend(question))
    assert known > 25


@pytest.mark.parametrize(
    "more",
    [{"k": 100}, {"explain": True}, {"exact": True}, {"diversity": 0.5}, {"text": "ghost"}, {"exclude": (3,)}],
    ids=str,
)
def test_what_takes_a_search_or_vectors_is_not_known(
    recommender: Recommender, rich: list[int], more: dict[str, Any]
) -> None:
    plain: dict[str, Any] = {"likes": (rich[0],), "k": 5, "explain": False}
    recommender.recommend(Question(**plain))
    assert recommender.known(Question(**plain)) is not None
    assert recommender.known(Question(**plain | more)) is None
