"""`python -m etl imdb FOLDER`: what IMDb's public files say of the films of the catalogue, by their IMDb ids.

    title.akas        alternative titles, for the title index
    title.ratings     IMDb's rating and votes
    title.crew        directors         } with name.basics, which has their names
    title.principals  the first ten of the cast

Any of the files may lack. They are read one after the other, and only what belongs to a film of the catalogue is
kept; then all of it is written in one transaction. Films that were edited by hand keep what they have.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Engine

from contract import NAME_MAX
from etl.command import load_and_report
from etl.errors import DumpError
from etl.progress import Progress
from etl.transform.text import SUSPECT, clean_title
from etl.transform.values import clean_names
from etl.tsv import FILES, People, TableCounts, as_numbers, find_files, read_table, within
from sql.load.additions import Added, Additions, ImdbFilms, adding, imdb_films, imdb_numbers
from sql.load.spool import ScratchFolder, Spool
from sql.migrations.upgrade import upgrade
from sql.tables import TITLES_SCHEMA, sort_titles

CAST = 10
"""Actors kept of a film, in IMDb's order."""
DIRECTORS = 30
"""Directors kept of a film."""
TITLES = 200
"""Alternative titles kept of a film."""

ACTING = ("actor", "actress", "self")
"""Categories of title.principals that are a film's cast."""

_FILMS_AT_ONCE = 20_000
NAME_SUSPECT = rf"{SUSPECT}|\||^,|,$"
"""Finds the names that `clean_names` may change."""
_AKAS = pa.schema([("id", pa.int32()), ("place", pa.int16()), ("title", pa.string())])
logger = logging.getLogger("reelkin.imdb")
Told = Callable[[str, int, int | None], None]


@dataclass
class ImdbReport:
    """What a load of IMDb's files did.

    Attributes:
        folder: where they are.
        files: the counts of each file that was read.
        missing: files that are not there.
        films: films of the catalogue with an IMDb id.
        people, ratings, titles: what became of films with directors or a cast, with ratings, and with alternative
            titles.
        stored_titles: alternative titles that are now stored.
        people_without_name: directors and actors that name.basics lacks.
    """

    folder: str
    files: dict[str, TableCounts] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    films: int = 0
    people: Added = field(default_factory=Added)
    ratings: Added = field(default_factory=Added)
    titles: Added = field(default_factory=Added)
    stored_titles: int = 0
    people_without_name: int = 0

    def as_json(self) -> str:
        """One JSON object: the attributes."""
        return json.dumps(asdict(self))

    def as_text(self) -> str:
        """The report in a few lines."""
        lines = [f"{self.folder}: {self.films:,} films of the catalogue have an IMDb id"]
        for name, counts in self.files.items():
            lines.append(f"  {name:<17}{counts.read:>12,} rows, {counts.matched:,} of them matched")
            lines += [f"    {number:>9,}  malformed: {why}" for why, number in counts.malformed.items()]
        if self.missing:
            lines.append(f"  not there: {', '.join(self.missing)}")
        for words, added in (("people", self.people), ("ratings", self.ratings), ("titles", self.titles)):
            edited = f", {added.edited:,} edited by hand and left so" if added.edited else ""
            lines.append(f"films with {words}: {added.changed:,} changed, {added.unchanged:,} unchanged{edited}")
        lines.append(f"alternative titles stored: {self.stored_titles:,}")
        if self.people_without_name:
            lines.append(f"people without a name in name.basics: {self.people_without_name:,}")
        if self.people.changed or self.titles.changed:
            lines.append("`python -m etl build` makes recommendations and the title index from them")
        return "\n".join(lines)


def load_imdb(
    engine: Engine, folder: Path, *, scratch: Path | None = None, progress: Progress | None = None
) -> ImdbReport:
    """Load IMDb's files. The database shows all that they say or, after an error, nothing of it.

    Args:
        engine: the database; its tables are created or brought up to date.
        folder: holds any of the files of `etl.tsv.FILES`.
        scratch: a folder for temporary files.
        progress: told how far the work is.

    Raises:
        DumpError: the folder holds none of the files, a file cannot be read, or nothing in them matches a film.
        CatalogueError: the database is away or busy.
    """
    files = find_files(folder)
    upgrade(engine)
    films = imdb_films(engine)
    report = ImdbReport(str(folder), {name: TableCounts() for name in files}, films=len(films))
    report.missing = tuple(name for name in FILES if name not in files)
    if not len(films):
        raise DumpError("no film of the catalogue has an IMDb id: load a dump with the column imdb_id first")
    with closing(ScratchFolder(scratch)) as folder_for_titles:
        found = _Found(films, files, report, (progress or Progress()).update, folder_for_titles.path)
        found.read()
        if not any(counts.matched for counts in report.files.values()):
            raise DumpError(
                f"{folder}: no row of {', '.join(files)} belongs to one of the {len(films):,} films with an IMDb "
                "id; nothing has been changed"
            )
        with adding(engine, folder_for_titles.path) as additions:
            found.write(additions)
    return report


