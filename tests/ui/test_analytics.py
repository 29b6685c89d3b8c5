"""The analytics page over a real API: figures, charts, one genre, one film, and nothing to count."""

from __future__ import annotations

from tests.support import serving
from tests.ui.conftest import FILMS, KNOWN, Open
from tests.ui.markup import drawn, figures, films, headings, message

CHARTS = 7


def test_the_catalogue_is_counted_and_drawn(open_page: Open) -> None:
    app = open_page("analytics")
    page = drawn(app)
    assert figures(page)["Films"] == str(FILMS)
    assert len(app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")) == CHARTS
    assert films(page)[0] == KNOWN


def test_a_genre_narrows_every_chart(open_page: Open) -> None:
    app = open_page("analytics", genre="Horror")
    assert app.selectbox(key="genre").value == "Horror"
    assert figures(drawn(app))["Films"] == "14"
    assert "Top rated of Horror" in headings(app)


def test_a_film_is_compared_with_its_genre(open_page: Open) -> None:
    texts = [text.value for text in open_page("analytics", film="Interstellar").text]
    assert len(texts) == 1
    assert texts[0].startswith("Interstellar (2001) has ")
    assert texts[0].endswith("films with votes.")


def test_a_genre_that_no_film_has_gives_a_message(open_page: Open) -> None:
    app = open_page("analytics", genre="Polka")
    assert message(app) == "No film has the genre “Polka”"


def test_an_index_that_is_not_built_gives_a_message(open_page: Open, empty_api_url: str) -> None:
    assert message(open_page("analytics", api=empty_api_url)) == "The index is not built yet"


def test_an_api_that_is_down_gives_a_message(open_page: Open) -> None:
    app = open_page("analytics", api=f"http://127.0.0.1:{serving.free_port()}")
    assert message(app) == "The API is not running"
    assert not app.exception
