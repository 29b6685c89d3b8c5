"""`python -m etl ingest DUMP`: load a dump into the database as one atomic change.

Reading, cleaning and loading run at the same time, each one block ahead of the next.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sqlalchemy import Engine

import settings
from etl.dump.extract import Dump, RawBlock
from etl.dump.rejects import RejectsFile
from etl.errors import DumpError, EtlError, Reason
from etl.progress import Progress
from etl.transform.batch import KEPT, REASONS, CleanBatch, clean_batch
from etl.transform.film import CLASSIC, DEFAULT, Rules
from sql.engine import connect
from sql.load.load import LoadReport, MovieLoad
from sql.migrations.upgrade import upgrade

PROFILES = {"default": DEFAULT, "classic": CLASSIC}
CHANGES = ("inserted", "updated", "unchanged", "edited", "vanished", "pruned")
logger = logging.getLogger("reelkin.ingest")
T = TypeVar("T")


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
        repaired: invalid values that were replaced, by column; and rows by "encoding" and "quotes".
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
    rejects: Path | None = None,
    prune: bool = False,
    scratch: Path | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Load a dump. The database shows all of it or, after an error, none of it.

    Args:
        engine: the database; its tables are created or brought up to date.
        path: csv, csv.gz, csv.zst or csv.xz.
        rules: the profile of the cleaning.
        rejects: a file for the rows that are not loaded.
        prune: delete the films of earlier dumps that this one lacks.
        scratch: a folder for temporary files.
        progress: told how far the work is.

    Raises:
        DumpError: the dump cannot be read, or holds no row.
        EtlError: the rejects file cannot be written, or `prune` would leave no film.
        CatalogueError: the database is away or busy.
    """
    started = time.perf_counter()
    counts = _Counts()
    seen = SeenIds()
    update = (progress or Progress()).update
    with Dump(path) as dump, RejectsFile(rejects) as rejects_file:
        repaired = "reason" in dump.extra_columns  # a corrected rejects file, which may be replaced by a new one
        if rejects is not None and rejects.resolve() == path.resolve() and not repaired:
            raise EtlError(f"The rejects file {rejects} is the dump itself; name another file")
        if dump.extra_columns:
            logger.warning("%s: columns that are not read: %s", path, ", ".join(dump.extra_columns))
        upgrade(engine)
        with MovieLoad(engine, prune=prune, scratch=scratch, progress=partial(_after_reading, update)) as load:
            for block, clean in _ahead(_cleaned(_ahead(dump.blocks()), rules)):
                rejects_file.add(block, clean.verdicts)
                new = seen.first(clean.films["id"].to_numpy())
                load.add(clean.films.filter(pa.array(new)))
                counts.add(block, clean, int(new.sum()))
                update("read and clean", counts.read, dump.source.extrapolate(counts.read))
            _check(path, counts, prune)
            changes = load.commit(source=str(path), checksum=dump.source.checksum)
    return IngestReport(
        dump=str(path),
        checksum=dump.source.checksum,
        read=counts.read,
        loaded=counts.loaded,
        rejected={reason: counts.rejected[reason] for reason in Reason if counts.rejected[reason]},
        duplicate=counts.duplicate,
        repaired=dict(sorted((+counts.repaired).items())),
        ignored_columns=dump.extra_columns,
        changes=changes,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Counts:
    """The counts of the report so far."""

    loaded: int = 0
    duplicate: int = 0
    rejected: Counter[Reason] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        return self.loaded + self.duplicate + self.rejected.total()

    def add(self, block: RawBlock, clean: CleanBatch, new: int) -> None:
        self.loaded += new
        self.duplicate += len(clean.films) - new
        self.rejected.update(fault.reason for fault in block.faults)
        failed = clean.verdicts[clean.verdicts != KEPT]
        for verdict, number in zip(*np.unique(failed, return_counts=True), strict=True):
            self.rejected[REASONS[verdict]] += int(number)
        self.repaired += clean.repairs
        self.repaired.update(encoding=block.recoded, quotes=block.requoted)


def _check(path: Path, counts: _Counts, prune: bool) -> None:
    if not counts.read:
        raise DumpError(f"{path} holds no row below its header")
    if prune and not counts.loaded:
        raise EtlError(f"--prune would delete every film, since {path} holds none that can be loaded")


def _after_reading(
    update: Callable[[str, int, int | None], None], stage: str, done: int, total: int | None
) -> None:
    """Report the stages of the load, except the one that runs while the dump is read."""
    if stage != "stage":
        update(stage, done, total)


def _cleaned(blocks: Iterator[RawBlock], rules: Rules) -> Iterator[tuple[RawBlock, CleanBatch]]:
    for block in blocks:
        yield block, clean_batch(block.rows, rules)


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, each prepared by a thread while the caller works on the previous one."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("dump", type=Path, metavar="DUMP", help="a dump: csv, csv.gz, csv.zst or csv.xz")
    parser.add_argument("--rejects", type=Path, metavar="FILE", help="write the rows that are not loaded here")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), default="default", help="how to clean (default: %(default)s)"
    )
    parser.add_argument("--prune", action="store_true", help="delete the films that this dump lacks")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Load the dump and print the report; 0 when done."""
    configured = settings.load()
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    engine = connect(configured.database_url)
    try:
        with Progress() as progress:
            report = ingest(
                engine,
                args.dump,
                rules=PROFILES[args.profile],
                rejects=args.rejects,
                prune=args.prune,
                scratch=configured.data_dir,
                progress=progress,
            )
    finally:
        engine.dispose()
    print(report.as_json() if args.json else report.as_text())
    return 0
