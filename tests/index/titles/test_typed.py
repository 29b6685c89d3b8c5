"""Titles typed in other ways: sequels by number, names of releases, subtitles, initials, other scripts."""

from __future__ import annotations

import numpy as np
import pytest

from index.titles import TitleIndex
from index.titles.queries import release_title
from tests.index.titles.catalogue import Film, make_index

FILMS: tuple[Film, ...] = (
    ("Thor", "", 2011, 20_000),
    ("Thor: The Dark World", "", 2013, 16_000),
    ("Thor: Ragnarok", "", 2017, 19_500),
    ("Ragnarok", "Gåten Ragnarok", 2013, 300),
    ("Thoroughbreds", "", 2017, 900),
    ("X-Men", "", 2000, 10_500),
    ("X2", "", 2003, 9_000),
    ("X-Men: The Last Stand", "", 2006, 9_000),
    ("Blade Runner", "", 1982, 12_700),
    ("Blade Runner 2049", "", 2017, 12_300),
    ("Blade", "", 1998, 5_500),
    ("Blade II", "", 2002, 4_300),
    ("Blade: Trinity", "", 2004, 3_900),
    ("The Hunger Games", "", 2012, 20_600),
    ("The Hunger Games: Catching Fire", "", 2013, 16_200),
    ("The Hunger Games: Mockingjay - Part 1", "", 2014, 14_700),
    ("The Hunger Games: Mockingjay - Part 2", "", 2015, 11_500),
    ("Indiana Jones and the Temple of Doom", "", 1984, 8_500),
    ("Indiana Jones and the Last Crusade", "", 1989, 9_300),
    ("The Fast and the Furious", "", 2001, 9_200),
    ("Fast & Furious", "", 2009, 6_700),
    ("Fast & Furious 6", "", 2013, 10_000),
    ("Furious 7", "", 2015, 10_100),
    ("Dune", "", 1984, 2_600),
    ("Dune", "", 2021, 9_400),
    ("Dune: Part Two", "", 2024, 7_100),
    ("Kill Bill: Vol. 2", "", 2004, 12_000),
    ("John Wick: Chapter 3 - Parabellum", "", 2019, 10_000),
    ("Star Trek", "", 2009, 9_300),
    ("Star Trek II: The Wrath of Khan", "", 1982, 1_900),
    ("Twelve Monkeys", "", 1995, 8_000),
    ("1987", "", 2017, 400),
    ("Inception", "", 2010, 34_500),
    ("2012", "", 2009, 10_000),
    ("The Final Cut", "", 2004, 600),
    ("Aliens", "", 1986, 9_300),
    ("[REC]", "", 2007, 4_000),
    ("Captain America: The Winter Soldier", "", 2014, 17_700),
    ("Winter Soldier", "", 1972, 0),
    ("The Lord of the Rings: The Return of the King", "", 2003, 22_300),
    ("The Dark Knight Rises", "", 2012, 21_300),
    ("E.T. the Extra-Terrestrial", "", 1982, 10_000),
    ("It", "", 2017, 18_000),
    ("Romeo + Juliet", "", 1996, 5_000),
    ("Come and See", "Иди и смотри", 1985, 1_300),
    ("Parasite", "기생충", 2019, 16_400),
    ("X-Men Origins: Wolverine", "", 2009, 9_800),
    ("Alien", "", 1979, 13_200),
    ("Alien³", "", 1992, 5_100),
    ("Alien Resurrection", "", 1997, 4_400),
    ("First Blood", "", 1982, 6_000),
    ("Rambo: First Blood Part II", "", 1985, 3_500),
    ("Rambo III", "", 1988, 2_900),
    ("Rambo", "", 2008, 3_600),
    ("Rambo: Last Blood", "", 2019, 3_500),
    ("Kingsman: The Secret Service", "", 2014, 15_700),
    ("Kingsman: The Golden Circle", "", 2017, 10_000),
    ("The King's Man", "", 2021, 3_900),
    ("The Chronicles of Narnia: The Lion, the Witch and the Wardrobe", "", 2005, 10_000),
    ("The Chronicles of Narnia: Prince Caspian", "", 2008, 5_900),
    ("Knives Out", "", 2019, 11_100),
    ("Glass Onion: A Knives Out Mystery", "", 2022, 4_500),
    ("Planet of the Apes", "", 1968, 3_100),
    ("Beneath the Planet of the Apes", "", 1970, 360),
    ("Planet of the Apes", "", 2001, 3_700),
    ("Rise of the Planet of the Apes", "", 2011, 11_000),
    ("Star Wars", "", 1977, 19_100),
    ("Star Wars: Episode I - The Phantom Menace", "", 1999, 13_500),
    ("Halloween", "", 1978, 5_500),
    ("Halloween III: Season of the Witch", "", 1982, 230),
    ("Halloween 4: The Return of Michael Myers", "", 1988, 1_700),
    ("Up", "", 2009, 18_800),
    ("Up in the Air", "", 2009, 3_300),
    ("Hero", "", 2002, 2_000),
    ("Starship Troopers 2: Hero of the Federation", "", 2004, 520),
    ("The Last Stand", "", 2013, 2_500),
    ("Split", "", 2017, 16_000),
    ("Seven Samurai", "七人の侍", 1954, 3_200),
    ("Spirited Away", "千と千尋の神隠し", 2001, 14_900),
    ("21 Grams", "", 2003, 2_900),
    ("Twenty One Grams", "", 2022, 0),
    ("Split Second", "", 1992, 60),
)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> TitleIndex:
    return make_index(tmp_path_factory.mktemp("typed"), FILMS)


