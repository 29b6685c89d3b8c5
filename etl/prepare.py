"""`python -m etl prepare`: ingest the dump if it is not loaded yet, and build if the build is out of date.

`make run` and the containers start with it; when everything is up to date it only computes a checksum.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine

import settings
from etl import build, ingest
from etl.errors import DumpError
from index.errors import GenerationError, NoGenerationError
from index.generation.completing import lacks_table
from index.generation.manifest import Manifest
from index.generation.publish import Generations
from index.generation.shared import generations_at
from sql import movies
from sql.engine import connect
from sql.load.load import last_ingest
from sql.migrations.upgrade import upgrade

SAMPLE = Path(__file__).parent.parent / "data" / "sample.csv.gz"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "dump",
        nargs="?",
        metavar="DUMP",
        type=Path,
        help="csv, csv.gz, csv.zst or csv.xz (default: the bundled sample, unless another dump is loaded)",
    )


def run(args: argparse.Namespace) -> int:
    """Bring the database and the published generation up to date with a dump."""
    configured = settings.load()
    database = connect(configured.database_url)
    upgrade(database)
    dump = missing(database, args.dump.expanduser() if args.dump else None)
    if dump is not None and (code := _command(ingest, str(dump))):
        return code
    if built(database, generations_at(configured.data_dir / "generations", url=configured.generations_url)):
        return 0
    return _command(build)


def missing(database: Engine, dump: Path | None) -> Path | None:
    """The dump to ingest, or None if the database has it already.

    Args:
        dump: the file that the user named. None means the bundled sample, unless the database was loaded from
            another dump: the sample's votes are older than those of a fresh dump.

    Raises:
        DumpError: there is no such file.
    """
    last = last_ingest(database)
    if dump is None and last is not None and Path(last.source).name != SAMPLE.name:
        print(f"no dump named, so the films of {last.source} stay")
        return None
    wanted = dump or SAMPLE
    if last is not None and last.checksum == checksum(wanted):
        print(f"{wanted} is loaded already")
        return None
    return wanted


def checksum(path: Path) -> str:
    """The sha256 of a file, in hexadecimal, as an ingest records it.

    Raises:
        DumpError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DumpError(f"{path} cannot be read: {error.strerror}") from error


def built(database: Engine, generations: Generations) -> bool:
    """Whether the published generation is complete and up to date with the database."""
    try:
        folder = generations.current()
        manifest = Manifest.read(folder)
        manifest.check_sizes(folder)
    except NoGenerationError:
        print("building: there is no generation yet")
        return False
    except GenerationError as error:
        print(f"building: {error}")
        return False
    if manifest.catalogue_version != movies.loaded_version(database):
        print("building: the films have changed since the last build")
        return False
    if lacks_table(manifest):
        print("building: the last build ended before the nearest films were found")
        return False
    print(f"generation {manifest.id} is up to date")
    return True


def _command(module: ModuleType, *arguments: str) -> int:
    """Run another subcommand with the defaults that it declares."""
    parser = argparse.ArgumentParser()
    module.configure(parser)
    code: int = module.run(parser.parse_args(arguments))
    return code
