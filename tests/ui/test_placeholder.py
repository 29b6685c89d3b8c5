"""A film without a poster gets a drawn one that a browser can show, with any title."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.markup.placeholder import COLOURS, HEIGHT, draw, poster

SVG = "{http://www.w3.org/2000/svg}"


def lines(source: str) -> list[str]:
    return [span.text or "" for span in ElementTree.fromstring(source).iter(f"{SVG}tspan")]


@given(st.text(max_size=120), st.none() | st.integers(0, 9999), st.lists(st.text(max_size=20), max_size=3))
def test_every_title_makes_well_formed_svg_inside_its_frame(
    title: str, year: int | None, genres: list[str]
) -> None:
    root = ElementTree.fromstring(str(draw(title, year, genres)))
    assert all(0 < float(span.attrib["y"]) < HEIGHT for span in root.iter(f"{SVG}tspan"))


@pytest.mark.parametrize(
    "title",
    [
        "Alien",
        "The Good, the Bad and the Ugly",
        "千と千尋の神隠し",
        "<script>alert(1)</script>",
        "Taumatawhakatangihangakoauau",
    ],
)
def test_the_whole_title_is_on_it(title: str) -> None:
    assert "".join("".join(lines(str(draw(title, 1979, ["Horror"])))).split()) == "".join(title.split())


def test_a_very_long_title_ends_in_an_ellipsis() -> None:
    drawn = lines(str(draw("The Return of the Revenge of " * 12, 2005, [])))
    assert len(drawn) == 7
    assert drawn[-1].endswith("…")


def test_the_colour_is_that_of_the_first_genre_with_one() -> None:
    assert COLOURS["Horror"][1] in str(draw("Alien", 1979, ["Horror", "Science Fiction"]))
    assert COLOURS["Western"][1] in str(draw("Alien", 1979, ["Cooking", "Western"]))


def test_a_data_uri_contains_the_picture_and_nothing_that_ends_an_attribute() -> None:
    uri = poster('"><script>', None, ("Drama",))
    head, _, body = uri.partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(body, validate=True).decode() == str(draw('"><script>', None, ["Drama"]))
