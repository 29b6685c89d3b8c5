"""What is recommended to a person follows from the person's own lists, is complete, and is nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from api.recommend.models import RecommendAnswer
from tests.api.home import Home
from tests.support.histories import ALIEN, ALIENS, AMELIE, DUNE_1984, HEAT, ROWS, THING, zipped

Held = dict[str, str]


def films(home: Home, held: Held, **asked: Any) -> list[dict[str, Any]]:
    answer = home.client.get("/me/recommendations", params=asked, headers=held)
    assert answer.status_code == 200, answer.text
    RecommendAnswer.model_validate(answer.json())
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def ids(results: list[dict[str, Any]]) -> list[int]:
    return [result["movie"]["id"] for result in results]


def mark(home: Home, held: Held, kind: str, *movie_ids: int) -> None:
    assert home.client.post(f"/me/{kind}", json={"add": list(movie_ids)}, headers=held).status_code == 200


def rate(home: Home, held: Held, **ratings: float) -> None:
    body = {"ratings": {name.removeprefix("f"): rating for name, rating in ratings.items()}}
    assert home.client.post("/me/ratings", json=body, headers=held).status_code == 200


def test_a_newcomer_gets_well_received_and_popular_films(home: Home) -> None:
    _, held = home.member()
    results = films(home, held, k=10, explain="true")
    assert len(results) == 10
    assert all(result["movie"]["rating"] > 7 and result["movie"]["vote_count"] > 1_000 for result in results)
    assert all(sum(r["why"]["blocks"].values()) == pytest.approx(r["score"], abs=1e-4) for r in results)
    drama = films(home, held, k=10, languages="fr")
    assert len(drama) == 10
    mark(home, held, "watched", *ids(results))
    assert not set(ids(results)) & set(ids(films(home, held, k=10)))


def test_liked_films_bring_their_kin_and_nothing_that_was_seen(home: Home) -> None:
    _, held = home.member()
    rate(home, held, f348=9, f679=8.5)
    results = films(home, held, k=20, explain="true")
    assert len(results) == 20
    assert sum("Science Fiction" in r["movie"]["genres"] or "Horror" in r["movie"]["genres"] for r in results) > 15
    for result in results:
        assert sum(result["why"]["blocks"].values()) == pytest.approx(result["score"], abs=1e-4)
    seen, uninteresting, wanted, *_ = ids(results)
    mark(home, held, "watched", seen)
    mark(home, held, "not-interested", uninteresting)
    mark(home, held, "watchlist", wanted)
    now = ids(films(home, held, k=20))
    assert len(now) == 20
    assert not {ALIEN, ALIENS, seen, uninteresting, wanted} & set(now)


def test_thousands_of_seen_films_leave_a_full_row(home: Home) -> None:
    _, held = home.member()
    rate(home, held, f348=9)
    first = ids(films(home, held, k=100))
    mark(home, held, "watched", *first)
    second = films(home, held, k=100)
    assert (len(second), set(first) & set(ids(second))) == (100, set())
    exact = home.client.post(
        "/movies/recommend", json={"like": [ALIEN], "exclude": first, "k": 100, "exact": True, "model": "content"}
    ).json()["results"]
    alone = films(home, held, k=100, exact="true", model="content")
    assert [(r["movie"]["id"], r["score"]) for r in alone] == [(r["movie"]["id"], r["score"]) for r in exact]


def test_a_low_rating_is_a_dislike(home: Home) -> None:
    _, held = home.member()
    rate(home, held, f194=9, f348=9)
    both = ids(films(home, held, k=30))
    rate(home, held, f348=1)
    liked = films(home, held, k=30)
    assert set(both) != set(ids(liked))
    assert sum("Horror" in result["movie"]["genres"] for result in liked) < 3


def test_the_watchlist_is_ranked(home: Home) -> None:
    _, held = home.member()
    rate(home, held, f348=9)
    mark(home, held, "watchlist", AMELIE, THING, HEAT, DUNE_1984)
    ranked = ids(films(home, held, among="watchlist"))
    assert (ranked[0], set(ranked)) == (THING, {AMELIE, THING, HEAT, DUNE_1984})
    _, newcomer = home.member()
    mark(home, newcomer, "watchlist", AMELIE, THING)
    assert set(ids(films(home, newcomer, among="watchlist"))) == {AMELIE, THING}


def test_words_and_filters_count(home: Home) -> None:
    _, held = home.member()
    rate(home, held, f348=9)
    results = films(home, held, k=5, text="a comedy", year_min=2000)
    assert len(results) == 5
    assert all(result["movie"]["year"] >= 2000 for result in results)
    assert home.client.get("/me/recommendations", params={"title": "Alien"}, headers=held).status_code == 422


def test_weights_count_as_in_a_body(home: Home) -> None:
    _, held = home.member()
    mark(home, held, "likes", ALIEN)
    body = {"like": [ALIEN], "weights": {"genres": 3, "keywords": 0}, "k": 5, "preset": "likeness"}
    wanted = home.client.post("/movies/recommend", json=body).json()["results"]
    found = films(home, held, weights="genres:3,keywords:0", k=5, preset="likeness")
    assert [(r["movie"]["id"], r["score"]) for r in found] == [(r["movie"]["id"], r["score"]) for r in wanted]
    assert ids(found) != ids(films(home, held, k=5))
    for wrong in ("genres", "genres:101", "genres:-1", "nothing_of_ours:2"):
        answer = home.client.get("/me/recommendations", params={"weights": wrong}, headers=held)
        assert answer.status_code == 422, wrong


def test_nobody_gets_the_answer_of_another(home: Home) -> None:
    _, ann = home.member()
    _, bob = home.member()
    rate(home, ann, f348=9)
    rate(home, bob, f194=9)
    anns = home.client.get("/me/recommendations", headers=ann)
    bobs = home.client.get("/me/recommendations", headers=bob)
    assert ids(anns.json()["results"]) != ids(bobs.json()["results"])
    for answer in (anns, bobs):
        assert "etag" not in answer.headers
        assert "private" in answer.headers["cache-control"]
    assert home.client.get("/me/recommendations").status_code == 401
    logged = home.client.get("/metrics").text
    assert "me/recommendations" in logged
    assert str(ALIEN) not in [part for line in logged.splitlines() for part in line.split('"')]


def test_from_an_imported_history_to_films_for_you(home: Home) -> None:
    _, held = home.member()
    before = ids(films(home, held))
    home.client.post("/me/imports", files={"file": ("letterboxd.zip", zipped(ROWS))}, headers=held)
    results = films(home, held, k=10)
    assert ids(results) != before
    assert not {ALIEN, ALIENS, AMELIE, HEAT, DUNE_1984} & set(ids(results))


def test_starters_differ(home: Home) -> None:
    shown = home.client.get("/movies/starters", params={"limit": 12}).json()["films"]
    assert len({film["id"] for film in shown}) == 12
    assert len({genre for film in shown for genre in film["genres"]}) >= 10
    assert all(film["vote_count"] > 1_000 for film in shown)
    answer = home.client.post("/movies/recommend", json={"like": [film["id"] for film in shown[:3]]})
    assert len(answer.json()["results"]) == 10
