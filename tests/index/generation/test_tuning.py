"""The build chooses how thoroughly to search: cheaply where that is enough, as well as it can where nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.encode.blocks import DEFAULT
from index.engines.exact import ExactIndex
from index.engines.ivfpq import IvfPqIndex
from index.engines.vectors import StoredVectors
from index.errors import DamagedGenerationError
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Manifest
from index.generation.opened import Generation
from index.generation.publish import Generations
from index.generation.tuning import Sample, tune
from tests.support.films import build_generation, make_films


@pytest.fixture(scope="module")
def index() -> IvfPqIndex:
    """Clusters that overlap, so that a few cells are not enough."""
    random = np.random.default_rng(1)
    points = random.standard_normal((64, 20))[random.integers(0, 64, 6_000)] + random.standard_normal((6_000, 20))
    return IvfPqIndex.build(StoredVectors.from_array(points), {"nlist": 64, "code_size": 4})


@pytest.fixture(scope="module")
def sample(index: IvfPqIndex) -> Sample:
    return Sample.draw(index.vectors, np.arange(6_000, dtype=np.int32)[::-1], size=100)


@pytest.mark.parametrize("target", [0.8, 0.97])
def test_the_recall_asked_for_is_reached(index: IvfPqIndex, sample: Sample, target: float) -> None:
    curve = tune(index, sample, target)
    measured = sample.measure(index)
    assert min(measured["known"], measured["random"]) >= target
    assert dict(index.parameters) in [{"nprobe": point["nprobe"], "depth": point["depth"]} for point in curve]


def test_a_lower_target_visits_no_more_cells(index: IvfPqIndex, sample: Sample) -> None:
    tune(index, sample, 0.99)
    thorough = index.parameters["nprobe"]
    tune(index, sample, 0.5)
    assert index.parameters["nprobe"] <= thorough


def test_out_of_reach_the_best_is_kept(index: IvfPqIndex, sample: Sample) -> None:
    curve = tune(index, sample, target=1.1)
    measured = sample.measure(index)
    best = max(min(point["known"], point["random"]) for point in curve)
    assert min(measured["known"], measured["random"]) == best >= 0.99


def test_exact_search_has_nothing_to_choose(index: IvfPqIndex, sample: Sample) -> None:
    exact = ExactIndex.build(index.vectors)
    assert tune(exact, sample) == []
    assert sample.measure(exact)["random"] == 1.0


def test_other_shapes_are_tried_where_the_first_does_not_do(tmp_path: Path) -> None:
    builder = GenerationBuilder(tmp_path / "built", DEFAULT, "test", target_recall=1.1)
    space = builder.build(make_films(2_500).to_batches()).spaces["content"]
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
    with pytest.raises(DamagedGenerationError, match=r"quantum.*exact, ivfpq, hnsw"):
        Generation.open(folder)
