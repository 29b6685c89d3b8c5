"""The command line: `python -m etl COMMAND`. Each command is a module with `configure` and `run`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import settings
from etl.errors import EtlError
from index.errors import VectorIndexError
from sql.errors import CatalogueError


@dataclass(frozen=True)
class Command:
    """One command: its module is imported only when the command is called.

    Attributes:
        name: as written on the command line.
        help: what it does, in one line.
        module: the module of its `configure(parser)` and `run(args) -> exit code`.
        suffix: the suffix of these two names, in a module with several commands.
    """

    name: str
    help: str
    module: str
    suffix: str = ""


COMMANDS = (
    Command("ingest", "load a dump into the database", "etl.ingest"),
    Command("inspect", "show how a file would be read, and write nothing", "etl.inspection"),
    Command("prepare", "ingest and build where out of date, for `make run`", "etl.prepare"),
    Command("credits", "add directors and casts from a file of their own", "etl.credits"),
    Command("imdb", "add titles, people and ratings from IMDb's public files", "etl.imdb"),
    Command("ratings", "load what many people rated, from MovieLens or one csv", "etl.ratings.load"),
    Command("import-history", "import what one person rated and watched elsewhere", "etl.history"),
    Command("build", "build a generation from the database and publish it", "etl.build"),
    Command("generations", "list the built generations", "etl.generations"),
    Command("rollback", "serve an earlier generation", "etl.generations", "_rollback"),
    Command("diff", "compare two generations", "etl.generations", "_diff"),
    Command("enrich", "fill empty columns of films from TMDB's API", "etl.enrich"),
    Command("worker", "run the jobs that the API was asked for", "etl.jobs", "_worker"),
    Command("cron", "queue a build every night", "etl.cron"),
    Command("evaluate", "measure the published generation against the classic one", "etl.quality.evaluate"),
    Command("synthesize", "write a synthetic dump of any size", "etl.synthetic.synthesize"),
    Command("sample", "choose the well-known films of a dump", "etl.synthetic.sample"),
)
# Errors that a user can correct: one line says how. Any other error is a bug, and shows its traceback.
EXPECTED = (EtlError, CatalogueError, VectorIndexError, settings.SettingsError, OSError)
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: those after the program's name; the process's own when None.

    Returns:
        the exit code: 0 done, 1 failed with one line on standard error, 130 interrupted.

    Raises:
        SystemExit: wrong usage (2), or help was asked for (0).
    """
    # Threads that spin while they wait take ten times as long on a busy machine. The libraries read this variable
    # when they are loaded, which happens when a command's module is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    given = list(sys.argv[1:] if arguments is None else arguments)
    args = _parser(given).parse_args(given)
    try:
        _log_to_stderr(settings.load().log_level)
        run = getattr(_module(args.command), f"run{args.command.suffix}")
        return int(run(args))
    except KeyboardInterrupt:
        if args.debug:
            raise
        print("interrupted; unfinished work has changed nothing", file=sys.stderr)
        return INTERRUPTED
    except EXPECTED as error:
        if args.debug:
            raise
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 1


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m etl", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help)
        sub.set_defaults(command=command)
        sub.add_argument("--debug", action="store_true", help="on failure, show the traceback")
        if command.name in given:  # the other commands are not imported
            getattr(_module(command), f"configure{command.suffix}")(sub)
    return parser


def _module(command: Command) -> ModuleType:
    return import_module(command.module)


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its INFO reports every migration step


if __name__ == "__main__":
    sys.exit(main())
