"""What ratings add to recommendations: tastes, unrated films, one list from both worlds, and its reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from contract import Filters, Model
from index.answer.recommend import Answer, Question, Recommender
from index.encode.blocks import DEFAULT
from index.errors import BadQueryError
from index.films.summaries import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Generation
from index.generation.overlay import Overlay
from index.generation.publish import Generations
from index.ratings.measures import Rated
from index.ratings.model import MANY, RATINGS
from index.spaces.space import CONTENT
from index.spaces.view import View
from tests.support.films import make_films, topic_of
from tests.support.tastes import of_topics

FILMS, RATED = 600, 300
BOTH = (Model.COLLABORATIVE, Model.HYBRID)
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def built(root: Path, films: int, ratings: Rated) -> Generation:
    generations = Generations(root)
    with generations.building() as folder:
        GenerationBuilder(folder, DEFAULT, "test").build(make_films(films).to_batches(), ratings=ratings)
        generations.publish(folder)
    return Generation.open(generations.current())


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Films of four topics, half of them rated by people who like one topic."""
    return built(tmp_path_factory.mktemp("rated"), FILMS, of_topics(RATED))


def edited(generation: Generation) -> View:
    """Film 5 has another title, film 9 is gone, and film 9,002 is new."""
    films = {film["id"]: film for film in make_films(FILMS).to_pylist()}
    written = [films[5] | {"title": "Renamed"}, films[24] | {"id": 9_002, "title": "New"}]
    table = pa.Table.from_pylist(written, schema=FILM_SCHEMA)
    return Overlay.over(generation).with_edits(1, dict.fromkeys((5, 9, 9_002), NOW), table).view


@pytest.fixture(params=["as built", "edited"])
def view(request: pytest.FixtureRequest, rated: Generation) -> View:
    return rated if request.param == "as built" else edited(rated)


def rows(view: View, *movie_ids: int) -> tuple[int, ...]:
    return tuple(row for movie_id in movie_ids if (row := view.films.row_of(movie_id)) is not None)


def ids(view: View, answer: Answer) -> list[int]:
    return [film["id"] for film in view.films.summaries([film.row for film in answer.films])]


@pytest.mark.parametrize("model", BOTH)
def test_a_taste_brings_films_of_its_topic_rated_or_not(view: View, model: Model) -> None:
    liked = rows(view, 1, 5, 13, 17)
    answer = Recommender(view).recommend(Question(likes=liked, dislikes=rows(view, 2), model=model, k=20))
    found = ids(view, answer)
    assert sum(topic_of(movie_id) == topic_of(1) for movie_id in found) >= 17
    assert not {1, 2, 5, 13, 17} & set(found)
    unrated = Recommender(view).recommend(
        Question(likes=liked, model=model, k=20, candidates=rows(view, *range(RATED + 1, FILMS + 1)))
    )
    assert len(unrated.films) == 20
    assert sum(topic_of(movie_id) == topic_of(1) for movie_id in ids(view, unrated)) >= 15


@pytest.mark.parametrize("model", BOTH)
@pytest.mark.parametrize(
    "filters", [Filters(), Filters(year_min=2000), Filters(genres=("Horror",), votes_min=900)]
)
def test_a_score_is_the_same_however_it_is_found(view: View, model: Model, filters: Filters) -> None:
    question = Question(
        likes=rows(view, 1, 5, 13), dislikes=rows(view, 3), ratings=dict.fromkeys(rows(view, 450), 7.5),
        filters=filters, model=model, k=30,
    )  # fmt: skip
    found, exact = (
        Recommender(view).recommend(each) for each in (question, Question(**{**vars(question), "exact": True}))
    )
    assert exact.exact
    assert found.films == exact.films
    assert found.matching == exact.matching
    again = Recommender(view).recommend(
        Question(**{**vars(question), "candidates": tuple(film.row for film in reversed(found.films))})
    )
    assert again.films == found.films
    everything = Recommender(view).recommend(Question(**{**vars(question), "k": 2 * FILMS}))
    assert len(everything.films) == everything.matching == found.matching


def test_content_decides_about_films_that_few_people_rated(view: View) -> None:
    unrated = Question(likes=rows(view, 409, 417, 421), k=15)
    of_content, of_both = (
        Recommender(view).recommend(Question(**{**vars(unrated), "model": model}))
        for model in (Model.CONTENT, Model.HYBRID)
    )
    assert ids(view, of_both) == ids(view, of_content)

    def part_of_ratings(*liked: int) -> float:
        answer = Recommender(view).recommend(Question(likes=rows(view, *liked), model=Model.HYBRID, k=15))
        parts = [(sum((film.films or {}).values()), film.score) for film in answer.films]
        return sum(part for part, _ in parts) / sum(score for _, score in parts)

    # Films of one topic: the first are known to most people, those from 401 on were never rated.
    assert part_of_ratings(5, 13, 17) > part_of_ratings(5, 13, 417) > part_of_ratings(5, 409, 417) > 0


def test_the_reasons_add_up_to_the_score(view: View) -> None:
    liked, unrated = rows(view, 1, 5, 13), rows(view, 450)
    for model, weights in ((Model.COLLABORATIVE, {}), (Model.HYBRID, {}), (Model.HYBRID, {"genres": 3.0})):
        question = Question(likes=(*liked, *unrated), dislikes=rows(view, 3), weights=weights, model=model, k=60)
        for film in Recommender(view).recommend(question).films:
            assert film.films is not None
            assert sum(film.blocks.values()) + sum(film.films.values()) == pytest.approx(film.score, abs=1e-6)
            assert set(film.films) == {*liked, *unrated, *rows(view, 3)}
            assert bool(film.blocks) is (model is Model.HYBRID)


