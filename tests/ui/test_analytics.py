"""The analytics page over a real API: figures, charts, one genre, one film, and nothing to count."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
from streamlit.testing.v1 import AppTest

from tests.support import serving
from tests.ui.conftest import FILMS, KNOWN, Open
from tests.ui.markup import cause, colour_alone, drawn, figures, films, headings, message

CHARTS = 8


def charts(app: AppTest) -> list[list[dict[str, Any]]]:
    """The rows that each chart of a page draws."""
    found = [chart.proto.datasets[0].data.data for chart in app.get("vega_lite_chart")]
    return [pa.ipc.open_stream(stored).read_all().to_pylist() for stored in found]


def test_the_catalogue_is_counted_and_drawn(open_page: Open) -> None:
    app = open_page("analytics")
    page = drawn(app)
    assert figures(page)["Films"] == str(FILMS)
    assert len(charts(app)) == CHARTS
    assert not colour_alone(app)
    assert KNOWN in films(page)


def test_real_means_stand_beside_adjusted_ratings_and_all_films_are_all(open_page: Open) -> None:
    real, adjusted = charts(open_page("analytics", genre="Horror"))[:2]
    for chart in (real, adjusted):
        films: Counter[str] = Counter()
        for point in chart:
            films[point["of"]] += point["films"]
        assert films == {"All films": FILMS - 1, "Horror": 14}  # one film has no votes
    assert all(point["few"] for point in real if point["of"] == "Horror")
    tens = [point["films"] for point in real if point["rating"] > 9]
    assert tens != [point["films"] for point in adjusted if point["rating"] > 9]


def test_the_scatter_is_a_sample_of_all_films(open_page: Open) -> None:
    sampled = charts(open_page("analytics"))[2]
    assert {point["title"] for point in sampled} >= {"Interstelar", "Interstellar"}
    assert len(sampled) == FILMS - 1


def test_few_films_are_faint_and_a_fall_is_explained(open_page: Open) -> None:
    app = open_page("analytics")
    assert all(point["few"] for point in charts(app)[5])
    notes = " ".join(tag.text for tag in drawn(app).all("p", "rk-meta"))
    assert "a dump knows only those that were there on its day" in notes
    assert "the ranges grow" in notes


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
    assert cause(open_page("analytics", api=empty_api_url)) == "The index is not built yet"


def test_an_api_that_is_down_gives_a_message(open_page: Open) -> None:
    app = open_page("analytics", api=f"http://127.0.0.1:{serving.free_port()}")
    assert cause(app) == "The API is not running"
    assert not app.exception
