"""What tests of several packages share: the sample, a server to stop, and that Ctrl-C reaches what they start."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import MISSING, PrivateServer, can_start_server, private_server
from tests.support.sample import Sample, load_sample

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background jobs ignore Ctrl-C, and what they start inherits that: tests that press it would wait.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The bundled sample, 5,000 real films, in SQLite with a published generation; nobody changes it."""
    folder: Path = tmp_path_factory.mktemp("sample")
    return load_sample(f"sqlite:///{folder}/reelkin.db", folder)


@pytest.fixture(scope="module")
def own_server() -> Iterator[PrivateServer]:
    """A MariaDB server that the tests of a module may stop and kill."""
    if not can_start_server():
        pytest.skip(MISSING)
    with private_server() as server:
        yield server
