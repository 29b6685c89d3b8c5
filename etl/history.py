"""`python -m etl import-history FILE --user NAME`: what a person rated and watched elsewhere.

The same as `POST /me/imports`: see `etl.transform.history`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sqlalchemy import Engine

import settings
from etl.errors import EtlError
from etl.transform.history.archive import HistoryError
from etl.transform.history.entries import Entry
from etl.transform.history.formats import KNOWN
from etl.transform.history.importing import INVALID, MATCHED, Match, Report, import_history
from index.generation.manifest import Generation
from index.generation.publish import Generations
from sql.accounts import User, credentials
from sql.engine import connect
from sql.migrations.upgrade import upgrade

SHOWN = 20
"""Rows without a film that the report for people lists."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help=KNOWN)
    parser.add_argument("--user", required=True, metavar="NAME", help="whose history it is")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Import a history and print what became of every row; 0 when done.

    Raises:
        EtlError: there is no such user, or the file is no history.
    """
    configured = settings.load()
    engine = connect(configured.database_url)
    try:
        upgrade(engine)
        user = _user(engine, args.user)
        view = Generation.open(Generations(configured.data_dir / "generations").current())
        try:
            report = import_history(engine, view, user, args.file.name, args.file.read_bytes())
        except HistoryError as error:
            raise EtlError(str(error)) from error
    finally:
        engine.dispose()
    print(_as_json(report) if args.json else _as_text(args.file.name, report))
    return 0


def _user(engine: Engine, name: str) -> User:
    found = credentials(engine, name)
    if found is None:
        raise EtlError(f"there is no user {name!r}; `python -m api list-users` lists them")
    return found[0]


def _as_json(report: Report) -> str:
    rows = [
        {
            "file": entry.file,
            "line": entry.line,
            "title": entry.film.title,
            "year": entry.film.year,
            "says": entry.says.value,
            "status": INVALID if match is None else match.status,
            "problem": entry.problem or None,
            "movie_id": None if match is None else match.movie_id,
            "candidates": [] if match is None else match.candidates,
        }
        for entry, match in report.rows
    ]
    return json.dumps({**report.counts, "changed": report.changed, "rows": rows})


def _as_text(name: str, report: Report) -> str:
    counts = report.counts
    lines = [f"{name}: {len(report.rows):,} rows"]
    lines += [f"  {status:<10} {counts[status]:>9,}" for status in sorted(counts, key=lambda s: -counts[s])]
    lines.append(f"{report.changed:,} marks, diary entries and waiting rows are new or changed")
    left = [(entry, match) for entry, match in report.rows if match is None or match.status != MATCHED]
    lines += [_line(entry, match) for entry, match in left[:SHOWN]]
    if len(left) > SHOWN:
        lines.append(f"  and {len(left) - SHOWN:,} more; --json lists all")
    return "\n".join(lines)


def _line(entry: Entry, match: Match | None) -> str:
    year = f" ({entry.film.year})" if entry.film.year else ""
    what = entry.problem if match is None else match.status
    return f"  {entry.file}, {entry.line}: {entry.film.title}{year}: {what}"