@pytest.mark.parametrize(
    ("query", "title", "year"),
    [
        # the place in a franchise
        ("thor 3", "Thor: Ragnarok", 2017),
        ("thor three", "Thor: Ragnarok", 2017),
        ("thor ii", "Thor: The Dark World", 2013),
        ("blade 3", "Blade: Trinity", 2004),
        ("x-men 3", "X-Men: The Last Stand", 2006),  # after X2
        ("halloween 3", "Halloween III: Season of the Witch", 1982),  # not the third of the well-known ones
        ("hunger games 2", "The Hunger Games: Catching Fire", 2013),
        # a number in a title
        ("x-men 2", "X2", 2003),
        ("fast 7", "Furious 7", 2015),
        ("dune 2", "Dune: Part Two", 2024),
        ("dune part ii", "Dune: Part Two", 2024),
        ("kill bill two", "Kill Bill: Vol. 2", 2004),
        ("john wick 3", "John Wick: Chapter 3 - Parabellum", 2019),
        ("star trek 2", "Star Trek II: The Wrath of Khan", 1982),
        ("12 monkeys", "Twelve Monkeys", 1995),
        # files and folders
        ("Inception.2010.1080p", "Inception", 2010),
        ("Blade Runner 2049 (2017) Bluray BD50", "Blade Runner 2049", 2017),
        ("2012 (2009) 1080p BrRip x264", "2012", 2009),
        ("[Rec] (2007) [imdb=tt1038988]", "[REC]", 2007),
        ("blade runner final cut", "Blade Runner", 1982),
        ("aliens directors cut", "Aliens", 1986),
        ("The Final Cut", "The Final Cut", 2004),
        ("letterboxd.com/film/kill-bill-vol-2/", "Kill Bill: Vol. 2", 2004),
        # initials
        ("rotk", "The Lord of the Rings: The Return of the King", 2003),
        ("tdkr", "The Dark Knight Rises", 2012),
        ("it", "It", 2017),
        # parts, signs, scripts
        ("parabellum", "John Wick: Chapter 3 - Parabellum", 2019),
        ("wrath of kahn", "Star Trek II: The Wrath of Khan", 1982),
        ("romeo and juliet 1996", "Romeo + Juliet", 1996),
        ("idi i smotri", "Come and See", 1985),
        ("gisaengchung", "Parasite", 2019),
        ("shichinin no samurai", "Seven Samurai", 1954),
        ("sen to chihiro", "Spirited Away", 2001),
    ],
)
def test_the_film_that_is_meant_comes_first_and_surely(
    typed: TitleIndex, query: str, title: str, year: int
) -> None:
    answer = typed.search(query)
    assert FILMS[answer.matches[0].row][::2] == (title, year)
    assert answer.resolved
    assert not answer.ambiguous
    assert typed.search(query, brief=True).matches[0] == answer.matches[0]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("indiana jones 2", "Indiana Jones and the Last Crusade"),  # the first may have another name
        ("alien 2", "Aliens"),
        ("alien 4", "Alien Resurrection"),  # no colon says that it is of the same films
        ("aliens 3", "Alien³"),
        ("rambo 2", "Rambo: First Blood Part II"),
        ("rambo 5", "Rambo: Last Blood"),
        ("kingsman 2", "Kingsman: The Golden Circle"),
        ("narnia 2", "The Chronicles of Narnia: Prince Caspian"),
        ("knives out 2", "Glass Onion: A Knives Out Mystery"),
        ("planet of the apes 2", "Beneath the Planet of the Apes"),
        ("star wars 1", "Star Wars: Episode I - The Phantom Menace"),  # the first one released is another
        ("up 2", "Up in the Air"),
        ("dune part one", "Dune"),  # there are two of that name
        ("thg 2", "The Hunger Games: Catching Fire"),
        ("twenty one grams", "21 Grams"),  # a film without votes is called so
        ("hero 2", "Hero"),
        ("split 2", "Split Second"),
        ("the last stand", "The Last Stand"),  # the subtitle of a better known film
        ("thor 7", "Thor"),  # there are three
        ("hunger games 9", "The Hunger Games"),
        ("winter soldier", "Captain America: The Winter Soldier"),  # a film without votes is called so
        ("E.T.", "E.T. the Extra-Terrestrial"),
    ],
)
def test_a_doubtful_answer_says_so(typed: TitleIndex, query: str, title: str) -> None:
    answer = typed.search(query)
    assert FILMS[answer.matches[0].row][0] == title
    assert answer.ambiguous or not answer.resolved
    assert answer.confidence < 0.9 or query in ("winter soldier", "the last stand", "twenty one grams")
    brief = typed.search(query, brief=True)
    assert len(brief.matches) > 1
    assert brief.matches[0] == answer.matches[0]


