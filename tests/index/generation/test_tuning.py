"""The build chooses how thoroughly to search: cheaply where that is enough, as well as it can where nothing is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encode.blocks import DEFAULT
from index.engines.base import SearchParameters
from index.engines.exact import ExactIndex
from index.engines.ivfpq import IvfPqIndex
from index.engines.vectors import StoredVectors
from index.errors import EngineMissingError
from index.films.filters import Allowed
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Generation, Manifest
from index.generation.publish import Generations
from index.generation.tuning import Sample, searched_recall, tune
from index.spaces.space import CONTENT, VectorSpace
from tests.support.films import build_generation, make_films
from tests.support.spaces import NOWHERE


@pytest.fixture(scope="module")
def space() -> VectorSpace:
    """Clusters that overlap, so that a few cells are not enough."""
    random = np.random.default_rng(1)
    points = random.standard_normal((64, 20))[random.integers(0, 64, 6_000)] + random.standard_normal((6_000, 20))
    vectors = StoredVectors.from_array(points)
    return VectorSpace("test", vectors, IvfPqIndex.build(vectors, NOWHERE, {"nlist": 64, "code_size": 4}))


@pytest.fixture(scope="module")
def sample(space: VectorSpace) -> Sample:
    return Sample.draw(space.vectors, np.arange(6_000, dtype=np.int32)[::-1], size=100)


def test_a_catalogue_that_changed_a_little_is_measured_by_the_same_films(space: VectorSpace) -> None:
    ids, votes = np.arange(6_000) * 7 + 3, np.arange(6_000, dtype=np.int32)[::-1]
    order = np.random.default_rng(0).permutation(6_000)[60:]  # sixty films are gone, and all stand elsewhere
    moved = StoredVectors.from_array(space.vectors.single(order))
    before, after = (
        Sample.draw(vectors, some_votes, size=100, ids=some)
        for vectors, some_votes, some in ((space.vectors, votes, ids), (moved, votes[order], ids[order]))
    )
    drawn, again = ids[before.rows], ids[order][after.rows]
    assert len(np.intersect1d(drawn, again)) >= 0.97 * len(np.unique(drawn))
    assert abs(np.corrcoef(drawn[100:], np.arange(100))[0, 1]) < 0.3  # not the first films, nor in order
    assert drawn[100:].mean() == pytest.approx(ids.mean(), rel=0.15)


def test_tuning_goes_on_from_parameters_that_no_longer_do(space: VectorSpace, sample: Sample) -> None:
    tune(space, sample, 0.6)
    served = space.engine.parameters["nprobe"]
    curve = tune(space, sample, 0.97, onwards=True)
    assert min(point["nprobe"] for point in curve) >= served
    assert min(searched_recall(space, sample).values()) >= 0.97


@pytest.mark.parametrize("target", [0.8, 0.97])
def test_the_recall_asked_for_is_reached(space: VectorSpace, sample: Sample, target: float) -> None:
    curve = tune(space, sample, target)
    measured = searched_recall(space, sample)
    assert min(measured["known"], measured["random"]) >= target
    assert dict(space.engine.parameters) in [
        {"nprobe": point["nprobe"], "depth": point["depth"]} for point in curve
    ]


def test_a_lower_target_visits_no_more_cells(space: VectorSpace, sample: Sample) -> None:
    tune(space, sample, 0.99)
    thorough = space.engine.parameters["nprobe"]
    tune(space, sample, 0.5)
    assert space.engine.parameters["nprobe"] <= thorough


def test_out_of_reach_the_best_is_kept(space: VectorSpace, sample: Sample) -> None:
    curve = tune(space, sample, target=1.1)
    measured = searched_recall(space, sample)
    best = max(min(point["known"], point["random"]) for point in curve)
    assert min(measured["known"], measured["random"]) == best >= 0.99


def test_exact_search_has_nothing_to_choose(space: VectorSpace, sample: Sample) -> None:
    exact = VectorSpace("test", space.vectors, ExactIndex.build(space.vectors, NOWHERE))
    assert tune(exact, sample) == []
    assert searched_recall(exact, sample)["random"] == 1.0


class Remote(IvfPqIndex):
    """An engine that mostly waits, the longer the fewer cells it visits."""

    def candidates(
        self, query: NDArray[np.float64], k: int, allowed: Allowed | None = None
    ) -> NDArray[np.int64] | None:
        """See `VectorIndex.candidates`."""
        time.sleep(0.008 if self.parameters["nprobe"] == 8 else 0.001)
        return super().candidates(query, k, allowed)

    def choices(self) -> Iterator[list[SearchParameters]]:
        """See `VectorIndex.choices`."""
        for nprobe in (8, 64):
            yield [{"nprobe": nprobe, "depth": 800}]


def test_waiting_costs_time_too(space: VectorSpace, sample: Sample) -> None:
    remote = VectorSpace(
        "test", space.vectors, Remote.build(space.vectors, NOWHERE, {"nlist": 64, "code_size": 4})
    )
    slow, quick = tune(remote, sample, target=0.1)
    assert slow["ms"] >= 8 > quick["ms"] >= 1
    assert remote.engine.parameters["nprobe"] == 64


def test_other_shapes_are_tried_where_the_first_does_not_do(tmp_path: Path) -> None:
    builder = GenerationBuilder(tmp_path / "built", DEFAULT, "test", target_recall=1.1)
    space = builder.build(make_films(2_500).to_batches()).spaces[CONTENT]
    assert len({(point["nlist"], point["code_size"]) for point in space.curve}) == 3
    best = max(min(point["known"], point["random"]) for point in space.curve)
    chosen = [
        point for point in space.curve if all(point[name] == space.parameters[name] for name in space.parameters)
    ]
    assert max(min(point["known"], point["random"]) for point in chosen) == best


def test_a_generation_says_which_engine_it_needs(tmp_path: Path) -> None:
    build_generation(tmp_path, make_films(40))
    folder = Generations(tmp_path).current()
    manifest = Manifest.read(folder)
    spaces = {name: replace(space, engine="quantum") for name, space in manifest.spaces.items()}
    replace(manifest, spaces=spaces).write(folder)
    with pytest.raises(EngineMissingError, match=r"quantum.*exact, ivfpq, hnsw"):
        Generation.open(folder)