def test_many_likes_are_regressed_on_what_films_are(rated: Generation) -> None:
    model, space = rated.ratings, rated.spaces[CONTENT]
    assert model is not None
    dim = len(model.content_inverse)
    assert MANY < dim < len(model.rows)
    for count in (MANY, dim + 1):
        rows = model.rows[:count]
        values = np.where(np.arange(count) % 5, 1.0, -0.25)
        vectors = space.double(rows)
        system = model.parts.content_gram + vectors.T @ vectors
        taste = model.taste(rows, values, space)
        np.testing.assert_allclose(taste.folded(vectors), np.linalg.solve(system, vectors.T @ values), atol=1e-4)
    liked = rows_of_topic(rated, 1, MANY)
    question = Question(likes=liked, model=Model.HYBRID, k=20)
    answer = Recommender(rated).recommend(question)
    assert sum(topic_of(movie_id) == topic_of(1) for movie_id in ids(rated, answer)) >= 17
    for film in answer.films:
        assert sum(film.blocks.values()) + sum((film.films or {}).values()) == pytest.approx(film.score, abs=1e-6)


def rows_of_topic(view: View, movie_id: int, count: int) -> tuple[int, ...]:
    return rows(view, *(film for film in range(1, RATED) if topic_of(film) == topic_of(movie_id)))[:count]


def test_a_grade_says_how_much_a_film_counts(rated: Generation) -> None:
    recommender = Recommender(rated)
    one, other = rows(rated, 1, 2)

    def topics(ratings: dict[int, float]) -> list[str]:
        answer = recommender.recommend(Question(ratings=ratings, model=Model.HYBRID, k=20))
        return [topic_of(movie_id) for movie_id in ids(rated, answer)]

    likes = recommender.recommend(Question(likes=(one, other), model=Model.HYBRID, k=20))
    graded = recommender.recommend(Question(ratings={one: 9.0, other: 8.0}, model=Model.HYBRID, k=20))
    assert graded.films == likes.films
    assert topics({one: 10, other: 6.5}).count(topic_of(1)) > topics({one: 6.5, other: 10}).count(topic_of(1))
    assert one not in [film.row for film in likes.films]
    indifferent = recommender.recommend(Question(likes=(one, other), ratings={7: 6.0}, model=Model.HYBRID, k=20))
    assert [film.score for film in indifferent.films if film.row != 7][:15] == [
        film.score for film in likes.films if film.row != 7
    ][:15]


def test_one_film_is_asked_about_its_likeness(rated: Generation) -> None:
    recommender = Recommender(rated)
    for row in rows(rated, 1, 2, 450):
        hybrid, content = (
            recommender.recommend(Question(likes=(row,), model=model)) for model in (Model.HYBRID, Model.CONTENT)
        )
        assert hybrid.films == content.films
        asked = Question(likes=(row,), model=Model.COLLABORATIVE, explain=False)
        assert recommender.known(asked) is None
        assert recommender.recommend(asked).films


def test_a_text_is_read_by_content(rated: Generation) -> None:
    recommender = Recommender(rated)
    hybrid, content = (
        recommender.recommend(Question(text="ghost house", model=model)) for model in (Model.HYBRID, Model.CONTENT)
    )
    assert hybrid.films == content.films
    with pytest.raises(BadQueryError, match="ratings say nothing of a text"):
        recommender.recommend(Question(text="ghost house", model=Model.COLLABORATIVE))
    liked = rows(rated, 1, 5)
    with_text = recommender.recommend(Question(likes=liked, text="ghost house", model=Model.HYBRID, k=30))
    assert with_text.films != recommender.recommend(Question(likes=liked, model=Model.HYBRID, k=30)).films


def test_diversity_and_franchises_apply(rated: Generation) -> None:
    liked = rows(rated, 1, 5, 13)
    for diversity in (0.0, 0.7):
        answer = Recommender(rated).recommend(
            Question(likes=liked, model=Model.HYBRID, k=10, diversity=diversity, franchise="none")  # type: ignore[arg-type]
        )
        assert len({film.row for film in answer.films}) == 10


@pytest.mark.parametrize(
    ("ratings", "why"),
    [
        (Rated(*(column[:10] for column in of_topics(RATED))), "of 1 users only 0 like 5 films or more"),
        (
            Rated(np.zeros(50, np.int32), np.arange(1, 51, dtype=np.int32), np.full(50, 80, np.uint8)),
            "all 50 ratings are equal",
        ),
        (Rated(*(column[of_topics(RATED).users == 4] for column in of_topics(RATED))), "of 1 users only 1 like"),
    ],
)
def test_where_nothing_can_be_learned_content_goes_on(ratings: Rated, why: str, tmp_path: Path) -> None:
    generation = built(tmp_path, 60, ratings)
    assert generation.manifest.ratings is not None
    assert why in generation.manifest.ratings.problem
    assert generation.ratings is None
    assert RATINGS not in generation.spaces
    recommender = Recommender(generation)
    hybrid, content = (
        recommender.recommend(Question(likes=(1, 2), model=model)) for model in (Model.HYBRID, Model.CONTENT)
    )
    assert hybrid.films == content.films
    with pytest.raises(BadQueryError, match="no model of ratings"):
        recommender.recommend(Question(likes=(1, 2), model=Model.COLLABORATIVE))


def test_the_manifest_says_what_was_tried(rated: Generation) -> None:
    learned = rated.manifest.ratings
    assert learned is not None
    assert learned.users == len(set(of_topics(RATED).users.tolist()))
    assert learned.films == rated.manifest.spaces[RATINGS].rows <= RATED
    names = {str(each["model"]) for each in learned.tried}
    assert {"iALS", "CEASE", "ensemble", "map from content", "content beside few likes"} <= names
    assert rated.ratings is not None
    assert rated.ratings.size_bytes > 0
