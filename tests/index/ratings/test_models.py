"""Models of ratings: what they compute, and that they find tastes that are there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.ratings import models
from index.ratings.cold import cold_start
from index.ratings.evaluation import strong_generalisation
from index.ratings.judging import BANDS, Judge
from index.ratings.measures import MOST_LIKES, Opinions, divided, ndcg, opinions, ranked, recall
from index.ratings.models import Factors, FactorShape, ItemItem, Model, PureSvd, standardised
from index.ratings.search import Tuner, folds_of

GROUPS = 4


def tastes(users: int, films: int, seed: int = 0) -> tuple[csr_array, NDArray[np.float32]]:
    """Users who mostly like films of their own group, with fame beside it, and content that shows the group."""
    random = np.random.default_rng(seed)
    fame = 1 / (1 + np.arange(films) // GROUPS) ** 0.5
    same = (np.arange(users)[:, None] % GROUPS) == (np.arange(films) % GROUPS)
    chance = np.clip(fame * np.where(same, 0.7, 0.12), 0, 1)
    likes = csr_array((random.random((users, films)) < chance).astype(np.float32))
    content = np.eye(GROUPS, dtype=np.float32)[np.arange(films) % GROUPS]
    noise = 0.3 * random.standard_normal((films, GROUPS)).astype(np.float32)
    return likes, content + noise


def test_edlae_is_the_regression_that_it_says() -> None:
    likes, content = tastes(30, 24)
    seen, _ = tastes(30, 24, seed=1)
    for sides, weight in ((None, 0.0), (content, 0.5)):
        rows = np.concatenate([likes.toarray(), (2 * weight) ** 0.5 * seen.toarray()])
        rows = rows if sides is None else np.concatenate([rows, weight**0.5 * sides.T])
        penalties = 3.0 + 0.25 / 0.75 * likes.toarray().sum(axis=0)
        model = ItemItem.edlae(likes, 3.0, 0.25, seen, 2 * weight, sides, weight)
        assert isinstance(model, ItemItem)
        for film in (0, 7):
            others = np.delete(np.arange(24), film)
            system = rows[:, others].T @ rows[:, others] + np.diag(penalties[others])
            expected = np.linalg.solve(system, rows[:, others].T @ rows[:, film])
            np.testing.assert_allclose(model.weights[others, film], expected, atol=1e-4)
            assert model.weights[film, film] == 0


def test_few_users_are_solved_by_users_with_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    likes, content = tastes(20, 60)
    seen, _ = tastes(20, 60, seed=1)
    for sides, weight in ((None, 0.0), (content, 0.5)):
        scores = []
        for dual in (0.0, 9.0):
            monkeypatch.setattr(models, "DUAL", dual)
            scores.append(ItemItem.edlae(likes, 5.0, 0.3, seen, weight, sides, weight).scores(likes))
        np.testing.assert_allclose(scores[0], scores[1], atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(0, 9))
def test_a_folded_vector_solves_the_normal_equations(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = FactorShape(dim=8, unobserved=0.2, penalty=0.01)
    factors = Factors.turned(random.standard_normal((40, 8)).astype(np.float32), shape)
    liked_films = np.sort(random.permutation(40)[:count])
    grades = random.uniform(0.5, 1, count).astype(np.float32)
    likes = csr_array((grades, liked_films, [0, count]), shape=(1, 40))
    penalty = factors.penalties(np.array([count]))
    some, everything = factors.vectors[liked_films], factors.vectors
    system = some.T @ some + 0.2 * everything.T @ everything + penalty * np.eye(8)
    expected = np.linalg.solve(system.astype(np.float64), some.T @ grades)
    np.testing.assert_allclose(factors.folded(likes, penalty)[0], expected, atol=1e-3)


def test_models_find_tastes_that_popularity_does_not() -> None:
    likes, content = tastes(400, 120)
    train, test = likes[:300], likes[300:]
    known, sought = divided(test, np.random.default_rng(0))
    popular = np.nanmean(ndcg(ranked(models.Popularity.fit(train).scores(known), known, 20), sought))
    for model in (
        ItemItem.ease(train, 50.0),
        ItemItem.edlae(train, 50.0, 0.3),
        ItemItem.neighbours(train),
        PureSvd.fit(train, 4),
        Factors.fit(train, FactorShape(8)),
    ):
        assert np.nanmean(ndcg(ranked(model.scores(known), known, 20), sought)) > popular + 0.05
    cold = cold_start(Opinions(train, train), test, content, np.random.default_rng(0))
    assert min(np.nanmean(cold["iALS"]), np.nanmean(cold["hybrid, kernel"])) > 0.5


def test_measures_by_hand() -> None:
    given_likes = csr_array(np.array([[1.0, 0, 0, 0, 0], [0, 0, 1, 0, 0]]))
    held = csr_array(np.array([[0.0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]))
    best = ranked(np.array([[9, 1, 4, 3, 2], [1, 2, 3, 4, 5]], np.float32), given_likes, 3)
    assert best.tolist() == [[2, 3, 4], [4, 3, 1]]
    assert recall(best, held)[0] == 0.5
    assert ndcg(best, held)[0] == pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert np.isnan(recall(best, held)[1])


def test_likes_are_four_stars_by_users_with_five_and_all_they_rated_is_seen() -> None:
    users = np.repeat([3, 5, 7], [6, 5, 5])
    films = np.concatenate([np.arange(6), np.arange(5), np.arange(5)]) * 10
    tenths = np.concatenate([[100, 80, 80, 90, 80, 79], [80] * 5, [80, 80, 80, 80, 70]])
    found, columns = opinions(users, films, tenths)
    assert columns.tolist() == [0, 10, 20, 30, 40]
    assert found.likes.toarray().tolist() == [[1] * 5, [1] * 5]
    known, sought = divided(found.likes, np.random.default_rng(0))
    assert (known + sought).toarray().tolist() == found.likes.toarray().tolist()
    assert np.diff(sought.indptr).tolist() == [1, 1]
    found, columns = opinions(np.repeat([3, 5], [6, 6]), np.tile(np.arange(6), 2), np.array([80] * 11 + [30]))
    assert found.likes.toarray()[1].tolist() == [1, 1, 1, 1, 1, 0]
    assert found.seen.toarray()[1].tolist() == [1] * 6
    np.testing.assert_allclose(found.graded(0.4).toarray()[1], [1, 1, 1, 1, 1, 0.4])
    assert found.graded(0) is found.likes
    assert found.without(np.arange(6) == 5).on(np.array([0, 5])).seen.toarray().tolist() == [[1, 0], [1, 0]]


def test_what_is_seen_and_not_liked_tells_what_others_like() -> None:
    """Of the films that people watch they like a third, whichever: only all they watch shows the groups well."""
    seen, _ = tastes(300, 160)
    likes = seen.copy()
    likes.data = (np.random.default_rng(1).random(likes.nnz) < 0.33).astype(np.float32)
    likes.eliminate_zeros()
    said = Opinions(likes, seen)
    train, (known, sought) = said.of(slice(200)), divided(likes[200:], np.random.default_rng(0))

    def found(model: Model) -> float:
        return float(np.nanmean(ndcg(ranked(model.scores(known), known, 20), sought)))

    between = [ItemItem.edlae(train.likes, 50.0, 0.3, train.seen, weight) for weight in (0.0, 0.5)]
    factors = [Factors.fit(train.graded(low), FactorShape(8)) for low in (0.0, 0.5)]
    for alone, both in (between, factors):
        assert found(both) > found(alone) + 0.01


def test_one_with_a_hundred_thousand_ratings_outweighs_nobody() -> None:
    random = np.random.default_rng(0)
    others = np.concatenate([10 + 40 * random.permutation(400)[:50] for _ in range(40)])
    users = np.concatenate([np.zeros(100_000, np.int64), np.repeat(np.arange(1, 41), 50)])
    films = np.concatenate([np.arange(100_000), others])
    found, columns = opinions(users, films, np.full(len(users), 90))
    counts = np.diff(found.likes.indptr)
    assert counts[0] == MOST_LIKES
    assert (counts[1:] == 50).all()
    assert set(others.tolist()) <= set(columns.tolist())


def test_equal_scores_have_no_spread() -> None:
    assert standardised(np.array([[2, 2], [0, 4]], np.float32)).tolist() == [[0, 0], [-1, 1]]


class Fixed:
    """A model that scores the same for every user."""

    def __init__(self, *scores: float) -> None:
        self._scores = np.array(scores, np.float32)

    def scores(self, likes: csr_array) -> NDArray[np.float32]:
        return np.tile(self._scores, (likes.shape[0], 1))


def test_lists_are_measured_by_hand() -> None:
    # Of ten likes the first film has three, the second and third two each, and the others one.
    train = csr_array(np.array([[1.0, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 1]]))
    known, sought = (csr_array(np.array([each])) for each in ([0.0, 1, 0, 0, 0, 0], [0.0, 0, 0, 1, 0, 0]))
    content = np.eye(6, dtype=np.float32)
    content[4] = content[5]
    judge = Judge.of(known, sought, train, content, seed=0)
    assert judge.among[0, 0] in (1, 3)
    assert set(judge.among[0, 1:].tolist()) == {0, 2, 4, 5}
    found = judge.measured(Fixed(6, 1, 5, 4, 3, 2))
    assert found["ndcg_100"][0] == pytest.approx(1 / np.log2(4))
    assert np.isnan(found["well_known_ndcg_100"][0])
    assert found["little_known_ndcg_100"][0] == pytest.approx(1 / np.log2(3))
    assert found["less_known_ndcg_100"][0] == pytest.approx(1 / np.log2(3))
    assert [found[f"{band}_20"] for band in BANDS] == [pytest.approx(n / 6) for n in (1, 1, 4)]
    assert found["variety_20"] == pytest.approx(1 - 2 / 30)
    better = 4 if judge.among[0, 0] == 1 else 2
    assert found["one_hit_10"].tolist() == [1]
    assert found["one_ndcg_10"][0] == pytest.approx(1 / np.log2(better + 2))


def test_of_blends_that_differ_by_chance_the_usual_one_is_taken() -> None:
    likes, _ = tastes(60, 20)
    tuner = Tuner(folds_of(Opinions(likes, likes), np.random.default_rng(0)), 0.0)
    assert sum(fold.given.shape[0] for fold in tuner.folds) == 60  # few users are all held out, in turn
    judged = {0.0: 0.2, 0.3: 0.2995, 0.6: 0.2999, 1.0: 0.3}
    assert tuner.best_of("blend", "share", judged, judged.__getitem__) == 1.0
    assert tuner.best_of("blend", "share", judged, judged.__getitem__, 0.5) == 0.6
    assert tuner.best_of("blend", "share", judged, judged.__getitem__, 0.0) == 0.3


def test_the_comparison_names_every_model_and_repeats() -> None:
    likes, content = tastes(120, 48)
    said = Opinions(likes, likes)
    found = strong_generalisation(said, content, seeds=1)
    assert list(found["tables"]) == ["50", "all"]
    names = "popularity item-kNN PureSVD EASE EDLAE iALS EDLAE, seen iALS, seen CEASE ensemble content hybrid"
    for table in found["tables"].values():
        assert " ".join(table) == names
        assert table["hybrid"]["ndcg_100"][0] > table["popularity"]["ndcg_100"][0]
    assert found == strong_generalisation(said, content, seeds=1)
    assert set(found["cold"]) == {"content", "EDLAE", "iALS", "ensemble", "hybrid", "hybrid, kernel"}
