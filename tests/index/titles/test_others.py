"""Alternative titles, IMDb ids, franchises whose films have differing titles, titles within longer queries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from index.titles import TitleIndex, build_titles
from index.titles.build import Others

FILMS = (
    ("Star Wars", 1977, 19_000, ["Star Wars: Episode IV - A New Hope"]),
    ("The Empire Strikes Back", 1980, 15_800, ["Star Wars: Episode V - The Empire Strikes Back"]),
    ("Return of the Jedi", 1983, 14_600, ["Star Wars: Episode VI - Return of the Jedi"]),
    ("Star Wars: Episode I - The Phantom Menace", 1999, 13_900, []),
    ("Star Wars: The Force Awakens", 2015, 18_400, []),
    ("Star Wars: The Last Jedi", 2017, 14_300, []),
    ("Raiders of the Lost Ark", 1981, 12_000, ["Indiana Jones and the Raiders of the Lost Ark"]),
    ("Indiana Jones and the Temple of Doom", 1984, 8_500, []),
    ("Indiana Jones and the Last Crusade", 1989, 9_300, []),
    ("Indiana Jones and the Kingdom of the Crystal Skull", 2008, 7_600, []),
    ("Indiana Jones and the Dial of Destiny", 2023, 1_700, []),
    ("Seven Samurai", 1954, 3_230, ["Shichinin no samurai", "Os sete samurais", "Семь самураев"]),
    ("The Last Samurai", 2003, 6_300, []),
    ("Obscure", 1990, 3, ["Verschollen", "Eine Reise"]),
    ("Sete Vidas", 2008, 40, []),
    ("Inception", 2010, 34_500, []),
)


def build(path: Path, films: tuple[tuple[str, int, int, list[str]], ...] = FILMS) -> TitleIndex:
    """The index of some films; the film in row i has the id 1000 + i and IMDb's id tt<2000000 + i>."""
    rows = np.repeat(np.arange(len(films)), [len(film[3]) for film in films])
    names = pa.array([title for film in films for title in film[3]], pa.string())
    build_titles(
        path,
        movie_ids=np.arange(1000, 1000 + len(films)),
        titles=[film[0] for film in films],
        original_titles=["" for _ in films],
        years=np.array([film[1] for film in films], np.int16),
        votes=np.array([film[2] for film in films], np.int32),
        imdb_numbers=np.arange(2_000_000, 2_000_000 + len(films), dtype=np.int32),
        others=Others.of(rows, names, len(films)),
    )
    return TitleIndex.open(path)


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> TitleIndex:
    return build(tmp_path_factory.mktemp("titles"))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Shichinin no samurai", "Seven Samurai"),
        ("shichinin no samuray", "Seven Samurai"),
        ("os sete samurais", "Seven Samurai"),
        ("sem samuraev", "Seven Samurai"),  # of the Russian title in Latin letters, misspelt
        ("samurai shichinin", "Seven Samurai"),
        ("verschollen", "Obscure"),
        ("Star Wars: Episode VI", "Return of the Jedi"),
    ],
)
def test_a_film_is_found_by_its_alternative_titles(titles: TitleIndex, query: str, title: str) -> None:
    best = titles.search(query).matches[0]
    assert (best.text, best.matched) == (title, "alternative_title")


def test_known_films_are_found_by_the_titles_that_ship(tmp_path: Path) -> None:
    films = (
        (1891, "The Empire Strikes Back", 1980, 15_800),
        (671, "Harry Potter and the Philosopher's Stone", 2001, 26_000),
        (11, "Another Film", 1977, 90),  # 11 is Star Wars at TMDB
    )
    ids, names, years, votes = zip(*films, strict=True)
    build_titles(
        tmp_path,
        movie_ids=np.array(ids),
        titles=names,
        original_titles=names,
        years=np.array(years, np.int16),
        votes=np.array(votes, np.int32),
    )
    titles = TitleIndex.open(tmp_path)
    assert titles.search("star wars 5").matches[0].movie_id == 1891
    assert titles.search("sorcerer's stone").matches[0].movie_id == 671
    assert 11 not in {match.movie_id for match in titles.search("star wars: a new hope").matches[:1]}


def test_an_exact_title_comes_before_an_alternative_one(tmp_path: Path) -> None:
    films = (("Solaris", 1972, 1_500, []), ("Planet", 2002, 3_000, ["Solaris"]))
    answer = build(tmp_path, films).search("solaris")
    assert [match.text for match in answer.matches] == ["Solaris", "Planet"]


@pytest.mark.parametrize(
    "query", ["tt2000015", "https://www.imdb.com/title/tt2000015/?ref_=x", "Nothing (2009) [imdb=tt2000015]"]
)
def test_an_imdb_id_decides(titles: TitleIndex, query: str) -> None:
    answer = titles.search(query)
    assert [match.text for match in answer.matches] == ["Inception"]
    assert (answer.confidence, answer.ambiguous) == (1.0, False)


def test_an_unknown_imdb_id_is_not_sure(titles: TitleIndex) -> None:
    answer = titles.search("tt9999999")
    assert not answer.resolved or answer.ambiguous
    assert titles.search("Inception (2010) [imdb=tt9999999]").matches[0].text == "Inception"


def test_of_records_with_one_imdb_id_the_best_known_is_found(tmp_path: Path) -> None:
    build_titles(
        tmp_path,
        movie_ids=np.array([1, 2]),
        titles=["A", "B"],
        original_titles=["", ""],
        years=np.array([1990, 1990], np.int16),
        votes=np.array([1, 50], np.int32),
        imdb_numbers=np.array([7_000_000, 7_000_000], np.int32),
    )
    assert [match.movie_id for match in TitleIndex.open(tmp_path).search("tt7000000").matches] == [2]


def test_episode_and_place_that_disagree_are_both_found(titles: TitleIndex) -> None:
    answer = titles.search("star wars 5")
    assert [match.text for match in answer.matches[:2]] == [
        "The Empire Strikes Back",
        "Star Wars: The Force Awakens",
    ]
    assert answer.ambiguous
    assert answer.confidence < 0.9


def test_a_first_film_of_another_title_counts_by_its_alternative_title(titles: TitleIndex) -> None:
    assert titles.search("indiana jones 4").matches[0].text == "Indiana Jones and the Kingdom of the Crystal Skull"


def test_without_alternative_titles_both_places_are_found(tmp_path: Path) -> None:
    films = tuple((title, year, votes, []) for title, year, votes, _ in FILMS)
    answer = build(tmp_path, films).search("indiana jones 4")
    found = {match.text for match in answer.matches[:2]}
    assert found == {"Indiana Jones and the Kingdom of the Crystal Skull", "Indiana Jones and the Dial of Destiny"}
    assert answer.ambiguous


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("star wars return of the jedi", "Return of the Jedi"),
        ("star wars episode v the empire strikes back", "The Empire Strikes Back"),
        ("Star Wars Episode V The Empire Strikes Back 1980", "The Empire Strikes Back"),
        ("the empire strikes back star wars", "The Empire Strikes Back"),
    ],
)
@pytest.mark.parametrize("others", [True, False])
def test_a_whole_title_within_a_longer_query_is_found(
    query: str, title: str, others: bool, tmp_path: Path
) -> None:
    films = tuple((name, year, votes, further if others else []) for name, year, votes, further in FILMS)
    assert build(tmp_path, films).search(query).matches[0].text == title
