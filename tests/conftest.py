"""The loaded sample, which tests of several packages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sample import Sample, load_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The bundled sample, 5,000 real films, in SQLite with a published generation; nobody changes it."""
    folder: Path = tmp_path_factory.mktemp("sample")
    return load_sample(f"sqlite:///{folder}/reelkin.db", folder)
