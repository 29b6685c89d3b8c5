"""Which film comes first, with what confidence, and which others may be meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.titles import TitleAnswer, TitleIndex
from tests.index.titles.catalogue import CATALOGUE, Film, make_index


def votes(answer: TitleAnswer, films: tuple[Film, ...] = CATALOGUE) -> list[int]:
    return [films[match.row][3] for match in answer.matches]


def test_an_obscure_exact_match_yields_to_a_famous_film_one_edit_away(titles: TitleIndex) -> None:
    answer = titles.search("interstelar")
    assert [match.text for match in answer.matches[:2]] == ["Interstellar", "Interstelar"]
    assert answer.ambiguous


@pytest.mark.parametrize(("obscure", "famous", "yields"), [(10, 1000, True), (10, 999, False), (0, 100, True)])
def test_it_yields_at_a_hundred_times_the_votes(tmp_path: Path, obscure: int, famous: int, yields: bool) -> None:
    films = (("Gladiato", "", 2001, obscure), ("Gladiator", "", 2000, famous), ("Amadeus", "", 1984, 4_000))
    answer = make_index(tmp_path, films).search("gladiato")
    assert answer.matches[0].text == ("Gladiator" if yields else "Gladiato")
    assert answer.matches[1].text == ("Gladiato" if yields else "Gladiator")
    assert answer.ambiguous == yields


def test_only_a_much_better_known_film_makes_an_exact_match_less_sure(tmp_path: Path) -> None:
    def confidence(votes: int) -> float:
        films = (("Gladiato", "", 2001, 10), ("Gladiator", "", 2000, votes), ("Amadeus", "", 1984, 4_000))
        return make_index(tmp_path / str(votes), films).search("gladiato").confidence

    assert confidence(10) == confidence(99) > confidence(100) > confidence(900)


def test_it_does_not_yield_to_a_film_two_edits_away(tmp_path: Path) -> None:
    films = (("Gladiat", "", 2001, 1), ("Gladiator", "", 2000, 18_000))
    answer = make_index(tmp_path, films).search("gladiat")
    assert answer.matches[0].text == "Gladiat"


def test_exact_matches_come_before_others_and_better_known_ones_first(tmp_path: Path) -> None:
    films = (
        ("Home", "", 2008, 112),
        ("Home", "", 2015, 3_693),
        ("Home Alone", "", 1990, 10_000),
        ("Hope", "", 2013, 9_000),
        ("Home", "", 2009, 448),
    )
    answer = make_index(tmp_path, films).search("home")
    assert votes(answer, films)[:3] == [3_693, 448, 112]
    assert answer.ambiguous


def test_ninety_films_of_one_title_all_come_back(tmp_path: Path) -> None:
    films = (*(("Home", "", 1930 + i, i) for i in range(90)), ("Homes", "", 2000, 5))
    answer = make_index(tmp_path, films).search("home", limit=95)
    assert votes(answer, films)[:90] == sorted(range(90), reverse=True)


def test_a_word_that_is_in_every_title_finds_them(tmp_path: Path) -> None:
    films = (("Love", "", 2015, 3), ("Love", "", 2016, 2), ("Love, Love", "", 2017, 1))
    with np.errstate(all="raise"):
        answer = make_index(tmp_path, films).search("loev")
    assert answer.resolved
    assert votes(answer, films) == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "ambiguous"),
    [("crash", True), ("dune", True), ("inception", False), ("the godfather", False), ("dune 1984", False)],
)
def test_ambiguous_is_said_of_titles_that_several_known_films_share(
    titles: TitleIndex, query: str, ambiguous: bool
) -> None:
    assert titles.search(query).ambiguous == ambiguous


def test_confidence_falls_as_edits_add_up(titles: TitleIndex) -> None:
    queries = ("schindlers list", "schindlrs list", "schndlrs lst", "schnlrs st")
    stated = [titles.search(query).confidence for query in queries]
    assert min(stated[:2]) > 0.95
    assert stated[1] > stated[2] > stated[3]
    assert stated[3] < 0.5


@pytest.mark.parametrize("query", ["interstelar", "rocky", "dune 1984", "qqqq", "the lord of the rings", "m"])
def test_scores_lie_between_0_and_1_and_never_rise_and_no_film_comes_twice(titles: TitleIndex, query: str) -> None:
    answer = titles.search(query, limit=50)
    scores = [match.score for match in answer.matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in (*scores, answer.confidence))
    rows = [match.row for match in answer.matches]
    assert len(rows) == len(set(rows))
