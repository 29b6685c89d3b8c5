"""Files of ratings and of links, MovieLens's and others: found, unpacked, and read in blocks of columns."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from etl.dump.source import Source
from etl.errors import DumpError
from sql.ratings import FilmKeys

NAMES = {
    "user": {"user", "userid", "uid", "member", "username"},
    "movie": {"movie", "movieid", "film", "filmid", "item", "itemid"},
    "tmdb": {"tmdb", "tmdbid"},
    "imdb": {"imdb", "imdbid", "tconst"},
    "rating": {"rating", "score", "stars", "value"},
    "time": {"timestamp", "time", "ratedat"},
}
"""What columns are called, without regard to case, blanks and underscores."""

MOVIELENS = ("user", "movie", "rating", "time")
"""The columns of a file without a header."""

ENDINGS = r"(\.gz|\.zst|\.xz)?"
RATING_FILE = re.compile(rf"(ratings\.(csv|dat|tsv)|u\.data){ENDINGS}", re.IGNORECASE)
LINKS_FILE = re.compile(rf"links\.csv{ENDINGS}", re.IGNORECASE)
IS_NUMBER = r"^\s*\+?[0-9]+(\.[0-9]+)?\s*$"


def found_files(paths: list[Path], stack: ExitStack, scratch: Path | None) -> tuple[list[Path], Path | None]:
    """The files with ratings, and MovieLens's links if they are beside them."""
    files: list[Path] = []
    links: list[Path] = []
    for path in paths:
        folder = _unpacked(path, stack, scratch) if zipfile.is_zipfile(path) else path
        if not folder.is_dir():
            (links if LINKS_FILE.fullmatch(folder.name) and len(paths) > 1 else files).append(folder)
            if folder.parent.is_dir():
                links += [p for p in sorted(folder.parent.iterdir()) if LINKS_FILE.fullmatch(p.name)]
            continue
        inside = sorted(folder.rglob("*") if folder != path else folder.iterdir())
        rated = [p for p in inside if RATING_FILE.fullmatch(p.name)]
        if not rated:
            raise DumpError(
                f"{path} holds no ratings: looked for ratings.csv, ratings.dat, ratings.tsv or u.data, "
                "plain or as .gz, .zst or .xz; files of other names can be given one by one"
            )
        files.append(rated[0])
        links += [p for p in inside if LINKS_FILE.fullmatch(p.name)]
    if not files:
        raise DumpError("no file with ratings is named, only links")
    return files, links[0] if links else None


def _unpacked(path: Path, stack: ExitStack, scratch: Path | None) -> Path:
    """A folder with what an archive holds of ratings and links; the archive itself if it is of one file."""
    with zipfile.ZipFile(path) as archive:
        wanted = [
            entry
            for entry in archive.infolist()
            if any(form.fullmatch(Path(entry.filename).name) for form in (RATING_FILE, LINKS_FILE))
        ]
        if not wanted:
            return path
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reelkin-ratings-", dir=scratch)))
        for entry in wanted:
            archive.extract(entry, folder)  # which keeps names inside the folder
        return folder


