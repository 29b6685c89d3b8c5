"""The client of TMDB's API, against a local server that speaks its answers."""

from __future__ import annotations

import time

import pytest

from etl.enrich import Tmdb, TmdbError
from tests.etl.tmdb_server import KEY, TOKEN, details, tmdb_server


def client(url: str, key: str = KEY, requests_per_s: float = 1000) -> Tmdb:
    return Tmdb(url, key, requests_per_s=requests_per_s, backoff_s=0.01)


@pytest.mark.parametrize("key", [KEY, TOKEN])
def test_a_film_comes_under_the_columns_of_the_dump(key: str) -> None:
    with tmdb_server(603) as server:
        found = client(server.url, key).film(603)
    assert found == {
        "overview": "What happens in film 603.",
        "tagline": "",
        "poster_path": "/poster603.jpg",
        "backdrop_path": "",
        "keywords": ["robot", "lighthouse"],
        "director": ["Ana"],
        "cast": ["First", "Second"],
    }


def test_a_film_that_tmdb_has_not_is_none() -> None:
    with tmdb_server() as server:
        assert client(server.url).film(5) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(status: int) -> None:
    with tmdb_server(603) as server:
        server.failures[603] = [(status, {"Retry-After": "0"}, ""), (status, {}, "")]
        assert client(server.url).film(603) is not None
        assert server.asked == [603] * 3


def test_tmdb_says_how_long_to_wait() -> None:
    with tmdb_server(603) as server:
        server.failures[603] = [(429, {"Retry-After": "1"}, "")]
        started = time.monotonic()
        client(server.url).film(603)
        assert time.monotonic() - started >= 1


def test_a_refused_key_is_said_and_not_repeated() -> None:
    with tmdb_server(603) as server, pytest.raises(TmdbError, match="REELKIN_TMDB_API_KEY") as caught:
        client(server.url, "wrong").film(603)
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("body", ["{", "[]", '{"credits": {"crew": [{}]}}', '{"keywords": {"keywords": [7]}}'])
def test_an_answer_of_another_form_is_an_error(body: str) -> None:
    with tmdb_server() as server:
        server.failures[603] = [(200, {}, body)]
        with pytest.raises(TmdbError, match="film 603 cannot be used"):
            client(server.url).film(603)


def test_a_server_that_is_away_is_an_error_without_the_key() -> None:
    with tmdb_server() as server:
        url = server.url
    with pytest.raises(TmdbError, match="does not answer") as caught:
        client(url).film(603)
    assert KEY not in str(caught.value)


def test_calls_keep_their_distance() -> None:
    with tmdb_server(603) as server:
        patient = client(server.url, requests_per_s=50)
        started = time.monotonic()
        for _ in range(11):
            patient.film(603)
        assert time.monotonic() - started >= 10 / 50


def test_a_film_without_words_and_people_has_empty_ones() -> None:
    with tmdb_server() as server:
        server.films[7] = details(7, keywords=None, credits=None, overview=None, poster_path=None)
        found = client(server.url).film(7)
    assert found is not None
    assert not any(found.values())
