"""`python -m etl synthesize N OUT`: a dump of N rows in the v11 schema, shaped like the real one.

It needs only the bundled sample, and writes in chunks of fixed size, each from its own random stream, so that
memory does not grow with N.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow.compute as pc
import zstandard
from tqdm import tqdm

from etl.errors import EtlError
from etl.progress import Progress
from etl.synthetic.films import FilmMaker
from etl.synthetic.imdb import write_imdb
from etl.synthetic.ratings import write_ratings
from etl.synthetic.shares import vote_counts
from etl.synthetic.text import Strings
from etl.synthetic.world import build_world
from etl.transform.film import COLUMNS

_CHUNK_ROWS = 50_000  # part of the format: the random stream restarts at each chunk


class SynthesizeError(EtlError):
    """The requested dump cannot be written; the message says what is expected instead."""


def synthesize(rows: int, out: Path, seed: int = 0, report: Callable[[int], None] = lambda done: None) -> None:
    """Write a synthetic dump, most votes first, as the real one is.

    The same rows and seed give the same CSV on every machine with the same NumPy; compressed, the same bytes
    with the same zlib or zstd too. The file appears under its name when it is complete.

    Args:
        rows: how many films.
        out: where to; ends in .csv, .csv.gz or .csv.zst.
        seed: another seed, other films; at least 0.
        report: called after each chunk with the number of rows written.

    Raises:
        SynthesizeError: `rows`, `seed` or the name of `out` is invalid.
        OSError: the file cannot be written, or the bundled sample cannot be read.
    """
    if rows < 1 or seed < 0:
        raise SynthesizeError(f"got {rows} rows and seed {seed}; give 1 row or more and a seed from 0")
    if not out.name.endswith((".csv", ".csv.gz", ".csv.zst")):
        raise SynthesizeError(f"{out} should end in .csv, .csv.gz or .csv.zst")
    maker = FilmMaker(build_world(), rows)
    votes = vote_counts(rows)
    part = out.with_name(f"{out.name}.part")
    try:
        with _opened(part, out.suffix) as stream:
            stream.write((",".join(COLUMNS) + "\n").encode())
            for start in range(0, rows, _CHUNK_ROWS):
                chunk = votes[start : start + _CHUNK_ROWS]
                rng = np.random.Generator(np.random.PCG64([seed, start]))
                stream.write(csv_lines(maker.make(rng, chunk, start)))
                report(start + len(chunk))
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def csv_lines(columns: list[Strings]) -> bytes:
    """Rows of equally long columns as CSV: a field is quoted only where it must be, lines end in LF.

    >>> import pyarrow as pa
    >>> csv_lines([pa.array(["1", "2"]), pa.array(["Up", 'Say "Hi", or go'])])
    b'1,Up\\n2,"Say ""Hi"", or go"\\n'
    """
    lines = pc.binary_join_element_wise(*map(_quoted, columns), ",")
    return b"".join(line.as_buffer() for line in pc.binary_join_element_wise(lines, "", "\n"))


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `synthesize`."""
    parser.add_argument("rows", type=partial(_at_least, 1), metavar="N", help="how many films")
    parser.add_argument("out", type=Path, metavar="OUT", help="the dump to write: .csv, .csv.gz or .csv.zst")
    parser.add_argument(
        "--seed", type=partial(_at_least, 0), default=0, help="another seed, other films (default: %(default)s)"
    )
    parser.add_argument(
        "--imdb", type=Path, metavar="FOLDER", help="also write files in the form of IMDb's for these films here"
    )
    parser.add_argument(
        "--ratings",
        type=partial(_at_least, 1),
        metavar="N",
        help="also write N ratings by made-up people into OUT's name with .ratings.csv",
    )


def run(args: argparse.Namespace) -> int:
    """Write the dump, with a progress bar on a terminal and a line per chunk elsewhere; 0 when done."""
    with tqdm(total=args.rows, unit=" films", disable=not sys.stderr.isatty()) as bar:

        def report(done: int) -> None:
            bar.update(done - bar.n)
            if bar.disable:
                print(f"synthesize: {done:,} of {args.rows:,} films", file=sys.stderr)

        synthesize(args.rows, args.out, args.seed, report)
    print(f"{args.rows} films, {args.out.stat().st_size / 1e6:.1f} MB, in {args.out}")
    if args.imdb is not None:
        with Progress() as progress:
            rows = write_imdb(args.out, args.imdb, args.seed, lambda done: progress.update("imdb", done, None))
        print(f"{rows:,} rows in the form of IMDb's files in {args.imdb}")
    if args.ratings is not None:
        rated = args.out.with_name(f"{args.out.name.partition('.')[0]}.ratings.csv")
        with Progress() as progress:
            write_ratings(
                args.out,
                rated,
                args.ratings,
                args.seed,
                lambda done: progress.update("ratings", done, args.ratings),
            )
        print(f"{args.ratings:,} ratings in {rated}")
    return 0


def _at_least(least: int, given: str) -> int:
    if not given.isdecimal() or int(given) < least:
        raise argparse.ArgumentTypeError(f"{given!r} is not a whole number from {least}")
    return int(given)


def _quoted(column: Strings) -> Strings:
    """The fields, in quotes where they hold a separator, a quote or a line break."""
    special = pc.match_substring_regex(column, '[",\r\n]')
    if not pc.any(special).as_py():
        return column
    wrapped = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(special, wrapped, column)


@contextmanager
def _opened(path: Path, suffix: str) -> Iterator[BinaryIO]:
    """A file to write, compressed as the suffix says, without name or time inside."""
    with path.open("wb") as raw:
        if suffix == ".gz":
            with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                yield packed  # type: ignore[misc]  # writable, which is all that is asked of it
        elif suffix == ".zst":
            with zstandard.ZstdCompressor(level=3).stream_writer(raw) as squeezed:
                yield squeezed
        else:
            yield raw
