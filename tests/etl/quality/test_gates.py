"""What must hold before a generation is served, and that the served one stays if it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from etl.build import build
from etl.progress import Progress
from etl.quality import evaluate, gates
from etl.quality.gates import golden_films
from etl.synthetic.synthesize import synthesize
from index.engines.vectors import StoredVectors
from index.errors import GateError
from index.generation.manifest import Generation
from index.generation.publish import UNFINISHED, Generations
from index.spaces.space import CONTENT
from sql.engine import connect
from tests.support.sample import Sample, load_sample

LOADED = gates.Films(5_000, 5_000)


@pytest.fixture(scope="module")
def generation(sample: Sample) -> Generation:
    return Generation.open(Generations(sample.folder / "generations").current())


def test_the_sample_passes(generation: Generation) -> None:
    gates.check(generation, LOADED)
    assert len(golden_films(generation)) == 40


@pytest.mark.parametrize("films", [gates.Films(5_001, 5_001), gates.Films(4_998, 4_999)])
def test_a_generation_with_films_missing_is_refused(generation: Generation, films: gates.Films) -> None:
    with pytest.raises(GateError, match=f"'row count' failed: .* 5,000 films and the database {films.after:,}"):
        gates.check(generation, films)


def test_a_film_written_during_the_build_is_no_reason_to_refuse(generation: Generation) -> None:
    gates.check(generation, gates.Films(5_000, 5_001))
    gates.check(generation, gates.Films(5_001, 5_000))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_vectors_that_are_no_numbers_are_refused(generation: Generation, number: float) -> None:
    space = generation.spaces[CONTENT]
    vectors = StoredVectors.from_array(space.vectors.single(slice(None)))
    vectors.matrix[77, 3] = vectors.matrix[4_999, 0] = number
    broken = replace(generation, spaces={CONTENT: replace(space, vectors=vectors)})
    with pytest.raises(GateError, match="'finite vectors' failed: 2 vectors of the space content hold NaN"):
        gates.check(broken, LOADED)


@pytest.mark.parametrize("recall", [0.5, np.nan])
def test_poor_recall_is_refused(generation: Generation, recall: float) -> None:
    space = replace(generation.manifest.spaces[CONTENT], recall={"known": 0.97, "random": recall})
    poor = replace(generation, manifest=replace(generation.manifest, spaces={CONTENT: space}))
    with pytest.raises(GateError, match=f"'recall' failed: .*content is {recall:.3f} for random films"):
        gates.check(poor, LOADED)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A synthetic catalogue with a published generation."""
    folder: Path = tmp_path_factory.mktemp("synthetic")
    synthesize(500, folder / "dump.csv")
    return load_sample(f"sqlite:///{folder / 'films.db'}", folder, folder / "dump.csv")


def test_a_synthetic_catalogue_is_not_asked_for_real_films(made_up: Sample) -> None:
    assert golden_films(Generation.open(Generations(made_up.folder / "generations").current())) == {}


def test_senseless_kin_are_refused(generation: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    strangers = {row: [4_999] for row in golden_films(generation)}
    monkeypatch.setattr(gates, "golden_films", lambda _: strangers)
    with pytest.raises(GateError, match="'golden films' failed: of 40 golden films only 0"):
        gates.check(generation, LOADED)


def test_a_gate_that_fails_leaves_the_served_one(made_up: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    generations = Generations(made_up.folder / "generations")
    served = generations.current().name
    monkeypatch.setattr(gates, "LEAST_RECALL", 1.1)
    database = connect(made_up.url)
    with Progress() as progress, pytest.raises(GateError, match=r"below 1\.1"):
        build(database, generations, "default", progress)
    database.dispose()
    assert generations.current().name == served
    assert generations.ids() == [served]
    assert not list(generations.root.glob(f"{UNFINISHED}*"))


def test_default_beats_classic_on_known_kin(sample: Sample, generation: Generation) -> None:
    database = connect(sample.url)
    with_classic = Generations(sample.folder / "classic")
    with Progress() as progress:
        build(database, with_classic, "classic", progress)
    database.dispose()
    classic = evaluate.quality(Generation.open(with_classic.current()), None)
    default = evaluate.quality(generation, None)
    assert default.golden_share_10 is not None
    assert classic.golden_share_10 is not None
    assert default.golden_share_10 > 1.5 * classic.golden_share_10
    assert default.hubness < 2 < classic.hubness
    assert default.ndcg_10 is None


def test_films_of_a_file_are_found_by_title_and_year(generation: Generation, tmp_path: Path) -> None:
    file = tmp_path / "named.txt"
    file.write_text("# film | others\nInterstellar 2014 | The Martian 2015; Gravity 2013; No Such Film 1901\n")
    named = evaluate.named_films(generation, file)
    (film,) = generation.films.titles(np.array(list(named)))
    assert film == "Interstellar"
    assert generation.films.titles(np.array(next(iter(named.values())))) == ["The Martian", "Gravity"]
    other = tmp_path / "other.txt"
    other.write_text("No Such Film 1901 | Nor This One 1902\n")
    with pytest.raises(evaluate.EvaluationError, match="names films that are loaded"):
        evaluate.named_films(generation, other)
