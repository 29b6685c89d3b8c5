"""Answers that are kept, named and compressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.serving.serving import Serving
from index.errors import GenerationError
from index.generation.publish import Generations
from sql.engine import connect
from tests.api.web.test_observe import samples
from tests.support.sample import POSTERS, Sample

ASKED = "/movies/recommend?title=alien&k=3"


def outcomes(client: TestClient) -> dict[str, float]:
    found = samples(client.get("/metrics").text)
    return {name: found["reelkin_cache_total", name] for name in ("hit", "miss", "not_modified")}


def test_a_question_that_is_asked_again_is_answered_from_memory(client: TestClient) -> None:
    client.get(ASKED)
    before = outcomes(client)
    first, second = client.get(ASKED), client.get(ASKED)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    after = outcomes(client)
    assert after == before | {"hit": before["hit"] + 2}
    route = "reelkin_http_requests_total", "GET", "/movies/recommend", "200"
    assert samples(client.get("/metrics").text)[route] >= 3


def test_a_client_that_has_the_answer_is_told_so(client: TestClient) -> None:
    tag = client.get(ASKED).headers["etag"]
    same = client.get(ASKED, headers={"If-None-Match": f'"other", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    other = client.get(ASKED + "&explain=true", headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


def test_errors_are_neither_kept_nor_named(client: TestClient) -> None:
    before = outcomes(client)
    for _ in range(2):
        response = client.get("/movies/recommend?id=999999999")
        assert response.status_code == 404
        assert "etag" not in response.headers
    assert outcomes(client)["hit"] == before["hit"]


def test_answers_are_compressed_when_asked_for(client: TestClient) -> None:
    plain = client.get(ASKED, headers={"Accept-Encoding": "identity"})
    small = client.get(ASKED, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 2
    assert small.json() == plain.json()
    assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"


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


def test_an_answer_given_while_a_swap_happens_is_not_kept(
    swapped: tuple[TestClient, Swapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, followed = swapped
    current = followed.current

    def swapping() -> object:
        followed.now = "second"
        return current()

    monkeypatch.setattr(followed, "current", swapping)
    client.get(ASKED)
    monkeypatch.setattr(followed, "current", current)
    followed.now = "first"  # rolled back
    client.get(ASKED)
    assert outcomes(client)["hit"] == 0


def test_without_a_generation_nothing_is_named(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/none.db")
    followed = Serving(Generations(tmp_path), database)
    app = create_app(database=database, serving=followed, poster_base=POSTERS, secret="x")
    with TestClient(app) as client:
        response = client.get(ASKED)
        assert response.status_code == 503
        assert "etag" not in response.headers
        with pytest.raises(GenerationError):
            followed.current()
