"""Franchises by title, and one film of each first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.answer.diversity import apart, diversified
from index.films.series import franchise_of, same_franchise
from index.spaces.neighbours import Neighbours
from tests.support.spaces import exact_space


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Godfather", "The Godfather Part III"),
        ("Rocky", "Rocky IV"),
        ("Kill Bill: Vol. 1", "Kill Bill: Vol. 2"),
        ("Harry Potter and the Deathly Hallows: Part 1", "Harry Potter and the Deathly Hallows: Part 2"),
        ("Star Wars", "Star Wars: Episode I - The Phantom Menace"),
        ("Mission: Impossible II", "Mission: Impossible - Fallout"),
        ("Alien", "Alien³"),
        ("Harry Potter and the Goblet of Fire", "Harry Potter and the Half-Blood Prince"),
    ],
)
def test_sequels_share_a_franchise(one: str, other: str) -> None:
    assert franchise_of(one) == franchise_of(other)


@pytest.mark.parametrize(("one", "other"), [("Alien", "Arrival"), ("9", "8½"), ("V/H/S", "M"), ("Heat", "Her")])
def test_other_films_do_not(one: str, other: str) -> None:
    assert franchise_of(one) != franchise_of(other)


def test_one_of_a_franchise_comes_first_and_the_others_last() -> None:
    space = exact_space(np.eye(6)[:, :5] + 0.1)
    found = Neighbours(np.arange(6), np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), exact=True)
    chosen = diversified(space, found, 6, 0.01, ["a", "a", "b", "a", "c", "b"])
    assert chosen.rows.tolist()[:3] == [0, 2, 4]
    assert sorted(chosen.rows.tolist()) == list(range(6))
    assert diversified(space, found, 2, 0.01, ["a"] * 6).rows.tolist()[0] == 0


def test_nothing_found_stays_nothing() -> None:
    space = exact_space(np.eye(2))
    nothing = Neighbours(np.empty(0, np.int64), np.empty(0), exact=True)
    assert len(diversified(space, nothing, 5, 0.5, []).rows) == 0


def test_titles_apart_are_of_different_franchises_and_not_of_those_named() -> None:
    titles = ["Aliens", "Predator", "Predators", "Shrek the Third", "Shrek", "Heat", "Alien: Covenant"]
    assert apart(titles, ["Alien"], 9) == [1, 3, 5]
    assert apart(titles, [], 9) == [0, 1, 3, 5]
    assert apart(titles, [], 2) == [0, 1]


NAMES = st.lists(
    st.sampled_from(["alien", "aliens", "princess", "princes", "bride", "of", "s", "9"]), min_size=1, max_size=3
)


@given(titles=st.lists(NAMES.map(" ".join), max_size=12), k=st.integers(1, 5))
def test_titles_apart_are_those_that_no_comparison_finds_alike(titles: list[str], k: int) -> None:
    kept: list[int] = []
    for place, title in enumerate(titles):
        names = [franchise_of(titles[other]) for other in kept]
        if len(kept) < k and not any(same_franchise(franchise_of(title), name) for name in names):
            kept.append(place)
    assert apart(titles, [], k) == kept
