"""IMDb's public files: tables separated by tabs, `\\N` for nothing, read in blocks of columns.

https://developer.imdb.com/non-commercial-datasets/ describes them. Memory does not grow with a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from etl.ahead import ahead
from etl.dump.source import Source
from etl.errors import DumpError

FILES = {
    "title.akas": ("titleId", "ordering", "title"),
    "title.ratings": ("tconst", "averageRating", "numVotes"),
    "title.crew": ("tconst", "directors"),
    "title.principals": ("tconst", "ordering", "nconst", "category"),
    "name.basics": ("nconst", "primaryName"),
}
"""The files that are read, and which of their columns."""

_BLOCK_BYTES = 16 << 20
_COMPACT_AT = 8_000_000  # people, before those beyond the first of each film are dropped
_PERSON = (1 << 28) - 1


@dataclass
class TableCounts:
    """What became of the rows of one file.

    Attributes:
        read: rows.
        matched: rows of a film of the catalogue; of name.basics, of a person who is needed.
        malformed: rows that cannot be used, by reason.
    """

    read: int = 0
    matched: int = 0
    malformed: dict[str, int] = field(default_factory=dict)

    def reject(self, reason: str, rows: int) -> None:
        """Count rows that cannot be used."""
        if rows:
            self.malformed[reason] = self.malformed.get(reason, 0) + rows


def find_files(folder: Path) -> dict[str, Path]:
    """IMDb's files in a folder, by their names without a suffix: `title.akas.tsv.gz`, or unpacked.

    Raises:
        DumpError: there is no such folder, or none of the files in it.
    """
    if not folder.is_dir():
        raise DumpError(f"{folder} is no folder; name the one that holds IMDb's files, such as title.akas.tsv.gz")
    found: dict[str, Path] = {}
    for name in FILES:
        candidates = sorted(folder.glob(f"{name}.tsv*"), key=lambda path: len(path.name))
        # Some unpack each file into a folder of its name that holds data.tsv.
        paths = [path / "data.tsv" if path.is_dir() else path for path in candidates]
        if usable := [path for path in paths if path.is_file() and not path.name.endswith(".part")]:
            found[name] = usable[0]
    if not found:
        expected = ", ".join(f"{name}.tsv.gz" for name in FILES)
        raise DumpError(f"{folder} holds none of IMDb's files: {expected}; https://datasets.imdbws.com has them")
    return found


def read_table(
    name: str, path: Path, counts: TableCounts, progress: Callable[[str, int, int | None], None]
) -> Iterator[pa.Table]:
    """The columns of `FILES[name]` in blocks, as strings, null for `\\N`.

    Args:
        name: a key of `FILES`.
        path: of the file.
        counts: counts the rows, and those with a wrong number of fields.
        progress: told how far the work is.

    Raises:
        DumpError: the file cannot be read, or lacks a column.
    """
    with Source(path) as source:
        header: list[str] = []
        for block in ahead(_lines(source)):
            if not header:
                line, _, block = block.partition(b"\n")
                header = _header(name, path, line)
            if not block:
                continue
            rows, ragged = _parse(path, block, header, FILES[name])
            counts.read += rows.num_rows + ragged
            counts.reject("wrong number of fields", ragged)
            progress(name, counts.read, source.extrapolate(counts.read))
            yield rows
        if not counts.read:
            raise DumpError(f"{path} holds no row below its header")


def as_numbers(column: pa.ChunkedArray, pattern: str = "^[0-9]{1,9}$") -> NDArray[np.float64]:
    """Numbers that match a pattern; NaN for others."""
    valid = pc.fill_null(pc.match_substring_regex(column, pattern), False)
    numbers: NDArray[np.float64] = pc.cast(pc.if_else(valid, column, "nan"), pa.float64()).to_numpy()
    return numbers


def _lines(source: Source) -> Iterator[bytes]:
    """The text in blocks of whole lines."""
    left = b""
    for chunk in source.blocks(_BLOCK_BYTES):
        end = chunk.rfind(b"\n") + 1
        if not end:
            left += chunk
            if len(left) > 4 * _BLOCK_BYTES:
                raise DumpError(f"{source.path} is no table: a line does not end in {len(left):,} bytes")
            continue
        yield left + chunk[:end]
        left = chunk[end:]
    if left:
        yield left + b"\n"


def _header(name: str, path: Path, line: bytes) -> list[str]:
    columns = line.decode("utf-8", "replace").strip("\r").split("\t")
    if lacking := [column for column in FILES[name] if column not in columns]:
        raise DumpError(
            f"{path} is not IMDb's {name}.tsv: it lacks the column {lacking[0]}; its first line is "
            f"{line[:80].decode('utf-8', 'replace')!r}"
        )
    return columns


def _parse(path: Path, block: bytes, header: Sequence[str], wanted: Sequence[str]) -> tuple[pa.Table, int]:
    """The wanted columns, and how many rows have a wrong number of fields."""
    ragged = 0

    def skip(_row: csv.InvalidRow) -> str:
        nonlocal ragged
        ragged += 1
        return "skip"

    try:
        rows = csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(column_names=list(header), block_size=4 << 20),
            parse_options=csv.ParseOptions(delimiter="\t", quote_char=False, invalid_row_handler=skip),
            convert_options=csv.ConvertOptions(
                include_columns=list(wanted),
                column_types=dict.fromkeys(wanted, pa.string()),
                null_values=["\\N"],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        raise DumpError(f"{path} is damaged: {str(error).splitlines()[0][:200]}") from error
    return rows, ragged


class People:
    """Who belongs to which film at which place of its credits, 8 bytes each.

    Args:
        most: people of a film who are kept, the first ones.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts = [np.empty(0, np.int64)]
        self._size = 0

    def add(self, films: NDArray[np.int64], order: NDArray[np.int64], people: NDArray[np.int64]) -> None:
        """Add people, int64 each: the place of the film, the place in its credits, IMDb's number of the person."""
        self._parts.append((films << 38) | (np.minimum(order, 1023) << 28) | people)
        self._size += len(films)
        if self._size > _COMPACT_AT:
            self._parts = [self._first()]
            self._size = len(self._parts[0]) // 2  # room for as many again

    def people(self) -> NDArray[np.int64]:
        """The numbers of all people, ascending."""
        self._parts = [self._first()]
        return np.asarray(np.unique(self._parts[0] & _PERSON))

    def lists(self, people: NDArray[np.int64]) -> Lists:
        """The people of each film, as places in `people`."""
        packed = self._parts[0]
        return Lists(packed >> 38, np.searchsorted(people, packed & _PERSON))

    def _first(self) -> NDArray[np.int64]:
        packed = np.unique(np.concatenate(self._parts))
        # One person of a film several times, as in several roles: the first counts.
        pairs = ((packed >> 38) << 28) | (packed & _PERSON)
        packed = packed[np.sort(np.unique(pairs, return_index=True)[1])]
        return np.asarray(packed[within(packed >> 38) < self._most])


@dataclass(frozen=True)
class Lists:
    """People by film: `people[i]` is of film `films[i]`, which ascend."""

    films: NDArray[np.int64]
    people: NDArray[np.int64]

    def stored(self, chunk: NDArray[np.int64], names: pa.Array) -> pa.Array:
        """The lists of consecutive films in stored form; null for a film without anybody who has a name."""
        low, high = np.searchsorted(self.films, (chunk[0], chunk[-1] + 1))
        given = names.take(pa.array(self.people[low:high]))
        named = pc.is_valid(given).to_numpy(zero_copy_only=False)
        sizes = np.bincount((self.films[low:high] - chunk[0])[named], minlength=len(chunk))
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        lists = pa.ListArray.from_arrays(pa.array(offsets), given.filter(pa.array(named)))
        joined = pc.binary_join_element_wise("|", pc.binary_join(lists, "|"), "|", "")
        return pc.if_else(pa.array(sizes > 0), joined, None)


def within(films: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each row among those of its film; rows of a film follow one another."""
    starts = np.flatnonzero(np.concatenate([[True], films[1:] != films[:-1]]))
    sizes = np.diff(np.append(starts, len(films)))
    return np.arange(len(films)) - np.repeat(starts, sizes)
