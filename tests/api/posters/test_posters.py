"""`/posters`, with an OMDB that finds, misses, refuses, is slow, and fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
import requests
from fastapi.testclient import TestClient

from api.posters.lookup import AWAY_PAUSE_S, FAILURE_S, HIT_S, LIMIT_PAUSE_S, MISS_S
from api.posters.routes import Omdb, OmdbPosters
from tests.api.omdb import KEY, LIMIT, NOT_FOUND, FakeOmdb, found, omdb
from tests.support import serving
from tests.support.redis_server import redis
from tests.support.sample import POSTERS, Sample

INTERSTELLAR, ALIEN = 157336, 348
TT_INTERSTELLAR, TT_ALIEN = "tt0816692", "tt0078748"
POSTER = "https://m.media-amazon.com/images/M/a.jpg"


class Clock:
    """A clock that the test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def fake() -> Iterator[FakeOmdb]:
    """OMDB."""
    with omdb() as fake:
        yield fake


@pytest.fixture
def clock() -> Clock:
    """The clock of `posters`."""
    return Clock()


@pytest.fixture
def posters(fake: FakeOmdb, clock: Clock) -> Iterator[OmdbPosters]:
    """The lookup, with a long deadline."""
    lookup = OmdbPosters(Omdb(fake.url, KEY), deadline_s=10, clock=clock)
    yield lookup
    lookup.close()


def test_hits_and_misses_are_remembered_for_their_time(fake: FakeOmdb, posters: OmdbPosters, clock: Clock) -> None:
    fake.knows("tt1", found(POSTER))
    fake.knows("tt2", found("N/A"))
    fake.knows("tt3", NOT_FOUND)
    for _ in range(2):
        assert posters.find(["tt1", "tt2", "tt3"]) == {"tt1": POSTER}
    assert sorted(fake.asked) == ["tt1", "tt2", "tt3"]
    clock.now += MISS_S + 1
    fake.knows("tt3", found(POSTER))
    assert posters.find(["tt1", "tt2", "tt3"]) == {"tt1": POSTER, "tt3": POSTER}
    assert sorted(fake.asked[3:]) == ["tt2", "tt3"]
    clock.now += HIT_S
    posters.find(["tt1"])
    assert fake.asked[5:] == ["tt1"]


def test_at_the_limit_omdb_is_not_used_until_it_may_answer_again(
    fake: FakeOmdb, posters: OmdbPosters, clock: Clock
) -> None:
    fake.knows("tt1", found(POSTER))
    fake.knows("tt2", LIMIT, status=401)
    assert posters.find(["tt1"]) == {"tt1": POSTER}
    assert posters.find(["tt2"]) == {}
    for i in range(20):
        assert posters.find(["tt1", f"tt{i + 100}"]) == {"tt1": POSTER}
    assert fake.asked == ["tt1", "tt2"]
    clock.now += LIMIT_PAUSE_S + 1
    fake.knows("tt2", found(POSTER))
    assert posters.find(["tt2"]) == {"tt2": POSTER}


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"{broken"), (200, b"[]"), (503, b"<html>"), (302, b""), (200, b'{"Poster": "https://x/a.jpg"}')],
)
def test_an_answer_that_is_not_omdbs_is_a_failure(
    fake: FakeOmdb, posters: OmdbPosters, clock: Clock, status: int, body: bytes
) -> None:
    fake.knows("tt1", body, status=status)
    assert posters.find(["tt1"]) == {}
    fake.knows("tt1", found(POSTER))
    clock.now += AWAY_PAUSE_S + 1
    assert posters.find(["tt1"]) == {}  # this one film is not asked for again so soon
    clock.now += FAILURE_S
    assert posters.find(["tt1"]) == {"tt1": POSTER}
    assert fake.asked == ["tt1", "tt1"]


@pytest.mark.parametrize("poster", ["javascript:alert(1)", f"https://img.test/?apikey={KEY}", 7])
def test_a_poster_without_an_address_or_with_the_key_in_it_is_none(
    fake: FakeOmdb, posters: OmdbPosters, poster: object
) -> None:
    fake.knows("tt1", {"Poster": poster, "Response": "True"})
    assert posters.find(["tt1"]) == {}


