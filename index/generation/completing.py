"""Adds the table of nearest films to a generation that is served without it.

Finding the nearest films of all films takes half of a build. Everything else works without them, only slower, so a
large generation is published first, and once more with the table. As generations never change, the second one is a
new folder; its files are hard links to those of the first, so that it takes the room of the table alone.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from index.encode.blocks import PROFILES
from index.engines.base import Spread
from index.engines.registry import ENGINES
from index.generation.manifest import FILE, FileRecord, Generation, Manifest
from index.generation.space_builder import TABLE_STAGE
from index.generation.table_builder import build_table
from index.generation.tuning import Sample, known_recall
from index.spaces import neighbours
from index.spaces.space import CONTENT, VectorSpace

MANY = 100_000
"""From so many films on a generation is published before their nearest films are found, which takes long."""


def worth_it(films: int, engine: str) -> bool:
    """Whether a generation is published without its table first: it is large, and its engine is in its folder."""
    return films >= MANY and ENGINES[engine].setting == "faiss"


def lacks_table(manifest: Manifest) -> bool:
    """Whether the nearest films of a generation were left for later."""
    profile = PROFILES[manifest.profile]
    return not (profile.compact or profile.exact or manifest.spaces[CONTENT].table)


def completed(
    served: Generation,
    source: Path,
    folder: Path,
    progress: Callable[[str, int, int | None], None] = lambda stage, done, total: None,
    spread: Spread | None = None,
) -> Manifest | None:
    """Write a generation with the table of another one that lacks it.

    Args:
        served: the generation without a table, opened.
        source: its folder.
        folder: of the new one; it is created, on the same file system.
        progress: told how many films have their nearest found, and of how many.
        spread: has parts of the work done by other processes.

    Returns:
        None if no table is possible, because vectors are too long; nothing is written.
    """
    started = time.perf_counter()
    space = served.spaces[CONTENT]
    table = build_table(space, lambda done: progress(TABLE_STAGE, done, len(space.vectors)), spread)
    if table is None:
        return None
    shutil.copytree(source, folder, copy_function=os.link, ignore=shutil.ignore_patterns(FILE))
    table.save(folder / CONTENT)
    sample = Sample.draw(space.vectors, served.filters.column("votes"), ids=served.films.movie_ids)
    found = known_recall(VectorSpace(space.name, space.vectors, space.engine, table=table), sample)
    before, written = served.manifest, f"{CONTENT}/{neighbours.FILE}"
    record = before.spaces[CONTENT]
    record = replace(record, table=True, recall=record.recall | {"table": found["random"]})
    manifest = replace(
        before,
        id=folder.name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        spaces={**before.spaces, CONTENT: record},
        timings_s={**before.timings_s, TABLE_STAGE: round(time.perf_counter() - started, 2)},
        files={**before.files, written: FileRecord.of(folder / written)},
    )
    manifest.write(folder)
    return manifest
