"""A chain of kin leads from one film to another, and says why at each step."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

ALIEN, ALIENS, AMELIE = 348, 679, 194


def test_a_chain_of_kin_with_reasons(client: TestClient) -> None:
    answer = client.get("/movies/path", params={"from": ALIEN, "to": AMELIE}).json()
    steps = answer["steps"]
    ids = [step["movie"]["id"] for step in steps]
    assert (ids[0], ids[-1]) == (ALIEN, AMELIE)
    assert 3 <= len(set(ids)) == len(ids) <= 13
    assert (steps[0]["score"], steps[0]["why"]) == (None, None)
    for step in steps[1:]:
        assert sum(step["why"]["blocks"].values()) == pytest.approx(step["score"], abs=1e-4)
    assert answer["width"] == min(step["score"] for step in steps[1:])
    direct = client.post("/movies/recommend", json={"like": [ALIEN], "candidates": [AMELIE], "model": "content"})
    assert answer["width"] > direct.json()["results"][0]["score"]


def test_it_is_the_same_way_back(client: TestClient) -> None:
    there, back = (
        client.get("/movies/path", params={"from": a, "to": b}).json()["width"]
        for a, b in ((ALIEN, AMELIE), (AMELIE, ALIEN))
    )
    assert there == pytest.approx(back, abs=0.05)


def test_neighbours_are_one_step_apart_if_no_detour_is_wider(client: TestClient) -> None:
    steps = client.get("/movies/path", params={"from": ALIEN, "to": ALIENS}).json()["steps"]
    assert len(steps) == 2


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"from": ALIEN, "to": ALIEN}, 422), ({"from": ALIEN}, 422), ({"from": ALIEN, "to": 999999999}, 404)],
)
def test_what_is_no_way_is_refused(client: TestClient, asked: dict[str, int], status: int) -> None:
    assert client.get("/movies/path", params=asked).status_code == status