class RatingTable:
    """A file of rows in blocks, each a column by its role in `NAMES`."""

    def __init__(self, path: Path, malformed: Counter[str]) -> None:
        self.path, self._malformed = path, malformed
        self.header: dict[str, str] = {}

    def blocks(self) -> Iterator[dict[str, pa.ChunkedArray]]:
        """The columns that are known, as numbers where all are numbers, else as text.

        Raises:
            DumpError: the file cannot be read.
        """
        names: list[str] = []
        separator = b","
        with Source(self.path) as source:
            self.source = source
            for block in _lines(source.blocks()):
                if not names:
                    end = block.find(b"\n") if b"\n" in block else len(block)
                    separator, names, header = self._form(block[:end])
                    block = block[end + 1 :] if header else block
                if separator == b"::":
                    block = block.replace(b"::", b"\t")
                if block.strip():
                    yield self._parsed(block, names, "\t" if separator == b"::" else separator.decode())

    def _form(self, line: bytes) -> tuple[bytes, list[str], bool]:
        """The separator, the roles of the columns ("" for others), and whether the first line is a header."""
        line = line.strip().removeprefix(b"\xef\xbb\xbf")
        separator = max((b"::", b"\t", b",", b";", b"|"), key=lambda s: (s in line, line.count(s)))
        if b"::" in line:
            separator = b"::"
        titles = [part.decode("utf-8", "replace").strip().strip("'\"") for part in line.split(separator)]
        if all(re.match(IS_NUMBER, title) for title in titles):
            if len(titles) not in (3, 4):
                raise DumpError(f"{self.path} has neither a header nor three or four columns as MovieLens has")
            self.header = {role: role for role in MOVIELENS[: len(titles)]} | {"movie": "movieId"}
            return separator, list(MOVIELENS[: len(titles)]), False
        roles = []
        for title in titles:
            bare = re.sub(r"[\s_]", "", title).casefold()
            role = next((role for role, known in NAMES.items() if bare in known and role not in roles), "")
            roles.append(role)
            if role:
                self.header[role] = title
        return separator, roles, True

    def _parsed(self, block: bytes, roles: list[str], separator: str) -> dict[str, pa.ChunkedArray]:
        names = [role or f"column {place}" for place, role in enumerate(roles)]
        wanted = [role for role in roles if role]

        def skip(row: pyarrow.csv.InvalidRow) -> str:
            self._malformed["wrong number of fields"] += 1
            return "skip"

        def parsed(types: dict[str, pa.DataType]) -> pa.Table:
            return pa.csv.read_csv(
                io.BytesIO(block),
                pa.csv.ReadOptions(column_names=names, block_size=len(block) + 1),
                pa.csv.ParseOptions(delimiter=separator, invalid_row_handler=skip),
                pa.csv.ConvertOptions(
                    column_types=types, include_columns=wanted, null_values=[""], strings_can_be_null=True
                ),
            )

        kinds = {"user": pa.int64(), "movie": pa.int64(), "tmdb": pa.int64(), "rating": pa.float64()}
        before = self._malformed.copy()
        try:
            table = parsed({role: kinds.get(role, pa.string()) for role in wanted})
        except pa.ArrowInvalid:  # a value that is no number: all as text, and told apart later
            self._malformed.clear()
            self._malformed.update(before)
            try:
                table = parsed(dict.fromkeys(wanted, pa.string()))
            except pa.ArrowInvalid as error:
                raise DumpError(f"{self.path} cannot be read: {error}") from error
        return dict(zip(table.column_names, table.columns, strict=True))


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, cut where lines end."""
    carried = b""
    for block in blocks:
        cut = block.rfind(b"\n") + 1
        if cut:
            yield carried + block[:cut]
            carried = block[cut:]
        else:
            carried += block
    if carried:
        yield carried


def as_numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Numbers, NaN for what is none."""
    if pa.types.is_string(column.type):
        column = pc.if_else(pc.match_substring_regex(column, IS_NUMBER), pc.utf8_trim_whitespace(column), None)
    found: NDArray[np.float64] = pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy()
    return found


def whole(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Whole numbers from 0, -1 for what is none."""
    if pa.types.is_integer(column.type) and not column.null_count:
        numbers: NDArray[np.int64] = column.to_numpy()
        return np.where((numbers >= 0) & (numbers < 2**31), numbers, -1)
    found = as_numbers(column)
    usable = np.isfinite(found) & (found < 2**31) & (np.floor(found) == found)
    return np.where(usable, np.nan_to_num(found), -1).astype(np.int64)


def imdb_numbers_of(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The numbers of ids with or without the letters before them."""
    if pa.types.is_string(column.type):
        column = pc.replace_substring_regex(pc.utf8_trim_whitespace(column), "^tt", "")
    return whole(column)


class Links:
    """From MovieLens's ids to the films of the catalogue."""

    def __init__(self, movies: NDArray[np.int64], films: NDArray[np.int32], seen: str) -> None:
        order = np.argsort(movies, kind="stable")
        self._movies, self._films, self.seen = movies[order], films[order], seen

    @classmethod
    def read(cls, path: Path, keys: FilmKeys) -> Links:
        """Read `links.csv`: TMDB's id decides where the catalogue has it, else IMDb's."""
        movies, films, number = [], [], 0
        first = ""
        for rows in RatingTable(path, Counter()).blocks():
            if "movie" not in rows or not {"tmdb", "imdb"} & rows.keys():
                raise DumpError(f"{path} is no file of links: it needs movieId, and tmdbId or imdbId")
            tmdb, imdb = (
                imdb_numbers_of(rows[name]) if name in rows else np.full(len(rows["movie"]), -1)
                for name in ("tmdb", "imdb")
            )
            found = keys.of_tmdb(tmdb)
            found = np.where(found < 0, keys.of_imdb(imdb), found)
            movies.append(whole(rows["movie"]))
            films.append(found)
            number += len(found)
            first = first or f"TMDB id {tmdb[0]}, IMDb id tt{max(int(imdb[0]), 0):07}"
        links = cls(
            np.concatenate([np.empty(0, np.int64), *movies]),
            np.concatenate([np.empty(0, np.int32), *films]),
            f"{number:,} links in {path}, the first to {first}" if number else f"no link in {path}",
        )
        if not (links._films >= 0).any():
            raise DumpError(
                f"the links match nothing: {links.seen}; none of these is among the {len(keys.ids):,} films of "
                "the catalogue. Load a dump with these films first, or name another file with --links"
            )
        return links

    def films(self, movies: NDArray[np.int64]) -> NDArray[np.int32]:
        """The film of each id, -1 where there is none."""
        places = np.minimum(np.searchsorted(self._movies, movies), len(self._movies) - 1)
        return np.where(self._movies[places] == movies, self._films[places], -1).astype(np.int32)
