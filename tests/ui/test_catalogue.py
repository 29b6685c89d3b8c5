"""Requests and caching of pages: posters come in one request, and a page does not need them."""

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
        illustrated = catalogue.with_posters(Client(url), films)
    assert [film.id for film in illustrated] == [film.id for film in films]
    assert illustrated[0] == films[0]
    assert [film.poster_url for film in illustrated[1:]] == [
        f"https://omdb.test/{film.id}.jpg" for film in films[1:]
    ]


def test_films_stay_unchanged_if_posters_cannot_be_fetched(api_url: str) -> None:
    films = Client(api_url).page(BrowseState(), 5).items
    with serving.answering(b"broken", "text/html", 500) as url:
        assert catalogue.with_posters(Client(url), films) == films
    assert catalogue.with_posters(Client(f"http://127.0.0.1:{serving.free_port()}"), films) == films


def test_a_page_sends_few_requests_before_it_shows_its_films(api_url: str, open_page: Open) -> None:
    for page, most in ((HOME, 2), ("browse", 2), ("film", 3)):  # the film itself shows after the first
        app = open_page(page, id=str(KNOWN))
        st.cache_data.clear()
        before = _requests(api_url)
        assert drawn(app.run()).all("img", "rk-poster")
        assert 0 < _requests(api_url) - before <= most


def _requests(api_url: str) -> float:
    """Requests so far, without those of the filters and of TMDB's facts, which are drawn after the films."""
    lines = requests.get(f"{api_url}/metrics", timeout=30).text.splitlines()
    routes = ('"/movies', '"/posters"')
    counts = [
        line
        for line in lines
        if line.startswith("reelkin_http_requests_total")
        and any(r in line for r in routes)
        and '/more"' not in line
    ]
    return sum(float(line.rpartition(" ")[2]) for line in counts)
