"""`python -m etl ingest DUMP`: load a dump into the database as one atomic change.

Reading, cleaning and loading run at the same time; two blocks are cleaned at once.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Engine

import settings
from etl.ahead import ahead, each
from etl.command import load_and_report
from etl.dump.extract import RawBlock
from etl.dump.rejects import RejectsFile
from etl.errors import DumpError, EtlError, Reason
from etl.progress import Progress
from etl.reading import dates, numbers, separators
from etl.reading.readings import Choices, OpenedFile
from etl.transform.batch import KEPT, REASONS, CleanBatch
from etl.transform.explicit import flagged
from etl.transform.film import CLASSIC, DEFAULT, Rules
from sql.load.additions import ADDED
from sql.load.load import LoadReport, MovieLoad
from sql.migrations.upgrade import upgrade

PROFILES = {"default": DEFAULT, "classic": CLASSIC}
CLEANERS = 2
"""Threads that clean, which is half of the work before the database writes."""

CHANGES = ("inserted", "updated", "unchanged", "edited", "vanished", "pruned")
logger = logging.getLogger("reelkin.ingest")


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did: read = loaded + rejected + duplicate.

    Attributes:
        dump: the file.
        checksum: its sha256 in hexadecimal.
        read: rows in the file, without blank lines and the header.
        loaded: rows that are now in the database, newly written or unchanged.
        rejected: rows that are not, by reason.
        duplicate: rows with the id of an earlier row that was loaded.
        repaired: invalid values that were replaced, by column; rows by "encoding" and "quotes"; "explicit" films
            that the dump does not flag as adult.
        read_as: the form of the file, the reading of each column, and what is taken as given.
        read_differently: values that were read in another way than they are written, by what happened.
        missing_columns: columns that the file does not have, read as empty.
        ignored_columns: columns of the file that are not read.
        changes: what the load changed in the database.
        seconds: from the opening of the file to the end of the load.
    """

    dump: str
    checksum: str
    read: int
    loaded: int
    rejected: dict[Reason, int]
    duplicate: int
    repaired: dict[str, int]
    read_as: dict[str, str]
    read_differently: dict[str, int]
    missing_columns: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    changes: LoadReport
    seconds: float

    def as_json(self) -> str:
        """One JSON object: the attributes, with `rejected` as the sum of `rejected_by_reason`."""
        report = asdict(self)
        changes = report.pop("changes")
        report |= {name: changes[name] for name in CHANGES}
        report["rejected"] = sum(self.rejected.values())
        report["rejected_by_reason"] = self.rejected
        report["rows_per_second"] = round(self.read / self.seconds)
        return json.dumps(report)

    def as_text(self) -> str:
        """The report in a few lines."""
        changes = self.changes
        kept = f"{changes.pruned:,} deleted" if changes.pruned else "kept; --prune deletes them"
        changed = changes.inserted + changes.updated + changes.pruned
        speed = f"{self.read:,} rows in {self.seconds:.1f} s, {self.read / self.seconds:,.0f} rows/s"
        lines = [
            f"{self.dump}: {speed}",
            f"  loaded     {self.loaded:>9,}",
            f"  rejected   {sum(self.rejected.values()):>9,}",
            *(f"    {number:>9,}  {reason}" for reason, number in self.rejected.items()),
            f"  duplicate  {self.duplicate:>9,}  a second row of a film; the first is loaded",
            "changes" if changed else "nothing has changed",
            f"  inserted   {changes.inserted:>9,}",
            f"  updated    {changes.updated:>9,}",
            f"  unchanged  {changes.unchanged:>9,}",
            *([f"  edited     {changes.edited:>9,}  by hand, and left so"] if changes.edited else []),
            f"  vanished   {changes.vanished:>9,}" + (f"  {kept}" if changes.vanished else ""),
        ]
        if self.repaired:
            lines += ["repaired", *(f"    {number:>9,}  {name}" for name, number in self.repaired.items())]
        if self.read_differently:
            lines += ["read differently"]
            lines += [f"    {number:>9,}  {name}" for name, number in self.read_differently.items()]
        if self.missing_columns:
            lines.append(f"missing columns, read as empty: {', '.join(self.missing_columns)}")
        if self.ignored_columns:
            lines.append(f"ignored columns: {', '.join(self.ignored_columns)}")
        return "\n".join(lines)


class SeenIds:
    """The ids loaded so far: a bitmap for the range of TMDB's ids, a set for larger ones."""

    _DENSE = 1 << 24

    def __init__(self) -> None:
        self._dense = np.zeros(self._DENSE, bool)
        self._far: set[int] = set()

    def first(self, ids: NDArray[np.int32]) -> NDArray[np.bool_]:
        """A mask of the ids that occur for the first time; they are remembered."""
        _, places = np.unique(ids, return_index=True)
        new = np.zeros(len(ids), bool)
        new[places] = True
        near = ids < self._DENSE
        new[near] &= ~self._dense[ids[near]]
        for place in np.flatnonzero(new & ~near):
            new[place] = int(ids[place]) not in self._far
        self._dense[ids[near]] = True
        self._far.update(ids[~near].tolist())
        return new


