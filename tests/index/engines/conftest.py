"""Where Milvus is, for the tests of engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.milvus_servers import milvus_server as milvus_server_in


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of Milvus Lite in this process."""
    folder: Path = tmp_path_factory.mktemp("lite")
    return str(folder / "milvus.db")


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Milvus server."""
    pytest.importorskip("milvus", reason="the package milvus is for Linux on x86-64 only")
    with milvus_server_in(tmp_path_factory.mktemp("milvus")) as server:
        yield server.address