def test_slow_answers_are_not_waited_for_and_come_with_the_next(fake: FakeOmdb) -> None:
    names = [f"tt{i}" for i in range(40)]
    for name in names:
        fake.knows(name, found(POSTER + name))
    fake.hold.clear()
    posters = OmdbPosters(Omdb(fake.url, KEY), deadline_s=0.05)
    assert posters.find(names) == {}
    fake.hold.set()
    assert serving.eventually(lambda: len(posters.find(names)) == 40)
    assert sorted(fake.asked) == sorted(names)  # each was asked for once
    posters.close()


def test_omdb_that_cannot_be_reached(clock: Clock) -> None:
    posters = OmdbPosters(Omdb(f"http://127.0.0.1:{serving.free_port()}/", KEY), deadline_s=10, clock=clock)
    assert posters.find(["tt1", "tt2"]) == {}
    posters.close()


def test_posters_without_a_key_are_those_of_tmdb(client: TestClient) -> None:
    answer = client.get("/posters", params={"ids": f"{ALIEN},{INTERSTELLAR},999999999"}).json()
    assert list(answer) == [str(ALIEN), str(INTERSTELLAR), "999999999"]
    film = client.get(f"/movies/{ALIEN}").json()
    assert answer[str(ALIEN)] == {"url": POSTERS + film["poster_path"], "source": "tmdb"}
    assert answer["999999999"] == {"url": None, "source": None}


@pytest.mark.parametrize("ids", ["", "abc", "0", ",".join(map(str, range(1, 102)))])
def test_invalid_ids_are_refused(client: TestClient, ids: str) -> None:
    assert client.get("/posters", params={"ids": ids}).status_code == 422
    assert client.get("/posters").status_code == 422


def test_both_sources_and_the_key_is_never_shown(fake: FakeOmdb, sample: Sample, tmp_path: Path) -> None:
    """The whole API at log level DEBUG: a poster of OMDB's, and one of TMDB's because OMDB fails."""
    fake.knows(TT_INTERSTELLAR, found(POSTER))
    fake.knows(TT_ALIEN, b"{broken")
    settings = {"REELKIN_OMDB_API_KEY": KEY, "REELKIN_OMDB_URL": fake.url, "REELKIN_LOG_LEVEL": "DEBUG"}
    log = tmp_path / "log"
    with (
        serving.answering(b"a picture", "image/jpeg") as images,
        serving.api(sample, log=log, REELKIN_TMDB_IMAGE_URL=images, **settings) as address,
    ):

        def posters() -> dict[str, dict[str, str]]:
            asked = {"ids": f"{INTERSTELLAR},{ALIEN}"}
            answer: dict[str, dict[str, str]] = requests.get(f"{address}/posters", asked, timeout=10).json()
            return answer

        assert serving.eventually(lambda: [each["source"] for each in posters().values()] == ["omdb", "tmdb"])
        assert posters()[str(INTERSTELLAR)]["url"] == POSTER
        assert requests.get(posters()[str(ALIEN)]["url"], timeout=10).content == b"a picture"
        assert serving.eventually(lambda: "OMDB is not used" in log.read_text())
        assert KEY not in str(posters())
    assert KEY not in log.read_text()


@pytest.mark.redis
@pytest.mark.skipif(which("redis-server") is None, reason="no redis-server")
def test_hosts_share_what_one_has_asked_and_go_on_without_redis(fake: FakeOmdb, tmp_path: Path) -> None:
    fake.knows("tt1", found(POSTER))
    port = serving.free_port()
    url = f"redis://127.0.0.1:{port}/0"

    def host() -> OmdbPosters:
        return OmdbPosters(Omdb(fake.url, KEY), deadline_s=10, redis_url=url)

    with redis(tmp_path, port):
        hosts = [host(), host()]
        for one in hosts:
            assert one.find(["tt1", "tt2"]) == {"tt1": POSTER}
        assert sorted(fake.asked) == ["tt1", "tt2"]
    hosts.append(host())
    assert hosts[-1].find(["tt1"]) == {"tt1": POSTER}
    assert fake.asked[2:] == ["tt1"]
    for one in hosts:
        one.close()
