"""Titles as people type them, against the small catalogue."""

from __future__ import annotations

import numpy as np
import pytest

from index.titles import EmptyQueryError, TitleIndex
from tests.index.titles.catalogue import CATALOGUE


def first(titles: TitleIndex, query: str, year: int | None = None) -> tuple[str, int]:
    """Title and year of the film that comes first."""
    answer = titles.search(query, year=year)
    assert answer.resolved, answer
    title, _, released, _ = CATALOGUE[answer.matches[0].row]
    return title, released


@pytest.mark.parametrize(
    ("query", "title"),
    [
        # one edit of each kind, and several words misspelt
        ("inteerstellar", "Interstellar"),
        ("interstllar", "Interstellar"),
        ("interstelkar", "Interstellar"),
        ("interstlelar", "Interstellar"),
        ("the godfathr", "The Godfather"),
        ("spirted away", "Spirited Away"),
        ("shawshank redemtion", "The Shawshank Redemption"),
        ("crouchign tigr hiden dragon", "Crouching Tiger, Hidden Dragon"),
        ("terminater 2", "Terminator 2: Judgment Day"),
        # accents, punctuation, spacing
        ("amelie", "Amélie"),
        ("AMÉLIE", "Amélie"),
        ("Ame\u0301lie", "Amélie"),
        ("strasse die", "Die Straße"),
        ("wall-e", "WALL·E"),
        ("walle", "WALL·E"),
        ("wall e", "WALL·E"),
        ("spiderman", "Spider-Man"),
        ("spiderman homecoming", "Spider-Man: Homecoming"),
        ("8 1/2", "8½"),
        ("V.H.S.", "V/H/S"),
        ("vhs", "V/H/S"),
        ("schindlers list", "Schindler's List"),
        ("alien 3", "Alien³"),
        # order, articles, subtitles
        ("godfather the", "The Godfather"),
        ("Godfather, The (1972)", "The Godfather"),
        ("dark knight", "The Dark Knight"),
        ("lord of the rings return of the king", "The Lord of the Rings: The Return of the King"),
        ("crouching tiger", "Crouching Tiger, Hidden Dragon"),
        ("dr strangelove", CATALOGUE[-1][0]),
        # numbers and abbreviations
        ("rocky 2", "Rocky II"),
        ("rocky two", "Rocky II"),
        ("rocky iii", "Rocky III"),
        ("oceans 11", "Ocean's Eleven"),
        ("dr dolittle", "Doctor Dolittle"),
        # by ear
        ("the dark nite", "The Dark Knight"),
        ("crowching tiger", "Crouching Tiger, Hidden Dragon"),
        # still typing
        ("inters", "Interstellar"),
        ("the lord of the rings the tw", "The Lord of the Rings: The Two Towers"),
        ("schind", "Schindler's List"),
        # other scripts, original titles
        ("千と千尋の神隠し", "Spirited Away"),
        ("千と千尋の神し", "Spirited Away"),
        ("トトロ", "My Neighbor Totoro"),
        ("기생충", "Parasite"),
        ("сталкр", "Stalker"),
        ("गुलाबो सिताबो", "Gulabo Sitabo"),
        ("la vita e bela", "Life Is Beautiful"),
        # short ones stay what they are
        ("M", "M"),
        ("X", "X"),
        ("9", "9"),
        ("Up", "Up"),
        ("us", "Us"),
        ("It", "It"),
        ("wit", "Wit"),
        ("$", "$"),
    ],
)
def test_what_people_type_finds_the_film(titles: TitleIndex, query: str, title: str) -> None:
    assert first(titles, query)[0] == title


@pytest.mark.parametrize(
    ("query", "year", "film"),
    [
        ("dune", None, ("Dune", 2021)),
        ("dune 1984", None, ("Dune", 1984)),
        ("dune (1984)", None, ("Dune", 1984)),
        ("dune 1985", None, ("Dune", 1984)),
        ("dune", 1984, ("Dune", 1984)),
        ("dune", 1985, ("Dune", 1984)),
        ("1984 dune", None, ("Dune", 1984)),
        ("dnue 1984", None, ("Dune", 1984)),
        ("M 1931", None, ("M", 1931)),
        ("M 2017", None, ("M", 2017)),
        ("crash 1996", None, ("Crash", 1996)),
        ("blade runner 2049", None, ("Blade Runner 2049", 2017)),
        ("blade runner 1982", None, ("Blade Runner", 1982)),
    ],
)
def test_a_year_selects_among_films_of_one_title(
    titles: TitleIndex, query: str, year: int | None, film: tuple[str, int]
) -> None:
    assert first(titles, query, year) == film


def test_the_answer_says_which_title_matched(titles: TitleIndex) -> None:
    original = titles.search("千と千尋の神隠し").matches[0]
    assert (original.matched, original.text) == ("original_title", "千と千尋の神隠し")
    title = titles.search("spirited away").matches[0]
    assert (title.matched, title.text) == ("title", "Spirited Away")
    assert original.movie_id == title.movie_id == 1000 + title.row


@pytest.mark.parametrize("query", ["qqqqzzzz xxyyzz", "😀", "zxcvbnmzxcvbnm", "the qqqzzzxx"])
def test_what_resembles_no_film_is_not_resolved(titles: TitleIndex, query: str) -> None:
    answer = titles.search(query)
    assert not answer.resolved
    assert not answer.ambiguous
    assert answer.confidence < 0.3
    assert answer.matches


@pytest.mark.parametrize("query", ["", "   ", "\t\n", "\x00", "\u200b", "\u0301", "\ud800"])
def test_a_query_without_a_visible_character_is_refused(titles: TitleIndex, query: str) -> None:
    with pytest.raises(EmptyQueryError, match="write at least one"):
        titles.search(query)
    assert issubclass(EmptyQueryError, ValueError)


def test_only_allowed_films_come_back(titles: TitleIndex) -> None:
    allowed = np.array([film[0] != "Interstellar" for film in CATALOGUE])
    assert CATALOGUE[titles.search("interstellar", allowed=allowed).matches[0].row][0] == "Interstelar"
    only = np.array([film[0] == "Up" for film in CATALOGUE])
    assert {CATALOGUE[m.row][0] for m in titles.search("the lord", allowed=only).matches} <= {"Up"}
    assert titles.search("up", allowed=np.zeros(len(CATALOGUE), dtype=np.bool_)).matches == ()


def test_wrong_arguments_are_named(titles: TitleIndex) -> None:
    with pytest.raises(ValueError, match="limit is 0"):
        titles.search("up", limit=0)
    with pytest.raises(ValueError, match="shape"):
        titles.search("up", allowed=np.ones(3, dtype=np.bool_))


@pytest.mark.parametrize(
    "query",
    [
        "a" * 10_000,
        "the " * 2_000,
        "a" * 150 + " " + "b" * 150,
        "\ufdfa" * 400,
        "ﬃ1984 " * 60,
        "9" * 300 + " 1984",
        "the the the",
        "e",
        "\x00\x07 up",
        "\u202eup",
        "1 2 3 4 5 6 7 8",
    ],
)
def test_hostile_queries_are_answered(titles: TitleIndex, query: str) -> None:
    answer = titles.search(query)
    assert answer.query == query
    assert len(answer.matches) <= 10
