"""`python -m etl build`: from the database to a published generation."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

import pyarrow as pa
from sqlalchemy import Engine

import settings
from etl.errors import BuildError
from etl.progress import Progress
from etl.quality.gates import LEAST_RECALL, Films, check
from index.encode.blocks import PROFILES
from index.engines.ivfpq import IvfPqIndex
from index.engines.registry import ENGINES
from index.films.store import FILM_SCHEMA
from index.generation.builder import GenerationBuilder
from index.generation.manifest import Manifest
from index.generation.opened import Generation
from index.generation.publish import Generations
from index.generation.tuning import TARGET_RECALL
from sql import edits, movies
from sql.engine import connect
from sql.migrations.upgrade import upgrade

DEFAULT_ENGINE = "faiss"
"""As the setting `REELKIN_ENGINE` calls it."""

ENGINE_NAMES = {**{name: name for name in sorted(ENGINES)}, DEFAULT_ENGINE: IvfPqIndex.name}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), default="default", help="which blocks (default %(default)s)"
    )
    parser.add_argument(
        "--engine",
        choices=list(ENGINE_NAMES),
        default=DEFAULT_ENGINE,
        help=f"what searches (default %(default)s, which is {IvfPqIndex.name})",
    )
    parser.add_argument(
        "--recall",
        type=recall,
        default=TARGET_RECALL,
        metavar="SHARE",
        help="recall@10 that the index is chosen for, the cheapest that reaches it (default %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")


def recall(text: str) -> float:
    """A recall that a build can be asked for.

    Raises:
        ArgumentTypeError: it is no number, or none that the gates let pass.
    """
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not LEAST_RECALL <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no recall: give a number from {LEAST_RECALL} to 1")
    return share


def run(args: argparse.Namespace) -> int:
    """Build, check and publish; the served generation stays where it is if anything fails."""
    configured = settings.load()
    database = connect(configured.database_url)
    upgrade(database)
    generations = Generations(configured.data_dir / "generations")
    with Progress() as progress:
        manifest = build(
            database,
            generations,
            args.profile,
            progress,
            IvfPqIndex.name if args.engine == DEFAULT_ENGINE else args.engine,
            args.recall,
        )
    if args.json:
        json.dump(asdict(manifest), sys.stdout)
        print()
    else:
        print(summary(manifest))
    return 0


def build(
    database: Engine,
    generations: Generations,
    profile: str,
    progress: Progress,
    engine: str = IvfPqIndex.name,
    target_recall: float = TARGET_RECALL,
) -> Manifest:
    """Build a generation of the whole catalogue and publish it.

    Raises:
        GateError: the catalogue is empty, or the generation failed a check; nothing was published.
        BuildError: it could not be written; nothing was published.
    """
    version, before = movies.loaded_version(database), movies.count(database)
    edit_sequence = edits.last_sequence(database)  # before the films: what is edited meanwhile comes again
    try:
        with generations.building() as folder:
            builder = GenerationBuilder(
                folder, PROFILES[profile], version, progress.update, engine, target_recall, edit_sequence
            )
            builder.build(films(database))
            progress.update("check", 0, None)
            check(Generation.open(folder), Films(before, movies.count(database)))
            return generations.publish(folder)
    except OSError as error:
        raise BuildError(
            f"no generation could be written to {generations.root} ({error}): make room or mend the disk, and "
            "build again; what is served stays"
        ) from error


def films(database: Engine) -> Iterator[pa.RecordBatch]:
    """All films as the index takes them: batches of `FILM_SCHEMA`."""
    for batch in movies.stream(database):
        yield batch.select(FILM_SCHEMA.names).cast(FILM_SCHEMA)


def summary(manifest: Manifest) -> str:
    """The manifest in a few lines."""
    space = manifest.spaces["content"]
    engine = ", ".join(f"{name} {value}" for name, value in space.parameters.items())
    tried = f"from {len(space.curve)} settings, for a recall of {space.target} over its own vectors"
    return "\n".join(
        (
            f"published generation {manifest.id}",
            f"  films      {manifest.rows:,}",
            f"  engine     {space.engine}" + (f" ({engine}), {tried}" if space.curve else ""),
            f"  recall@10  {space.recall['known']:.3f} for known films, {space.recall['random']:.3f} for any",
            f"  size       {sum(f.size_bytes for f in manifest.files.values()) / 1e6:,.0f} MB",
            f"  took       {sum(manifest.timings_s.values()):.0f} s",
        )
    )