class _Found:
    """What the files say of the films of the catalogue: 16 bytes for each of their people, titles on disk."""

    def __init__(
        self, films: ImdbFilms, files: dict[str, Path], report: ImdbReport, told: Told, scratch: Path
    ) -> None:
        self._films, self._files, self._report, self._told = films, files, report, told
        self._ratings = [np.empty((0, 3))]  # film, rating, votes
        self._directors, self._actors = People(DIRECTORS), People(CAST)
        self._people = np.empty(0, np.int64)
        self._names = pa.array([], pa.string())
        self._titles = Spool(scratch / "titles.arrow", _AKAS)

    def read(self) -> None:
        """Read the files."""
        readers = {
            "title.ratings": self._read_ratings,
            "title.akas": self._read_titles,
            "title.crew": self._read_directors,
            "title.principals": self._read_cast,
        }
        named = "name.basics" in self._files
        for name, read in readers.items():
            if name not in self._files:
                continue
            if name in ("title.crew", "title.principals") and not named:
                logger.warning("%s is left out: the names of its people are in name.basics.tsv.gz", name)
                continue
            for rows in self._rows(name):
                self._report.files[name].matched += read(rows, self._report.files[name])
        self._people = np.union1d(self._directors.people(), self._actors.people())
        if len(self._people):
            self._read_names()

    def _rows(self, name: str) -> Iterator[pa.Table]:
        return read_table(name, self._files[name], self._report.files[name], self._told)

    def _place(self, ids: pa.ChunkedArray, counts: TableCounts) -> NDArray[np.int64]:
        """The place in `ImdbFilms` of the film of each row; -1 for those of no film of the catalogue."""
        numbers = imdb_numbers(ids)
        counts.reject("no id of a title", int((numbers < 0).sum()))
        return self._films.first(numbers)

    def _read_ratings(self, rows: pa.Table, counts: TableCounts) -> int:
        films = self._place(rows["tconst"], counts)
        mine = np.flatnonzero(films >= 0)
        rows = rows.take(pa.array(mine))
        rating = as_numbers(rows["averageRating"], r"^[0-9]{1,2}(?:\.[0-9]{1,3})?$")
        votes = as_numbers(rows["numVotes"])
        usable = (rating <= 10) & (votes >= 0)  # neither is true of NaN
        counts.reject("no rating from 0 to 10, or no number of votes", int((~usable).sum()))
        self._ratings.append(np.stack([films[mine], rating, votes], axis=1)[usable])
        return int(usable.sum())

    def _read_titles(self, rows: pa.Table, counts: TableCounts) -> int:
        films = self._place(rows["titleId"], counts)
        stated = pc.is_valid(rows["title"]).to_numpy()
        mine = np.flatnonzero((films >= 0) & stated)
        places, ids = self._films.all(self._films.numbers[films[mine]])
        taken = rows.take(pa.array(mine[places]))
        order = np.nan_to_num(as_numbers(taken["ordering"]), nan=0)
        found = pa.table(
            [pa.array(ids), pa.array(np.minimum(order, 30_000).astype(np.int16)), taken["title"]], _AKAS
        )
        for batch in found.sort_by([("id", "ascending"), ("place", "ascending")]).combine_chunks().to_batches():
            self._titles.write(batch)
        return len(mine)

    def _read_directors(self, rows: pa.Table, counts: TableCounts) -> int:
        films = self._place(rows["tconst"], counts)
        mine = np.flatnonzero((films >= 0) & pc.is_valid(rows["directors"]).to_numpy())
        listed = pc.split_pattern(rows["directors"].take(pa.array(mine)).combine_chunks(), ",")
        within = np.concatenate([np.empty(0, np.int64), *map(np.arange, pc.list_value_length(listed).to_numpy())])
        people = imdb_numbers(pa.chunked_array([listed.flatten()]), "nm")
        counts.reject("no id of a person", int((people < 0).sum()))
        film = films[mine][pc.list_parent_indices(listed).to_numpy()]
        self._directors.add(film[people >= 0], within[people >= 0], people[people >= 0])
        return len(mine)

    def _read_cast(self, rows: pa.Table, counts: TableCounts) -> int:
        films = self._place(rows["tconst"], counts)
        kinds = rows["category"]
        acting = pc.is_in(kinds, pa.array(ACTING)).to_numpy()
        directing = pc.equal(kinds, "director").fill_null(False).to_numpy() & ("title.crew" not in self._files)
        mine = np.flatnonzero((films >= 0) & (acting | directing))
        rows = rows.take(pa.array(mine))
        order, people = as_numbers(rows["ordering"]), imdb_numbers(rows["nconst"], "nm")
        usable = (people >= 0) & (order >= 0)
        counts.reject("no id of a person, or no place in the credits", int((~usable).sum()))
        for one, chosen in ((self._actors, acting), (self._directors, directing)):
            taken = np.flatnonzero(chosen[mine] & usable)
            one.add(films[mine[taken]], order[taken].astype(np.int64), people[taken])
        return int(usable.sum())

    def _read_names(self) -> None:
        counts = self._report.files["name.basics"]
        places, names = [np.empty(0, np.int64)], [pa.array([], pa.string())]
        for rows in self._rows("name.basics"):
            numbers = imdb_numbers(rows["nconst"], "nm")
            counts.reject("no id of a person", int((numbers < 0).sum()))
            at = np.minimum(np.searchsorted(self._people, numbers), len(self._people) - 1)
            mine = np.flatnonzero((self._people[at] == numbers) & pc.is_valid(rows["primaryName"]).to_numpy())
            places.append(at[mine])
            names += rows["primaryName"].take(pa.array(mine)).chunks
            counts.matched += len(mine)
        found, first = np.unique(np.concatenate(places), return_index=True)
        at = np.full(len(self._people), -1)
        at[found] = first
        self._report.people_without_name = int((at < 0).sum())
        given = _clean(pa.concat_arrays(names))
        self._names = given.take(pa.array(at, mask=at < 0))

    def write(self, additions: Additions) -> None:
        """Write all of it over what the catalogue has."""
        report, films = self._report, self._films
        ratings = np.concatenate(self._ratings)
        ratings = ratings[np.unique(ratings[:, 0], return_index=True)[1]]
        for start in range(0, len(ratings), _FILMS_AT_ONCE):
            part = ratings[start : start + _FILMS_AT_ONCE]
            places, ids = films.all(films.numbers[part[:, 0].astype(np.int64)])
            columns = [pa.array(ids), pa.array(part[places, 1]), pa.array(part[places, 2].astype(np.int32))]
            report.ratings += additions.change(pa.table(columns, names=["id", "imdb_rating", "imdb_votes"]))
            self._told("write ratings", start + len(part), len(ratings))
        people = (self._directors.lists(self._people), self._actors.lists(self._people))
        for start in range(0, len(films), _FILMS_AT_ONCE):
            chunk = np.arange(start, min(start + _FILMS_AT_ONCE, len(films)))
            columns = [one.stored(chunk, self._names) for one in people]
            some = pc.or_(*(pc.is_valid(column) for column in columns)).to_numpy(zero_copy_only=False)
            places, ids = films.all(films.numbers[chunk[some]])
            taken = [column.filter(pa.array(some)).take(pa.array(places)) for column in columns]
            report.people += additions.change(
                pa.table([pa.array(ids), *taken], names=["id", "directors", "actors"])
            )
            self._told("write people", start + len(chunk), len(films))
        if "title.akas" in self._files:
            report.titles, report.stored_titles = additions.replace_titles(self._alternative(additions))

    def _alternative(self, additions: Additions) -> Iterator[pa.Table]:
        """The alternative titles of films, each spelling once, without the titles that the catalogue has."""
        done = 0
        for rows in self._titles.chunks(_AKAS.names):
            ids = rows["id"].to_numpy()
            titles = pa.array(map(clean_title, rows["title"].to_pylist()), pa.string())
            own = additions.titles(np.unique(ids))
            known = [sort_titles(own[name].combine_chunks()) for name in ("title", "original_title")]
            folded = pa.concat_arrays([*known, sort_titles(titles)]).dictionary_encode()
            film = np.concatenate([own["id"].to_numpy(), own["id"].to_numpy(), ids]).astype(np.int64)
            first = np.unique((film << 32) | folded.indices.to_numpy(), return_index=True)[1]
            kept = np.sort(first[first >= 2 * len(own)]) - 2 * len(own)
            kept = kept[pc.not_equal(titles, "").to_numpy(zero_copy_only=False)[kept]]
            position = within(ids[kept])
            kept, position = kept[position < TITLES], position[position < TITLES]
            columns = [pa.array(ids[kept]), pa.array(position.astype(np.int16)), titles.take(pa.array(kept))]
            yield pa.table(columns, TITLES_SCHEMA)
            done += len(ids)
            self._told("write titles", done, len(self._titles))


def _clean(names: pa.Array) -> pa.Array:
    """Names by the rules of a dump; null where nothing is left."""
    suspects = pc.or_(pc.match_substring_regex(names, NAME_SUSPECT), pc.greater(pc.binary_length(names), NAME_MAX))
    if not (texts := names.filter(suspects).to_pylist()):
        return names
    fixed = [next(iter(clean_names([text])), None) for text in texts]
    return pc.replace_with_mask(names, suspects, pa.array(fixed, pa.string()))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    names = ", ".join(f"{name}.tsv.gz" for name in FILES)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=f"holds any of {names}")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Load IMDb's files and print the report; 0 when done."""
    return load_and_report(
        lambda engine, scratch, progress: load_imdb(engine, args.folder, scratch=scratch, progress=progress),
        as_json=args.json,
    )
