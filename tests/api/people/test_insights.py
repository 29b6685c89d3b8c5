"""What a history tells: names, years, the crowd, what was given up and what was missed."""

from __future__ import annotations

import pytest

from tests.api.home import Home
from tests.support.histories import ALIEN, ALIENS, AMELIE, HEAT, LETTERBOXD, THING


def test_a_history_tells_what_one_watches(home: Home) -> None:
    _, held = home.member()
    ratings = {ALIEN: 10, ALIENS: 9, THING: 9.5, AMELIE: 2}
    home.client.post("/me/ratings", json={"ratings": {str(i): r for i, r in ratings.items()}}, headers=held)
    home.client.post("/me/not-interested", json={"add": [HEAT]}, headers=held)
    diary = f"{LETTERBOXD},Rating,Rewatch,Tags,Watched Date\n2019-03-10,Alien,1979,x,,,,2019-03-09\n"
    home.client.post("/me/imports", files={"file": ("diary.csv", diary)}, headers=held)
    told = home.client.get("/me/insights", headers=held).json()
    assert (told["seen"], told["rated"]) == (4, 4)
    genres = {share["name"]: share for share in told["genres"]}
    assert (genres["Science Fiction"]["films"], genres["Science Fiction"]["rating"]) == (3, 9.5)
    assert told["genres"][0]["films"] == max(share["films"] for share in told["genres"])
    assert {share["name"]: share["films"] for share in told["decades"]} == {"1980s": 2, "1970s": 1, "2000s": 1}
    assert {share["name"]: share["films"] for share in told["languages"]} == {"en": 3, "fr": 1}
    assert told["ratings"] == {"2.0": 1, "9.0": 1, "9.5": 1, "10.0": 1}
    assert (told["over_time"][0]["year"], told["over_time"][0]["films"]) == (2019, 1)
    assert told["over_time"][-1]["films"] == 3
    compared = told["compared"]
    assert [film["movie"]["id"] for film in compared["lower"]] == [AMELIE]
    assert compared["higher"][0]["apart"] == max(film["apart"] for film in compared["higher"])
    assert compared["alike"][0]["apart"] == min((film["apart"] for film in compared["alike"]), key=abs)
    amelie = compared["lower"][0]
    assert amelie["apart"] == pytest.approx(2 - amelie["movie"]["vote_average"], abs=1e-3)
    assert [film["id"] for film in told["given_up"]] == [HEAT]
    spots = {film["id"] for film in told["blind_spots"]}
    assert len(spots) == 10
    assert not spots & set(ratings)
    own = {share["name"] for share in told["genres"] if share["films"] >= 3}
    assert all(own & set(film["genres"]) for film in told["blind_spots"])


def test_nobody_without_a_history_is_told_anything(home: Home) -> None:
    _, held = home.member()
    told = home.client.get("/me/insights", headers=held).json()
    assert (told["seen"], told["genres"], told["over_time"], told["blind_spots"]) == (0, [], [], [])
    assert told["compared"]["correlation"] is None
    assert home.client.get("/me/insights").status_code == 401
