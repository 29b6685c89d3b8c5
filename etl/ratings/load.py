"""`python -m etl ratings DIR`: what many people rated, from MovieLens or from one csv of any service.

Files are read in blocks, straight into arrays; all ratings together are written in one transaction. The ratings of
a source are replaced by each load.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray
from sqlalchemy import Engine

from etl.command import load_and_report
from etl.errors import DumpError
from etl.progress import Progress
from etl.ratings.files import IS_NUMBER, Links, RatingTable, as_numbers, found_files, imdb_numbers_of, whole
from sql.migrations.upgrade import upgrade
from sql.ratings import FilmKeys, Ratings, replace
from sql.tables import RATING_SOURCE_MAX

SORTED_AT_ONCE = 1 << 21
MOST = 0.99
"""Share of the first ratings that the scale is told from; the others may be faults."""

FEWEST = 100
"""Ratings below which a set says too little to be more than stored."""


Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint32]]
"""Users, films, tenths and times, shape (n,) each."""


@dataclass
class RatingsReport:
    """What a load of ratings did: read = stored + unmapped + malformed + repeated.

    Attributes:
        files: their paths.
        source: the name of the set.
        scale: the largest rating that there may be.
        read: rows of the files.
        stored, users, films: ratings that were stored, by how many people, of how many films.
        unmapped: rows of films that are not in the catalogue.
        unmapped_films: how many those are.
        such_as: some of them, those with most ratings first.
        malformed: rows that cannot be used, by reason.
        repeated: earlier ratings of the same film by the same user; the last is stored.
        changed: whether anything differs from what was stored before.
        notes: what is unusual about the ratings.
    """

    files: list[str]
    source: str
    scale: float = 0.0
    read: int = 0
    stored: int = 0
    users: int = 0
    films: int = 0
    unmapped: int = 0
    unmapped_films: int = 0
    such_as: list[str] = field(default_factory=list)
    malformed: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    changed: bool = True
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """One JSON object: the attributes, with `malformed` as the sum of `malformed_by_reason`."""
        report = asdict(self)
        return json.dumps(
            report | {"malformed": self.malformed.total(), "malformed_by_reason": dict(self.malformed)}
        )

    def as_text(self) -> str:
        """The report in a few lines."""
        such = f", such as {', '.join(self.such_as)}" if self.such_as else ""
        return "\n".join(
            (
                f"{', '.join(self.files)}: {self.read:,} rows, ratings up to {self.scale:g}",
                f"  stored     {self.stored:>11,}  by {self.users:,} users, of {self.films:,} films",
                f"  unmapped   {self.unmapped:>11,}  of {self.unmapped_films:,} films not in the catalogue{such}",
                f"  malformed  {self.malformed.total():>11,}",
                *(f"    {number:>11,}  {reason}" for reason, number in self.malformed.items()),
                f"  repeated   {self.repeated:>11,}  an earlier rating of the same film; the last is stored",
                *self.notes,
                f"stored as {self.source!r}" if self.changed else "nothing has changed",
            )
        )


def load_ratings(
    engine: Engine,
    paths: list[Path],
    *,
    links: Path | None = None,
    scale: float | None = None,
    source: str = "file",
    scratch: Path | None = None,
    progress: Progress | None = None,
) -> RatingsReport:
    """Store the ratings of some files in place of those of the same source.

    Args:
        engine: the database; its tables are created or brought up to date.
        paths: a MovieLens folder, the same as a zip archive, or files with ratings.
        links: MovieLens's file from its ids to TMDB's and IMDb's, if it is not beside the ratings.
        scale: the largest rating that there may be; None to tell from the ratings: 5, 10 or 100.
        source: names the set.
        scratch: a folder for what is unpacked from archives.
        progress: told how far the work is.

    Raises:
        DumpError: there are no ratings, none is of a film of the catalogue, or most rows cannot be used.
        CatalogueError: the database is away or busy.
    """
    if not 0 < len(source) <= RATING_SOURCE_MAX:
        raise DumpError(f"the name of a source has 1 to {RATING_SOURCE_MAX} characters, not {len(source)}")
    progress = progress or Progress()
    report = RatingsReport([str(path) for path in paths], source)
    rated = _read(engine, report, paths, links, scale, scratch, progress)
    _, report.changed = replace(engine, source, _portions(rated, report, progress))
    report.films = len(np.unique(rated[1]))
    if report.stored < FEWEST:
        report.notes.append(f"fewer than {FEWEST} ratings say too little to learn from")
    if report.users == 1:
        report.notes.append("all ratings are by one user: nothing can be learned from them for others")
    if len(np.unique(rated[2])) == 1:
        report.notes.append("all ratings are equal: they do not tell what anybody likes")
    return report


def read_ratings(
    engine: Engine, paths: list[Path], *, links: Path | None = None, progress: Progress | None = None
) -> Ratings:
    """The ratings of some files as `load_ratings` would store them; nothing is written.

    Raises:
        DumpError, CatalogueError: as by `load_ratings`.
    """
    progress = progress or Progress()
    report = RatingsReport([str(path) for path in paths], "")
    rated = _read(engine, report, paths, links, None, None, progress)
    return Ratings(*map(np.concatenate, zip(*_portions(rated, report, progress), strict=True)))


def _read(
    engine: Engine,
    report: RatingsReport,
    paths: list[Path],
    links: Path | None,
    scale: float | None,
    scratch: Path | None,
    progress: Progress,
) -> Columns:
    """All usable ratings, in order of user; what became of the rows is counted in the report."""
    with ExitStack() as stack:
        files, beside = found_files(paths, stack, scratch)
        links = links or beside
        upgrade(engine)
        films = FilmKeys(engine)
        reading = _Reading(report, films, None if links is None else Links.read(links, films), scale, progress)
        for file in files:
            reading.read(file)
    reading.check(links)
    return reading.columns()


class _Reading:
    """The ratings of all files, as they come."""

    def __init__(
        self,
        report: RatingsReport,
        films: FilmKeys,
        links: Links | None,
        scale: float | None,
        progress: Progress,
    ) -> None:
        self._report, self._films, self._links, self._progress = report, films, links, progress
        self._scale = scale
        self._unmapped: Counter[str] = Counter()
        self._users: dict[str, int] | None = None
        self._parts: list[Columns] = []

    def read(self, path: Path) -> None:
        """Read a file."""
        report, table = self._report, RatingTable(path, self._report.malformed)
        for rows in table.blocks():
            if not {"user", "rating"} <= rows.keys() or not {"movie", "tmdb", "imdb"} & rows.keys():
                raise DumpError(
                    f"{path} is no file of ratings: it needs columns user, rating, and movie, tmdb or imdb; found "
                    f"{', '.join(table.header.values()) or 'none of these'}"
                )
            if "movie" in rows and not {"tmdb", "imdb"} & rows.keys() and self._links is None:
                self._refuse_movielens(path, table.header["movie"])
            self._add(rows)
            report.read = sum(len(part[0]) for part in self._parts) + report.unmapped + report.malformed.total()
            self._progress.update("read ratings", report.read, table.source.extrapolate(report.read))

    def _refuse_movielens(self, path: Path, title: str) -> None:
        """MovieLens's ids are told from TMDB's by their column's name alone."""
        if title.replace("_", "").casefold() == "movieid":
            raise DumpError(
                f"{path} has MovieLens's ids, and there is no links.csv beside it that says which films they are: "
                "name one with --links FILE (that of ml-latest-small or ml-32m has the films of all), or call the "
                "column `tmdb` if its ids are TMDB's"
            )

    def _add(self, rows: dict[str, pa.ChunkedArray]) -> None:
        report = self._report
        users, values = self._numbered(rows["user"]), as_numbers(rows["rating"])
        films, given, known = self._mapped(rows)
        if self._scale is None and np.isfinite(values).any():
            most = np.nanquantile(values, MOST)
            told = next((scale for scale in (5.0, 10.0) if most <= scale), 100.0)
            self._scale = 5.0 if self._links is not None else told  # MovieLens's ratings are stars
        scale = self._scale or 5.0
        report.scale = scale
        with np.errstate(invalid="ignore"):
            reasons = (
                ("no user", users < 0),
                ("no id of a film", ~known),
                ("no rating", ~np.isfinite(values)),
                (f"rating not above 0 and at most {scale:g}", ~((values > 0) & (values <= scale))),
            )
        usable = np.ones(len(users), bool)
        for reason, wrong in reasons:
            if number := int((usable & wrong).sum()):
                report.malformed[reason] += number
            usable &= ~wrong
        missing = usable & (films < 0)
        report.unmapped += int(missing.sum())
        names, numbers = np.unique(given[missing], return_counts=True)
        self._unmapped.update(dict(zip(names.tolist(), numbers.tolist(), strict=True)))
        usable &= films >= 0
        tenths = np.clip(np.rint(values[usable] * (100 / scale)), 1, 100).astype(np.uint8)
        times = (
            np.nan_to_num(as_numbers(rows["time"])[usable], nan=0).astype(np.int64)
            if "time" in rows
            else np.zeros(len(tenths), np.int64)
        )
        # Seconds since 1970 fit half the bytes; of thirty million ratings that is a hundred megabytes.
        self._parts.append(
            (users[usable].astype(np.int32), films[usable], tenths, np.clip(times, 0, 2**32 - 1).astype(np.uint32))
        )

    def _numbered(self, column: pa.ChunkedArray) -> NDArray[np.int64]:
        """Users by number; names get numbers from 0 in the order in which they come."""
        if self._users is None and not pa.types.is_string(column.type):
            return whole(column)
        if self._users is None:
            if self._parts:  # the first users were numbers: a name among them is a fault
                return whole(column)
            texts = pc.drop_null(column)
            if len(texts) and pc.sum(pc.match_substring_regex(texts, IS_NUMBER)).as_py() * 2 > len(texts):
                return whole(column)
            self._users = {}
        encoded = pc.dictionary_encode(column.cast(pa.string()).combine_chunks())
        encoded = encoded if isinstance(encoded, pa.DictionaryArray) else encoded.combine_chunks()
        numbers = [self._users.setdefault(name, len(self._users)) for name in encoded.dictionary.to_pylist()]
        places = pc.fill_null(encoded.indices, -1).to_numpy()
        return np.where(places < 0, -1, np.array([*numbers, -1], np.int64)[places])

    def _mapped(
        self, rows: dict[str, pa.ChunkedArray]
    ) -> tuple[NDArray[np.int32], NDArray[np.object_], NDArray[np.bool_]]:
        """The film of each row (-1: none in the catalogue), what it is called by, and whether it has an id."""
        count = len(rows["user"])
        films, known = np.full(count, -1, np.int32), np.zeros(count, bool)
        numbers, kind = np.full(count, -1, np.int64), "movie"
        for role in ("tmdb", "imdb", "movie"):
            if role not in rows:
                continue
            of_role = imdb_numbers_of(rows[role]) if role == "imdb" else whole(rows[role])
            if role == "movie" and self._links is not None:
                found = self._links.films(of_role)
            else:
                found = self._films.of_imdb(of_role) if role == "imdb" else self._films.of_tmdb(of_role)
            films = np.where(films < 0, found, films).astype(np.int32)
            if not known.any():
                numbers, kind = of_role, {"tmdb": "TMDB id", "imdb": "IMDb id", "movie": "movie"}[role]
            known |= of_role >= 0
        missing = films < 0
        given = np.empty(count, object)
        given[missing] = [f"{kind} {number}" for number in numbers[missing].tolist()]
        return films, given, known

    def check(self, links: Path | None) -> None:
        """Refuse what is no set of ratings."""
        report = self._report
        report.unmapped_films = len(self._unmapped)
        report.such_as = [name for name, _ in self._unmapped.most_common(3)]
        usable = sum(len(part[0]) for part in self._parts)
        report.read = usable + report.unmapped + report.malformed.total()
        where = ", ".join(report.files)
        if not report.read:
            raise DumpError(f"{where}: there is no rating below the header")
        reason, number = max(report.malformed.items(), key=lambda item: item[1], default=("", 0))
        if number * 2 > report.read:
            raise DumpError(
                f"{where}: {number:,} of {report.read:,} rows cannot be used for one cause, {reason!r}; "
                "`--scale N` sets the largest rating; nothing has been changed"
            )
        if not usable:
            by = f"by the links in {links}" if links else "by the ids in the file"
            raise DumpError(
                f"{where}: none of {report.read:,} ratings is of one of the {len(self._films.ids):,} films of "
                f"the catalogue, looked for {by}, such as {', '.join(report.such_as)}; load these first"
            )

    def columns(self) -> Columns:
        """Users, films, tenths and times of all files, in order of user."""
        columns = [np.concatenate([part[place] for part in self._parts]) for place in range(4)]
        self._parts.clear()
        if (np.diff(columns[0]) < 0).any():
            order = np.argsort(columns[0], kind="stable")
            for place in range(4):
                columns[place] = columns[place][order]
        users, films, tenths, times = columns
        return users, films, tenths, times


