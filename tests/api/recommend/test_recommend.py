"""`/movies/recommend` in all its forms, over real films."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.recommend.models import RecommendAnswer
from index.films.series import franchise_of

INTERSTELLAR, ALIEN, SPIRITED_AWAY = 157336, 348, 129


def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    response = client.get("/movies/recommend", params=parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def post(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/movies/recommend", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def ids(answer: dict[str, Any]) -> list[int]:
    return [result["movie"]["id"] for result in answer["results"]]


def test_a_misspelt_title_brings_ten_films(client: TestClient) -> None:
    answer = ask(client, title="interstelar", k=10)
    (resolved,) = answer["query"]["resolved"]
    assert resolved["movie"]["id"] == INTERSTELLAR
    assert resolved["input"] == "interstelar"
    assert 0 < resolved["confidence"] <= 1
    assert len(answer["results"]) == 10
    assert INTERSTELLAR not in ids(answer)
    science_fiction = [r for r in answer["results"] if "Science Fiction" in r["movie"]["genres"]]
    assert len(science_fiction) >= 9
    scores = [result["score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert set(answer) == {
        "query", "generation", "exact", "matching", "took_ms", "degraded", "reasons", "full_score",
        "results",
    }  # fmt: skip
    assert answer["degraded"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"like": [INTERSTELLAR]},
        {"like": ["alien", {"title": "Spirited Away", "year": 2001}], "dislike": [679], "explain": True, "k": 30},
        {"text": "a lonely robot", "weights": {"keywords": 2}, "filters": {"votes_min": 500}, "exact": True},
        {"like": [ALIEN], "filters": {"genres": ["no such genre"]}},
    ],
)
def test_an_answer_is_valid_by_its_model(client: TestClient, body: dict[str, Any]) -> None:
    answer = post(client, **body)
    checked = RecommendAnswer.model_validate(answer, strict=True)
    assert checked.model_dump(mode="json", exclude_unset=True, by_alias=True) == answer
    assert all(("why" in result) == body.get("explain", False) for result in answer["results"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("the godfathr", "The Godfather"),
        ("spirted away", "Spirited Away"),
        ("amelie", "Amélie"),
        ("wall-e", "WALL·E"),
        ("千と千尋の神隠し", "Spirited Away"),
    ],
)
def test_titles_resolve(client: TestClient, typed: str, meant: str) -> None:
    assert ask(client, title=typed)["query"]["resolved"][0]["movie"]["title"] == meant


def test_why_adds_up_and_only_when_asked_for(client: TestClient) -> None:
    plain = ask(client, id=ALIEN)
    assert all("why" not in result for result in plain["results"])
    explained = ask(client, id=ALIEN, explain=True, k=50)
    assert ids(explained)[:10] == ids(plain)
    for result in explained["results"]:
        assert sum(result["why"]["blocks"].values()) == pytest.approx(result["score"], abs=1e-4)
        assert set(result["why"]["shared"]["genres"]) <= set(result["movie"]["genres"])
    assert any(result["why"]["shared"]["keywords"] for result in explained["results"])


@pytest.mark.parametrize("weights", [{}, {"keywords": 3.0, "genres": 0.5}])
def test_no_score_exceeds_that_of_a_film_alike_in_every_part(
    client: TestClient, weights: dict[str, float]
) -> None:
    answer = post(client, like=[157336], weights=weights, explain=True, k=20)
    itself = post(client, like=[157336], weights=weights, candidates=[286217], explain=True)
    assert 0 < answer["results"][0]["score"] <= answer["full_score"] == itself["full_score"]
    assert answer["full_score"] < sum(weights.get(name, 1.0) for name in answer["query"]["weights"])
    assert post(client, like=[157336], weights=weights)["full_score"] is None


def test_get_post_and_path_agree(client: TestClient) -> None:
    got = ask(client, id=ALIEN, k=7, genres="Horror", diversity=0.3)
    posted = post(client, like=[ALIEN], k=7, filters={"genres": ["Horror"]}, diversity=0.3)
    by_path = client.get(
        f"/movies/recommend/{ALIEN}", params={"k": 7, "genres": "Horror", "diversity": 0.3}
    ).json()
    assert got["results"] == posted["results"] == by_path["results"]
    assert len(client.get(f"/movies/recommend/{ALIEN}").json()["results"]) == 5


def test_films_apart_are_explained_as_among_all(client: TestClient) -> None:
    apart = ask(client, id=ALIEN, k=10, franchise="one", explain=True)["results"]
    among = {found["movie"]["id"]: found for found in ask(client, id=ALIEN, k=60, explain=True)["results"]}
    assert [found for found in apart if found["movie"]["id"] in among] == [
        among[found["movie"]["id"]] for found in apart if found["movie"]["id"] in among
    ]
    assert all(sum(found["why"]["blocks"].values()) == pytest.approx(found["score"], abs=1e-4) for found in apart)


@pytest.mark.parametrize("franchise", ["one", "none"])
def test_sequels_can_be_hidden_and_the_list_stays_full(client: TestClient, franchise: str) -> None:
    found = ask(client, id=ALIEN, k=40, franchise=franchise)
    names = [franchise_of(result["movie"]["title"]) for result in found["results"]]
    assert len(names) == len(set(names)) == 40
    assert sum(name in {"alien", "aliens"} for name in names) == (franchise == "one")
    posted = post(client, like=[ALIEN], k=40, franchise=franchise, explain=True)
    assert ids(posted) == ids(found)
    scores = [result["score"] for result in found["results"]]
    assert scores == sorted(scores, reverse=True)


def test_films_apart_can_be_varied(client: TestClient) -> None:
    """The choice is among films of different franchises: a hundred of them once took three seconds."""
    found = ask(client, id=ALIEN, k=40, franchise="none", diversity=0.5, explain=True)
    names = [franchise_of(result["movie"]["title"]) for result in found["results"]]
    assert len(names) == len(set(names)) == 40
    assert not {"alien", "aliens"} & set(names)
    similar = ids(ask(client, id=ALIEN, k=40, franchise="none"))
    assert ids(found)[0] == similar[0]
    assert set(ids(found)) != set(similar)


def test_a_score_is_the_same_whichever_way_it_came(client: TestClient) -> None:
    found = post(client, like=[ALIEN], k=10)
    exact = post(client, like=[ALIEN], k=10, exact=True)
    listed = post(client, like=[ALIEN], k=10, candidates=ids(found))
    assert found["exact"] is False
    assert exact["exact"] is listed["exact"] is True
    scores = {result["movie"]["id"]: result["score"] for result in exact["results"]}
    for result in found["results"]:
        assert scores.get(result["movie"]["id"], result["score"]) == result["score"]
    assert [r["score"] for r in listed["results"]] == [r["score"] for r in found["results"]]


def test_likes_dislikes_text_and_exclusions(client: TestClient) -> None:
    answer = post(
        client,
        like=["Alien", {"title": "Blade Runner", "year": 1982}, SPIRITED_AWAY],
        dislike=["Titanic"],
        text="a lonely robot in space",
        exclude=[679],
        k=20,
    )
    assert [r["movie"]["id"] for r in answer["query"]["resolved"]][:3] == [ALIEN, 78, SPIRITED_AWAY]
    assert answer["query"]["text"] == "a lonely robot in space"
    named = {r["movie"]["id"] for r in answer["query"]["resolved"]}
    assert not (named | {679}) & set(ids(answer))
    assert post(client, text="superhero")["results"]


def test_a_text_without_a_known_word_is_left_out_or_refused(client: TestClient) -> None:
    plain, vague = (post(client, like=[ALIEN], text=text) for text in ("", "qqqq zzzz"))
    assert vague["results"] == plain["results"]
    assert vague["query"]["text"] is None
    for disliked in ([], [ALIEN]):
        refused = client.post("/movies/recommend", json={"text": "qqqq zzzz", "dislike": disliked})
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_query")
        assert "no word of 'qqqq zzzz' is known" in refused.json()["detail"]


def test_weights_are_echoed_and_change_the_list(client: TestClient) -> None:
    answer = post(client, like=[ALIEN], weights={"keywords": 2, "year": 0}, explain=True)
    assert (answer["query"]["weights"]["keywords"], answer["query"]["weights"]["year"]) == (2, 0)
    assert answer["query"]["weights"]["genres"] == 1
    assert all(result["why"]["blocks"]["year"] == 0 for result in answer["results"])
    wrong = client.post("/movies/recommend", json={"like": [ALIEN], "weights": {"colour": 1}})
    assert wrong.status_code == 422
    assert "colour" in wrong.json()["detail"]


def test_filters_never_shorten_the_answer(client: TestClient) -> None:
    answer = ask(client, id=ALIEN, k=100, countries="Japan", year_max=1990)
    assert len(answer["results"]) == min(100, answer["matching"])
    assert all(result["movie"]["year"] <= 1990 for result in answer["results"])
    empty = ask(client, id=ALIEN, genres="Nonsense")
    assert (empty["results"], empty["matching"]) == ([], 0)
    both = ask(client, id=ALIEN, genres=["Horror", "comedy"], genres_all="Animation,Family", k=5)
    assert all({"Animation", "Family"} <= set(result["movie"]["genres"]) for result in both["results"])


def test_unknown_films_are_404_and_name_the_nearest(client: TestClient) -> None:
    missing = client.get("/movies/recommend", params={"title": "qqqqzzzz xxyyzz"})
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["code"] == "not_found"
    assert client.get("/movies/recommend/2147483647").status_code == 404
    assert client.post("/movies/recommend", json={"like": [2147483647]}).status_code == 404


def test_without_ratings_collaborative_is_a_conflict_and_hybrid_is_content(client: TestClient) -> None:
    refused = client.get("/movies/recommend", params={"id": ALIEN, "model": "collaborative"})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_ratings")
    assert ask(client, id=ALIEN, model="hybrid")["results"] == ask(client, id=ALIEN, model="content")["results"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "like"),
        ({"like": []}, "like"),
        ({"like": [True]}, "like"),
        ({"like": [0]}, "like"),
        ({"like": ["Alien"], "k": 0}, "k"),
        ({"like": ["Alien"], "k": 101}, "k"),
        ({"like": ["Alien"], "diversity": 1.5}, "diversity"),
        ({"like": ["Alien"], "unknown": 1}, "unknown"),
        ({"like": ["Alien"], "filters": {"genre": ["x"]}}, "filters.genre"),
        ({"like": ["Alien"], "weights": {"year": -1}}, "weights.year"),
        ({"text": "x" * 2_001}, "text"),
        ({"like": [{"title": "Alien", "yeer": 1979}]}, "yeer"),
    ],
)
def test_bad_bodies_are_422_and_name_the_field(client: TestClient, body: dict[str, Any], field: str) -> None:
    response = client.post("/movies/recommend", json=body)
    assert response.status_code == 422
    document = response.json()
    assert document["status"] == 422
    assert field in document["detail"]
    assert document["errors"]


def test_a_body_that_is_not_json_is_422(client: TestClient) -> None:
    response = client.post("/movies/recommend", content=b"{", headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_weights_of_zero_still_bring_k_films(client: TestClient) -> None:
    blocks = post(client, like=[ALIEN])["query"]["weights"]
    answer = post(client, like=[ALIEN], weights=dict.fromkeys(blocks, 0), k=5)
    assert [result["score"] for result in answer["results"]] == [0] * 5


@pytest.mark.parametrize("title", ["Heat", "Alien", "Inception"])
def test_a_year_that_does_not_fit_does_not_make_a_title_unknown(client: TestClient, title: str) -> None:
    assert ask(client, title=title, year=1931)["query"]["resolved"][0]["movie"]["title"] == title


def read_of(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(piece["kind"], piece["value"], piece["as"]) for piece in answer["query"]["read"]]


def test_what_was_read_can_be_sent_back_changed(client: TestClient) -> None:
    text, fields = "japanese fantasy", {"k": 20, "preset": "likeness", "explain": True}
    soft = post(client, text=text, **fields)
    assert ("language", "ja", "weight") in read_of(soft)
    again = post(client, text=text, read=soft["query"]["read"], **fields)
    assert ids(again) == ids(soft)
    hard = [piece | {"as": "filter"} if piece["kind"] == "language" else piece for piece in soft["query"]["read"]]
    filtered = post(client, text=text, read=hard, **fields)
    assert read_of(filtered) == [(piece["kind"], piece["value"], piece["as"]) for piece in hard]
    assert filtered["matching"] == ask(client, id=SPIRITED_AWAY, languages="ja")["matching"] + 1
    assert all(result["why"]["shared"]["languages"] == [] for result in filtered["results"])
    without = post(client, text=text, read=[piece for piece in hard if piece["words"] != "japanese"], **fields)
    assert without["matching"] == soft["matching"]
    assert ids(without) != ids(soft)
    assert without["query"]["weights"]["votes"] == 0


def test_a_text_compares_with_films(client: TestClient) -> None:
    answer = post(client, text="something like Alien, not like Spirited Away", explain=True)
    assert read_of(answer) == [("like", str(ALIEN), "weight"), ("unlike", str(SPIRITED_AWAY), "weight")]
    assert not {ALIEN, SPIRITED_AWAY} & set(ids(answer))
    assert set(ids(answer)) & set(ids(ask(client, id=ALIEN)))
    assert "Science Fiction" in answer["results"][0]["why"]["shared"]["genres"]
    assert read_of(post(client, text="a man who looks like alien"))[:1] != [("like", str(ALIEN), "weight")]


def test_what_a_text_states_beside_a_keyword_or_a_film_decides(client: TestClient) -> None:
    westerns = post(client, text="revenge western", k=5)
    assert all("Western" in result["movie"]["genres"] for result in westerns["results"])
    french = post(client, text="something like Oldboy, but french")
    assert read_of(french)[0] == ("like", "670", "weight")
    languages = [client.get(f"/movies/{movie_id}").json()["original_language"] for movie_id in ids(french)]
    assert languages.count("fr") >= 8
    assert read_of(post(client, text="like amelie, but korean"))[0] == ("like", "194", "weight")


def test_a_country_whose_language_others_speak_is_a_filter(client: TestClient) -> None:
    for text, country in (("argentine thriller", "Argentina"), ("a drama from Iran", "Iran")):
        answer = post(client, text=text)
        assert answer["results"]
        assert ("country", country, "filter") in read_of(answer)
        assert answer["matching"] == ask(client, title="Alien", countries=country)["matching"]


def test_a_text_leaves_out_keywords(client: TestClient) -> None:
    answer = post(client, text="science fiction without aliens")
    assert ("without keyword", "alien", "filter") in read_of(answer)
    filtered = ask(client, id=SPIRITED_AWAY, without_keywords="alien")
    assert answer["matching"] == filtered["matching"] + 1


@pytest.mark.parametrize(
    "read",
    [
        [{"words": "x", "kind": "colour", "value": "red", "as": "weight"}],
        [{"words": "x", "kind": "period", "value": "soon", "as": "filter"}],
        [{"words": "x", "kind": "language", "value": "ja", "as": "wish"}],
        [{"words": "x"}],
    ],
)
def test_pieces_that_mean_nothing_are_refused(client: TestClient, read: list[dict[str, str]]) -> None:
    refused = client.post("/movies/recommend", json={"text": "a lonely robot", "read": read})
    assert refused.status_code == 422
    assert "read" in refused.text
    assert client.post("/movies/recommend", json={"like": [ALIEN], "read": []}).status_code == 422


def test_a_thousand_likes_dislikes_and_ratings_are_a_taste(client: TestClient) -> None:
    found = client.get("/movies", params={"limit": 100, "sort": "votes"}).json()
    films = [film["id"] for film in found["items"]]
    while len(films) < 3_000:
        found = client.get("/movies", params={"limit": 100, "sort": "votes", "cursor": found["next"]}).json()
        films += [film["id"] for film in found["items"]]
    liked, disliked, rated = films[:1_000], films[1_000:2_000], films[2_000:3_000]
    answer = post(client, like=liked, dislike=disliked, ratings=dict.fromkeys(map(str, rated), 9.0), k=100)
    assert len(answer["query"]["resolved"]) == 2_000
    assert len(answer["results"]) == 100
    assert not set(ids(answer)) & set(films)
