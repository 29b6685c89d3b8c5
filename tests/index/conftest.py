"""One built generation for all tests of `index`: 3,000 films, large enough for IVF/PQ."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from index.generation.manifest import Generation
from index.generation.publish import Generations
from tests.support.films import build_generation, make_films


@pytest.fixture(scope="session")
def films() -> pa.Table:
    """3,000 films, in row order because their votes fall with their ids."""
    return make_films(3_000)


@pytest.fixture(scope="session")
def generations(films: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Generations:
    """The folder in which their generation is the served one; nobody changes it."""
    root: Path = tmp_path_factory.mktemp("generations")
    build_generation(root, films)
    return Generations(root)


@pytest.fixture(scope="session")
def generation(generations: Generations) -> Generation:
    """Their generation, opened from disk."""
    return Generation.open(generations.current())