def _portions(
    rated: Columns,
    report: RatingsReport,
    progress: Progress,
) -> Iterator[Ratings]:
    """All ratings of some thousand users at a time, each film of a user once."""
    users, films, tenths, times = rated
    start = 0
    while start < len(users):
        end = min(start + SORTED_AT_ONCE, len(users))
        end = int(np.searchsorted(users, users[end - 1], "right"))
        of_users, of_films = users[start:end], films[start:end]
        order = np.lexsort((times[start:end], of_films, of_users))
        of_users, of_films = of_users[order], of_films[order]
        last = np.ones(len(order), bool)
        last[:-1] = (of_users[1:] != of_users[:-1]) | (of_films[1:] != of_films[:-1])
        kept = Ratings(of_users[last], of_films[last], tenths[start:end][order][last])
        report.stored += len(kept.users)
        report.repeated += len(order) - len(kept.users)
        report.users += len(np.unique(kept.users))
        yield kept
        start = end
        progress.update("sort ratings", start, len(users))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a MovieLens folder or archive, or files with ratings"
    )
    parser.add_argument(
        "--links", type=Path, metavar="FILE", help="MovieLens's links.csv, if it is not beside the ratings"
    )
    parser.add_argument(
        "--scale", type=float, metavar="N", help="the largest rating (default: 5, 10 or 100, as the ratings show)"
    )
    parser.add_argument(
        "--source", default="file", metavar="NAME", help="ratings of the same source are replaced (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Load the ratings and print the report; 0 when done."""
    if args.scale is not None and not args.scale > 0:
        raise DumpError(f"--scale is the largest rating, so it is above 0, not {args.scale:g}")
    return load_and_report(
        lambda engine, scratch, progress: load_ratings(
            engine,
            args.paths,
            links=args.links,
            scale=args.scale,
            source=args.source,
            scratch=scratch,
            progress=progress,
        ),
        as_json=args.json,
    )
