"""The index of the small catalogue, built once."""

from __future__ import annotations

import pytest

from index.titles import TitleIndex
from tests.index.titles.catalogue import CATALOGUE, make_index


@pytest.fixture(scope="session")
def titles(tmp_path_factory: pytest.TempPathFactory) -> TitleIndex:
    return make_index(tmp_path_factory.mktemp("titles"), CATALOGUE)
