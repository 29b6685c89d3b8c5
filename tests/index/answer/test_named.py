"""Which film a row of a history means, by title and year, as other catalogues write them."""

from __future__ import annotations

import pytest

from index.answer.named import Status, find_named
from index.generation.manifest import Generation
from index.generation.publish import Generations
from index.spaces.view import View
from tests.support.sample import Sample

SCHINDLER, AMELIE, PART_2, GALAXY_2, MAVERICK = 424, 194, 12445, 283995, 361743


@pytest.fixture(scope="module")
def view(sample: Sample) -> View:
    return Generation.open(Generations(sample.folder / "generations").current())


@pytest.mark.parametrize(
    ("title", "year", "movie_id"),
    [
        ("Schindler&#x27;s List", 1993, SCHINDLER),
        ("SCHINDLER’S LIST", 1994, SCHINDLER),
        ("Amélie (Le fabuleux destin d'Amélie Poulain)", None, AMELIE),
        ("Amelie [Director's Cut]", None, AMELIE),
        ("Top Gun: Maverick (Extended Edition)", None, MAVERICK),
        ("Harry Potter and the Deathly Hallows: Pt. 2", 2011, PART_2),
        ("Guardians of the Galaxy Vol. II", 2017, GALAXY_2),
        ("Guardians of the Galaxy Volume Two", None, GALAXY_2),
    ],
)
def test_a_title_that_is_written_otherwise_is_matched(
    view: View, title: str, year: int | None, movie_id: int
) -> None:
    found = find_named(view, title, year)
    assert (found.status, found.rows) == (Status.MATCHED, (view.films.row_of(movie_id),))


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("The Thing", 1979),  # of 1982
        ("Alien (Aliens)", None),  # two films
        ("The Magnificent Seven", None),  # of 1960 and 2016
        ("Star Wars", 2002),  # begins the titles of several
        ("", 1979),
    ],
)
def test_a_title_that_may_mean_another_film_waits(view: View, title: str, year: int | None) -> None:
    assert find_named(view, title, year).status is not Status.MATCHED
