"""The table of nearest neighbours: it answers as a search does, and finds what searches missed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.engines.base import Location
from index.engines.ivfpq import IvfPqIndex
from index.engines.vectors import StoredVectors, Vectors
from index.errors import DamagedGenerationError
from index.films.filters import Allowed
from index.generation.table_builder import NO_SCORE, build_table, with_mutual
from index.generation.tuning import recall_at_k
from index.spaces.neighbours import FILE, MISSING, UNIT, WIDTH, NeighbourTable
from index.spaces.space import RowMap, VectorSpace
from tests.support.spaces import NOWHERE, clustered, exact_space

DIM = 24


def tabled(space: VectorSpace, films: NDArray[np.int32] | None = None) -> VectorSpace:
    """The same space with its table, of some films if any are given."""
    rows = None if films is None else RowMap(films)
    return VectorSpace(space.name, space.vectors, space.engine, rows=rows, table=build_table(space))


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 90),
    k=st.integers(1, WIDTH + 5),
    share=st.sampled_from([0.05, 0.5, 1.0]),
    distinct=st.booleans(),
    some=st.booleans(),
    seed=st.integers(0, 1_000),
)
def test_the_table_answers_as_an_exact_search_does(
    count: int, k: int, share: float, distinct: bool, some: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    points = random.standard_normal((count, 5)) / 5
    if not distinct:
        points = points[random.integers(0, count, count) % 7]  # most films have several equals
    films = np.sort(random.permutation(2 * count)[:count]).astype(np.int32) if some else None
    space = tabled(exact_space(points), films)
    total = 2 * count if some else count
    mask = random.random(total) < share
    for row in range(total):
        for allowed in (Allowed(mask), Allowed(np.ones(total, np.bool_))):
            known = space.known(row, k, allowed)
            if not space.holds(np.array([row]))[0]:
                assert known is None
                continue
            searched = space.search(space.double(np.array([row]))[0], k, allowed)
            if known is not None:
                assert known.rows.tolist() == searched.rows.tolist()
                assert known.scores.tolist() == searched.scores.tolist()
                assert known.exact and searched.exact
            elif allowed.count == total:  # all may come back, and there are more than the table holds
                assert k > min(WIDTH, count)


def test_a_film_of_which_nothing_is_known_is_searched() -> None:
    points = clustered(60, DIM)
    points[7] = 0
    space = tabled(exact_space(points))
    assert space.known(7, 1) is None
    assert space.known(8, 1) is not None


def test_vectors_too_long_for_the_table_have_none() -> None:
    assert build_table(exact_space(3 * clustered(60, DIM))) is None


@pytest.mark.parametrize("batched", [True, False])
def test_the_table_of_an_approximate_engine(batched: bool, tmp_path: Path) -> None:
    """Built in batches or row by row, it scores exactly and finds nearly all; saved and opened, it is the same."""

    class OneByOne(IvfPqIndex):
        """An engine without batched search."""

        def candidates_of_many(self, queries: NDArray[np.float32], k: int) -> None:
            """See `VectorIndex.candidates_of_many`."""

    vectors: Vectors = StoredVectors.from_array(clustered(6_000, DIM))
    kind = IvfPqIndex if batched else OneByOne
    engine = kind.build(vectors, NOWHERE, {"nlist": 32, "code_size": 4})
    engine.parameters = {"nprobe": 12, "depth": 200}
    told: list[int] = []
    table = build_table(VectorSpace("test", vectors, engine), told.append)
    assert table is not None
    assert told == sorted(told) and told[-1] == 6_000
    table.save(tmp_path)
    opened = NeighbourTable.open(tmp_path, 6_000, exact=False)
    np.testing.assert_array_equal(table.entries, opened.entries)
    space = VectorSpace("test", vectors, engine, table=opened)
    mask = np.random.default_rng(1).random(6_000) < 0.7
    for allowed in (None, Allowed(mask)):
        found, truth = [], []
        for row in range(0, 6_000, 100):
            query = vectors.double(np.array([row]))[0]
            known = space.known(row, 10, allowed) or space.search(query, 10, allowed)
            assert allowed is None or mask[known.rows].all()
            np.testing.assert_array_equal(known.scores, vectors.scores(query, known.rows))
            found.append(known.scores)
            truth.append(space.search(query, 10, allowed, exact=True).scores)
        assert recall_at_k(np.array(found), np.array(truth)) >= 0.95


def test_a_table_of_other_films_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / FILE, np.zeros((7, 2, WIDTH), np.int32))
    with pytest.raises(DamagedGenerationError, match=r"neighbours\.npy holds \(7, 2, 20\) for 6000"):
        NeighbourTable.open(tmp_path, 6_000, exact=False)
    RowMap(np.arange(7, dtype=np.int32)).save(tmp_path)
    with pytest.raises(DamagedGenerationError, match=r"rows\.npy holds \(7,\) for 6000"):
        RowMap.open(tmp_path, 6_000)


def test_what_a_row_found_finds_that_row() -> None:
    rows = np.array([[1, 2], [2, 3], [1, MISSING], [1, 2]], np.int32)
    scores = np.array([[9, 5], [6, 4], [6, NO_SCORE], [4, 3]], np.int32)
    mutual, of_mutual = with_mutual(rows, scores)
    assert mutual.tolist() == [[1, 2], [0, 2], [1, 0], [1, 2]]
    assert of_mutual.tolist() == [[9, 5], [9, 6], [6, 5], [4, 3]]


def _naive(rows: NDArray[np.int32], products: NDArray[np.int32]) -> list[list[int]]:
    """The scores of the best of those that each row found and that found it."""
    count, width = rows.shape
    kept = []
    for row in range(count):
        known = {int(other) for other in rows[row] if other >= 0}
        known |= {other for other in range(count) if row in rows[other]}
        kept.append(sorted((int(products[row, other]) for other in known), reverse=True)[:width])
    return kept


@settings(max_examples=60)
@given(count=st.integers(1, 30), width=st.integers(1, 6), seed=st.integers(0, 1_000))
def test_the_best_of_both_sides_are_kept(count: int, width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.standard_normal((count, 3)) / 4
    products = np.rint(np.clip(points @ points.T, -2, 2) * UNIT).astype(np.int32)
    products = np.maximum(products, products.T)  # the same both ways, to the last digit
    hidden = np.where(random.random((count, count)) < 0.4, NO_SCORE, products)  # what a search misses
    order = np.argsort(-hidden, axis=1, kind="stable")[:, :width]
    order = np.pad(order, ((0, 0), (0, max(width - count, 0))), constant_values=MISSING)
    seen = (order >= 0) & (np.take_along_axis(hidden, np.maximum(order, 0), 1) > NO_SCORE)
    found = np.where(seen, order, MISSING).astype(np.int32)
    scores = np.where(seen, np.take_along_axis(products, np.maximum(found, 0), 1), NO_SCORE)
    mutual, of_mutual = with_mutual(found, scores)
    assert mutual.shape == of_mutual.shape == (count, width)
    for row, (near, best) in enumerate(zip(mutual, _naive(found, products), strict=True)):
        known = near[near >= 0]
        assert len(set(known.tolist())) == len(known)
        assert [int(products[row, other]) for other in known] == best == of_mutual[row, : len(known)].tolist()
        assert (near[len(known) :] == MISSING).all()


def test_a_location_has_a_name_for_servers() -> None:
    assert Location(Path("generations/20261121T1200Z-3f2a/content")).name == "20261121T1200Z-3f2a_content"
