"""One built generation for all tests of `index`: 3,000 films, large enough for IVF/PQ."""

from __future__ import annotations

import pyarrow as pa
import pytest

from index.generation import Generation
from tests.films import build_generation, make_films


@pytest.fixture(scope="session")
def films() -> pa.Table:
    """3,000 films, in row order because their votes fall with their ids."""
    return make_films(3_000)


@pytest.fixture(scope="session")
def generation(films: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Their generation, opened from disk."""
    return build_generation(tmp_path_factory.mktemp("generations"), films)