@pytest.mark.parametrize("query", ["1984", "2112"])
def test_a_number_is_no_other_number(typed: TitleIndex, query: str) -> None:
    answer = typed.search(query)
    assert not answer.resolved
    assert answer.confidence < 0.1


def test_a_subtitle_makes_an_obscure_exact_title_less_sure(typed: TitleIndex) -> None:
    answer = typed.search("ragnarok")
    assert [match.text for match in answer.matches[:2]] == ["Ragnarok", "Thor: Ragnarok"]
    assert answer.confidence < 0.9
    assert typed.search("ragnarok", brief=True).confidence == pytest.approx(answer.confidence)


@pytest.mark.parametrize(
    "query", ["Inception (2010) {tmdb-1032}", "https://www.themoviedb.org/movie/1032-inception"]
)
def test_an_id_decides(typed: TitleIndex, query: str) -> None:
    answer = typed.search(query)
    assert [match.movie_id for match in answer.matches] == [1032]
    assert (answer.confidence, answer.ambiguous, answer.resolved) == (1.0, False, True)


def test_an_id_of_a_film_that_may_not_come_back_is_no_answer(typed: TitleIndex) -> None:
    allowed = np.array([film[0] != "Inception" for film in FILMS])
    assert 1032 not in [match.movie_id for match in typed.search("inception {tmdb-1032}", allowed=allowed).matches]
    assert typed.search("inception {tmdb-99}").matches[0].movie_id == 1032


def test_a_sequel_that_is_not_allowed_is_not_placed(typed: TitleIndex) -> None:
    allowed = np.array([film[0] != "Thor: Ragnarok" for film in FILMS])
    assert typed.search("thor 3", allowed=allowed).ambiguous


@pytest.mark.parametrize(
    "title", ["1917", "2012", "Blade Runner 2049", "Uncut Gems", "Charlotte's Web", "Wild 2014"]
)
def test_a_title_is_no_name_of_a_release(title: str) -> None:
    assert release_title(title) is None
