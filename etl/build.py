"""`python -m etl build`: from the database to a published generation."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from sqlalchemy import Engine

import settings
from etl.errors import BuildError
from etl.progress import Progress
from etl.quality.gates import LEAST_RECALL, Films, check
from etl.workers import workers
from index.encode.blocks import PROFILES
from index.engines.base import Spread
from index.engines.registry import DEFAULTS, ENGINES, EngineSetting
from index.errors import VectorIndexError
from index.generation.builder import GenerationBuilder
from index.generation.completing import completed, lacks_table
from index.generation.manifest import Generation, Manifest, RatingsRecord, ReuseRecord
from index.generation.publish import Generations
from index.generation.shared import generations_at
from index.generation.tuning import TARGET_RECALL
from index.ratings.measures import Rated
from index.spaces.space import CONTENT
from sql import edits, movies, ratings
from sql.engine import connect
from sql.migrations.upgrade import upgrade


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), default="default", help="which blocks (default %(default)s)"
    )
    parser.add_argument(
        "--engine",
        choices=sorted({*ENGINES, *DEFAULTS}),
        help="what searches (default: REELKIN_ENGINE; "
        + ", ".join(f"{setting} is {engine}" for setting, engine in sorted(DEFAULTS.items()))
        + ")",
    )
    parser.add_argument(
        "--recall",
        type=recall,
        default=TARGET_RECALL,
        metavar="SHARE",
        help="recall@10 that the index is chosen for, the cheapest that reaches it (default %(default)s)",
    )
    parser.add_argument(
        "--workers", type=positive, metavar="N", help="encode and index in N processes (default: in this one)"
    )
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="in the workers of a Dask scheduler, such as tcp://10.0.0.5:8786"
    )
    parser.add_argument(
        "--full", action="store_true", help="make all anew (default: what has not changed is kept)"
    )
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")


def positive(text: str) -> int:
    """A number of processes.

    Raises:
        ArgumentTypeError: it is not a whole number above 0.
    """
    if not text.isascii() or not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes: give 1 or more")
    return int(text)


def recall(text: str) -> float:
    """A recall that a build can be asked for.

    Raises:
        ArgumentTypeError: it is not a number, or the gates would reject it.
    """
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not LEAST_RECALL <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a recall: give a number from {LEAST_RECALL} to 1")
    return share


def run(args: argparse.Namespace) -> int:
    """Build, check and publish; the served generation stays where it is if anything fails."""
    configured = settings.load()
    setting = EngineSetting(configured.engine, configured.milvus_uri)
    engine = DEFAULTS.get(args.engine, args.engine) or setting.default
    setting.check("to be built", [engine])
    database = connect(configured.database_url)
    upgrade(database)
    generations = generations_at(configured.data_dir / "generations", setting, configured.generations_url)
    with (
        workers(args.workers, args.scheduler, configured.data_dir) as spread,
        Progress() as progress,
    ):
        manifest = build(
            database,
            generations,
            args.profile,
            progress,
            engine,
            args.recall,
            spread,
            full=args.full,
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
    engine: str | None = None,
    target_recall: float = TARGET_RECALL,
    spread: Spread | None = None,
    *,
    full: bool = False,
) -> Manifest:
    """Build a generation of the whole catalogue and publish it.

    Args:
        database: where the films are.
        generations: where to publish.
        profile: a name of `index.encode.blocks.PROFILES`.
        progress: told of every step.
        engine: of `index.engines.base`; None for the one configured.
        target_recall: search parameters are chosen for this recall@10.
        spread: has parts of the work done by other processes.
        full: keep nothing of the generation that is served now.

    Raises:
        GateError: the catalogue is empty, or the generation failed a check; nothing was published.
        BuildError: it could not be written; nothing was published.
        EngineMissingError, EngineUnavailableError: the engine cannot be used; nothing was published.
    """
    version, before = movies.loaded_version(database), movies.count(database)
    edit_sequence = edits.last_sequence(database)  # read before the films: edits made meanwhile are applied again
    try:
        with generations.building() as folder:
            builder = GenerationBuilder(
                folder,
                PROFILES[profile],
                version,
                progress.update,
                engine,
                target_recall,
                edit_sequence,
                generations.setting,
                spread,
                None if full else _served(generations),
                generations.in_steps,
            )
            builder.build(
                movies.stream(database), movies.alternative_titles(database), Rated(*ratings.read(database))
            )
            progress.update("check", 0, None)
            films = Films(before, movies.count(database))
            check(generations.open(folder), films)
            manifest = generations.publish(folder)
        return _completed(generations, manifest, films, progress, spread) if lacks_table(manifest) else manifest
    except OSError as error:
        raise BuildError(
            f"no generation could be written to {generations.root} ({error}): free some space or repair the disk, "
            "and build again; the served generation stays"
        ) from error


def _completed(
    generations: Generations, manifest: Manifest, films: Films, progress: Progress, spread: Spread | None
) -> Manifest:
    """Add the nearest films to the generation that was published without them, and publish that in its place.

    Raises:
        GateError: it failed a check, or another generation was published meanwhile; what is served stays.
    """
    progress.update(f"published generation {manifest.id}, its nearest films follow", manifest.rows, None)
    source = generations.folder(manifest.id)
    with generations.building() as folder:
        complete = completed(generations.open(source), source, folder, progress.update, spread)
        if complete is None:
            return manifest
        progress.update("check", 0, None)
        check(generations.open(folder), films)
        return generations.publish(folder, instead_of=manifest.id)


def _served(generations: Generations) -> Generation | None:
    """The generation that is served now; None where there is none that can be opened."""
    try:
        return generations.open(generations.current())
    except VectorIndexError:
        return None


def summary(manifest: Manifest) -> str:
    """The manifest in a few lines."""
    space = manifest.spaces[CONTENT]
    engine = ", ".join(f"{name} {value}" for name, value in space.parameters.items())
    tried = f"the best of {len(space.curve)} settings for a recall of {space.target} against its own vectors"
    return "\n".join(
        (
            f"published generation {manifest.id}",
            f"  films      {manifest.rows:,}" + _of_reuse(manifest.reused),
            *_of_ratings(manifest.ratings),
            f"  engine     {space.engine}" + (f" ({engine}), {tried}" if space.curve else ""),
            f"  recall@10  {space.recall['known']:.3f} for known films, {space.recall['random']:.3f} for any",
            f"  size       {manifest.size_bytes / 1e6:,.0f} MB",
            f"  took       {manifest.build_s:.0f} s",
        )
    )


def _of_reuse(reused: ReuseRecord | None) -> str:
    return (
        "" if reused is None else f", of which {reused.encoded:,} differ from {reused.before}; the rest was kept"
    )


def _of_ratings(learned: RatingsRecord | None) -> list[str]:
    """What was learned from ratings, or why nothing was."""
    if learned is None:
        return []
    if learned.problem:
        return [f"  ratings    nothing learned: {learned.problem}; recommendations go by content"]
    tried = f"the best of {len(learned.tried)} combinations"
    return [f"  ratings    {learned.ratings:,} by {learned.users:,} users, of {learned.films:,} films; {tried}"]
