"""What the commands that load a file share: the database, a folder for temporary files, progress, and a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

import settings
from etl.progress import Progress
from sql.engine import connect


class Report(Protocol):
    """What a load did."""

    def as_json(self) -> str:
        """For programs."""

    def as_text(self) -> str:
        """For people."""


def load_and_report(load: Callable[[Engine, Path, Progress], Report], *, as_json: bool) -> int:
    """Load with the settings of the environment and print the report; 0 when done.

    Args:
        load: takes the database, a folder that temporary files may be made in, and the progress to tell.
        as_json: print the report for programs.
    """
    configured = settings.load()
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    engine = connect(configured.database_url)
    try:
        with Progress() as progress:
            report = load(engine, configured.data_dir, progress)
    finally:
        engine.dispose()
    print(report.as_json() if as_json else report.as_text())
    return 0
