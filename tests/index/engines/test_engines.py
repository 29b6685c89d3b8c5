"""One conformance suite for every engine, behind a space, held against an independent exact search in NumPy."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from contract import Filters
from index.engines import registry
from index.engines.base import Location, SearchParameters, Shape, VectorIndex, engine_class
from index.engines.codec import ClassifiedCodec
from index.engines.compact import CompactVectors
from index.engines.exact import exact_rows
from index.engines.ivfpq import FILE, IvfPqIndex
from index.engines.registry import ENGINES, EngineSetting, Entry
from index.engines.vectors import StoredVectors, Vectors
from index.errors import BadVectorsError, DamagedGenerationError, EngineMissingError
from index.films.filters import Allowed
from index.generation.tuning import recall_at_k
from index.spaces.neighbours import Neighbours
from index.spaces.space import RowMap, VectorSpace
from tests.support.spaces import NOWHERE, clustered, exact_space

ROWS, DIM, FILMS = 6_000, 24, 9_000

SETTINGS: dict[str, tuple[Shape | None, SearchParameters | None]] = {
    "exact": (None, None),
    "ivfpq": ({"nlist": 32, "code_size": 4}, {"nprobe": 12, "depth": 200}),
    "hnsw": (None, None),
    "milvus": ({"nlist": 32, "bits": 8}, {"nprobe": 12, "depth": 200}),
}
"""Shape and search parameters that suit these vectors."""

HERE = ""
PLACES = [(name, HERE) for name in ENGINES if name != "milvus"] + [("milvus", "lite"), ("milvus", "server")]
"""Engine, and where its index is: in this process, in Milvus Lite, or on a Milvus server."""

CASES = [
    *((*place, "half", held) for place in PLACES for held in ("all", "some")),
    ("exact", HERE, "compact", "all"),
    ("ivfpq", HERE, "compact", "some"),
    ("exact", HERE, "factors", "some"),
]
"""Engine, place, form of the vectors, and whether the space holds all films. Those of ratings are of any length,
the best known films' the longest, and only of rated films. Of such vectors the other engines find too little (HNSW
0.7 of the nearest ten), so the space of ratings is always searched by the exact one."""


def _compact(vectors: NDArray[np.float32]) -> CompactVectors:
    codec = ClassifiedCodec.fit(vectors, widths=[10, 14], numbers=[False, False], size=17)
    return CompactVectors(codec, codec.encode(vectors))


def _factors(vectors: NDArray[np.float32]) -> StoredVectors:
    lengths = 3 / np.sqrt(1 + np.arange(len(vectors)) / 20)
    return StoredVectors.from_array(vectors * lengths[:, None])


Store = Callable[[NDArray[np.float32]], Vectors]
STORES: dict[str, Store] = {"half": StoredVectors.from_array, "compact": _compact, "factors": _factors}


@dataclass(frozen=True)
class Case:
    """A space to search.

    Attributes:
        films: shape (ROWS,), the film of each row of the space.
        total: how many films there are.
    """

    space: VectorSpace
    films: NDArray[np.int64]
    total: int

    @property
    def vectors(self) -> Vectors:
        """One for each row of the space."""
        return self.space.vectors

    @property
    def exact(self) -> bool:
        """Whether the engine compares everything."""
        return self.space.engine.name == "exact"

    def naive(self, query: NDArray[np.floating], k: int, allowed: NDArray[np.bool_] | None = None) -> Neighbours:
        """The answer by plain sorting."""
        matrix = self.vectors.double(slice(None))
        scores = [round(float(np.dot(row, query.astype(np.float64))), 9) for row in matrix]
        inside = [row for row in range(ROWS) if allowed is None or allowed[self.films[row]]]
        order = sorted(inside, key=lambda row: (-scores[row], row))[:k]
        return Neighbours(self.films[order], np.array([scores[row] for row in order]), exact=True)

    def query(self, row: int) -> NDArray[np.float32]:
        """The vector of a row of the space."""
        return self.vectors.single(np.array([row]))[0]


def installed(name: str) -> type[VectorIndex]:
    """An engine; a skip where its package is not installed, which CI does not allow."""
    try:
        return engine_class(name)
    except EngineMissingError as error:
        pytest.skip(str(error))


def address_of(place: str, request: pytest.FixtureRequest) -> str:
    """The address of Milvus Lite or of a Milvus server, which is started when it is first asked for."""
    return str(request.getfixturevalue(f"milvus_{place}")) if place else ""


def build(name: str, vectors: Vectors, location: Location = NOWHERE) -> VectorIndex:
    shape, parameters = SETTINGS[name]
    engine = installed(name).build(vectors, location, shape)
    engine.parameters = parameters or engine.parameters
    return engine


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(filter(None, case)))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    name, place, store, held = request.param
    location = Location(tmp_path_factory.mktemp("case"), address_of(place, request))
    vectors = STORES[store](clustered(ROWS, DIM))
    if held == "all":
        return Case(VectorSpace("test", vectors, build(name, vectors, location)), np.arange(ROWS), ROWS)
    films = np.sort(np.random.default_rng(8).permutation(FILMS)[:ROWS])
    rows = RowMap(films.astype(np.int32))
    return Case(VectorSpace("test", vectors, build(name, vectors, location), rows=rows), films, FILMS)


def test_the_suite_runs_every_engine() -> None:
    assert set(SETTINGS) == {name for name, *_ in CASES} == set(ENGINES)


def test_recall_floor_and_score_parity(case: Case) -> None:
    queries = case.vectors.single(np.arange(0, ROWS, 120))
    truth = np.array([case.naive(query, 10).scores for query in queries])
    found = [case.space.search(query, 10) for query in queries]
    assert recall_at_k(np.array([each.scores for each in found]), truth) >= (1.0 if case.exact else 0.95)
    for query, neighbours in zip(queries[:10], found, strict=False):
        expected = case.space.double(neighbours.rows) @ query.astype(np.float64)
        compact = isinstance(case.vectors, CompactVectors)
        np.testing.assert_allclose(neighbours.scores, expected, atol=1e-6 if compact else 1e-8)
        np.testing.assert_array_equal(
            neighbours.scores, case.space.scores(query.astype(np.float64), neighbours.rows)
        )
        assert (np.diff(neighbours.scores) <= 0).all()


def test_exact_flag_equals_the_naive_answer(case: Case) -> None:
    for row in (0, 17, 5_999):
        neighbours = case.space.search(case.query(row), 25, exact=True)
        assert neighbours.rows.tolist() == case.naive(case.query(row), 25).rows.tolist()
        assert neighbours.exact


def test_the_answer_says_whether_it_was_exact(case: Case) -> None:
    assert case.space.search(case.query(40), 10).exact is case.exact
    assert case.space.search(case.query(40), 10, Allowed(np.arange(case.total) < 100)).exact


@pytest.mark.parametrize("survivors", [0, 1, 20, 60, 400, 4_500, 5_900])
def test_a_filter_never_shortens_the_answer(case: Case, survivors: int) -> None:
    mask = np.zeros(case.total, np.bool_)
    mask[np.random.default_rng(survivors).choice(case.films, survivors, replace=False)] = True
    neighbours = case.space.search(case.query(5), 30, Allowed(mask))
    assert len(neighbours.rows) == min(30, survivors)
    assert mask[neighbours.rows].all()
    assert len(set(neighbours.rows.tolist())) == len(neighbours.rows)
    if survivors:
        truth = case.naive(case.query(5), 30, mask).scores
        assert recall_at_k(neighbours.scores[None], truth[None]) >= (1.0 if case.exact else 0.9)


def test_films_that_the_space_does_not_hold_never_come_back(case: Case) -> None:
    held = case.space.holds(np.arange(case.total))
    assert np.flatnonzero(held).tolist() == case.films.tolist()
    assert case.space.held(Allowed(np.ones(case.total, np.bool_))).rows.tolist() == case.films.tolist()
    missing = np.flatnonzero(~held)
    assert len(case.space.search(case.query(5), 10, Allowed(~held)).rows) == 0
    assert not case.space.double(missing).any()
    assert not case.space.scores(np.ones(DIM), missing).any()


@pytest.mark.parametrize(
    ("store", "passing", "filters"),
    [
        ("half", 4_500, None),
        ("half", 10_000, None),
        ("half", 10_000, Filters()),
        ("half", 16_000, None),
        ("half", 19_500, None),
        ("compact", 16_000, None),
    ],
)
def test_what_passes_is_found_far_from_the_query_too(store: str, passing: int, filters: Filters | None) -> None:
    """All that passes is on the other side of the clusters, as films since 2015 are far from one of 1950.

    A list of candidates passes without any filter being set.
    """
    points = clustered(20_000, DIM, spread=0.2)
    vectors = STORES[store](points)
    index = build("ivfpq", vectors)
    index.parameters = {"nprobe": 8, "depth": 800}  # eight of all 32 cells find 0.88 of them
    space = VectorSpace("test", vectors, index)
    mask = np.zeros(len(points), np.bool_)
    mask[np.argsort(points[:, 0])[:passing]] = True
    allowed, found, truth = np.flatnonzero(mask), [], []
    for row in np.argsort(points[:, 0])[-50:]:
        query = vectors.single(np.array([row]))[0]
        neighbours = space.search(query, 10, Allowed(mask, filters))
        assert not neighbours.exact
        found.append(neighbours.scores)
        truth.append(np.sort(vectors.scores(query.astype(np.float64), allowed))[::-1][:10])
    assert recall_at_k(np.array(found), np.array(truth)) >= 0.97


def test_more_asked_for_than_there_are(case: Case) -> None:
    assert sorted(case.space.search(case.query(1), ROWS + 50).rows.tolist()) == case.films.tolist()


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_an_empty_index_answers_nothing(
    name: str, place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    vectors = StoredVectors.from_array(np.empty((0, DIM)))
    location = Location(tmp_path, address_of(place, request))
    built = installed(name).build(vectors, location, SETTINGS[name][0])
    built.save()
    for engine in (built, installed(name).open(vectors, location, built.describe())):
        space = VectorSpace("test", vectors, engine)
        assert len(space.search(np.ones(DIM), 5).rows) == len(space.search(np.ones(DIM), 5, exact=True).rows) == 0
        assert len(space.search(np.ones(DIM), 5, Allowed(np.empty(0, np.bool_))).rows) == 0


def test_queries_of_any_float_type_and_layout_and_left_as_they_were(case: Case) -> None:
    query = case.query(9).astype(np.float16).astype(np.float64)
    before = query.copy()
    wide = np.zeros((DIM, 3))
    wide[:, 1] = query
    fortran = np.asfortranarray(np.stack([query] * 2))
    asked = [query.astype(dtype) for dtype in (np.float16, np.float32, np.float64)]
    asked += [wide[:, 1], fortran[1], query[::-1].copy()[::-1]]
    rows = [case.space.search(each, 5).rows.tolist() for each in asked]
    assert all(found == rows[0] for found in rows)
    np.testing.assert_array_equal(query, before)


def test_vectors_of_any_layout_are_stored_alike() -> None:
    points = clustered(50, DIM).astype(np.float64)
    padded = np.zeros((50, 2 * DIM))
    padded[:, ::2] = points
    stored = [StoredVectors.from_array(each) for each in (points, np.asfortranarray(points), padded[:, ::2])]
    for other in stored[1:]:
        np.testing.assert_array_equal(stored[0].matrix, other.matrix)


def test_a_zero_query_ties_every_film_and_rows_decide(case: Case) -> None:
    for exact in (True, False):
        neighbours = case.space.search(np.zeros(DIM), 5, exact=exact)
        assert neighbours.scores.tolist() == [0.0] * 5
        assert (np.diff(neighbours.rows) > 0).all()


def test_wrong_queries_are_refused(case: Case) -> None:
    with pytest.raises(BadVectorsError, match=r"\(24,\)"):
        case.space.search(np.zeros(DIM + 1), 5)
    with pytest.raises(BadVectorsError, match="NaN"):
        case.space.search(np.full(DIM, np.nan), 5)


def test_saved_and_opened_it_answers_the_same(case: Case, tmp_path: Path) -> None:
    built = case.space.engine
    built.save()
    case.vectors.save(tmp_path / "vectors")
    vectors = type(case.vectors).open(tmp_path / "vectors")  # type: ignore[attr-defined]
    opened = engine_class(built.name).open(vectors, built.location, built.describe())
    assert opened.describe() == built.describe()
    before, after = (VectorSpace("test", each.vectors, each) for each in (built, opened))
    for row in (3, 1_500):
        one, other = before.search(case.query(row), 10), after.search(case.query(row), 10)
        assert one.rows.tolist() == other.rows.tolist()
        assert one.scores.tolist() == other.scores.tolist()


def test_candidates_of_many_are_those_of_each(case: Case) -> None:
    """Engines that are quicker in batches find about the same in them."""
    rows = np.arange(0, ROWS, 300)
    found = case.space.engine.candidates_of_many(case.vectors.single(rows), 10)
    if found is None:
        assert isinstance(case.vectors, CompactVectors)
        return
    assert found.shape[0] == len(rows) and found.shape[1] >= 10
    scores = np.stack(
        [
            np.sort(case.vectors.scores(case.vectors.double(np.array([row]))[0], near[near >= 0]))[::-1][:10]
            for row, near in zip(rows.tolist(), found, strict=True)
        ]
    )
    truth = np.array([case.naive(case.query(row), 10).scores for row in rows.tolist()])
    assert recall_at_k(scores, truth) >= (1.0 if case.exact else 0.9)
    assert sorted(case.space.engine.batch_order().tolist()) == list(range(ROWS))


def test_equal_vectors_come_in_row_order() -> None:
    vectors = np.repeat(clustered(10, DIM), 30, axis=0)
    assert exact_space(vectors).search(vectors[45], 30).rows.tolist() == list(range(30, 60))


def test_batched_ground_truth_equals_one_by_one() -> None:
    space = exact_space(clustered(ROWS, DIM))
    queries = space.vectors.single(np.array([2, 2_000]))
    scores, rows = exact_rows(space.vectors, queries, 10, chunk=333)
    for query, found, values in zip(queries, rows, scores, strict=True):
        expected = space.search(query, 10)
        assert found.tolist() == expected.rows.tolist()
        np.testing.assert_allclose(values, expected.scores, atol=1e-5)


def test_bad_vectors_are_refused() -> None:
    with pytest.raises(BadVectorsError, match="shape"):
        StoredVectors.from_array(np.zeros(5))
    with pytest.raises(BadVectorsError, match="NaN"):
        StoredVectors.from_array(np.array([[1.0, np.inf]]))


def test_damaged_files_are_named(tmp_path: Path) -> None:
    stored, location = StoredVectors.from_array(clustered(ROWS, DIM)), Location(tmp_path)
    index = build("ivfpq", stored, location)
    index.save()
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedGenerationError, match=r"ivfpq\.faiss"):
        IvfPqIndex.open(stored, location, index.parameters)
    with pytest.raises(DamagedGenerationError, match="nothing-here"):
        StoredVectors.open(tmp_path / "nothing-here")
    with pytest.raises(DamagedGenerationError, match="nothing-here"):
        CompactVectors.open(tmp_path / "nothing-here")
    IvfPqIndex.build(StoredVectors.from_array(clustered(500, DIM)), location).save()
    with pytest.raises(DamagedGenerationError, match="500 codes of width 32 for 6000"):
        IvfPqIndex.open(stored, location, index.parameters)


def test_a_full_disk_is_an_os_error_and_says_so(case: Case, tmp_path: Path) -> None:
    engine = case.space.engine
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            case.vectors.save(tmp_path / "vectors.faiss")
        if engine.name in ("ivfpq", "hnsw"):  # the others write no file of their own
            with pytest.raises(OSError, match="File too large"):
                engine.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_an_engine_that_cannot_be_imported_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "engine_elsewhere.py").write_text("import library_that_is_nowhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    entry = Entry("engine_elsewhere:Index", "elsewhere", "a-library==1")
    monkeypatch.setitem(registry.ENGINES, "elsewhere", entry)
    with pytest.raises(EngineMissingError, match=r"'library_that_is_nowhere'.*pip install a-library"):
        engine_class("elsewhere")
    with pytest.raises(pytest.skip.Exception, match="pip install a-library"):
        installed("elsewhere")


def test_the_configured_engine_is_known_and_is_the_one_that_built() -> None:
    assert EngineSetting().default == "ivfpq"
    EngineSetting().check("g", [name for name in ENGINES if name != "milvus"])
    assert EngineSetting("milvus").default == "milvus"
    with pytest.raises(EngineMissingError, match="g was built for the engine ivfpq and REELKIN_ENGINE is"):
        EngineSetting("milvus").check("g", ["ivfpq"])
    with pytest.raises(EngineMissingError, match=r"no engine 'quantum'.*exact, ivfpq, hnsw, milvus"):
        EngineSetting().check("g", ["quantum"])
