"""What pages ask and keep: posters come for a whole page at once, and never hold a page back."""

from __future__ import annotations

import json

import requests
import streamlit as st

from tests.support import serving
from tests.ui.conftest import HOME, KNOWN, Open
from tests.ui.markup import drawn
from ui import catalogue
from ui.client import Client
from ui.models.state import BrowseState


def test_films_get_the_posters_that_the_api_finds(api_url: str) -> None:
    films = Client(api_url).page(BrowseState(), 5).items
    answer = {str(film.id): {"url": f"https://omdb.test/{film.id}.jpg", "source": "omdb"} for film in films[1:]}
    with serving.answering(json.dumps(answer).encode(), "application/json") as url:
        dressed = catalogue.with_posters(Client(url), films)
    assert [film.id for film in dressed] == [film.id for film in films]
    assert dressed[0] == films[0]
    assert [film.poster_url for film in dressed[1:]] == [f"https://omdb.test/{film.id}.jpg" for film in films[1:]]


def test_films_stay_as_they_are_while_posters_cannot_be_asked(api_url: str) -> None:
    films = Client(api_url).page(BrowseState(), 5).items
    with serving.answering(b"broken", "text/html", 500) as url:
        assert catalogue.with_posters(Client(url), films) == films
    assert catalogue.with_posters(Client(f"http://127.0.0.1:{serving.free_port()}"), films) == films


def test_a_page_asks_little_before_it_shows_its_films(api_url: str, open_page: Open) -> None:
    for page, most in ((HOME, 2), ("browse", 2), ("film", 3)):  # the film itself shows after the first
        app = open_page(page, id=str(KNOWN))
        st.cache_data.clear()
        before = _asked(api_url)
        assert drawn(app.run()).all("img", "rk-poster")
        assert 0 < _asked(api_url) - before <= most


def _asked(api_url: str) -> float:
    """Requests so far, but those of the filter panel, which is filled after the films."""
    lines = requests.get(f"{api_url}/metrics", timeout=30).text.splitlines()
    routes = ('"/movies', '"/posters"')
    counts = [
        line for line in lines if line.startswith("reelkin_http_requests_total") and any(r in line for r in routes)
    ]
    return sum(float(line.rpartition(" ")[2]) for line in counts)
