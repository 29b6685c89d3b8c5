"""`python -m etl credits FILE`: who directed and who plays in films, from a file of their own.

The file is read by the rules of a dump (`etl.reading`), so its lists may be written in any of their forms, as in
tmdb_5000_credits.csv. Films are found by TMDB's id, else by IMDb's. All of it is one transaction.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Engine

from contract import sort_title
from etl.command import load_and_report
from etl.dump.extract import RawBlock
from etl.dump.header import read_credits_header
from etl.errors import DumpError
from etl.ingest import add_choices, choices_of, columns_as_read, tell
from etl.progress import Progress
from etl.reading.readings import Choices, OpenedFile
from etl.transform.batch import KEPT, CleanBatch, clean_batch
from etl.transform.film import BY_HAND, parse_id
from sql.load.additions import Added, Additions, adding, imdb_numbers
from sql.migrations.upgrade import upgrade

PEOPLE = {"director": "directors", "cast": "actors"}
_SHOWN = ("file", "id", "imdb_id", *PEOPLE)
LEAST_AGREEING = 5
"""Films whose titles are compared before the ids of a file are believed not to be TMDB's."""


@dataclass
class CreditsReport:
    """What a load of credits did: read = matched + unmatched + malformed + duplicate + without_people.

    Attributes:
        file: its path.
        read: rows of the file.
        matched: rows of a film of the catalogue.
        unmatched: rows of no such film.
        malformed: rows that cannot be used, by reason.
        duplicate: further rows of a film; the first is loaded.
        without_people: rows that name nobody.
        films: what became of the films that matched; several may share an IMDb id.
        read_as: the form of the file and the reading of each column.
        read_differently: values that were read in another way than they are written, by what happened.
    """

    file: str
    read: int = 0
    matched: int = 0
    unmatched: int = 0
    malformed: Counter[str] = field(default_factory=Counter)
    duplicate: int = 0
    without_people: int = 0
    films: Added = field(default_factory=Added)
    read_as: dict[str, str] = field(default_factory=dict)
    read_differently: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """One JSON object: the attributes, with `malformed` as the sum of `malformed_by_reason`."""
        report = asdict(self)
        films = report.pop("films")
        report |= films | {"malformed": self.malformed.total(), "malformed_by_reason": self.malformed}
        return json.dumps(report)

    def as_text(self) -> str:
        """The report in a few lines."""
        lines = [
            f"{self.file}: {self.read:,} rows",
            f"  matched    {self.matched:>9,}  rows of a film of the catalogue",
            f"  unmatched  {self.unmatched:>9,}  rows of no such film",
            f"  malformed  {self.malformed.total():>9,}",
            *(f"    {number:>9,}  {reason}" for reason, number in self.malformed.items()),
            f"  duplicate  {self.duplicate:>9,}  a further row of a film; the first is loaded",
            f"  empty      {self.without_people:>9,}  rows that name nobody",
            "films" if self.films.changed else "nothing has changed",
            f"  changed    {self.films.changed:>9,}",
            f"  unchanged  {self.films.unchanged:>9,}",
            f"  edited     {self.films.edited:>9,}  by hand, and left so",
        ]
        lines += [f"    {number:>9,}  {name}" for name, number in self.read_differently.items()]
        if self.films.changed:
            lines.append("`python -m etl build` makes recommendations from them")
        return "\n".join(lines)


def load_credits(
    engine: Engine,
    path: Path,
    *,
    choices: Choices | None = None,
    force: bool = False,
    scratch: Path | None = None,
    progress: Progress | None = None,
) -> CreditsReport:
    """Write directors and casts of films. The database shows all of them or, after an error, none.

    Args:
        engine: the database; its tables are created or brought up to date.
        path: a file in any form that `ingest` reads, with `id` or `imdb_id`, and `director` or `cast`.
        choices: how columns are read; what is not set is decided from the first rows.
        force: load even if most rows cannot be used, or titles contradict the ids.
        scratch: a folder for temporary files.
        progress: told how far the work is.

    Raises:
        DumpError: the file cannot be read, no row matches a film, or most rows cannot be used.
        CatalogueError: the database is away or busy.
    """
    report = CreditsReport(str(path))
    update = (progress or Progress()).update
    with OpenedFile(path, BY_HAND, choices, read_credits_header) as opened:
        report.read_as = {name: words for name, words in columns_as_read(opened).items() if name in _SHOWN}
        tell(report.read_as)
        upgrade(engine)
        with adding(engine, scratch) as additions:
            loading = _Loading(path, additions, report, force)
            for block in opened.blocks():
                loading.add(block, opened)
                update("credits", report.read, opened.dump.source.extrapolate(report.read))
            _check(report, len(additions.ids), force)
    report.read_differently = dict(sorted(opened.readings.counts.items()))
    return report


