"""One conformance suite for every engine, held against an independent exact search in NumPy."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.engines.base import VectorIndex
from index.engines.codec import ClassifiedCodec
from index.engines.compact import CompactVectors
from index.engines.exact import ExactIndex, exact_rows
from index.engines.hnsw import HnswIndex
from index.engines.ivfpq import FILE, KIN, IvfPqIndex
from index.engines.registry import ENGINES
from index.engines.vectors import StoredVectors, Vectors
from index.errors import BadVectorsError, DamagedGenerationError
from index.films.filters import Selection
from index.generation.tuning import recall_at_k

ROWS, DIM = 6_000, 24


def _clustered(rows: int = ROWS, seed: int = 3, spread: float = 0.5) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    centres = random.standard_normal((40, DIM))
    points = centres[random.integers(0, 40, rows)] + spread * random.standard_normal((rows, DIM))
    points *= random.uniform(0.3, 1.0, (rows, 1)) / np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32)


def _exact(vectors: Vectors) -> ExactIndex:
    return ExactIndex.build(vectors)


def _ivfpq(vectors: Vectors) -> IvfPqIndex:
    index = IvfPqIndex.build(vectors, {"nlist": 32, "code_size": vectors.width // 8})
    index.parameters = {"nprobe": 12, "depth": 200}
    return index


def _hnsw(vectors: Vectors) -> HnswIndex:
    return HnswIndex.build(vectors)


MAKERS: dict[str, Callable[[Vectors], VectorIndex]] = {"exact": _exact, "ivfpq": _ivfpq, "hnsw": _hnsw}
STORES: dict[str, Callable[[], Vectors]] = {
    "half": lambda: StoredVectors.from_array(_clustered()),
    "compact": lambda: _compact(_clustered()),
}
CASES = [("exact", "half"), ("ivfpq", "half"), ("hnsw", "half"), ("exact", "compact"), ("ivfpq", "compact")]


def _compact(vectors: NDArray[np.float32]) -> CompactVectors:
    codec = ClassifiedCodec.fit(vectors, widths=[10, 14], numbers=[False, False], size=17)
    return CompactVectors(codec, codec.encode(vectors))


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def engine(request: pytest.FixtureRequest) -> VectorIndex:
    name, store = request.param
    return MAKERS[name](STORES[store]())


@pytest.fixture
def stored(engine: VectorIndex) -> Vectors:
    return engine.vectors


def test_the_suite_runs_every_engine() -> None:
    assert set(MAKERS) == {engine for engine, _ in CASES} == set(ENGINES)


def naive(matrix: NDArray[np.floating], query: NDArray[np.floating], k: int) -> tuple[list[int], list[float]]:
    """Rows and scores by plain sorting."""
    scores = [round(float(np.dot(row.astype(np.float64), query.astype(np.float64))), 9) for row in matrix]
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:k]
    return order, [scores[row] for row in order]


def test_recall_floor_and_score_parity(engine: VectorIndex, stored: Vectors) -> None:
    queries = stored.single(np.arange(0, ROWS, 120))
    truth = np.array([naive(stored.double(slice(None)), query, 10)[1] for query in queries])
    found = np.array([engine.search(query, 10).scores for query in queries])
    assert recall_at_k(found, truth) >= (1.0 if engine.name == "exact" else 0.95)
    for query in queries[:10]:
        neighbours = engine.search(query, 10)
        expected = stored.double(neighbours.rows) @ query.astype(np.float64)
        np.testing.assert_allclose(
            neighbours.scores, expected, atol=1e-6 if isinstance(stored, CompactVectors) else 1e-8
        )
        assert (np.diff(neighbours.scores) <= 0).all()


def test_exact_flag_equals_the_naive_answer(engine: VectorIndex, stored: Vectors) -> None:
    for row in (0, 17, 5_999):
        query = stored.single(np.array([row]))[0]
        neighbours = engine.search(query, 25, exact=True)
        assert neighbours.rows.tolist() == naive(stored.double(slice(None)), query, 25)[0]
        assert neighbours.exact


def test_the_answer_says_whether_it_was_exact(engine: VectorIndex, stored: Vectors) -> None:
    query = stored.single(np.array([40]))[0]
    assert engine.search(query, 10).exact is (engine.name == "exact")
    assert engine.search(query, 10, Selection(np.arange(ROWS) < 100)).exact


@pytest.mark.parametrize("survivors", [0, 1, 20, 60, 400, 4_500, 5_900])
def test_a_filter_never_shortens_the_answer(engine: VectorIndex, stored: Vectors, survivors: int) -> None:
    mask = np.zeros(ROWS, np.bool_)
    mask[np.random.default_rng(survivors).choice(ROWS, survivors, replace=False)] = True
    query = stored.single(np.array([5]))[0]
    neighbours = engine.search(query, 30, Selection(mask))
    assert len(neighbours.rows) == min(30, survivors)
    assert mask[neighbours.rows].all()
    assert len(set(neighbours.rows.tolist())) == len(neighbours.rows)
    allowed = np.flatnonzero(mask)
    truth = np.sort(stored.scores(query.astype(np.float64), allowed))[::-1][:30]
    if survivors:
        assert recall_at_k(neighbours.scores[None], truth[None]) >= (1.0 if engine.name == "exact" else 0.9)


@pytest.mark.parametrize("store", ["half", "compact"])
def test_what_passes_is_found_far_from_the_query_too(store: str) -> None:
    """A fifth of the films, all on the other side of the clusters, as the best known are far from a thin film."""
    points = _clustered(20_000, spread=0.2)
    vectors = StoredVectors.from_array(points) if store == "half" else _compact(points)
    index = _ivfpq(vectors)
    index.parameters = {"nprobe": 8, "depth": 800}  # eight of all 32 cells find 0.88 of them
    mask = np.zeros(len(points), np.bool_)
    mask[np.argsort(points[:, 0])[:4_500]] = True
    allowed, found, truth = np.flatnonzero(mask), [], []
    for row in np.argsort(points[:, 0])[-50:]:
        query = vectors.single(np.array([row]))[0]
        neighbours = index.search(query, 10, Selection(mask))
        assert not neighbours.exact
        found.append(neighbours.scores)
        truth.append(np.sort(vectors.scores(query.astype(np.float64), allowed))[::-1][:10])
    assert recall_at_k(np.array(found), np.array(truth)) >= 0.95


def test_more_asked_for_than_there_are(engine: VectorIndex, stored: Vectors) -> None:
    neighbours = engine.search(stored.single(np.array([1]))[0], ROWS + 50)
    assert sorted(neighbours.rows.tolist()) == list(range(ROWS))


def test_queries_of_any_float_type_and_left_as_they_were(engine: VectorIndex, stored: Vectors) -> None:
    query = stored.double(np.array([9]))[0].astype(np.float16).astype(np.float64)
    before = query.copy()
    rows = [engine.search(query.astype(dtype), 5).rows.tolist() for dtype in (np.float16, np.float32, np.float64)]
    assert rows[0] == rows[1] == rows[2]
    np.testing.assert_array_equal(query, before)


def test_a_zero_query_ties_every_film_and_rows_decide(engine: VectorIndex) -> None:
    neighbours = engine.search(np.zeros(DIM), 5, exact=True)
    assert neighbours.scores.tolist() == [0.0] * 5
    assert (np.diff(neighbours.rows) > 0).all()


def test_wrong_queries_are_refused(engine: VectorIndex) -> None:
    with pytest.raises(BadVectorsError, match=r"\(24,\)"):
        engine.search(np.zeros(DIM + 1), 5)
    with pytest.raises(BadVectorsError, match="NaN"):
        engine.search(np.full(DIM, np.nan), 5)


def test_saved_and_opened_it_answers_the_same(engine: VectorIndex, stored: Vectors, tmp_path: Path) -> None:
    built = engine
    built.save(tmp_path)
    stored.save(tmp_path / "vectors")
    kind = CompactVectors if isinstance(stored, CompactVectors) else StoredVectors
    opened = ENGINES[built.name].open(kind.open(tmp_path / "vectors"), tmp_path, built.parameters)
    assert opened.describe() == built.describe()
    for row in (3, 1_500):
        query = stored.single(np.array([row]))[0]
        before, after = built.search(query, 10), opened.search(query, 10)
        assert before.rows.tolist() == after.rows.tolist()
        assert before.scores.tolist() == after.scores.tolist()


def test_the_kin_of_a_row_are_what_a_search_for_it_finds(
    engine: VectorIndex, stored: Vectors, tmp_path: Path
) -> None:
    told: list[int] = []
    engine.finish(told.append)
    assert told in ([], sorted(told)) and (not told or told[-1] == ROWS)
    assert engine.knows_kin is (engine.name == "ivfpq" and isinstance(stored, StoredVectors)) is bool(told)
    engine.save(tmp_path)
    again = type(engine).open(stored, tmp_path, engine.parameters)
    mask = np.random.default_rng(1).random(ROWS) < 0.5
    for selection in (None, Selection(mask), Selection(mask & (np.arange(ROWS) % 40 == 3))):
        found, truth = [], []
        allowed = np.arange(ROWS) if selection is None else selection.rows
        for row in range(0, ROWS, 150):
            query = stored.single(np.array([row]))[0]
            known = engine.kin(row, 10, selection)
            assert selection is not None or (known is not None) == engine.knows_kin
            neighbours = known or engine.search(query, 10, selection)
            assert np.isin(neighbours.rows, allowed).all() and len(neighbours.rows) == 10
            opened = again.kin(row, 10, selection) or again.search(query, 10, selection)
            assert neighbours.rows.tolist() == opened.rows.tolist()
            found.append(neighbours.scores)
            truth.append(np.sort(stored.scores(query.astype(np.float64), allowed))[::-1][:10])
            np.testing.assert_allclose(
                neighbours.scores, stored.double(neighbours.rows) @ query.astype(np.float64), atol=1e-6
            )
            np.testing.assert_array_equal(
                neighbours.scores, stored.scores(query.astype(np.float64), neighbours.rows)
            )
        assert recall_at_k(np.array(found), np.array(truth)) >= (1.0 if engine.name == "exact" else 0.95)


def test_equal_vectors_come_in_row_order(tmp_path: Path) -> None:
    vectors = np.repeat(_clustered(10), 30, axis=0)
    neighbours = ExactIndex(StoredVectors.from_array(vectors)).search(vectors[45], 30)
    assert neighbours.rows.tolist() == list(range(30, 60))


def test_batched_ground_truth_equals_one_by_one(stored: Vectors) -> None:
    queries = stored.single(np.array([2, 2_000]))
    scores, rows = exact_rows(stored, queries, 10, chunk=333)
    for query, found, values in zip(queries, rows, scores, strict=True):
        expected_rows, expected = naive(stored.double(slice(None)), query, 10)
        assert found.tolist() == expected_rows
        np.testing.assert_allclose(values, expected, atol=1e-5)


def test_bad_vectors_are_refused() -> None:
    with pytest.raises(BadVectorsError, match="shape"):
        StoredVectors.from_array(np.zeros(5))
    with pytest.raises(BadVectorsError, match="NaN"):
        StoredVectors.from_array(np.array([[1.0, np.inf]]))


def test_damaged_files_are_named(tmp_path: Path) -> None:
    stored = STORES["half"]()
    index = _ivfpq(stored)
    index.save(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedGenerationError, match=r"ivfpq\.faiss"):
        IvfPqIndex.open(stored, tmp_path, index.parameters)
    with pytest.raises(DamagedGenerationError, match="nothing-here"):
        StoredVectors.open(tmp_path / "nothing-here")
    with pytest.raises(DamagedGenerationError, match="nothing-here"):
        CompactVectors.open(tmp_path / "nothing-here")
    index.save(tmp_path)
    np.save(tmp_path / KIN, np.zeros((7, 2, 20), np.int32))
    with pytest.raises(DamagedGenerationError, match=r"kin\.npy holds \(7, 2, 20\) for 6000"):
        IvfPqIndex.open(stored, tmp_path, index.parameters)
    few = IvfPqIndex.build(StoredVectors.from_array(_clustered(500)))
    few.save(tmp_path)
    with pytest.raises(DamagedGenerationError, match="500 codes of width 32 for 6000"):
        IvfPqIndex.open(stored, tmp_path, index.parameters)


def test_a_full_disk_is_an_os_error_and_says_so(engine: VectorIndex, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            engine.vectors.save(tmp_path / "vectors.faiss")
        if engine.name != ExactIndex.name:  # which writes nothing of its own
            with pytest.raises(OSError, match="File too large"):
                engine.save(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