def ingest(
    engine: Engine,
    path: Path,
    *,
    rules: Rules = DEFAULT,
    choices: Choices | None = None,
    rejects: Path | None = None,
    prune: bool = False,
    force: bool = False,
    second_opinion: bool = True,
    scratch: Path | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Load a dump. The database shows all of it or, after an error, none of it.

    Args:
        engine: the database; its tables are created or brought up to date.
        path: a file of films; see `etl.dump.tables.open_dump`.
        rules: the profile of the cleaning.
        choices: how columns are read; what is not set is decided from the first rows.
        rejects: a file for the rows that are not loaded.
        prune: delete the films of earlier dumps that this one lacks.
        force: load even if no film, or less than half of the rows, can be loaded.
        second_opinion: flag explicit films as adult that the dump does not; see `etl.transform.explicit`.
        scratch: a folder for temporary files.
        progress: told how far the work is.

    Raises:
        DumpError: the dump cannot be read, has no row, or most of its rows cannot be loaded.
        EtlError: the rejects file cannot be written, or `prune` would leave no film.
        CatalogueError: the database is away or busy.
    """
    started = time.perf_counter()
    counts = RowCounts()
    seen = SeenIds()
    update = (progress or Progress()).update
    with OpenedFile(path, rules, choices) as opened, RejectsFile(rejects) as rejects_file:
        dump, extra = opened.dump, opened.header.extra
        repaired = "reason" in extra  # a corrected rejects file, which may be replaced by a new one
        if rejects is not None and rejects.resolve() == path.resolve() and not repaired:
            raise EtlError(f"The rejects file {rejects} is the dump itself; name another file")
        _tell(opened)
        upgrade(engine)
        told = partial(_after_reading, update)
        with MovieLoad(engine, prune=prune, keep=ADDED, scratch=scratch, progress=told) as load:
            cleaning = partial(_cleaned, opened, second_opinion)
            for block, clean in each(cleaning, ahead(opened.blocks()), CLEANERS):
                rejects_file.add(block, clean.verdicts)
                new = seen.first(clean.films["id"].to_numpy())
                load.add(clean.films.filter(pa.array(new)))
                counts.add(block, clean, int(new.sum()))
                update("read and clean", counts.read, dump.source.extrapolate(counts.read))
            _check(path, counts, prune, force)
            changes = load.commit(source=str(path), checksum=dump.source.checksum)
    return IngestReport(
        dump=str(path),
        checksum=dump.source.checksum,
        read=counts.read,
        loaded=counts.loaded,
        rejected={reason: counts.rejected[reason] for reason in Reason if counts.rejected[reason]},
        duplicate=counts.duplicate,
        repaired=dict(sorted((+counts.repaired).items())),
        read_as=columns_as_read(opened),
        read_differently=dict(sorted(opened.readings.counts.items())),
        missing_columns=opened.header.missing,
        ignored_columns=extra,
        changes=changes,
        seconds=time.perf_counter() - started,
    )


@dataclass
class RowCounts:
    """The counts of the report so far."""

    loaded: int = 0
    duplicate: int = 0
    rejected: Counter[Reason] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    examples: dict[Reason, str] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """All rows."""
        return self.loaded + self.duplicate + self.rejected.total()

    def add(self, block: RawBlock, clean: CleanBatch, new: int) -> None:
        """Count a block of which `new` films are loaded."""
        self.loaded += new
        self.duplicate += len(clean.films) - new
        self.rejected.update(fault.reason for fault in block.faults)
        for fault in block.faults:
            self.examples.setdefault(fault.reason, f"line {fault.line:,}: {fault.detail}: {fault.raw[:120]!r}")
        failed = clean.verdicts[clean.verdicts != KEPT]
        for verdict, number in zip(*np.unique(failed, return_counts=True), strict=True):
            reason = REASONS[verdict]
            self.rejected[reason] += int(number)
            if reason not in self.examples:
                self.examples[reason] = _example(block, reason, int(np.flatnonzero(clean.verdicts == verdict)[0]))
        self.repaired += clean.repairs
        self.repaired.update(encoding=block.recoded, quotes=block.requoted)


_COLUMN_OF = {Reason.ID: "id", Reason.TITLE: "title", Reason.STATUS: "status", Reason.DATE: "release_date"}
_ADVICE = {
    Reason.FIELDS: "the separator or the quotes may be wrong; compare `python -m etl inspect FILE`",
    Reason.QUOTE: "the quotes of the file are wrong; write it again with a csv library",
    Reason.JSON: "every line must hold one JSON object",
    Reason.ID: "the column id must hold TMDB's ids, whole numbers from 1",
    Reason.TITLE: "the column title is empty",
    Reason.STATUS: "only films with the status Released are loaded",
    Reason.NO_DATE: "only films with a release date or a year are loaded",
    Reason.DATE: "say how the dates are written with --dates (iso, mdy, dmy, ymd, excel, epoch, epoch-ms)",
}
"""What to do where most rows are rejected for a reason."""


def _example(block: RawBlock, reason: Reason, row: int) -> str:
    name = _COLUMN_OF.get(reason, "release_date")
    values = ", ".join(
        f"{n} {block.rows.column(n)[row].as_py()[:60]!r}" for n in dict.fromkeys(("id", "title", name))
    )
    return f"line {int(block.lines[row]):,}: {values}"


def _check(path: Path, counts: RowCounts, prune: bool, force: bool) -> None:
    if not counts.read:
        raise DumpError(f"{path} holds no row below its header")
    causes = [(number, reason) for reason, number in counts.rejected.items() if reason in _ADVICE]
    number, cause = max(causes, default=(0, Reason.ID))
    if causes and not force and (not counts.loaded or number * 2 > counts.read):
        raise DumpError(
            f"{path}: {number:,} of {counts.read:,} rows are rejected for one cause, {str(cause)!r}, and "
            f"{counts.loaded:,} can be loaded. For example {counts.examples[cause]}. To do: {_ADVICE[cause]}; "
            "`--force` loads what can be loaded; nothing has been changed"
        )
    if prune and not counts.loaded:
        raise EtlError(f"--prune would delete every film, since {path} holds none that can be loaded")


def _after_reading(
    update: Callable[[str, int, int | None], None], stage: str, done: int, total: int | None
) -> None:
    """Report the stages of the load, except the one that runs while the dump is read."""
    if stage != "stage":
        update(stage, done, total)


def _cleaned(opened: OpenedFile, second_opinion: bool, block: RawBlock) -> tuple[RawBlock, CleanBatch]:
    clean = opened.clean(block)
    if second_opinion:
        films, found = flagged(clean.films)
        clean = replace(clean, films=films, repairs=clean.repairs + Counter({"explicit": found}))
    return block, clean


def columns_as_read(opened: OpenedFile) -> dict[str, str]:
    """The form of a file, the reading of each of its columns, and what is taken as given, in words."""
    taken = {"taken as given": "; ".join(opened.taken)} if opened.taken else {}
    renamed = {name: f"{theirs!r}" for name, theirs in opened.header.renamed.items()}
    columns = {
        name: ": ".join(part for part in (renamed.get(name), opened.readings.described.get(name)) if part)
        for name in (*opened.readings.described, *(set(renamed) - set(opened.readings.described)))
    }
    return {"file": opened.in_words()} | columns | taken


def _tell(opened: OpenedFile) -> None:
    """Print how the file is read, where that differs from a v11 dump."""
    tell(columns_as_read(opened))
    for found, what in ((opened.header.missing, "missing, read as empty"), (opened.header.extra, "not read")):
        if found:
            logger.warning("columns that are %s: %s", what, ", ".join(found))


def tell(read_as: dict[str, str]) -> None:
    """Print the readings of columns that differ from those of a v11 dump."""
    for name, words in read_as.items():
        if words not in _ORDINARY:
            logger.warning("%s: %s", name, words)


_ORDINARY = ("csv separated by commas", "names separated by ', '", numbers.FORMS["plain"], dates.FORMS["iso"])


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Declare the options that set the reading of columns by hand."""
    parser.add_argument("--lists", choices=sorted(separators.SEPARATORS), help="what separates names in lists")
    forms = sorted(set(dates.FORMS) - {"unclear"})
    parser.add_argument("--dates", choices=forms, help="how dates are written, such as dmy for day, month, year")
    parser.add_argument("--numbers", choices=["point", "comma"], help="the decimal mark of numbers")
    parser.add_argument("--ratings", type=int, choices=numbers.SCALES, help="the best rating of the file's scale")


def choices_of(args: argparse.Namespace) -> Choices:
    """The choices of a command line with the options of `add_choices`."""
    return Choices(lists=args.lists, dates=args.dates, numbers=args.numbers, ratings=args.ratings)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("dump", type=Path, metavar="DUMP", help="a dump: csv, csv.gz, csv.zst or csv.xz")
    parser.add_argument("--rejects", type=Path, metavar="FILE", help="write the rows that are not loaded here")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), default="default", help="how to clean (default: %(default)s)"
    )
    add_choices(parser)
    parser.add_argument("--force", action="store_true", help="load even if most rows have to be rejected")
    parser.add_argument("--prune", action="store_true", help="delete the films that this dump lacks")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Load the dump and print the report; 0 when done."""
    return load_and_report(
        lambda engine, scratch, progress: ingest(
            engine,
            args.dump,
            rules=PROFILES[args.profile],
            choices=choices_of(args),
            rejects=args.rejects,
            prune=args.prune,
            force=args.force,
            second_opinion=settings.load().second_opinion is settings.Switch.ON,
            scratch=scratch,
            progress=progress,
        ),
        as_json=args.json,
    )