class _Loading:
    """A load of credits, block by block."""

    def __init__(self, path: Path, additions: Additions, report: CreditsReport, force: bool) -> None:
        self._path, self._additions, self._report, self._force = path, additions, report, force
        self._seen = np.empty(0, np.int32)
        self._compared = force

    def add(self, block: RawBlock, opened: OpenedFile) -> None:
        """Write the credits of a block."""
        report, additions = self._report, self._additions
        report.read += len(block.lines) + len(block.faults)
        report.malformed.update(str(fault.reason) for fault in block.faults)
        if not len(block.lines):
            return
        raw = opened.readings.apply(block.rows)
        people = _people(raw)
        places, ids = self._films(raw, people, opened)
        if not self._compared and "title" in opened.header.present:
            self._compare(raw["title"].take(pa.array(places)).to_pylist(), ids)
        chosen = people.films.select([*PEOPLE.values()]).take(pa.array(places))
        columns = [pa.array(ids), *(_or_null(chosen[name]) for name in PEOPLE.values())]
        rows = pa.table(columns, names=["id", *PEOPLE.values()])
        report.films += additions.change(rows)

    def _films(
        self, raw: pa.Table, people: CleanBatch, opened: OpenedFile
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The rows to be loaded and the film of each; the others are counted."""
        report, additions = self._report, self._additions
        ids = np.array([parse_id(text) or -1 for text in raw["id"].to_pylist()], np.int32)
        numbers = imdb_numbers(people.films["imdb_id"])
        unusable = (ids < 0) & (numbers < 0)
        if again := int((again_mask := opened.is_header(raw) & unusable).sum()):
            report.malformed["repeated header"] += again
        if bad := int((unusable & ~again_mask).sum()):
            report.malformed["neither a TMDB id nor an IMDb id"] += bad
        named = np.zeros(len(ids), bool)
        for name in PEOPLE.values():
            named |= pc.not_equal(people.films[name], "").to_numpy(zero_copy_only=False)
        report.without_people += int((~unusable & ~named).sum())
        usable = ~unusable & named
        by_id = np.flatnonzero(usable & (ids >= 0) & additions.known(ids))
        rest = np.flatnonzero(usable & ~np.isin(np.arange(len(ids)), by_id))
        among, found = additions.by_imdb.all(numbers[rest])
        places = np.concatenate([by_id, rest[among]])
        films = np.concatenate([ids[by_id], found])
        order = np.argsort(places, kind="stable")
        places, films = places[order], films[order]
        matched = len(np.unique(places))
        report.unmatched += int(usable.sum()) - matched
        first = np.zeros(len(films), bool)
        first[np.unique(films, return_index=True)[1]] = True
        first &= ~np.isin(films, self._seen)
        places, films = places[first], films[first]
        self._seen = np.union1d(self._seen, films)
        kept = len(np.unique(places))
        report.matched += kept
        report.duplicate += matched - kept
        return places, films

    def _compare(self, titles: list[str], ids: NDArray[np.int32]) -> None:
        """Refuse ids that are not TMDB's: the titles beside them are those of other films."""
        self._compared = True
        known = self._additions.sort_titles(ids)
        pairs = [(title, known[film]) for title, film in zip(titles, ids.tolist(), strict=True) if title.strip()]
        differing = [title for title, stored in pairs if sort_title(title) != stored]
        if len(pairs) >= LEAST_AGREEING and len(differing) * 2 > len(pairs):
            raise DumpError(
                f"{self._path}: of {len(pairs):,} films found by their ids, {len(differing):,} have another title "
                f"in the catalogue, such as {differing[0]!r}: the ids seem to be those of another service than "
                "TMDB. `--force` loads them all the same; nothing has been changed"
            )


def _people(raw: pa.Table) -> CleanBatch:
    """The rows cleaned by the rules of a dump, each of them kept: what decides over films is filled in."""
    rows = raw.num_rows
    needed = {
        "id": pa.array(np.arange(1, rows + 1)).cast(pa.string()),
        "title": pa.repeat("-", rows),
        "status": pa.repeat("", rows),
        "release_date": pa.repeat("", rows),
    }
    batch = clean_batch(pa.table({name: needed.get(name, raw[name]) for name in raw.column_names}), BY_HAND)
    assert (batch.verdicts == KEPT).all()
    return batch


def _or_null(names: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(names, ""), None, names)


def _check(report: CreditsReport, films: int, force: bool) -> None:
    if not report.read:
        raise DumpError(f"{report.file} holds no row below its header")
    number, reason = max(((number, reason) for reason, number in report.malformed.items()), default=(0, ""))
    if number * 2 > report.read and not force:
        raise DumpError(
            f"{report.file}: {number:,} of {report.read:,} rows cannot be used for one cause, {reason!r}; "
            "`--force` loads the others; nothing has been changed"
        )
    if not report.matched:
        loaded = "load a dump first" if not films else "see whether its ids are TMDB's or IMDb's"
        raise DumpError(
            f"{report.file}: none of {report.read:,} rows has credits of one of the {films:,} films in the "
            f"catalogue; {loaded}; nothing has been changed"
        )


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a file with id or imdb_id, and director, cast or crew"
    )
    add_choices(parser)
    parser.add_argument(
        "--force", action="store_true", help="load even if most rows cannot be used, or titles contradict ids"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Load the credits and print the report; 0 when done."""
    return load_and_report(
        lambda engine, scratch, progress: load_credits(
            engine, args.file, choices=choices_of(args), force=args.force, scratch=scratch, progress=progress
        ),
        as_json=args.json,
    )
