"""`/movies/{id}/more`, with a TMDB that knows films, misses them, refuses the key, and fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from fastapi.testclient import TestClient

from api.posters.tmdb import Tmdb as Client
from api.posters.tmdb import TmdbMore
from tests.etl.tmdb_server import KEY, MORE, TOKEN, Tmdb, details, tmdb_server
from tests.support import serving
from tests.support.sample import Sample

ALIEN = 348


@pytest.fixture
def tmdb() -> Iterator[Tmdb]:
    """TMDB, which knows one film."""
    with tmdb_server() as server:
        server.films[ALIEN] = details(ALIEN, **MORE)
        yield server


@pytest.fixture
def more(tmdb: Tmdb) -> Iterator[TmdbMore]:
    """The lookup, with a long deadline."""
    lookup = TmdbMore(Client(tmdb.url, KEY), deadline_s=10)
    yield lookup
    lookup.close()


def test_offers_a_trailer_cast_and_crew_come_once_and_are_kept(tmdb: Tmdb, more: TmdbMore) -> None:
    for _ in range(2):
        found = more.of(ALIEN)
        assert found.watch["IS"].rent == ["Apple TV"]
        assert found.watch["XX"].link is None
        assert found.trailer == "https://www.youtube.com/watch?v=LjLamj-b0I8"
        assert (found.cast[0].name, found.cast[0].role) == ("Sigourney Weaver", "Ripley")
        assert [(person.name, person.role) for person in found.crew] == [("Ridley Scott", "Director")]
    assert tmdb.asked == [ALIEN]


def test_an_unknown_film_a_failure_and_a_refused_key_leave_nothing_missing(tmdb: Tmdb, more: TmdbMore) -> None:
    assert more.of(5).trailer is None
    tmdb.failures[6] = [(500, {}, "<html>")]
    assert more.of(6).watch == {}
    more.of(ALIEN)
    assert tmdb.asked == [5, 6]  # after a failure it is left alone for a while
    refused = TmdbMore(Client(tmdb.url, "wrong"), deadline_s=10)
    assert refused.of(ALIEN).cast == []
    refused.close()


def test_the_api_answers_with_a_token_and_is_empty_without(sample: Sample, tmdb: Tmdb, client: TestClient) -> None:
    assert client.get(f"/movies/{ALIEN}/more").json() == {"watch": {}, "trailer": None, "cast": [], "crew": []}
    with serving.api(sample, REELKIN_TMDB_URL=tmdb.url, REELKIN_TMDB_API_KEY=TOKEN) as url:
        answer = requests.get(f"{url}/movies/{ALIEN}/more", timeout=30).json()
    assert answer["watch"]["IS"]["rent"] == ["Apple TV"]
