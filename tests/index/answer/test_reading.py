"""What plain words are read as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answer.lexicon import GENRES, LANGUAGES, REGIONS
from index.answer.pieces import FILTERS_OF, WEIGHTS, Piece, effect
from index.answer.reading import read
from index.errors import BadQueryError
from index.films.filters import Filters

ASKED = ("no", "only", "under", "90 minutes", "like", "80s", "before 1960", "silent", "films", "short", ",", "or")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (
            "korean revenge thriller",
            {"original_language": "ko", "production_countries": ["South Korea"], "genres": ["Thriller"]},
        ),
        (
            "bollywood romance",
            {"original_language": "hi", "production_countries": ["India"], "genres": ["Romance"]},
        ),
        (
            "american drama",
            {
                "original_language": "en",
                "production_countries": ["United States of America"],
                "genres": ["Drama"],
            },
        ),
        ("a comedy from the 80s", {"year": 1985, "genres": ["Comedy"]}),
        ("sci-fi of the 1950s", {"year": 1955, "genres": ["Science Fiction"]}),
        ("a heist film from 1975", {"year": 1975}),
        ("a hidden gem about music", {"vote_count": 60}),
        ("musicals", {"keywords": ["musical"]}),
        ("short film about a pigeon", {"runtime": 15}),
        ("a short horror", {"runtime": 75, "genres": ["Horror"]}),
        ("a war film", {"genres": ["War"]}),
        (
            "giallo",
            {
                "keywords": ["giallo"],
                "original_language": "it",
                "production_countries": ["Italy"],
                "genres": ["Horror"],
                "year": 1975,
            },
        ),
    ],
)
def test_soft_words_are_facts_of_the_film_sought(text: str, facts: dict[str, object]) -> None:
    reading = read(text)
    assert reading.facts == facts
    assert reading.story == text
    assert not reading.changes


@pytest.mark.parametrize(
    "text",
    [
        "the short life of a king",
        "a robot tidies up the earth",
        "a poor family infiltrates a rich household during a war",
        "a man in his 60s goes home",
        "a silent film star struggles with the coming of sound",
        "the crew of a german submarine in the second world war",
        "a heist film set in the 70s",
        "an american soldier who is not american at heart",
    ],
)
def test_words_of_a_story_are_left_alone(text: str) -> None:
    reading = read(text)
    assert not reading.pieces
    assert reading.story == text


@pytest.mark.parametrize(
    ("text", "changes", "story"),
    [
        ("a ghost story, no horror", {"without_genres": ("Horror",)}, "a ghost story"),
        ("no horror or comedies", {"without_genres": ("Horror", "Comedy")}, ""),
        ("dancing, without musicals", {"without_keywords": ("musical",)}, "dancing"),
        ("under 90 minutes", {"runtime_max": 90}, ""),
        ("a heist in less than two hours", {"runtime_max": 120}, "a heist in"),
        ("war films before 1960", {"year_max": 1959}, "war films"),
        ("war films after the 60s", {"year_min": 1970}, "war films"),
        ("between 1960 and 1970", {"year_min": 1960, "year_max": 1970}, ""),
        ("french films only", {"languages": ("fr",)}, "french films only"),
        ("only horror", {"genres_all": ("Horror",)}, "only horror"),
        (
            "only italian westerns",
            {"languages": ("it",), "genres_all": ("Western",)},
            "only italian westerns",
        ),
        ("only 80s", {"year_min": 1980, "year_max": 1989}, "only 80s"),
        ("nordic noir", {"languages": ("sv", "da", "no", "fi", "is")}, "nordic noir"),
        ("action, not american", {"without_countries": ("United States of America",)}, "action"),
        (
            "thriller, not korean",
            {"without_countries": ("South Korea",), "without_languages": ("ko",)},
            "thriller",
        ),
        (
            "south american films",
            {
                "countries": tuple(REGIONS["south american"][1].split(",")),
                "without_countries": ("United States of America",),
            },
            "south american films",
        ),
        ("south african drama", {"countries": ("South Africa",)}, "south african drama"),
        ("foreign films about food", {"without_languages": ("en",)}, "films about food"),
    ],
)
def test_hard_words_are_filters(text: str, changes: dict[str, object], story: str) -> None:
    reading = read(text)
    assert reading.changes == changes
    assert reading.story == story
    assert reading.filters(Filters()) == Filters(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("silent comedy from the 20s", ""),
        ("movies before 1930", ""),
        ("korean revenge thriller", "korean revenge thriller"),
    ],
)
def test_a_question_of_facts_alone_tells_no_story(text: str, theme: str) -> None:
    assert read(text).theme == theme


def test_a_movement_of_a_region_weighs_and_filters() -> None:
    reading = read("scandi noir")
    assert reading.facts == {"genres": ["Crime", "Thriller", "Mystery"], "keywords": ["detective"], "year": 2015}
    assert reading.changes == {"languages": ("sv", "da", "no", "fi", "is")}


def test_a_filter_of_the_request_is_not_overruled() -> None:
    assert read("war films before 1960").filters(Filters(year_max=1990)).year_max == 1990


@given(st.lists(st.sampled_from([*GENRES, *LANGUAGES, *ASKED]), max_size=8).map(" ".join))
def test_every_piece_names_its_words_and_does_something(text: str) -> None:
    reading = read(text)
    for piece in reading.pieces:
        assert piece.words
        assert effect(piece)
    assert reading.corrected(reading.pieces).facts == reading.facts


def test_a_piece_sent_back_as_a_filter_filters() -> None:
    hard = read("korean thriller").corrected([Piece("korean", "language", "ko", "filter")])
    assert hard.changes == {"languages": ("ko",)}
    assert not hard.facts


def test_the_words_of_a_piece_left_out_leave_the_story() -> None:
    reading = read("korean revenge thriller")
    without = reading.corrected([piece for piece in reading.pieces if piece.words != "korean"])
    assert without.story == "revenge thriller"
    assert without.facts == {"genres": ["Thriller"]}


@pytest.mark.parametrize(
    "piece",
    [
        Piece("x", "colour", "red", "weight"),
        Piece("x", "without genre", "Horror", "weight"),
        Piece("x", "period", "soon", "filter"),
        Piece("x", "like", "Alien", "weight"),
    ],
)
def test_an_unknown_piece_is_refused(piece: Piece) -> None:
    assert piece.kind in {*WEIGHTS, *FILTERS_OF, "colour"}
    with pytest.raises(BadQueryError, match="read"):
        read("korean").corrected([piece])
