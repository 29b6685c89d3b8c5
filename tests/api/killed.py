"""The API as a process that is killed after its first commit and before the answer."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from sqlalchemy import Engine

from api import worker
from api.films import edit as editing
from sql.edits import Writing, writing


@contextmanager
def _writing_once(engine: Engine) -> Iterator[Writing]:
    with writing(engine) as catalogue:
        yield catalogue
    os.kill(os.getpid(), signal.SIGKILL)


def application() -> FastAPI:
    """The app of `python -m api`, in a process that kills itself."""
    editing.writing = _writing_once  # type: ignore[assignment]
    return worker.application()
