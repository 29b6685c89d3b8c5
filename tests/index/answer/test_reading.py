"""What plain words are read as."""

from __future__ import annotations

import pytest

from index.answer.reading import read
from index.films.filters import Filters


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("korean revenge thriller", {"original_language": "ko", "production_countries": ["South Korea"]}),
        ("bollywood romance", {"original_language": "hi", "production_countries": ["India"]}),
        ("a comedy from the 80s", {"year": 1985}),
        ("sci-fi of the 1950s", {"year": 1955}),
        ("a heist film from 1975", {"year": 1975}),
        ("a hidden gem about music", {"vote_count": 60}),
        ("short film about a pigeon", {"runtime": 15}),
        ("the short life of a king", {}),
        ("a robot tidies up the earth", {}),
    ],
)
def test_soft_words_are_facts_of_the_film_sought(text: str, facts: dict[str, object]) -> None:
    reading = read(text)
    assert reading.facts == facts
    assert reading.story == text
    assert not reading.changes


@pytest.mark.parametrize(
    ("text", "changes", "story"),
    [
        ("a ghost story, no horror", {"without_genres": ("Horror",)}, "a ghost story"),
        ("under 90 minutes", {"runtime_max": 90}, ""),
        ("war films before 1960", {"year_max": 1959}, "war films"),
        ("french films only", {"languages": ("fr",)}, "french films only"),
        ("nordic noir", {"languages": ("sv", "da", "no", "fi", "is")}, "nordic noir"),
    ],
)
def test_hard_words_are_filters(text: str, changes: dict[str, object], story: str) -> None:
    reading = read(text)
    assert reading.changes == changes
    assert reading.story == story
    assert reading.filters(Filters()) == Filters(**changes)  # type: ignore[arg-type]


def test_a_filter_of_the_request_is_not_overruled() -> None:
    assert read("war films before 1960").filters(Filters(year_max=1990)).year_max == 1990


def test_every_piece_names_its_words() -> None:
    text = "an acclaimed italian western from the 60s without comedy"
    for piece in read(text).pieces:
        assert piece.words in text
        assert piece.how in ("filter", "weight")
