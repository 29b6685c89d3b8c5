"""Models of ratings: what they compute, and that they find tastes that are there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.ratings import models
from index.ratings.evaluation import strong_generalisation
from index.ratings.measures import cold_start, divided, liked, ndcg, ranked, recall
from index.ratings.models import Factors, FactorShape, ItemItem, PureSvd, standardised

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
    for sides, weight in ((None, 0.0), (content, 0.5)):
        rows = likes.toarray() if sides is None else np.concatenate([likes.toarray(), weight**0.5 * sides.T])
        penalties = 3.0 + 0.25 / 0.75 * likes.toarray().sum(axis=0)
        model = ItemItem.edlae(likes, 3.0, 0.25, sides, weight)
        assert isinstance(model, ItemItem)
        for film in (0, 7):
            others = np.delete(np.arange(24), film)
            system = rows[:, others].T @ rows[:, others] + np.diag(penalties[others])
            expected = np.linalg.solve(system, rows[:, others].T @ rows[:, film])
            np.testing.assert_allclose(model.weights[others, film], expected, atol=1e-4)
            assert model.weights[film, film] == 0


def test_few_users_are_solved_by_users_with_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    likes, content = tastes(20, 60)
    for sides, weight in ((None, 0.0), (content, 0.5)):
        scores = []
        for dual in (0.0, 9.0):
            monkeypatch.setattr(models, "DUAL", dual)
            scores.append(ItemItem.edlae(likes, 5.0, 0.3, sides, weight).scores(likes))
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
    cold = cold_start(train, test, content, np.random.default_rng(0))
    assert np.nanmean(cold["iALS"]) > 0.5


def test_measures_by_hand() -> None:
    given_likes = csr_array(np.array([[1.0, 0, 0, 0, 0], [0, 0, 1, 0, 0]]))
    held = csr_array(np.array([[0.0, 1, 1, 0, 0], [0, 0, 0, 0, 0]]))
    best = ranked(np.array([[9, 1, 4, 3, 2], [1, 2, 3, 4, 5]], np.float32), given_likes, 3)
    assert best.tolist() == [[2, 3, 4], [4, 3, 1]]
    assert recall(best, held)[0] == 0.5
    assert ndcg(best, held)[0] == pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert np.isnan(recall(best, held)[1])


def test_likes_are_four_stars_by_users_with_five() -> None:
    users = np.repeat([3, 5, 7], [6, 5, 5])
    films = np.concatenate([np.arange(6), np.arange(5), np.arange(5)]) * 10
    tenths = np.concatenate([[100, 80, 80, 90, 80, 79], [80] * 5, [80, 80, 80, 80, 70]])
    likes, columns = liked(users, films, tenths)
    assert columns.tolist() == [0, 10, 20, 30, 40]
    assert likes.toarray().tolist() == [[1] * 5, [1] * 5]
    known, sought = divided(likes, np.random.default_rng(0))
    assert (known + sought).toarray().tolist() == likes.toarray().tolist()
    assert np.diff(sought.indptr).tolist() == [1, 1]


def test_equal_scores_have_no_spread() -> None:
    assert standardised(np.array([[2, 2], [0, 4]], np.float32)).tolist() == [[0, 0], [-1, 1]]


def test_the_comparison_names_every_model_and_repeats() -> None:
    likes, content = tastes(120, 48)
    found = strong_generalisation(likes, content, seeds=1)
    assert list(found["tables"]) == ["50", "all"]
    names = "popularity item-kNN PureSVD EASE EDLAE iALS CEASE ensemble content hybrid".split()
    for table in found["tables"].values():
        assert list(table) == names
        assert table["hybrid"]["ndcg_100"][0] > table["popularity"]["ndcg_100"][0]
    assert found == strong_generalisation(likes, content, seeds=1)
    assert set(found["cold"]) == {"content", "EDLAE", "iALS", "ensemble", "hybrid"}
