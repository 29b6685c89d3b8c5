"""The cache of answers, `ETag`s and compression."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from fastapi.testclient import TestClient

from api.app import create_app
from api.serving.serving import Serving
from index.errors import GenerationError
from index.generation.publish import Generations
from sql.engine import connect
from tests.api.editors import running, token_of
from tests.api.users import headers
from tests.api.web.test_observe import samples
from tests.support import serving
from tests.support.sample import POSTERS, Sample, copied
from tests.support.serving import eventually

ASKED = "/movies/recommend?title=alien&k=3"


def outcomes(client: TestClient) -> dict[str, float]:
    found = samples(client.get("/metrics").text)
    return {name: found["reelkin_cache_total", name] for name in ("hit", "miss", "not_modified")}


def test_a_repeated_request_is_answered_from_memory(client: TestClient) -> None:
    client.get(ASKED)
    before = outcomes(client)
    first, second = client.get(ASKED), client.get(ASKED)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    after = outcomes(client)
    assert after == before | {"hit": before["hit"] + 2}
    route = "reelkin_http_requests_total", "GET", "/movies/recommend", "200"
    assert samples(client.get("/metrics").text)[route] >= 3


def test_a_client_that_has_the_answer_gets_a_304(client: TestClient) -> None:
    tag = client.get(ASKED).headers["etag"]
    same = client.get(ASKED, headers={"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    other = client.get(ASKED + "&explain=true", headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


def test_errors_are_not_cached_and_have_no_etag(client: TestClient) -> None:
    before = outcomes(client)
    for _ in range(2):
        response = client.get("/movies/recommend?id=999999999")
        assert response.status_code == 404
        assert "etag" not in response.headers
    assert outcomes(client)["hit"] == before["hit"]


def test_answers_are_compressed_for_clients_that_accept_it(client: TestClient) -> None:
    plain = client.get(ASKED, headers={"Accept-Encoding": "identity"})
    small = client.get(ASKED, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert small.json() == plain.json()
    for answer in (plain, small):
        assert "Accept-Encoding" in answer.headers["vary"]


class Swapped(Serving):
    """Serves what the test says, as if the generation had been swapped."""

    now = "first"

    @property
    def state(self) -> str | None:
        return self.now


@pytest.fixture
def swapped(sample: Sample) -> Iterator[tuple[TestClient, Swapped]]:
    """A client, and what it is served."""
    database = connect(sample.url)
    followed = Swapped(Generations(sample.folder / "generations"), database)
    app = create_app(database=database, serving=followed, poster_base=POSTERS, secret="x")
    with TestClient(app) as client:
        yield client, followed


def test_a_swap_is_never_hidden_by_an_old_answer(swapped: tuple[TestClient, Swapped]) -> None:
    client, followed = swapped
    tag = client.get(ASKED).headers["etag"]
    followed.now = "second"
    fresh = client.get(ASKED, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["etag"] != tag
    assert outcomes(client) == {"hit": 0, "miss": 2, "not_modified": 0}


def test_an_answer_given_during_a_swap_is_not_cached(
    swapped: tuple[TestClient, Swapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, followed = swapped
    current = followed.current

    def swapping() -> object:
        followed.now = "second"
        return current()

    monkeypatch.setattr(followed, "current", swapping)
    client.get(ASKED + "&explain=true")
    monkeypatch.setattr(followed, "current", current)
    followed.now = "first"  # rolled back
    client.get(ASKED + "&explain=true")
    assert outcomes(client)["hit"] == 0


def test_without_a_generation_there_is_no_etag(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/none.db")
    followed = Serving(Generations(tmp_path), database)
    app = create_app(database=database, serving=followed, poster_base=POSTERS, secret="x")
    with TestClient(app) as client:
        response = client.get(ASKED)
        assert response.status_code == 503
        assert "etag" not in response.headers
        with pytest.raises(GenerationError):
            followed.current()


def test_an_answer_to_a_person_never_reaches_another(sample: Sample) -> None:
    """Over HTTP, since caches on the way go by the headers."""
    with serving.api(sample) as address:

        def ask(**sent: str) -> requests.Response:
            return requests.get(f"{address}/movies/recommend?title=alien&k=6", headers=sent, timeout=10)

        for token in ("Bearer anns", "Bearer bens", "Basic YTpi"):
            answer = ask(Authorization=token)
            assert answer.status_code == 200
            assert "etag" not in answer.headers
            assert "private" in answer.headers["cache-control"]
            assert "Authorization" in answer.headers["vary"]
        metrics = samples(requests.get(f"{address}/metrics", timeout=10).text)
        assert {metrics["reelkin_cache_total", name] for name in ("hit", "miss", "not_modified")} == {0}
        public = ask()
        assert "private" not in public.headers["cache-control"]
        assert "Authorization" in public.headers["vary"]
        again = ask(Authorization="Bearer anns", **{"If-None-Match": public.headers["etag"]})
        assert again.status_code == 200, "a public answer is not taken for a person's"
        assert (
            "private"
            in requests.get(f"{address}/movies", headers={"Authorization": "x"}, timeout=10).headers[
                "cache-control"
            ]
        )


def test_an_etag_is_the_same_on_every_host(sample: Sample, tmp_path: Path) -> None:
    """Two data folders with the same generation over one database, of which only one was written through."""
    own = copied(sample, tmp_path / "one")
    shutil.copytree(own.folder, tmp_path / "two", symlinks=True)
    other = dataclasses.replace(own, folder=tmp_path / "two")
    with running(own) as here, running(other) as there:
        editor = headers(token_of(own, here))
        tags = [client.get(ASKED).headers["etag"] for client in (here, there)]
        for runtime in (131, 132):
            assert here.patch("/movies/679", json={"runtime": runtime}, headers=editor).status_code == 200

        def fresh() -> set[str | None]:
            return {client.get(ASKED).headers.get("etag") for client in (here, there)}

        assert eventually(lambda: len(fresh()) == 1 and None not in fresh())
        assert len({*tags}) == 1
        assert fresh().isdisjoint(tags)
