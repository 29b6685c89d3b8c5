"""`python -m etl inspect FILE`: how a file would be read: form, columns, readings, ten films, what would be lost.

Nothing is written: neither a database nor a file.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from etl.ingest import PROFILES, RowCounts, add_choices, choices_of, columns_as_read
from etl.reading.readings import Choices, OpenedFile
from etl.transform.film import Rules

SHOWN = 10
"""Films shown."""


@dataclass(frozen=True)
class Inspection:
    """How a file would be read.

    Attributes:
        file: its path.
        read_as: the form of the file, the reading of each column, and what is taken as given.
        missing_columns: columns that the file does not have; they are read as empty.
        ignored_columns: columns that are not read.
        read: rows of the file.
        films: rows that can be loaded; some of them may repeat an id.
        rejected: rows that would be rejected, by reason.
        examples: the first row of each reason.
        repaired: invalid values that would be replaced, by column.
        read_differently: values that are read in another way than they are written, by what happened.
        first: the first films, without empty columns.
    """

    file: str
    read_as: dict[str, str]
    missing_columns: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    read: int
    films: int
    rejected: dict[str, int]
    examples: dict[str, str]
    repaired: dict[str, int]
    read_differently: dict[str, int]
    first: list[dict[str, Any]]

    def as_text(self) -> str:
        """The inspection for a person."""
        lines = [f"{self.file}: {self.read_as['file']}", "columns"]
        lines += [f"  {name:<22}{words}" for name, words in self.read_as.items() if name != "file"]
        for names, what in ((self.missing_columns, "missing, read as empty"), (self.ignored_columns, "not read")):
            if names:
                lines.append(f"  {what}: {', '.join(names)}")
        lines += [f"rows {self.read:,}, of which {self.films:,} can be loaded"]
        for reason, number in self.rejected.items():
            lines.append(f"  {number:>9,}  rejected: {reason}, such as {self.examples[reason]}")
        lines += [f"  {number:>9,}  repaired: {name}" for name, number in self.repaired.items()]
        lines += [f"  {number:>9,}  {name}" for name, number in self.read_differently.items()]
        lines.append(f"the first {len(self.first)} films")
        lines += [f"  {json.dumps(film, ensure_ascii=False, default=str)}" for film in self.first]
        return "\n".join(lines)


def inspect_file(path: Path, rules: Rules, choices: Choices | None = None) -> Inspection:
    """Read a whole file as an ingest would.

    Raises:
        DumpError: the file cannot be read or is not a file of films.
    """
    counts = RowCounts()
    first: list[dict[str, Any]] = []
    with OpenedFile(path, rules, choices) as opened:
        for block in opened.blocks():
            clean = opened.clean(block)
            counts.add(block, clean, len(clean.films))
            if len(first) < SHOWN:
                films = clean.films.slice(0, SHOWN - len(first)).to_pylist()
                first += [{k: v for k, v in film.items() if v not in ("", None)} for film in films]
        return Inspection(
            file=str(path),
            read_as=columns_as_read(opened),
            missing_columns=opened.header.missing,
            ignored_columns=opened.header.extra,
            read=counts.read,
            films=counts.loaded,
            rejected={str(reason): number for reason, number in counts.rejected.items() if number},
            examples={str(reason): example for reason, example in counts.examples.items()},
            repaired=dict(sorted((+counts.repaired).items())),
            read_differently=dict(sorted(opened.readings.counts.items())),
            first=first,
        )


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file of films, in any form that ingest reads")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), default="default", help="how to clean (default: %(default)s)"
    )
    add_choices(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print how the file would be read; 0 when it can be read."""
    found = inspect_file(args.file, PROFILES[args.profile], choices_of(args))
    print(json.dumps(asdict(found), default=str) if args.json else found.as_text())
    return 0
