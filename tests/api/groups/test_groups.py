"""Several people get films that suit all of them, by the rule that they choose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.home import Home
from tests.support.histories import ALIEN, ALIENS, AMELIE, HEAT, THING

ANN = {"name": "Ann", "like": [ALIEN, ALIENS]}
BOB = {"name": "Bob", "like": [{"title": "Amélie"}], "dislike": ["The Notebook"]}


def ask(home: Home, **body: Any) -> dict[str, Any]:
    answer = home.client.post("/groups/recommendations", json={"members": [ANN, BOB], "k": 12, **body})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_every_rule_gives_each_a_part(home: Home) -> None:
    answers = {rule: ask(home, rule=rule)["results"] for rule in ("mean", "least-misery", "veto", "fair")}
    for results in answers.values():
        assert len(results) == 12
        assert all(set(film["members"]) == {"Ann", "Bob"} for film in results)
        assert not {ALIEN, ALIENS, AMELIE} & {film["movie"]["id"] for film in results}
    mean, least = answers["mean"], answers["least-misery"]
    for film in mean:
        assert film["score"] == pytest.approx(sum(film["members"].values()) / 2, abs=1e-6)
    assert [film["score"] for film in mean] == sorted((film["score"] for film in mean), reverse=True)
    assert all(film["score"] == min(film["members"].values()) for film in least)
    worst = [min(film["members"].values()) for film in least]
    assert worst == sorted(worst, reverse=True)
    assert worst[0] >= min(mean[0]["members"].values())


def test_turns_leave_nobody_behind(home: Home) -> None:
    results = ask(home, rule="fair")["results"]
    assert {film["turn"] for film in results[:2]} == {"Ann", "Bob"}
    got = {name: sum(film["members"][name] for film in results) for name in ("Ann", "Bob")}
    assert max(got.values()) - min(got.values()) <= 1
    best = [film for film in results if max(film["members"].values()) == 1]
    assert {film["turn"] for film in best} == {"Ann", "Bob"}


def test_a_veto_keeps_the_kin_of_what_anybody_dislikes_away(home: Home) -> None:
    hating = {"name": "Cid", "dislike": [THING]}
    members = [ANN, hating]
    without = {film["movie"]["id"] for film in ask(home, members=members, rule="mean", k=50)["results"]}
    results = ask(home, members=members, rule="veto", k=50)["results"]
    kin = home.client.get(f"/movies/recommend/{THING}", params={"k": 20}).json()["results"]
    near = {film["movie"]["id"] for film in kin if film["score"] >= 0.5}
    assert near & without
    assert not near & {film["movie"]["id"] for film in results}


def test_reasons_are_each_persons_own(home: Home) -> None:
    answer = ask(home, explain=True, k=3)
    for film in answer["results"]:
        assert set(film["why"]) == {"Ann", "Bob"}
        assert film["why"]["Ann"]["blocks"] != film["why"]["Bob"]["blocks"]
    assert answer["members"]["Bob"][0]["movie"]["id"] == AMELIE


def test_what_one_has_seen_comes_to_nobody(home: Home) -> None:
    first = ask(home)["results"][0]["movie"]["id"]
    seen = [{**ANN, "seen": [first]}, BOB]
    assert first not in {film["movie"]["id"] for film in ask(home, members=seen)["results"]}


def test_a_member_who_agreed_brings_a_taste(home: Home) -> None:
    _, held = home.member()
    home.client.post("/me/ratings", json={"ratings": {str(ALIEN): 9, str(HEAT): 1}}, headers=held)
    code = home.client.post("/me/taste-code", headers=held).json()["code"]
    shared = ask(home, members=[{"name": "Me", "code": code}])["results"]
    alone = ask(home, members=[{"name": "Me", "ratings": {str(ALIEN): 9, str(HEAT): 1}}])["results"]
    assert shared == alone
    again = home.client.post("/me/taste-code", headers=held).json()["code"]
    gone = home.client.post("/groups/recommendations", json={"members": [{"name": "Me", "code": code}]})
    assert gone.status_code == 404
    assert home.client.delete("/me/taste-code", headers=held).status_code == 204
    gone = home.client.post("/groups/recommendations", json={"members": [{"name": "Me", "code": again}]})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "members", [[], [ANN, ANN], [{"name": ""}], [{"name": "x\ny"}], [{"name": "x", "code": "short"}]]
)
def test_a_group_that_is_none_is_refused(home: Home, members: list[Any]) -> None:
    assert home.client.post("/groups/recommendations", json={"members": members}).status_code == 422


def test_nobody_who_likes_anything_gets_well_received_films(home: Home) -> None:
    results = ask(home, members=[{"name": "New"}], k=5)["results"]
    assert len(results) == 5
    assert all(film["movie"]["rating"] > 7 for film in results)
