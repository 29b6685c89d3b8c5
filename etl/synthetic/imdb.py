"""Files in the form of IMDb's public ones for the films of a dump, in the proportions of the real ones.

Of 17 titles one is a film of the dump; the others stand for episodes, series and shorts. Per title there are 8
rows of principals, 4.5 of alternative titles and 1.2 people; two films in three and one other title in ten have a
rating. For the 675,000 IMDb ids of a synthetic dump of 1.29 million rows that gives 11.5 million titles, as many
as the real files have. Everything is written in chunks, each from its own random stream.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.dump.tables import open_dump

TITLES_PER_FILM = 17
PEOPLE_PER_TITLE = 1.2
_CHUNK = 50_000  # titles; the random stream restarts at each chunk
_SYLLABLES = "ba de fi go lu ma ne or pi ro sa ti un ve wa xi yo za kel mor san tir vul".split()
_CATEGORIES = "actor actress self director writer producer composer cinematographer editor".split()
_SHARES = (0.26, 0.19, 0.15, 0.08, 0.12, 0.08, 0.04, 0.04, 0.04)
_NOTHING = "\\N"
HEADERS = {
    "title.akas": "titleId ordering title region language types attributes isOriginalTitle",
    "title.ratings": "tconst averageRating numVotes",
    "title.crew": "tconst directors writers",
    "title.principals": "tconst ordering nconst category job characters",
    "name.basics": "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
}

Columns = list[pa.Array | str]
Ints = NDArray[np.int64]


def write_imdb(dump: Path, folder: Path, seed: int = 0, report: Callable[[int], None] = lambda done: None) -> int:
    """Write the five files for the films of a dump that have an IMDb id.

    Args:
        dump: in any form that `ingest` reads.
        folder: where to; made if it is missing.
        seed: another seed, other rows.
        report: called after each chunk with the number of rows written.

    Returns:
        how many rows were written.

    Raises:
        DumpError: the dump cannot be read.
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    films = _numbers(dump)
    titles = _titles(films, np.random.Generator(np.random.PCG64([seed, 1])))
    people = max(int(len(titles) * PEOPLE_PER_TITLE), 100)
    done = 0
    with ExitStack() as opened:
        files = {
            name: opened.enter_context(gzip.open(folder / f"{name}.tsv.gz", "wb", compresslevel=1))
            for name in HEADERS
        }
        for name, header in HEADERS.items():
            files[name].write((header.replace(" ", "\t") + "\n").encode())
        for start in range(0, max(len(titles), people), _CHUNK):
            rng = np.random.Generator(np.random.PCG64([seed, 2, start]))
            chunk = titles[start : start + _CHUNK]
            persons = np.arange(start, min(start + _CHUNK, people)) + 1
            for name, columns in (
                *_of_titles(rng, chunk, np.isin(chunk, films), people),
                ("name.basics", _people(rng, persons)),
            ):
                text, rows = _lines(columns)
                files[name].write(text)
                done += rows
            report(done)
    return done


def _numbers(dump: Path) -> Ints:
    """The numbers in the IMDb ids of a dump, ascending."""
    found = [np.empty(0, np.int64)]
    with open_dump(dump) as opened:
        for block in opened.blocks():
            ids = block.rows["imdb_id"].filter(pc.match_substring_regex(block.rows["imdb_id"], "^tt[0-9]{1,9}$"))
            found.append(pc.cast(pc.utf8_slice_codeunits(ids, 2), pa.int64()).to_numpy())
    return np.unique(np.concatenate(found))


def _titles(films: Ints, rng: np.random.Generator) -> Ints:
    """The films, and other titles among them."""
    others = rng.integers(1, 60_000_000, size=(TITLES_PER_FILM - 1) * len(films))
    return np.union1d(films, others)


def _of_titles(
    rng: np.random.Generator, titles: Ints, is_film: NDArray[np.bool_], people: int
) -> Iterator[tuple[str, Columns]]:
    """The rows of some titles in each file that has them; `is_film` says which are films of the dump."""
    own = _ids("tt", titles)
    counts = np.minimum(rng.geometric(1 / 4.5, len(titles)), 200)
    rows = int(counts.sum())
    region = _drawn(rng, ("US", "DE", "JP", "BR"), rows)
    language = _drawn(rng, (_NOTHING, _NOTHING, "en", "de"), rows)
    titled = [*_repeated(own, counts), _words(rng, rows), region, language]
    yield "title.akas", [*titled, "imdbDisplay", _NOTHING, "0"]
    rated = pa.array(np.flatnonzero(rng.random(len(titles)) < np.where(is_film, 0.65, 0.1)))
    ratings = np.round(np.clip(rng.normal(6.6, 1.4, len(rated)), 1.0, 10.0), 1)
    tenths = pa.array(ratings).cast(pa.string())
    votes = pa.array((5 + rng.pareto(1.0, len(rated)) * 10).astype(np.int64)).cast(pa.string())
    yield "title.ratings", [own.take(rated), tenths, votes]
    first, second = (_ids("nm", rng.integers(1, people + 1, len(titles))) for _ in range(2))
    both = pc.binary_join_element_wise(first, second, ",")
    directors = pc.if_else(pa.array(rng.random(len(titles)) < 0.1), both, first)
    yield "title.crew", [own, directors, second]
    counts = rng.integers(0, 17, len(titles))
    rows = int(counts.sum())
    category = pa.array(_CATEGORIES).take(pa.array(rng.choice(len(_CATEGORIES), rows, p=_SHARES)))
    persons = _ids("nm", rng.integers(1, people + 1, rows))
    yield "title.principals", [*_repeated(own, counts), persons, category, _NOTHING, '["Themselves"]']


def _people(rng: np.random.Generator, numbers: Ints) -> Columns:
    words = pc.utf8_title(_words(rng, len(numbers)))
    return [_ids("nm", numbers), words, "1970", _NOTHING, "actor", _NOTHING]


def _repeated(ids: pa.Array, counts: Ints) -> tuple[pa.Array, pa.Array]:
    """Each id so many times, and the places from 1 within each."""
    rows = np.repeat(np.arange(len(counts)), counts)
    ordering = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    return ids.take(pa.array(rows)), pa.array(ordering).cast(pa.string())


def _ids(prefix: str, numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 7, "0"), "")


def _words(rng: np.random.Generator, rows: int) -> pa.Array:
    """Two words of two or three syllables."""
    syllables = [_drawn(rng, _SYLLABLES, int(rows)) for _ in range(5)]
    first = pc.binary_join_element_wise(*syllables[:2], "")
    return pc.binary_join_element_wise(first, pc.binary_join_element_wise(*syllables[2:], ""), " ")


def _drawn(rng: np.random.Generator, values: list[str] | tuple[str, ...], rows: int) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(len(values), size=int(rows))))


def _lines(columns: Columns) -> tuple[bytes, int]:
    """Rows as text, and how many there are."""
    lines = pc.binary_join_element_wise(*columns, "\t")
    text = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "\n")
    return (text[0].as_py() + "\n").encode() if len(lines) else b"", len(lines)
