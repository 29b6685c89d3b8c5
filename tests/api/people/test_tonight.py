"""One film for this evening: the same for the same seed, others for the next, and none that was seen."""

from __future__ import annotations

from typing import Any

from api.people.tonight import TonightAnswer
from tests.api.home import Home
from tests.support.histories import ALIEN, AMELIE


def films(home: Home, held: dict[str, str] | None = None, **asked: Any) -> list[dict[str, Any]]:
    answer = home.client.get("/movies/tonight", params=asked, headers=held or {})
    assert answer.status_code == 200, answer.text
    TonightAnswer.model_validate(answer.json())
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def ids(results: list[dict[str, Any]]) -> list[int]:
    return [result["movie"]["id"] for result in results]


def test_a_seed_gives_the_same_and_the_next_another(home: Home) -> None:
    shown = [ids(films(home, seed=seed, text="a funny crime film")) for seed in (7, 7, 8, 9)]
    assert shown[0] == shown[1]
    assert len({movie_id for some in shown[1:] for movie_id in some}) == 9
    seed = home.client.get("/movies/tonight").json()["seed"]
    assert ids(films(home, seed=seed)) == ids(films(home, seed=seed))


def test_it_fits_into_the_minutes_and_the_filters(home: Home) -> None:
    for seed in range(3):
        results = films(home, seed=seed, minutes=95, year_min=1990)
        assert len(results) == 3
        assert all(45 <= film["movie"]["runtime"] <= 95 and film["movie"]["year"] >= 1990 for film in results)
    assert len(films(home, seed=1, minutes=60)) == 3


def test_a_members_taste_counts_and_nothing_seen_comes(home: Home) -> None:
    _, held = home.member()
    home.client.post("/me/ratings", json={"ratings": {str(ALIEN): 9}}, headers=held)
    own = [film for seed in range(5) for film in films(home, held, seed=seed)]
    kin = sum(bool({"Science Fiction", "Horror"} & set(film["movie"]["genres"])) for film in own)
    assert kin >= 12
    home.client.post("/me/watched", json={"add": ids(own)}, headers=held)
    later = [film for seed in range(5) for film in films(home, held, seed=seed)]
    assert not set(ids(own)) & set(ids(later))
    assert home.client.get("/movies/tonight", headers={"Authorization": "Bearer guessed"}).status_code == 401


def test_a_mood_holds_against_a_long_history(home: Home) -> None:
    _, held = home.member()
    grim = {"genres": "Horror,Thriller", "without_genres": "Comedy", "sort": "votes", "limit": 60}
    watched = home.client.get("/movies", params=grim).json()["items"]
    home.client.post("/me/ratings", json={"ratings": {str(film["id"]): 9 for film in watched}}, headers=held)
    own = [
        film["movie"]["genres"] for seed in range(5) for film in films(home, held, seed=seed, text="funny comedy")
    ]
    assert sum("Comedy" in genres for genres in own) >= 12


def test_company_counts_and_has_seen_nothing_of_it(home: Home) -> None:
    _, ann = home.member()
    _, bob = home.member()
    home.client.post("/me/ratings", json={"ratings": {str(ALIEN): 9}}, headers=ann)
    home.client.post("/me/ratings", json={"ratings": {str(AMELIE): 9}}, headers=bob)
    code = home.client.post("/me/taste-code", headers=bob).json()["code"]
    both = films(home, ann, seed=1, company=code, text="something funny")
    assert len(both) == 3
    home.client.post("/me/watched", json={"add": ids(both)}, headers=bob)
    assert not set(ids(both)) & set(ids(films(home, ann, seed=1, company=code, text="something funny")))
    assert home.client.get("/movies/tonight", params={"company": "x" * 22}).status_code == 404
